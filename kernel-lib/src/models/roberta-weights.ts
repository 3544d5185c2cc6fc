import type { WeightsByName } from '../layers/named-weights.ts';
import type { RobertaConfig } from './roberta-config.ts';
import type { RobertaNetworkConfig } from './roberta-network-config.ts';
import {
  maskedTokenHeadNames,
  WeightTable,
  type EncoderParts,
  type HuggingFaceWeights,
} from './transformer-weight-table.ts';
import {
  fromCheckpointWeights,
  networkWeightNames,
  toCheckpointWeights,
} from './transformer-weights.ts';

export type { HuggingFaceWeight, HuggingFaceWeights } from './transformer-weight-table.ts';

/** Which network a table of weights is for. */
export interface RobertaWeightsOptions {
  /** The head for masked language modelling. Default true. */
  readonly head?: boolean;
}

const headNames = { ...maskedTokenHeadNames, otherBias: 'lm_head.decoder.bias' };

/** Our weight names → those of an encoder and of what lies behind it, in the order of the checkpoint. */
export function robertaPartNames(config: RobertaConfig, parts: EncoderParts): HuggingFaceWeights {
  const table = new WeightTable();
  table.postNormEncoder('roberta', config);
  table.heads('roberta', config, parts, headNames);
  return table.names;
}

/**
 * Our weight names → those of `RobertaModel` and `RobertaForMaskedLM` in Hugging Face's transformers,
 * in the order of the checkpoint.
 */
export function robertaWeightNames(
  config: RobertaConfig,
  { head = true }: RobertaWeightsOptions = {},
): HuggingFaceWeights {
  return robertaPartNames(config, { maskedLanguage: head });
}

/**
 * Our weight names → those of FloraBERT's networks, whose heads lie behind the mean of the tokens
 * (`classifier.dense`, `classifier.dense2`, `classifier.out_proj`).
 *
 * @param options.part `encoder` leaves the head out
 */
export function robertaNetworkWeightNames(
  config: RobertaNetworkConfig,
  { part = 'all' }: { readonly part?: 'all' | 'encoder' } = {},
): HuggingFaceWeights {
  return networkWeightNames(config, robertaPartNames, part);
}

/**
 * Our weights of an encoder, with or without the head for masked tokens, under the names and in the
 * layout of Hugging Face.
 *
 * @throws InputError when a weight is missing
 */
export function robertaToHuggingFace(
  weights: WeightsByName,
  config: RobertaConfig,
  options?: RobertaWeightsOptions,
): WeightsByName {
  return toCheckpointWeights(weights, robertaWeightNames(config, options));
}

/**
 * Weights of a Hugging Face checkpoint under our names and in our layout, to be given to
 * `writeWeights`. Names may begin with `roberta.` or, as in a checkpoint of the encoder alone, not.
 *
 * @param where what the weights come from, for error messages
 * @throws InputError when a weight is missing or of another shape
 */
export function robertaFromHuggingFace(
  weights: WeightsByName,
  config: RobertaConfig,
  where: string,
  options?: RobertaWeightsOptions,
): WeightsByName {
  return fromCheckpointWeights(weights, robertaWeightNames(config, options), where, 'roberta.');
}
