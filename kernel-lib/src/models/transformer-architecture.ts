import type { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import type {
  Architecture,
  HuggingFaceFormat,
  ModelInput,
  TokenizerFacts,
} from './architecture.ts';
import type { NetworkConfig } from './transformer-network-config.ts';
import {
  buildTransformerNetwork,
  transformerEmbedder,
  type EncoderBuilder,
  type EncoderConfig,
} from './transformer-network.ts';
import type { EncoderParts, HuggingFaceWeights } from './transformer-weight-table.ts';
import { networkWeightNames } from './transformer-weights.ts';

/** What makes an architecture out of an encoder. */
export interface TransformerArchitectureParts<Config extends NetworkConfig<EncoderConfig>> {
  readonly modelType: string;
  readonly description: string;
  readonly configSchema: z.ZodType<Config>;
  readonly presets: Readonly<Record<string, Config>>;
  readonly builder: EncoderBuilder<Config['encoder']>;
  readonly huggingFace: HuggingFaceFormat<Config>;
  /** Keys of the encoder that follow from a tokenizer. */
  encoderOfTokenizer(tokenizer: TokenizerFacts): Readonly<Record<string, unknown>>;
  /** Keys of the network besides that follow from a tokenizer. */
  networkOfTokenizer?(tokenizer: TokenizerFacts): Readonly<Record<string, unknown>>;
  weightNames(encoder: Config['encoder'], parts: EncoderParts): HuggingFaceWeights;
}

/** The architecture of an encoder over tokens of a tokenizer, with the heads of each task. */
export function transformerArchitecture<Config extends NetworkConfig<EncoderConfig>>(
  parts: TransformerArchitectureParts<Config>,
): Architecture<Config> {
  const { modelType, builder } = parts;
  return {
    modelType,
    description: parts.description,
    configSchema: parts.configSchema,
    presets: parts.presets,
    inputs: transformerInputs,
    outputs: transformerOutputs,
    build(config, { sequenceInput = 'tokens', seed = 0 } = {}) {
      if (sequenceInput !== 'tokens') {
        throw new UsageError({
          where: `model ${modelType}`,
          found: `sequence input '${sequenceInput}'`,
          expected: "'tokens': it reads tokens of a tokenizer, not bases",
          fix: 'For gradients take buildOnEmbeddings; to score variants, tokenize the changed sequences.',
        });
      }
      return buildTransformerNetwork(config, builder, { seed });
    },
    originalWeightNames(config) {
      const names = networkWeightNames(config, parts.weightNames);
      return Object.fromEntries([...names].map(([ours, { name }]) => [ours, name]));
    },
    huggingFace: parts.huggingFace,
    fitTokenizer(config, tokenizer) {
      const { start, end } = tokenizer.special;
      return {
        ...config,
        ...parts.networkOfTokenizer?.(tokenizer),
        left_out_tokens: [start, end].filter((id) => id !== undefined),
        encoder: {
          ...(config['encoder'] as object | undefined),
          ...parts.encoderOfTokenizer(tokenizer),
        },
      };
    },
    embedder: (model, config) => transformerEmbedder(model, config, builder),
    buildOnEmbeddings: (config, { seed = 0 } = {}) =>
      buildTransformerNetwork(config, builder, { seed, onEmbeddings: true }),
  };
}

function transformerInputs({
  length,
  predictions,
  encoder,
}: NetworkConfig<EncoderConfig>): ModelInput[] {
  const ids: ModelInput = {
    name: 'input_ids',
    kind: 'tokens',
    shape: [length],
    vocabularySize: encoder.vocab_size,
  };
  if (predictions === undefined) return [ids];
  return [ids, { name: 'masked_positions', kind: 'tokens', shape: [predictions] }];
}

function transformerOutputs({ task, outputs, encoder }: NetworkConfig<EncoderConfig>): string[] {
  if (task === 'masked-language') return ['token_scores'];
  if (task !== 'embedding') return [...outputs];
  return Array.from({ length: encoder.hidden_size }, (_, index) => `hidden_${String(index)}`);
}
