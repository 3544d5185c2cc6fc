import * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../core/random.ts';
import { FirstPosition } from '../layers/first-position.ts';
import { GatherPositions } from '../layers/gather-positions.ts';
import { Linear } from '../layers/linear.ts';
import { MaskedMean } from '../layers/masked-mean.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { TokenMask } from '../layers/token-mask.ts';
import {
  applyLayer,
  scoreMaskedTokens,
  type EncodedTokens,
  type MaskedTokenHead,
  type TransformerInputs,
} from './transformer-encoder.ts';
import type { NetworkConfig } from './transformer-network-config.ts';

/** What every encoder's config says. */
export type EncoderConfig = Omit<MaskedTokenHead, 'hidden_act'> & {
  readonly num_hidden_layers: number;
  readonly pad_token_id: number;
};

/** How an encoder is built. */
export interface EncoderBuilder<Encoder extends EncoderConfig> {
  /** Begin of the networks' names, for example `bert`. */
  readonly name: string;
  encode(config: Encoder, inputs: TransformerInputs, seeds: Random): EncodedTokens;
  /** Activation of the head for masked tokens. */
  headActivation(config: Encoder): MaskedTokenHead['hidden_act'];
  /** Name of the layer that gives the hidden states behind the last one. */
  lastLayer(config: Encoder): string;
}

/** Options of `buildTransformerNetwork`. */
export interface TransformerNetworkOptions {
  /** Seeds initial weights and dropout. Default 0. */
  readonly seed?: number;
  /** Take embeddings as a second input (see `Architecture.buildOnEmbeddings`). Default false. */
  readonly onEmbeddings?: boolean;
}

/**
 * The network of a config. Input: `input_ids` int32 `[batch, length]`; what is not padding is
 * attended to. Output: of masked-language scores `[batch, length or predictions, vocab_size]`, of
 * sparse `[batch, 2 × outputs]` (first the score of each output, then its value), of embedding
 * `[batch, hidden_size]`, else `[batch, outputs]`.
 */
export function buildTransformerNetwork<Encoder extends EncoderConfig>(
  config: NetworkConfig<Encoder>,
  builder: EncoderBuilder<Encoder>,
  { seed = 0, onEmbeddings = false }: TransformerNetworkOptions = {},
): tfl.LayersModel {
  const { length, task, encoder, predictions } = config;
  const seeds = new Random(seed);
  const ids = tfl.input({ name: 'input_ids', shape: [length], dtype: 'int32' });
  const inputs = [ids];
  let embeddings: tfl.SymbolicTensor | undefined;
  if (onEmbeddings) {
    embeddings = tfl.input({ name: 'token_embeddings', shape: [length, encoder.hidden_size] });
    inputs.push(embeddings);
  }
  const padding = new TokenMask({ name: 'attention_mask', leftOut: paddingTokens(config) });
  const mask = applyLayer(padding, ids);
  const encoded = builder.encode(encoder, { ids, mask, embeddings }, seeds);
  const model = (outputs: tfl.SymbolicTensor): tfl.LayersModel =>
    tfl.model({ name: `${builder.name}_${task.replace('-', '_')}`, inputs, outputs });
  if (task === 'masked-language') {
    return model(scorePositions(encoder, builder, encoded, { predictions, inputs, seeds }));
  }
  const pooled = pool(config, ids, encoded.hidden, seeds);
  if (task === 'embedding') return model(pooled);
  if (task !== 'sparse') return model(meanPoolHead(config, 'classifier', pooled, seeds));
  const parts = ['classification', 'regression'].map((part) =>
    meanPoolHead(config, `classifier_${part}`, pooled, seeds),
  );
  return model(applyLayer(tfl.layers.concatenate({ name: 'classifier_outputs' }), parts));
}

/** What `scorePositions` needs besides the encoder. */
export interface ScoredPositions {
  /** Score only as many positions; undefined for all. */
  readonly predictions: number | undefined;
  /** Inputs of the network, to which `masked_positions` is added where `predictions` is given. */
  readonly inputs: tfl.SymbolicTensor[];
  readonly seeds: Random;
}

/** Scores of the tokens at all or some positions, `[batch, length or predictions, vocab_size]`. */
export function scorePositions<Encoder extends EncoderConfig>(
  encoder: Encoder,
  builder: EncoderBuilder<Encoder>,
  { hidden, embedding }: EncodedTokens,
  { predictions, inputs, seeds }: ScoredPositions,
): tfl.SymbolicTensor {
  let scored = hidden;
  if (predictions !== undefined) {
    const positions = tfl.input({ name: 'masked_positions', shape: [predictions], dtype: 'int32' });
    inputs.push(positions);
    scored = applyLayer(new GatherPositions({ name: 'lm_head_positions' }), [hidden, positions]);
  }
  const head = { ...encoder, hidden_act: builder.headActivation(encoder) };
  return scoreMaskedTokens(head, { hidden: scored, embedding }, seeds);
}

