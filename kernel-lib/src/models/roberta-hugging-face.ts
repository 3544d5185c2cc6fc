import { InputError } from '../core/errors.ts';
import type { HuggingFaceFormat } from './architecture.ts';
import { robertaConfigSchema, type RobertaConfig } from './roberta-config.ts';
import {
  robertaNetworkConfigSchema,
  robertaTasks,
  type RobertaNetworkConfig,
} from './roberta-network-config.ts';
import { robertaNetworkWeightNames } from './roberta-weights.ts';
import { parseTransformerConfig, tableLength } from './transformer-config.ts';
import {
  huggingFaceConfig,
  type ConfigJson,
  type NetworkSource,
} from './transformer-hugging-face-config.ts';
import { fromCheckpointWeights, toCheckpointWeights } from './transformer-weights.ts';

/** What transformers' `RobertaConfig` takes where `config.json` has no such key. */
const TRANSFORMERS_DEFAULTS: ConfigJson = {
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
const FIXED: ConfigJson = {
  position_embedding_type: 'absolute',
  is_decoder: false,
  add_cross_attention: false,
  is_encoder_decoder: false,
};

const EXPECTED = "the config of a RoBERTa network under transformers' keys";

function encoder(json: ConfigJson, where: string): RobertaConfig {
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
  const config = Object.fromEntries(
    Object.entries(TRANSFORMERS_DEFAULTS).map(([key, value]) => [key, json[key] ?? value]),
  );
  return parseTransformerConfig(robertaConfigSchema, config, where, EXPECTED);
}

function whole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function network({
  json,
  encoder,
  tokenizer,
}: NetworkSource<RobertaConfig>): Record<string, unknown> {
  const { start, end, padding } = tokenizer?.special ?? {};
  const tokens = [
    start ?? whole(json['start_token_idx']) ?? whole(json['bos_token_id']) ?? 0,
    end ?? whole(json['end_token_idx']) ?? whole(json['eos_token_id']) ?? 2,
  ];
  return {
    padding_token: tokenizer === undefined ? encoder.pad_token_id : (padding ?? null),
    left_out_tokens: [...new Set(tokens)].filter((id) => id < encoder.vocab_size),
    head_dropout: json['classifier_dropout'] ?? encoder.hidden_dropout_prob,
    batch_norm: json['batch_norm'] ?? false,
  };
}

/** RoBERTa networks as transformers and FloraBERT store them. */
export const robertaHuggingFace: HuggingFaceFormat<RobertaNetworkConfig> = {
  ...huggingFaceConfig<RobertaNetworkConfig>({
    modelType: 'roberta',
    classPrefix: 'Roberta',
    classes: { ForMaskedLM: 'masked-language', Model: 'embedding' },
    tasks: robertaTasks,
    meanPoolTask: 'regression',
    configSchema: robertaNetworkConfigSchema,
    expected: EXPECTED,
    fixedKeys: { position_embedding_type: 'absolute' },
    headKeys: ({ task, left_out_tokens: [start, end] }) => ({
      ...(start === undefined ? {} : { start_token_idx: start }),
      ...(end === undefined ? {} : { end_token_idx: end }),
      ...(task === 'regression' ? { problem_type: 'regression' } : {}),
    }),
    encoder,
    usualLength: tableLength,
    network,
  }),
  toWeights(weights, config) {
    const stored = toCheckpointWeights(weights, robertaNetworkWeightNames(config));
    const bias = stored['lm_head.bias'];
    // transformers 4.46 keeps the zeros of a new network where only one of the two names is there.
    return bias === undefined ? stored : { ...stored, 'lm_head.decoder.bias': bias };
  },
  fromWeights: (weights, config, { where, part = 'all' }) =>
    fromCheckpointWeights(weights, robertaNetworkWeightNames(config, { part }), where, 'roberta.'),
};
