import type { RobertaConfig } from './roberta-config.ts';
import { encodePostNorm } from './transformer-encoder.ts';
import type { EncoderBuilder } from './transformer-network.ts';

/**
 * The RoBERTa encoder (Liu et al. 2019; Hugging Face's `RobertaModel` without pooler). It is BERT's but
 * for the positions, which are counted from behind `pad_token_id`, while those of padding stay on it.
 */
export const robertaEncoder: EncoderBuilder<RobertaConfig> = {
  name: 'roberta',
  encode: (config, inputs, seeds) =>
    encodePostNorm(config, inputs, seeds, { padding: config.pad_token_id }),
  headActivation: () => 'gelu',
  lastLayer: ({ num_hidden_layers: layers }) => `layer_${String(layers - 1)}_output_norm`,
};
