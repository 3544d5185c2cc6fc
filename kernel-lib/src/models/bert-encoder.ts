import type { Random } from '../core/random.ts';
import { LayerNormalisation } from '../layers/layer-normalisation.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { TokenAndPositionEmbedding } from '../layers/token-and-position-embedding.ts';
import type { BertConfig } from './bert-config.ts';
import { applyLayer, transformerLayer } from './roberta-encoder.ts';
import type { EncodedTokens, TransformerInputs } from './transformer-encoder.ts';

/**
 * Calls the layers of the BERT encoder (Devlin et al. 2019; Hugging Face's `BertModel` without
 * pooler). It is RoBERTa's but for the positions, which are 0, 1, … for padding too. All tokens are
 * of type 0.
 *
 * @param seeds initial weights and dropout draw from it, layer by layer
 */
export function encodeWithBert(
  config: BertConfig,
  { ids, mask, embeddings }: TransformerInputs,
  seeds: Random,
): EncodedTokens {
  const embedding = new TokenAndPositionEmbedding({
    name: 'embeddings',
    vocabularySize: config.vocab_size,
    positions: config.max_position_embeddings,
    types: config.type_vocab_size,
    size: config.hidden_size,
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
    hidden = transformerLayer(config, `layer_${String(index)}`, hidden, mask, seeds);
  }
  return { hidden, embedding };
}