/** The tokens that nothing attends to. */
function paddingTokens({
  encoder,
  padding_token: padding,
}: NetworkConfig<EncoderConfig>): number[] {
  if (padding === null) return [];
  return [padding ?? encoder.pad_token_id];
}

/** The mean hidden state of the tokens that are neither padding nor left out, `[batch, hidden_size]`. */
function meanOfTokens(
  config: NetworkConfig<EncoderConfig>,
  ids: tfl.SymbolicTensor,
  hidden: tfl.SymbolicTensor,
): tfl.SymbolicTensor {
  const leftOut = [...paddingTokens(config), ...config.left_out_tokens];
  const counted = applyLayer(new TokenMask({ name: 'counted_tokens', leftOut }), ids);
  return applyLayer(new MaskedMean({ name: 'token_mean' }), [hidden, counted]);
}

/** One vector a sequence, `[batch, hidden_size]`. */
function pool(
  config: NetworkConfig<EncoderConfig>,
  ids: tfl.SymbolicTensor,
  hidden: tfl.SymbolicTensor,
  seeds: Random,
): tfl.SymbolicTensor {
  const { encoder, pooling = 'mean' } = config;
  if (pooling === 'mean') return meanOfTokens(config, ids, hidden);
  const first = applyLayer(new FirstPosition({ name: 'first_token' }), hidden);
  if (pooling === 'first') return first;
  const dense = new Linear({
    name: 'pooler_dense',
    units: encoder.hidden_size,
    initializerRange: encoder.initializer_range,
    seed: seeds.uint32(),
  });
  const tanh = tfl.layers.activation({ name: 'pooler_activation', activation: 'tanh' });
  return applyLayer(tanh, applyLayer(dense, first));
}

/** FloraBERT's head: dropout, dense, tanh, dropout, [batch normalisation], dense, tanh, output. */
function meanPoolHead(
  config: NetworkConfig<EncoderConfig>,
  name: string,
  mean: tfl.SymbolicTensor,
  seeds: Random,
): tfl.SymbolicTensor {
  const { encoder, head_dropout: rate } = config;
  const linear = (part: string, units: number): Linear =>
    new Linear({
      name: `${name}_${part}`,
      units,
      initializerRange: encoder.initializer_range,
      seed: seeds.uint32(),
    });
  const dropout = (part: string): SeededDropout =>
    new SeededDropout({ name: `${name}_${part}`, rate, seed: seeds.uint32() });
  const tanh = (part: string): tfl.layers.Layer =>
    tfl.layers.activation({ name: `${name}_${part}`, activation: 'tanh' });
  let x = applyLayer(dropout('dropout'), mean);
  x = applyLayer(linear('dense', encoder.hidden_size), x);
  x = applyLayer(dropout('dropout2'), applyLayer(tanh('activation'), x));
  if (config.batch_norm) {
    // Momentum and epsilon of PyTorch.
    const norm = { name: `${name}_batch_norm`, momentum: 0.9, epsilon: 1e-5 };
    x = applyLayer(tfl.layers.batchNormalization(norm), x);
  }
  x = applyLayer(tanh('activation2'), applyLayer(linear('dense2', encoder.hidden_size), x));
  return applyLayer(linear('out_proj', config.outputs.length), x);
}

/**
 * The network up to what its output is computed from, with the same weights: `[batch, hidden_size]`
 * in front of the output layer of the head (of sparse, that of the values), the pooled hidden states
 * of an embedding network, or the mean of those of a masked-language network.
 */
export function transformerEmbedder<Encoder extends EncoderConfig>(
  model: tfl.LayersModel,
  config: NetworkConfig<Encoder>,
  builder: EncoderBuilder<Encoder>,
): tfl.LayersModel {
  const ids = model.inputs[0] as tfl.SymbolicTensor;
  const output = (layer: string): tfl.SymbolicTensor =>
    model.getLayer(layer).output as tfl.SymbolicTensor;
  let outputs: tfl.SymbolicTensor;
  switch (config.task) {
    case 'masked-language':
      outputs = meanOfTokens(config, ids, output(builder.lastLayer(config.encoder)));
      break;
    case 'embedding':
      outputs = model.outputs[0] as tfl.SymbolicTensor;
      break;
    case 'sparse':
      outputs = output('classifier_regression_activation2');
      break;
    default:
      outputs = output('classifier_activation2');
  }
  return tfl.model({ name: `${builder.name}_embedder`, inputs: ids, outputs });
}
