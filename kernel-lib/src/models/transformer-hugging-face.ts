import { InputError } from '../core/errors.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import type { HuggingFaceFormat } from './architecture.ts';
import {
  huggingFaceConfig,
  type ConfigFormat,
  type NetworkSource,
} from './transformer-hugging-face-config.ts';
import { transformerTasks, type TransformerNetworkConfig } from './transformer-network-config.ts';
import type { EncoderConfig } from './transformer-network.ts';
import type { EncoderParts, HuggingFaceWeights } from './transformer-weight-table.ts';
import {
  networkWeightNames,
  readCheckpoint,
  toCheckpointWeights,
  withoutPrefix,
} from './transformer-weights.ts';

/** How transformers stores one kind of encoder. */
export interface EncoderFormat<Encoder extends EncoderConfig> extends Pick<
  ConfigFormat<TransformerNetworkConfig<Encoder>>,
  'modelType' | 'classPrefix' | 'configSchema' | 'encoder' | 'usualLength'
> {
  weightNames(encoder: Encoder, parts: EncoderParts): HuggingFaceWeights;
  /** What transformers stores beside the weights, under names with the prefix. */
  extraWeights?(encoder: Encoder): WeightsByName;
  /** Names (without the prefix) of the encoder that are no part of the network. */
  readonly leftOut: RegExp;
}

/** BERT or ESM networks as transformers stores them. */
export function transformerHuggingFace<Encoder extends EncoderConfig>(
  format: EncoderFormat<Encoder>,
): HuggingFaceFormat<TransformerNetworkConfig<Encoder>> {
  const prefix = `${format.modelType}.`;
  return {
    ...huggingFaceConfig<TransformerNetworkConfig<Encoder>>({
      ...format,
      tasks: transformerTasks,
      classes: {
        ForMaskedLM: 'masked-language',
        ForPreTraining: 'masked-language',
        Model: 'embedding',
      },
      network,
    }),
    toWeights(weights, config) {
      const theirs = {
        ...toCheckpointWeights(weights, networkWeightNames(config, format.weightNames)),
        ...format.extraWeights?.(config.encoder),
      };
      // Transformers stores an encoder alone without the prefix.
      return config.task === 'embedding' ? withoutPrefix(theirs, prefix) : theirs;
    },
    fromWeights: (weights, config, { where, part = 'all' }) =>
      readCheckpoint(weights, networkWeightNames(config, format.weightNames, part), {
        where,
        prefix,
        leftOut: format.leftOut,
      }),
  };
}

function network({
  where,
  json,
  encoder,
  tokenizer,
  headed,
}: NetworkSource<EncoderConfig>): Record<string, unknown> {
  const { vocab_size: vocabulary, pad_token_id: padding } = encoder;
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
  return {
    left_out_tokens: [start, end].filter((id) => typeof id === 'number' && id < vocabulary),
    ...(headed && typeof json['classifier_dropout'] === 'number'
      ? { head_dropout: json['classifier_dropout'] }
      : {}),
    ...(headed && json['batch_norm'] === true ? { batch_norm: true } : {}),
  };
}
