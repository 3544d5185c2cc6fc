import { UsageError } from '../core/errors.ts';
import type { Architecture, ModelInput, TokenizerFacts } from './architecture.ts';
import { robertaHuggingFace } from './roberta-hugging-face.ts';
import {
  robertaNetworkConfigSchema,
  robertaPresets,
  type RobertaNetworkConfig,
} from './roberta-network-config.ts';
import { buildRobertaNetwork, robertaEmbedder } from './roberta-network.ts';
import { robertaNetworkWeightNames } from './roberta-weights.ts';

function inputs({ length, predictions, encoder }: RobertaNetworkConfig): ModelInput[] {
  const ids: ModelInput = {
    name: 'input_ids',
    kind: 'tokens',
    shape: [length],
    vocabularySize: encoder.vocab_size,
  };
  if (predictions === undefined) return [ids];
  return [ids, { name: 'masked_positions', kind: 'tokens', shape: [predictions] }];
}

function outputs({ task, outputs: names, encoder }: RobertaNetworkConfig): string[] {
  if (task === 'masked-language') return ['token_scores'];
  if (task !== 'embedding') return [...names];
  return Array.from({ length: encoder.hidden_size }, (_, index) => `hidden_${String(index)}`);
}

function fitTokenizer(
  config: Readonly<Record<string, unknown>>,
  { vocabularySize, special }: TokenizerFacts,
): object {
  const { start, end, padding } = special;
  return {
    ...config,
    padding_token: padding ?? null,
    left_out_tokens: [start, end].filter((id) => id !== undefined),
    encoder: { ...(config['encoder'] as object | undefined), vocab_size: vocabularySize },
  };
}

/**
 * RoBERTa over tokens of a tokenizer: for masked language modelling, and with FloraBERT's head for
 * expression.
 */
export const roberta: Architecture<RobertaNetworkConfig> = {
  modelType: 'roberta',
  description:
    'RoBERTa, a transformer encoder over tokens (Liu et al. 2019), with the mean-pooling head of FloraBERT (Levy et al. 2022)',
  configSchema: robertaNetworkConfigSchema,
  presets: robertaPresets,
  inputs,
  outputs,
  build(config, { sequenceInput = 'tokens', seed = 0 } = {}) {
    if (sequenceInput !== 'tokens') {
      throw new UsageError({
        where: 'model roberta',
        found: `sequence input '${sequenceInput}'`,
        expected: "'tokens': it reads tokens of a tokenizer, not bases",
        fix: 'For gradients take buildOnEmbeddings; to score variants, tokenize the changed sequences.',
      });
    }
    return buildRobertaNetwork(config, { seed });
  },
  originalWeightNames(config) {
    const names = robertaNetworkWeightNames(config);
    return Object.fromEntries([...names].map(([ours, { name }]) => [ours, name]));
  },
  huggingFace: robertaHuggingFace,
  fitTokenizer,
  embedder: robertaEmbedder,
  buildOnEmbeddings: (config, { seed = 0 } = {}) =>
    buildRobertaNetwork(config, { seed, onEmbeddings: true }),
  hasGatedOutputs: ({ task }) => task === 'sparse',
};
