import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import {
  robertaConfigSchema,
  type RobertaConfig,
  type RobertaConfigInput,
} from './roberta-config.ts';
import { robertaEncoder } from './roberta-encoder.ts';
import { parseTransformerConfig, tableLength } from './transformer-config.ts';
import type { EncodedTokens } from './transformer-encoder.ts';
import { scorePositions } from './transformer-network.ts';

/** Options of the RoBERTa networks besides their config. */
export interface RobertaBuildOptions {
  /** Tokens of an input; default: the most for which the table of positions has rows. */
  readonly length?: number;
  /** Seeds initial weights and dropout. Default 0. */
  readonly seed?: number;
}

/** Options of `buildRobertaForMaskedLM`. */
export interface RobertaMaskedLMOptions extends RobertaBuildOptions {
  /**
   * Score only this many positions of each sequence, which a third input `masked_positions`
   * `[batch, predictions]` names. Training needs scores of the masked positions alone, a seventh of
   * them. Default: score all positions.
   */
  readonly predictions?: number;
}

/**
 * The RoBERTa encoder. Inputs: `input_ids` and `attention_mask` (1 for tokens, 0 for padding), int32
 * `[batch, length]` both. Output: the hidden states behind the last layer, `[batch, length,
 * hidden_size]`; those behind layer i are the output of the layer `layer_i_output_norm`, and those
 * behind the embeddings of `embeddings_dropout`.
 *
 * @throws InputError for a config that does not fit its schema
 * @example
 * const encoder = buildRobertaEncoder({ hidden_size: 768, num_hidden_layers: 6 });
 */
export function buildRobertaEncoder(
  config: RobertaConfigInput,
  options: RobertaBuildOptions = {},
): tfl.LayersModel {
  const { inputs, hidden } = encoder(config, options);
  return tfl.model({ name: 'roberta', inputs, outputs: hidden });
}

/**
 * The RoBERTa encoder with the head for masked language modelling. Inputs as of the encoder; output:
 * scores (logits) `[batch, length, vocab_size]`, or `[batch, predictions, vocab_size]`.
 *
 * @throws InputError for a config that does not fit its schema
 */
export function buildRobertaForMaskedLM(
  config: RobertaConfigInput,
  options: RobertaMaskedLMOptions = {},
): tfl.LayersModel {
  const { config: full, inputs, seeds, length, ...encoded } = encoder(config, options);
  const { predictions } = options;
  if (predictions !== undefined) requireCount('predictions', predictions, length);
  const outputs = scorePositions(full, robertaEncoder, encoded, { predictions, inputs, seeds });
  return tfl.model({ name: 'roberta_for_masked_lm', inputs, outputs });
}

interface CalledEncoder extends EncodedTokens {
  readonly config: RobertaConfig;
  readonly inputs: tfl.SymbolicTensor[];
  readonly seeds: Random;
  readonly length: number;
}

function encoder(
  input: RobertaConfigInput,
  { length, seed = 0 }: RobertaBuildOptions,
): CalledEncoder {
  const config = parseRobertaConfig(input);
  const longest = tableLength(config);
  if (length !== undefined) requireCount('length', length, longest);
  const tokens = length ?? longest;
  const seeds = new Random(seed);
  const ids = tfl.input({ name: 'input_ids', shape: [tokens], dtype: 'int32' });
  const mask = tfl.input({ name: 'attention_mask', shape: [tokens], dtype: 'int32' });
  const encoded = robertaEncoder.encode(config, { ids, mask }, seeds);
  return { ...encoded, config, inputs: [ids, mask], seeds, length: tokens };
}

/**
 * A config with all defaults filled in.
 *
 * @throws InputError naming each key that does not fit
 */
export function parseRobertaConfig(config: RobertaConfigInput): RobertaConfig {
  return parseTransformerConfig(robertaConfigSchema, config, 'RoBERTa config');
}

function requireCount(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new UsageError({
    where: 'RoBERTa build options',
    found: `${name} ${String(value)}`,
    expected: `a whole number from 1 to ${String(most)}`,
  });
}
