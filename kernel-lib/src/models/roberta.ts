import * as tfl from '@tensorflow/tfjs-layers';
import { InputError, UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { GatherPositions } from '../layers/gather-positions.ts';
import { Gelu } from '../layers/gelu.ts';
import { LayerNormalisation } from '../layers/layer-normalisation.ts';
import { Linear } from '../layers/linear.ts';
import { MultiHeadSelfAttention } from '../layers/multi-head-self-attention.ts';
import { ResidualAdd } from '../layers/residual-add.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { TokenAndPositionEmbedding } from '../layers/token-and-position-embedding.ts';
import { TokenScores } from '../layers/token-scores.ts';
import {
  robertaConfigSchema,
  type RobertaConfig,
  type RobertaConfigInput,
} from './roberta-config.ts';

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

interface Encoder {
  readonly config: RobertaConfig;
  readonly inputs: tfl.SymbolicTensor[];
  readonly output: tfl.SymbolicTensor;
  readonly embedding: TokenAndPositionEmbedding;
  readonly seeds: Random;
  readonly length: number;
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
  const { inputs, output } = encoder(config, options);
  return tfl.model({ name: 'roberta', inputs, outputs: output });
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
  const encoded = encoder(config, options);
  const { config: full, inputs, embedding, seeds, length } = encoded;
  const { predictions } = options;
  let hidden = encoded.output;
  if (predictions !== undefined) {
    requireCount('predictions', predictions, length);
    const positions = tfl.input({
      name: 'masked_positions',
      shape: [predictions],
      dtype: 'int32',
    });
    inputs.push(positions);
    hidden = apply(new GatherPositions({ name: 'lm_head_positions' }), [hidden, positions]);
  }
  const { hidden_size: units, initializer_range: initializerRange } = full;
  const seed = (): number => seeds.uint32();
  hidden = apply(
    new Linear({ name: 'lm_head_dense', units, initializerRange, seed: seed() }),
    hidden,
  );
  hidden = apply(new Gelu({ name: 'lm_head_activation' }), hidden);
  hidden = apply(
    new LayerNormalisation({ name: 'lm_head_norm', epsilon: full.layer_norm_eps }),
    hidden,
  );
  const scores = new TokenScores({
    name: 'lm_head_scores',
    vocabularySize: full.vocab_size,
    initializerRange,
    seed: seed(),
    ...(full.tie_word_embeddings ? { tiedTo: embedding } : {}),
  });
  return tfl.model({
    name: 'roberta_for_masked_lm',
    inputs,
    outputs: apply(scores, hidden),
  });
}

function encoder(input: RobertaConfigInput, { length, seed = 0 }: RobertaBuildOptions): Encoder {
  const config = parseRobertaConfig(input);
  const longest = config.max_position_embeddings - config.pad_token_id - 1;
  if (length !== undefined) requireCount('length', length, longest);
  const tokens = length ?? longest;
  const seeds = new Random(seed);
  const ids = tfl.input({ name: 'input_ids', shape: [tokens], dtype: 'int32' });
  const mask = tfl.input({ name: 'attention_mask', shape: [tokens], dtype: 'int32' });
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
  let hidden = apply(embedding, ids);
  hidden = apply(new LayerNormalisation({ name: 'embeddings_norm', epsilon }), hidden);
  hidden = apply(
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
  return { config, inputs: [ids, mask], output: hidden, embedding, seeds, length: tokens };
}

/** Self-attention and two affine maps, each with dropout, residual and normalisation behind it. */
function transformerLayer(
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
    return apply(norm, apply(residual, [before, branch]));
  };
  const attention = new MultiHeadSelfAttention({
    name: `${name}_attention`,
    heads: config.num_attention_heads,
    dropout: config.attention_probs_dropout_prob,
    initializerRange,
    seed: seed(),
  });
  const attended = joined('attention', hidden, apply(attention, [hidden, mask]));
  const linear = (part: string, units: number): Linear =>
    new Linear({ name: `${name}_${part}`, units, initializerRange, seed: seed() });
  const wide = apply(linear('intermediate', config.intermediate_size), attended);
  const active = apply(activation(config.hidden_act, `${name}_activation`), wide);
  return joined('output', attended, apply(linear('output', config.hidden_size), active));
}

function activation(name: RobertaConfig['hidden_act'], layerName: string): tfl.layers.Layer {
  if (name === 'relu') {
    return tfl.layers.activation({ name: layerName, activation: 'relu' });
  }
  return new Gelu({ name: layerName, form: name === 'gelu' ? 'erf' : 'tanh' });
}

function apply(
  layer: tfl.layers.Layer,
  input: tfl.SymbolicTensor | tfl.SymbolicTensor[],
): tfl.SymbolicTensor {
  return layer.apply(input) as tfl.SymbolicTensor;
}

/**
 * A config with all defaults filled in.
 *
 * @throws InputError naming each key that does not fit
 */
export function parseRobertaConfig(config: RobertaConfigInput): RobertaConfig {
  const parsed = robertaConfigSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  throw new InputError({
    where: 'RoBERTa config',
    found: parsed.error.issues
      .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
      .join('; '),
  });
}

function requireCount(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new UsageError({
    where: 'RoBERTa build options',
    found: `${name} ${String(value)}`,
    expected: `a whole number from 1 to ${String(most)}`,
  });
}
