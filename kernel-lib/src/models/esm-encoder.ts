import type * as tfl from '@tensorflow/tfjs-layers';
import type { Random } from '../core/random.ts';
import { Gelu } from '../layers/gelu.ts';
import { HidePadding } from '../layers/hide-padding.ts';
import { LayerNormalisation } from '../layers/layer-normalisation.ts';
import { Linear } from '../layers/linear.ts';
import { MultiHeadSelfAttention } from '../layers/multi-head-self-attention.ts';
import { ResidualAdd } from '../layers/residual-add.ts';
import { TokenDropoutEmbedding } from '../layers/token-dropout-embedding.ts';
import type { EsmConfig } from './esm-config.ts';
import { applyLayer } from './roberta-encoder.ts';
import type { EncodedTokens, TransformerInputs } from './transformer-encoder.ts';

/**
 * Calls the layers of the ESM encoder (ESM-2: Lin et al. 2023; ESM-1b: Rives et al. 2021; Hugging
 * Face's `EsmModel` without pooler and contact head). Embeddings of padding are zero, there is no
 * dropout on embeddings, and a normalisation stands before each part and behind the last layer.
 *
 * @param seeds initial weights and dropout draw from it, layer by layer
 */
export function encodeWithEsm(
  config: EsmConfig,
  { ids, mask, embeddings }: TransformerInputs,
  seeds: Random,
): EncodedTokens {
  const embedding = new TokenDropoutEmbedding({
    name: 'embeddings',
    vocabularySize: config.vocab_size,
    size: config.hidden_size,
    padding: config.pad_token_id,
    positions: config.position_embedding_type === 'absolute' ? config.max_position_embeddings : 0,
    initializerRange: config.initializer_range,
    seed: seeds.uint32(),
    ...(config.token_dropout ? { maskToken: config.mask_token_id } : {}),
  });
  const norm = (name: string): LayerNormalisation =>
    new LayerNormalisation({ name, epsilon: config.layer_norm_eps });
  let hidden = applyLayer(embedding, embeddings === undefined ? ids : [ids, embeddings]);
  if (config.emb_layer_norm_before) hidden = applyLayer(norm('embeddings_norm'), hidden);
  hidden = applyLayer(new HidePadding({ name: 'embeddings_padding' }), [hidden, mask]);
  for (let index = 0; index < config.num_hidden_layers; index++) {
    hidden = preNormLayer(config, `layer_${String(index)}`, hidden, mask, seeds);
  }
  return { hidden: applyLayer(norm('encoder_norm'), hidden), embedding };
}

/** Normalisation, self-attention and residual; normalisation, two affine maps and residual. */
function preNormLayer(
  config: EsmConfig,
  name: string,
  hidden: tfl.SymbolicTensor,
  mask: tfl.SymbolicTensor,
  seeds: Random,
): tfl.SymbolicTensor {
  const { initializer_range: initializerRange, layer_norm_eps: epsilon } = config;
  const seed = (): number => seeds.uint32();
  const normal = (part: string, states: tfl.SymbolicTensor): tfl.SymbolicTensor =>
    applyLayer(new LayerNormalisation({ name: `${name}_${part}_norm`, epsilon }), states);
  const joined = (
    part: string,
    before: tfl.SymbolicTensor,
    branch: tfl.SymbolicTensor,
  ): tfl.SymbolicTensor =>
    applyLayer(
      new ResidualAdd({
        name: `${name}_${part}_residual`,
        dropout: config.hidden_dropout_prob,
        seed: seed(),
      }),
      [before, branch],
    );
  const linear = (part: string, units: number): Linear =>
    new Linear({ name: `${name}_${part}`, units, initializerRange, seed: seed() });
  const attention = new MultiHeadSelfAttention({
    name: `${name}_attention`,
    heads: config.num_attention_heads,
    dropout: config.attention_probs_dropout_prob,
    rotary: config.position_embedding_type === 'rotary',
    initializerRange,
    seed: seed(),
  });
  const branch = applyLayer(attention, [normal('attention', hidden), mask]);
  const attended = joined('attention', hidden, branch);
  const wide = applyLayer(
    linear('intermediate', config.intermediate_size),
    normal('intermediate', attended),
  );
  const active = applyLayer(new Gelu({ name: `${name}_activation` }), wide);
  return joined('output', attended, applyLayer(linear('output', config.hidden_size), active));
}
