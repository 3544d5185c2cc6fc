import type { z } from 'zod';
import { InputError } from '../core/errors.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import type { HuggingFaceConfigOptions, HuggingFaceFormat } from './architecture.ts';
import { outputNames } from './roberta-hugging-face.ts';
import { toCheckpointWeights, type HuggingFaceWeights } from './roberta-weights.ts';
import { parseTransformerConfig } from './transformer-config.ts';
import {
  transformerTasks,
  type TransformerNetworkConfig,
  type TransformerTask,
} from './transformer-network-config.ts';
import type { EncoderConfig } from './transformer-network.ts';
import { readCheckpoint, withoutPrefix, type EncoderParts } from './transformer-weights.ts';

type Json = Readonly<Record<string, unknown>>;

/** How transformers stores one kind of encoder. */
export interface EncoderFormat<Encoder extends EncoderConfig> {
  /** `model_type` of transformers. */
  readonly modelType: string;
  /** Begin of transformers' class names, for example `Bert`. */
  readonly classPrefix: string;
  readonly configSchema: z.ZodType<TransformerNetworkConfig<Encoder>>;
  /** The encoder of a `config.json`. */
  encoder(json: unknown, where: string): Encoder;
  /** Tokens of an input where nothing else is asked for. */
  usualLength(encoder: Encoder): number;
  weightNames(encoder: Encoder, parts: EncoderParts): HuggingFaceWeights;
  /** What transformers stores beside the weights, under names with the prefix. */
  extraWeights?(encoder: Encoder): WeightsByName;
  /** Names (without the prefix) of the encoder that are no part of the network. */
  readonly leftOut: RegExp;
}

/** The weights that a network's config makes. */
export function networkWeightNames<Encoder extends EncoderConfig>(
  { task, pooling, outputs, batch_norm: normalised, encoder }: TransformerNetworkConfig<Encoder>,
  format: Pick<EncoderFormat<Encoder>, 'weightNames'>,
  part: 'all' | 'encoder' = 'all',
): HuggingFaceWeights {
  if (part === 'encoder') return format.weightNames(encoder, {});
  if (task === 'masked-language') return format.weightNames(encoder, { maskedLanguage: true });
  if (task === 'embedding') return format.weightNames(encoder, { pooler: pooling === 'pooler' });
  const meanPoolHead = { outputs: outputs.length, normalised };
  return format.weightNames(encoder, { meanPoolHead });
}

/** BERT or ESM networks as transformers stores them. */
export function transformerHuggingFace<Encoder extends EncoderConfig>(
  format: EncoderFormat<Encoder>,
): HuggingFaceFormat<TransformerNetworkConfig<Encoder>> {
  const prefix = `${format.modelType}.`;
  return {
    modelType: format.modelType,
    toConfig: (config) => toConfig(config, format),
    fromConfig: (json, options) => fromConfig(json, options, format),
    toWeights(weights, config) {
      const theirs = {
        ...toCheckpointWeights(weights, networkWeightNames(config, format)),
        ...format.extraWeights?.(config.encoder),
      };
      // Transformers stores an encoder alone without the prefix.
      return config.task === 'embedding' ? withoutPrefix(theirs, prefix) : theirs;
    },
    fromWeights: (weights, config, { where, part = 'all' }) =>
      readCheckpoint(weights, networkWeightNames(config, format, part), {
        where,
        prefix,
        leftOut: format.leftOut,
      }),
  };
}

const MEAN_POOL_CLASS = 'ForSequenceClassificationMeanPool';

