import * as tfl from '@tensorflow/tfjs-layers';
import type { Random } from '../core/random.ts';
import { Gelu } from '../layers/gelu.ts';
import { LayerNormalisation } from '../layers/layer-normalisation.ts';
import { Linear } from '../layers/linear.ts';
import { MultiHeadSelfAttention } from '../layers/multi-head-self-attention.ts';
import { ResidualAdd } from '../layers/residual-add.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { TokenAndPositionEmbedding } from '../layers/token-and-position-embedding.ts';
import { TokenScores, type TokenTableLayer } from '../layers/token-scores.ts';
import type { Activation } from './transformer-config.ts';

/** What goes into an encoder. */
export interface TransformerInputs {
  /** int32 tokens `[batch, length]`. */
  readonly ids: tfl.SymbolicTensor;
  /** int32 `[batch, length]`: 1 for tokens, 0 for padding. */
  readonly mask: tfl.SymbolicTensor;
  /** Embeddings `[batch, length, hidden_size]` that take the place of those of the tokens. */
  readonly embeddings?: tfl.SymbolicTensor | undefined;
}

/** The layers of an encoder, called. */
export interface EncodedTokens {
  /** Hidden states behind the last layer, `[batch, length, hidden_size]`. */
  readonly hidden: tfl.SymbolicTensor;
  /** The layer with the table of tokens, which the head for masked tokens shares. */
  readonly embedding: TokenTableLayer;
}

/** What an encoder layer is built from. */
export interface EncoderLayer {
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: Activation;
  readonly hidden_dropout_prob: number;
  readonly attention_probs_dropout_prob: number;
  readonly layer_norm_eps: number;
  readonly initializer_range: number;
}

/** What the encoders of BERT and RoBERTa are built from. */
export interface PostNormEncoder extends EncoderLayer {
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly num_hidden_layers: number;
}

/** What a head for masked tokens is built from. */
export type MaskedTokenHead = Pick<
  PostNormEncoder,
  'hidden_size' | 'vocab_size' | 'hidden_act' | 'layer_norm_eps' | 'initializer_range'
> & { readonly tie_word_embeddings: boolean };

/**
 * Calls the layers of the encoders of BERT and RoBERTa, which have tables of positions and of token
 * types, and a normalisation behind each part. All tokens are of type 0.
 *
 * @param seeds initial weights and dropout draw from it, layer by layer
 * @param positions `padding`: token from which positions are counted; default: they are 0, 1, … for
 *   padding too
 */
export function encodePostNorm(
  config: PostNormEncoder,
  { ids, mask, embeddings }: TransformerInputs,
  seeds: Random,
  positions: { readonly padding?: number } = {},
): EncodedTokens {
  const embedding = new TokenAndPositionEmbedding({
    name: 'embeddings',
    vocabularySize: config.vocab_size,
    positions: config.max_position_embeddings,
    types: config.type_vocab_size,
    size: config.hidden_size,
    ...positions,
    initializerRange: config.initializer_range,
    seed: seeds.uint32(),
  });
  const norm = new LayerNormalisation({ name: 'embeddings_norm', epsilon: config.layer_norm_eps });
  const dropout = new SeededDropout({
    name: 'embeddings_dropout',
    rate: config.hidden_dropout_prob,
    seed: seeds.uint32(),
  });
  const embedded = applyLayer(embedding, embeddings === undefined ? ids : [ids, embeddings]);
  let hidden = applyLayer(dropout, applyLayer(norm, embedded));
  for (let index = 0; index < config.num_hidden_layers; index++) {
    hidden = encoderLayer(config, `layer_${String(index)}`, { hidden, mask }, seeds);
  }
  return { hidden, embedding };
}

/** Where the normalisations of an encoder layer stand, and how it knows of positions. */
export interface EncoderLayerForm {
  /** Normalise in front of each part, not behind its residual. Default false. */
  readonly normFirst?: boolean;
  /** Turn queries and keys by their positions. Default false. */
  readonly rotary?: boolean;
}

/** Self-attention and two affine maps, each with dropout, residual and normalisation. */
export function encoderLayer(
  config: EncoderLayer,
  name: string,
  { hidden, mask }: { readonly hidden: tfl.SymbolicTensor; readonly mask: tfl.SymbolicTensor },
  seeds: Random,
  { normFirst = false, rotary = false }: EncoderLayerForm = {},
): tfl.SymbolicTensor {
  const { initializer_range: initializerRange, layer_norm_eps: epsilon } = config;
  const seed = (): number => seeds.uint32();
  const norm = (part: string, states: tfl.SymbolicTensor): tfl.SymbolicTensor =>
    applyLayer(new LayerNormalisation({ name: `${name}_${part}_norm`, epsilon }), states);
  const entering = (part: string, states: tfl.SymbolicTensor): tfl.SymbolicTensor =>
    normFirst ? norm(part, states) : states;
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
    const sum = applyLayer(residual, [before, branch]);
    return normFirst ? sum : norm(part, sum);
  };
  const linear = (part: string, units: number): Linear =>
    new Linear({ name: `${name}_${part}`, units, initializerRange, seed: seed() });
  const attention = new MultiHeadSelfAttention({
    name: `${name}_attention`,
    heads: config.num_attention_heads,
    dropout: config.attention_probs_dropout_prob,
    rotary,
    initializerRange,
    seed: seed(),
  });
  const branch = applyLayer(attention, [entering('attention', hidden), mask]);
  const attended = joined('attention', hidden, branch);
  const wide = applyLayer(
    linear('intermediate', config.intermediate_size),
    entering('intermediate', attended),
  );
  const active = applyLayer(activation(config.hidden_act, `${name}_activation`), wide);
  return joined('output', attended, applyLayer(linear('output', config.hidden_size), active));
}

/**
 * Calls the head for masked language modelling: an affine map, the activation, a
 * normalisation, and the product with the embedding of each token.
 *
 * @returns scores (logits) `[batch, positions, vocab_size]`
 */
export function scoreMaskedTokens(
  config: MaskedTokenHead,
  { hidden, embedding }: EncodedTokens,
  seeds: Random,
): tfl.SymbolicTensor {
  const { hidden_size: units, initializer_range: initializerRange } = config;
  const dense = new Linear({
    name: 'lm_head_dense',
    units,
    initializerRange,
    seed: seeds.uint32(),
  });
  const active = activation(config.hidden_act, 'lm_head_activation');
  const norm = new LayerNormalisation({ name: 'lm_head_norm', epsilon: config.layer_norm_eps });
  const scores = new TokenScores({
    name: 'lm_head_scores',
    vocabularySize: config.vocab_size,
    initializerRange,
    seed: seeds.uint32(),
    ...(config.tie_word_embeddings ? { tiedTo: embedding } : {}),
  });
  const mapped = applyLayer(norm, applyLayer(active, applyLayer(dense, hidden)));
  return applyLayer(scores, mapped);
}

function activation(name: Activation, layerName: string): tfl.layers.Layer {
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
