import * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../core/random.ts';
import { GatherPositions } from '../layers/gather-positions.ts';
import { Linear } from '../layers/linear.ts';
import { MaskedMean } from '../layers/masked-mean.ts';
import { SeededDropout } from '../layers/seeded-dropout.ts';
import { TokenMask } from '../layers/token-mask.ts';
import { applyLayer, encodeWithRoberta, scoreTokens } from './roberta-encoder.ts';
import type { RobertaNetworkConfig } from './roberta-network-config.ts';

/** Options of `buildRobertaNetwork`. */
export interface RobertaNetworkOptions {
  /** Seeds initial weights and dropout. Default 0. */
  readonly seed?: number;
  /** Take embeddings as a second input (see `Architecture.buildOnEmbeddings`). Default false. */
  readonly onEmbeddings?: boolean;
}

/** Name of the layer that gives the mean hidden state. */
const MEAN = 'token_mean';

/**
 * The RoBERTa network of a config. Input: `input_ids` int32 `[batch, length]`; what is not padding
 * is attended to. Output: of masked-language scores `[batch, length or predictions, vocab_size]`, of
 * sparse `[batch, 2 × outputs]` (first the score of each output, then its value), of embedding
 * `[batch, hidden_size]`, else `[batch, outputs]`.
 */
export function buildRobertaNetwork(
  config: RobertaNetworkConfig,
  { seed = 0, onEmbeddings = false }: RobertaNetworkOptions = {},
): tfl.LayersModel {
  const { length, task, encoder, padding_token: padding, predictions } = config;
  const seeds = new Random(seed);
  const ids = tfl.input({ name: 'input_ids', shape: [length], dtype: 'int32' });
  const inputs = [ids];
  let embeddings: tfl.SymbolicTensor | undefined;
  if (onEmbeddings) {
    embeddings = tfl.input({ name: 'token_embeddings', shape: [length, encoder.hidden_size] });
    inputs.push(embeddings);
  }
  const mask = applyLayer(
    new TokenMask({ name: 'attention_mask', leftOut: padding === null ? [] : [padding] }),
    ids,
  );
  const entering = { ids, mask, ...(embeddings === undefined ? {} : { embeddings }) };
  const { hidden, embedding } = encodeWithRoberta(encoder, entering, seeds);
  const model = (outputs: tfl.SymbolicTensor): tfl.LayersModel =>
    tfl.model({ name: `roberta_${task.replace('-', '_')}`, inputs, outputs });
  if (task === 'masked-language') {
    let scored = hidden;
    if (predictions !== undefined) {
      const positions = tfl.input({
        name: 'masked_positions',
        shape: [predictions],
        dtype: 'int32',
      });
      inputs.push(positions);
      scored = applyLayer(new GatherPositions({ name: 'lm_head_positions' }), [hidden, positions]);
    }
    return model(scoreTokens(encoder, scored, embedding, seeds));
  }
  const mean = meanOfTokens(config, ids, hidden);
  if (task === 'embedding') return model(mean);
  if (task !== 'sparse') return model(meanPoolHead(config, 'classifier', mean, seeds));
  const parts = ['classification', 'regression'].map((part) =>
    meanPoolHead(config, `classifier_${part}`, mean, seeds),
  );
  return model(applyLayer(tfl.layers.concatenate({ name: 'classifier_outputs' }), parts));
}

/** The mean hidden state of the tokens that are neither padding nor left out, `[batch, hidden_size]`. */
export function meanOfTokens(
  {
    padding_token: padding,
    left_out_tokens: leftOut,
  }: Pick<RobertaNetworkConfig, 'padding_token' | 'left_out_tokens'>,
  ids: tfl.SymbolicTensor,
  hidden: tfl.SymbolicTensor,
): tfl.SymbolicTensor {
  const left = padding === null ? leftOut : [padding, ...leftOut];
  const counted = applyLayer(new TokenMask({ name: 'counted_tokens', leftOut: left }), ids);
  return applyLayer(new MaskedMean({ name: MEAN }), [hidden, counted]);
}

/** What a head on the mean hidden state is built from. */
export interface MeanPoolHead extends Pick<
  RobertaNetworkConfig,
  'outputs' | 'head_dropout' | 'batch_norm'
> {
  readonly encoder: Pick<RobertaNetworkConfig['encoder'], 'hidden_size' | 'initializer_range'>;
}

/** FloraBERT's head: dropout, dense, tanh, dropout, [batch normalisation], dense, tanh, output. */
export function meanPoolHead(
  config: MeanPoolHead,
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
 * in front of the output layer of the head (of sparse, that of the values), or the mean hidden state
 * where there is no such head.
 */
export function robertaEmbedder(
  model: tfl.LayersModel,
  config: RobertaNetworkConfig,
): tfl.LayersModel {
  const ids = model.inputs[0] as tfl.SymbolicTensor;
  const output = (layer: string): tfl.SymbolicTensor =>
    model.getLayer(layer).output as tfl.SymbolicTensor;
  let embedding: tfl.SymbolicTensor;
  switch (config.task) {
    case 'masked-language': {
      const last = `layer_${String(config.encoder.num_hidden_layers - 1)}_output_norm`;
      embedding = meanOfTokens(config, ids, output(last));
      break;
    }
    case 'embedding':
      embedding = output(MEAN);
      break;
    case 'sparse':
      embedding = output('classifier_regression_activation2');
      break;
    default:
      embedding = output('classifier_activation2');
  }
  return tfl.model({ name: 'roberta_embedder', inputs: ids, outputs: embedding });
}