function toConfig<Encoder extends EncoderConfig>(
  config: TransformerNetworkConfig<Encoder>,
  { modelType, classPrefix }: EncoderFormat<Encoder>,
): Json {
  const { encoder, task, outputs, left_out_tokens: leftOut } = config;
  const shared = {
    model_type: modelType,
    ...encoder,
    ...(leftOut[0] === undefined ? {} : { bos_token_id: leftOut[0] }),
    ...(leftOut[1] === undefined ? {} : { eos_token_id: leftOut[1] }),
    torch_dtype: 'float32',
  };
  if (task === 'masked-language')
    return { ...shared, architectures: [`${classPrefix}ForMaskedLM`] };
  if (task === 'embedding') return { ...shared, architectures: [`${classPrefix}Model`] };
  return {
    ...shared,
    architectures: [`${classPrefix}${MEAN_POOL_CLASS}`],
    output_mode: task,
    batch_norm: config.batch_norm,
    classifier_dropout: config.head_dropout,
    id2label: Object.fromEntries(outputs.map((name, index) => [String(index), name])),
    label2id: Object.fromEntries(outputs.map((name, index) => [name, index])),
  };
}

function fromConfig<Encoder extends EncoderConfig>(
  json: Json,
  options: HuggingFaceConfigOptions,
  format: EncoderFormat<Encoder>,
): TransformerNetworkConfig<Encoder> {
  const { where, tokenizer } = options;
  const task = taskOf(json, options, format.classPrefix);
  const encoder = format.encoder(json, where);
  const { vocab_size: vocabulary, pad_token_id: padding } = encoder;
  if (tokenizer !== undefined && tokenizer.vocabularySize > vocabulary) {
    throw new InputError({
      where,
      found: `vocab_size ${String(vocabulary)}, and a tokenizer with ${String(tokenizer.vocabularySize)} tokens`,
      expected: 'a network with a row for each token',
      fix: 'Take the tokenizer that the network was trained with.',
    });
  }
  const {
    start = json['bos_token_id'],
    end = json['eos_token_id'],
    padding: ofTokenizer = padding,
  } = tokenizer?.special ?? {};
  if (ofTokenizer !== padding) {
    throw new InputError({
      where: `${where}, pad_token_id`,
      found: `${String(padding)}, and a tokenizer whose padding is ${String(ofTokenizer)}`,
      expected: 'the same token',
      fix: 'Take the tokenizer that the network was trained with.',
    });
  }
  const headed = task !== 'masked-language' && task !== 'embedding';
  const names = options.outputs ?? outputNames(json);
  return parseTransformerConfig(
    format.configSchema,
    {
      length: options.length ?? format.usualLength(encoder),
      task,
      left_out_tokens: [start, end].filter((id) => typeof id === 'number' && id < vocabulary),
      encoder,
      ...(headed && typeof json['classifier_dropout'] === 'number'
        ? { head_dropout: json['classifier_dropout'] }
        : {}),
      ...(headed && json['batch_norm'] === true ? { batch_norm: true } : {}),
      ...(headed && names !== undefined ? { outputs: names } : {}),
    },
    where,
  );
}

function taskOf(
  json: Json,
  { where, task }: HuggingFaceConfigOptions,
  classPrefix: string,
): TransformerTask {
  const known: readonly string[] = transformerTasks;
  if (task !== undefined) {
    if (known.includes(task)) return task as TransformerTask;
    throw new InputError({ where: 'task', found: `'${task}'`, expected: known.join(', ') });
  }
  const classes: Readonly<Record<string, TransformerTask>> = {
    [`${classPrefix}ForMaskedLM`]: 'masked-language',
    [`${classPrefix}ForPreTraining`]: 'masked-language',
    [`${classPrefix}Model`]: 'embedding',
  };
  const given = json['architectures'];
  const name = Array.isArray(given) ? String(given[0]) : 'no architectures';
  const mode = json['output_mode'];
  if (name === `${classPrefix}${MEAN_POOL_CLASS}` && known.includes(String(mode))) {
    return mode as TransformerTask;
  }
  const found = Object.hasOwn(classes, name) ? classes[name] : undefined;
  if (found !== undefined) return found;
  throw new InputError({
    where: `${where}, architectures`,
    found: name,
    expected: Object.keys(classes).join(', '),
    fix: 'Give a task to say which of the networks is wanted, for example embedding for the encoder alone.',
  });
}
