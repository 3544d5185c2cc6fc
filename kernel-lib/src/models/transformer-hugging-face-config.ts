import type { z } from 'zod';
import { InputError } from '../core/errors.ts';
import type {
  HuggingFaceConfigOptions,
  HuggingFaceFormat,
  TokenizerFacts,
} from './architecture.ts';
import { parseTransformerConfig } from './transformer-config.ts';
import type { NetworkConfig } from './transformer-network-config.ts';
import type { EncoderConfig } from './transformer-network.ts';

/** A parsed `config.json`. */
export type ConfigJson = Readonly<Record<string, unknown>>;

/** What the keys of a network are read from. */
export interface NetworkSource<Encoder> {
  /** What the config comes from, for messages. */
  readonly where: string;
  readonly json: ConfigJson;
  readonly encoder: Encoder;
  readonly tokenizer: TokenizerFacts | undefined;
  /** Whether the network has a head on the mean hidden state. */
  readonly headed: boolean;
}

/** How transformers writes the config of one kind of network. */
export interface ConfigFormat<Config extends NetworkConfig<EncoderConfig>> {
  /** `model_type` of transformers. */
  readonly modelType: string;
  /** Begin of transformers' class names, for example `Bert`. */
  readonly classPrefix: string;
  /** Ends of transformers' class names, and their tasks. */
  readonly classes: Readonly<Record<string, Config['task']>>;
  readonly tasks: readonly Config['task'][];
  /**
   * Task of the class `…ForSequenceClassificationMeanPool` where the config has no `output_mode`. Only
   * for networks of which others have written that class.
   */
  readonly meanPoolTask?: Config['task'];
  readonly configSchema: z.ZodType<Config>;
  /** What is expected where a config does not fit the schema, for messages. */
  readonly expected?: string;
  /** Keys of `config.json` besides those of the encoder. */
  readonly fixedKeys?: ConfigJson;
  /** Keys of `config.json` besides, of networks with a head on the mean. */
  headKeys?(config: Config): ConfigJson;
  /** The encoder of a `config.json`. */
  encoder(json: ConfigJson, where: string): Config['encoder'];
  /** Tokens of an input where nothing else is asked for. */
  usualLength(encoder: Config['encoder']): number;
  /** Keys of the network besides `length`, `task`, `outputs` and `encoder`; checked afterwards. */
  network(source: NetworkSource<Config['encoder']>): Readonly<Record<string, unknown>>;
}

/** The part of a format that is about `config.json`. */
export function huggingFaceConfig<Config extends NetworkConfig<EncoderConfig>>(
  format: ConfigFormat<Config>,
): Pick<HuggingFaceFormat<Config>, 'modelType' | 'toConfig' | 'fromConfig'> {
  return {
    modelType: format.modelType,
    toConfig: (config) => toConfig(config, format),
    fromConfig: (json, options) => fromConfig(json, options, format),
  };
}

/** End of the name of FloraBERT's class, whose head lies behind the mean of the tokens. */
const MEAN_POOL = 'ForSequenceClassificationMeanPool';

function toConfig<Config extends NetworkConfig<EncoderConfig>>(
  config: Config,
  format: ConfigFormat<Config>,
): ConfigJson {
  const { encoder, task, outputs, left_out_tokens: leftOut } = config;
  const { modelType, classPrefix } = format;
  const shared = {
    model_type: modelType,
    ...encoder,
    ...format.fixedKeys,
    ...(leftOut[0] === undefined ? {} : { bos_token_id: leftOut[0] }),
    ...(leftOut[1] === undefined ? {} : { eos_token_id: leftOut[1] }),
    torch_dtype: 'float32',
  };
  if (task === 'masked-language') {
    return { ...shared, architectures: [`${classPrefix}ForMaskedLM`] };
  }
  if (task === 'embedding') return { ...shared, architectures: [`${classPrefix}Model`] };
  return {
    ...shared,
    architectures: [`${classPrefix}${MEAN_POOL}`],
    output_mode: task,
    batch_norm: config.batch_norm,
    classifier_dropout: config.head_dropout,
    ...format.headKeys?.(config),
    id2label: Object.fromEntries(outputs.map((name, index) => [String(index), name])),
    label2id: Object.fromEntries(outputs.map((name, index) => [name, index])),
  };
}

function fromConfig<Config extends NetworkConfig<EncoderConfig>>(
  json: ConfigJson,
  options: HuggingFaceConfigOptions,
  format: ConfigFormat<Config>,
): Config {
  const { where, tokenizer } = options;
  const task = taskOf(json, options, format);
  const encoder = format.encoder(json, where);
  const vocabulary = encoder.vocab_size;
  if (tokenizer !== undefined && tokenizer.vocabularySize > vocabulary) {
    throw new InputError({
      where,
      found: `vocab_size ${String(vocabulary)}, and a tokenizer with ${String(tokenizer.vocabularySize)} tokens`,
      expected: 'a network with a row for each token',
      fix: 'Take the tokenizer that the network was trained with.',
    });
  }
  const headed = task !== 'masked-language' && task !== 'embedding';
  const names = options.outputs ?? outputNames(json);
  const config = {
    length: options.length ?? format.usualLength(encoder),
    task,
    ...format.network({ where, json, encoder, tokenizer, headed }),
    encoder,
    ...(headed && names !== undefined ? { outputs: names } : {}),
  };
  return parseTransformerConfig(format.configSchema, config, where, format.expected);
}

function taskOf<Config extends NetworkConfig<EncoderConfig>>(
  json: ConfigJson,
  { where, task: wanted }: HuggingFaceConfigOptions,
  { classPrefix, classes, tasks, meanPoolTask }: ConfigFormat<Config>,
): Config['task'] {
  const known = (name: unknown): Config['task'] | undefined => tasks.find((each) => each === name);
  if (wanted !== undefined) {
    const task = known(wanted);
    if (task !== undefined) return task;
    throw new InputError({ where: 'task', found: `'${wanted}'`, expected: tasks.join(', ') });
  }
  const given = json['architectures'];
  const name = Array.isArray(given) ? String(given[0]) : 'no architectures';
  const byName = new Map(
    Object.entries(classes).map(([end, task]) => [`${classPrefix}${end}`, task]),
  );
  const meanPool = `${classPrefix}${MEAN_POOL}`;
  const found =
    byName.get(name) ??
    (name === meanPool ? known(json['output_mode'] ?? meanPoolTask) : undefined);
  if (found !== undefined) return found;
  throw new InputError({
    where: `${where}, architectures`,
    found: name,
    expected: [...byName.keys(), ...(meanPoolTask === undefined ? [] : [meanPool])].join(', '),
    fix: 'Give a task to say which of the networks is wanted, for example embedding for the encoder alone.',
  });
}

/** Names of the outputs by `id2label` or `num_labels` of a config of transformers. */
function outputNames(json: ConfigJson): string[] | undefined {
  const labels = json['id2label'];
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    const count = json['num_labels'];
    return typeof count === 'number' && Number.isInteger(count) && count > 0 && count < 1e6
      ? Array.from({ length: count }, (_, index) => `LABEL_${String(index)}`)
      : undefined;
  }
  const entries = Object.entries(labels as Record<string, unknown>);
  entries.sort(([a], [b]) => Number(a) - Number(b));
  return entries.map(([, name]) => String(name));
}
