import type { Random } from '../core/random.ts';
import { HidePadding } from '../layers/hide-padding.ts';
import { LayerNormalisation } from '../layers/layer-normalisation.ts';
import { TokenDropoutEmbedding } from '../layers/token-dropout-embedding.ts';
import type { EsmConfig } from './esm-config.ts';
import {
  applyLayer,
  encoderLayer,
  type EncodedTokens,
  type TransformerInputs,
} from './transformer-encoder.ts';

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
  const layer = { ...config, hidden_act: 'gelu' as const };
  const form = { normFirst: true, rotary: config.position_embedding_type === 'rotary' };
  for (let index = 0; index < config.num_hidden_layers; index++) {
    hidden = encoderLayer(layer, `layer_${String(index)}`, { hidden, mask }, seeds, form);
  }
  return { hidden: applyLayer(norm('encoder_norm'), hidden), embedding };
}
