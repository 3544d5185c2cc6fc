import * as tfl from '@tensorflow/tfjs-layers';
import type { Random } from '../core/random.ts';
import { Gelu } from '../layers/gelu.ts';
import { LayerNormalisation } from '../layers/layer-normalisation.ts';
import { Linear } from '../layers/linear.ts';
import { MultiHeadSelfAttention } from '../layers/multi-head-self-attention.ts';
import { ResidualAdd } from '../layers/residual-add.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { TokenAndPositionEmbedding } from '../layers/token-and-position-embedding.ts';
import { TokenScores } from '../layers/token-scores.ts';
import type { RobertaConfig } from './roberta-config.ts';

/** What goes into the encoder. */
export interface RobertaEncoderInputs {
  /** int32 tokens `[batch, length]`. */
  readonly ids: tfl.SymbolicTensor;
  /** int32 `[batch, length]`: 1 for tokens, 0 for padding. */
  readonly mask: tfl.SymbolicTensor;
  /** Embeddings `[batch, length, hidden_size]` that take the place of those of the tokens. */
  readonly embeddings?: tfl.SymbolicTensor;
}

/** The layers of the encoder, called. */
export interface RobertaEncoded {
  /** Hidden states behind the last layer, `[batch, length, hidden_size]`. */
  readonly hidden: tfl.SymbolicTensor;
  /** The layer with the table of tokens, which the head for masked tokens shares. */
  readonly embedding: TokenAndPositionEmbedding;
}

/**
 * Calls the layers of the RoBERTa encoder (Liu et al. 2019; Hugging Face's `RobertaModel` without
 * pooler).
 *
 * @param seeds initial weights and dropout draw from it, layer by layer
 */
export function encodeWithRoberta(
  config: RobertaConfig,
  { ids, mask, embeddings }: RobertaEncoderInputs,
  seeds: Random,
): RobertaEncoded {
  const embedding = new TokenAndPositionEmbedding({
    name: 'embeddings',
    vocabularySize: config.vocab_size,
    positions: config.max_position_embeddings,
    types: config.type_vocab_size,
    size: config.hidden_size,
    padding: config.pad_token_id,
    initializerRange: config.initializer_range,
    seed: seeds.uint32(),
  });
  const epsilon = config.layer_norm_eps;
  let hidden = applyLayer(embedding, embeddings === undefined ? ids : [ids, embeddings]);
  hidden = applyLayer(new LayerNormalisation({ name: 'embeddings_norm', epsilon }), hidden);
  hidden = applyLayer(
    new SeededDropout({
      name: 'embeddings_dropout',
      rate: config.hidden_dropout_prob,
      seed: seeds.uint32(),
    }),
    hidden,
  );
  for (let index = 0; index < config.num_hidden_layers; index++) {
    hidden = transformerLayer(config, `layer_${String(index)}`, hidden, mask, seeds);
  }
  return { hidden, embedding };
}

/**
 * Calls the head for masked language modelling (`RobertaLMHead`).
 *
 * @param hidden `[batch, positions, hidden_size]`
 * @returns scores (logits) `[batch, positions, vocab_size]`
 */
export function scoreTokens(
  config: RobertaConfig,
  hidden: tfl.SymbolicTensor,
  embedding: TokenAndPositionEmbedding,
  seeds: Random,
): tfl.SymbolicTensor {
  const { hidden_size: units, initializer_range: initializerRange } = config;
  const dense = new Linear({
    name: 'lm_head_dense',
    units,
    initializerRange,
    seed: seeds.uint32(),
  });
  const active = applyLayer(new Gelu({ name: 'lm_head_activation' }), applyLayer(dense, hidden));
  const norm = new LayerNormalisation({ name: 'lm_head_norm', epsilon: config.layer_norm_eps });
  const scores = new TokenScores({
    name: 'lm_head_scores',
    vocabularySize: config.vocab_size,
    initializerRange,
    seed: seeds.uint32(),
    ...(config.tie_word_embeddings ? { tiedTo: embedding } : {}),
  });
  return applyLayer(scores, applyLayer(norm, active));
}

/** Self-attention and two affine maps, each with dropout, residual and normalisation behind it. */
export function transformerLayer(
  config: RobertaConfig,
  name: string,
  hidden: tfl.SymbolicTensor,
  mask: tfl.SymbolicTensor,
  seeds: Random,
): tfl.SymbolicTensor {
  const { initializer_range: initializerRange, layer_norm_eps: epsilon } = config;
  const seed = (): number => seeds.uint32();
  const joined = (
    part: string,
    before: tfl.SymbolicTensor,
    branch: tfl.SymbolicTensor,
  ): tfl.SymbolicTensor => {
    const residual = new ResidualAdd({
      name: `${name}_${part}_residual`,
      dropout: config.hidden_dropout_prob,
      seed: seed(),
    });
    const norm = new LayerNormalisation({ name: `${name}_${part}_norm`, epsilon });
    return applyLayer(norm, applyLayer(residual, [before, branch]));
  };
  const attention = new MultiHeadSelfAttention({
    name: `${name}_attention`,
    heads: config.num_attention_heads,
    dropout: config.attention_probs_dropout_prob,
    initializerRange,
    seed: seed(),
  });
  const attended = joined('attention', hidden, applyLayer(attention, [hidden, mask]));
  const linear = (part: string, units: number): Linear =>
    new Linear({ name: `${name}_${part}`, units, initializerRange, seed: seed() });
  const wide = applyLayer(linear('intermediate', config.intermediate_size), attended);
  const active = applyLayer(activation(config.hidden_act, `${name}_activation`), wide);
  return joined('output', attended, applyLayer(linear('output', config.hidden_size), active));
}

export function activation(name: RobertaConfig['hidden_act'], layerName: string): tfl.layers.Layer {
  if (name === 'relu') {
    return tfl.layers.activation({ name: layerName, activation: 'relu' });
  }
  return new Gelu({ name: layerName, form: name === 'gelu' ? 'erf' : 'tanh' });
}

/** `layer.apply` of one or more symbolic tensors, which gives one. */
export function applyLayer(
  layer: tfl.layers.Layer,
  input: tfl.SymbolicTensor | tfl.SymbolicTensor[],
): tfl.SymbolicTensor {
  return layer.apply(input) as tfl.SymbolicTensor;
}
