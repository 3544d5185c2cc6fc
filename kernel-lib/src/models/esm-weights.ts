import type { WeightsByName, WeightValues } from '../layers/named-weights.ts';
import { rotaryFrequencies } from '../layers/rotary-positions.ts';
import type { EsmConfig } from './esm-config.ts';
import {
  maskedTokenHeadNames,
  WeightTable,
  type EncoderParts,
  type HuggingFaceWeights,
} from './transformer-weight-table.ts';

const POSITIONS = 'esm.embeddings.position_embeddings.weight';

/** Our weight names → those of `EsmModel` and `EsmForMaskedLM`, in the order of the checkpoint. */
export function esmWeightNames(config: EsmConfig, parts: EncoderParts = {}): HuggingFaceWeights {
  const { hidden_size: size, vocab_size: tokens } = config;
  const table = new WeightTable();
  const base = 'esm.embeddings';
  table.plain('embeddings/tokens', `${base}.word_embeddings.weight`, [tokens, size]);
  if (config.position_embedding_type === 'absolute') {
    table.plain('embeddings/positions', POSITIONS, [config.max_position_embeddings, size]);
  }
  if (config.emb_layer_norm_before) table.norm('embeddings_norm', `${base}.layer_norm`, size);
  table.layers('esm', config, ['attention.LayerNorm', ['intermediate_norm', 'LayerNorm']]);
  table.norm('encoder_norm', 'esm.encoder.emb_layer_norm_after', size);
  table.heads('esm', config, parts, maskedTokenHeadNames);
  return table.names;
}

/**
 * What transformers stores beside the weights of a network with rotary positions: the frequencies,
 * and a table of positions that it does not use, here zeros. With them nothing is reported missing.
 */
export function esmExtraWeights(config: EsmConfig): WeightsByName {
  if (config.position_embedding_type !== 'rotary') return {};
  const { max_position_embeddings: rows, hidden_size: columns } = config;
  const extra: Record<string, WeightValues> = {
    [POSITIONS]: { shape: [rows, columns], data: new Float32Array(rows * columns) },
  };
  const size = columns / config.num_attention_heads;
  for (let index = 0; index < config.num_hidden_layers; index++) {
    const attention = `esm.encoder.layer.${String(index)}.attention.self`;
    extra[`${attention}.rotary_embeddings.inv_freq`] = {
      shape: [size / 2],
      data: rotaryFrequencies(size),
    };
  }
  return extra;
}
