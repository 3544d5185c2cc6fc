import { InputError } from '../core/errors.ts';
import type { HuggingFaceConfigOptions, HuggingFaceFormat } from './architecture.ts';
import { robertaConfigSchema } from './roberta-config.ts';
import {
  robertaNetworkConfigSchema,
  robertaTasks,
  type RobertaNetworkConfig,
  type RobertaTask,
} from './roberta-network-config.ts';
import {
  fromCheckpointWeights,
  robertaNetworkWeightNames,
  toCheckpointWeights,
} from './roberta-weights.ts';

type Json = Readonly<Record<string, unknown>>;

/** What transformers' `RobertaConfig` takes where `config.json` has no such key. */
const TRANSFORMERS_DEFAULTS: Json = {
  vocab_size: 50_265,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  attention_probs_dropout_prob: 0.1,
  max_position_embeddings: 512,
  type_vocab_size: 2,
  initializer_range: 0.02,
  layer_norm_eps: 1e-12,
  pad_token_id: 1,
  tie_word_embeddings: true,
};

/** Keys that change the network, with the one value that this library has. */
const FIXED: Json = {
  position_embedding_type: 'absolute',
  is_decoder: false,
  add_cross_attention: false,
  is_encoder_decoder: false,
};

/** FloraBERT's class, whose head lies behind the mean of the tokens. */
const MEAN_POOL_CLASS = 'RobertaForSequenceClassificationMeanPool';

const CLASSES: Readonly<Record<string, RobertaTask>> = {
  RobertaForMaskedLM: 'masked-language',
  RobertaModel: 'embedding',
};

function toConfig(config: RobertaNetworkConfig): Json {
  const { encoder, task, outputs, left_out_tokens: leftOut } = config;
  const shared = {
    model_type: 'roberta',
    ...encoder,
    position_embedding_type: 'absolute',
    ...(leftOut[0] === undefined ? {} : { bos_token_id: leftOut[0] }),
    ...(leftOut[1] === undefined ? {} : { eos_token_id: leftOut[1] }),
    torch_dtype: 'float32',
  };
  if (task === 'masked-language') return { ...shared, architectures: ['RobertaForMaskedLM'] };
  if (task === 'embedding') return { ...shared, architectures: ['RobertaModel'] };
  return {
    ...shared,
    architectures: [MEAN_POOL_CLASS],
    output_mode: task,
    batch_norm: config.batch_norm,
    classifier_dropout: config.head_dropout,
    ...(leftOut[0] === undefined ? {} : { start_token_idx: leftOut[0] }),
    ...(leftOut[1] === undefined ? {} : { end_token_idx: leftOut[1] }),
    ...(task === 'regression' ? { problem_type: 'regression' } : {}),
    id2label: Object.fromEntries(outputs.map((name, index) => [String(index), name])),
    label2id: Object.fromEntries(outputs.map((name, index) => [name, index])),
  };
}

function taskOf(json: Json, { where, task }: HuggingFaceConfigOptions): RobertaTask {
  const tasks: readonly string[] = robertaTasks;
  if (task !== undefined) {
    if (tasks.includes(task)) return task as RobertaTask;
    throw new InputError({
      where: 'task',
      found: `'${task}'`,
      expected: robertaTasks.join(', '),
    });
  }
  const given = json['architectures'];
  const name = Array.isArray(given) ? String(given[0]) : 'no architectures';
  const mode = json['output_mode'] ?? 'regression';
  if (name === MEAN_POOL_CLASS && typeof mode === 'string' && tasks.includes(mode)) {
    return mode as RobertaTask;
  }
  const found = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (found !== undefined) return found;
  throw new InputError({
    where: `${where}, architectures`,
    found: name,
    expected: [...Object.keys(CLASSES), MEAN_POOL_CLASS].join(', '),
    fix: 'Give a task to say which of the networks is wanted, for example embedding for the encoder alone.',
  });
}

/** Names of the outputs by `id2label` or `num_labels` of a config of transformers. */
export function outputNames(json: Json): string[] | undefined {
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

function whole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function fromConfig(json: Json, options: HuggingFaceConfigOptions): RobertaNetworkConfig {
  const { where, tokenizer } = options;
  for (const [key, value] of Object.entries(FIXED)) {
    const given = json[key];
    if (given !== undefined && given !== null && given !== value) {
      throw new InputError({
        where: `${where}, ${key}`,
        found: JSON.stringify(given),
        expected: JSON.stringify(value),
        fix: 'Such networks are not supported.',
      });
    }
  }
  const task = taskOf(json, options);
  const encoder = Object.fromEntries(
    Object.keys(TRANSFORMERS_DEFAULTS).map((key) => [key, json[key] ?? TRANSFORMERS_DEFAULTS[key]]),
  );
  const parsedEncoder = robertaConfigSchema.safeParse(encoder);
  if (!parsedEncoder.success) throw wrong(where, parsedEncoder.error.issues);
  const { max_position_embeddings: positions, pad_token_id: padId } = parsedEncoder.data;
  const { start, end, padding } = tokenizer?.special ?? {};
  const tokens = [
    start ?? whole(json['start_token_idx']) ?? whole(json['bos_token_id']) ?? 0,
    end ?? whole(json['end_token_idx']) ?? whole(json['eos_token_id']) ?? 2,
  ];
  const names = options.outputs ?? outputNames(json);
  const parsed = robertaNetworkConfigSchema.safeParse({
    length: options.length ?? positions - padId - 1,
    task,
    padding_token: tokenizer === undefined ? padId : (padding ?? null),
    left_out_tokens: [...new Set(tokens)].filter((id) => id < parsedEncoder.data.vocab_size),
    head_dropout: json['classifier_dropout'] ?? encoder['hidden_dropout_prob'],
    batch_norm: json['batch_norm'] ?? false,
    encoder,
    ...(names === undefined || task === 'masked-language' || task === 'embedding'
      ? {}
      : { outputs: names }),
  });
  if (!parsed.success) throw wrong(where, parsed.error.issues);
  const { vocab_size: vocabulary } = parsed.data.encoder;
  if (tokenizer !== undefined && tokenizer.vocabularySize > vocabulary) {
    throw new InputError({
      where,
      found: `vocab_size ${String(vocabulary)}, and a tokenizer with ${String(tokenizer.vocabularySize)} tokens`,
      expected: 'a network with a row for each token',
      fix: 'Take the tokenizer that the network was trained with.',
    });
  }
  return parsed.data;
}

function wrong(
  where: string,
  issues: readonly { readonly path: PropertyKey[]; readonly message: string }[],
): InputError {
  return new InputError({
    where,
    found: issues
      .slice(0, 5)
      .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
      .join('; '),
    expected: "the config of a RoBERTa network under transformers' keys",
  });
}

/** RoBERTa networks as transformers and FloraBERT store them. */
export const robertaHuggingFace: HuggingFaceFormat<RobertaNetworkConfig> = {
  modelType: 'roberta',
  toConfig,
  fromConfig,
  toWeights(weights, config) {
    const stored = toCheckpointWeights(weights, robertaNetworkWeightNames(config));
    const bias = stored['lm_head.bias'];
    // transformers 4.46 keeps the zeros of a new network where only one of the two names is there.
    return bias === undefined ? stored : { ...stored, 'lm_head.decoder.bias': bias };
  },
  fromWeights: (weights, config, { where, part = 'all' }) =>
    fromCheckpointWeights(weights, robertaNetworkWeightNames(config, { part }), where, 'roberta.'),
};
