import type * as tfl from '@tensorflow/tfjs-layers';
import type { Random } from '../core/random.ts';
import { LayerNormalisation } from '../layers/layer-normalisation.ts';
import { Linear } from '../layers/linear.ts';
import { TokenScores, type TokenTableLayer } from '../layers/token-scores.ts';
import type { RobertaConfig } from './roberta-config.ts';
import { activation, applyLayer } from './roberta-encoder.ts';

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

/** What a head for masked tokens is built from. */
export interface MaskedTokenHead {
  readonly hidden_size: number;
  readonly vocab_size: number;
  readonly hidden_act: RobertaConfig['hidden_act'];
  readonly layer_norm_eps: number;
  readonly initializer_range: number;
  readonly tie_word_embeddings: boolean;
}

/**
 * Calls the head for masked language modelling of BERT and ESM: an affine map, the activation, a
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
