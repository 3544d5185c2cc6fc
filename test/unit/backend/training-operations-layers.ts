// Layers of TensorFlow.js and of the library, with gradients of their inputs and weights.
import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { Gelu } from '../../../kernel-lib/src/layers/gelu.ts';
import { LayerNormalisation } from '../../../kernel-lib/src/layers/layer-normalisation.ts';
import { MultiHeadSelfAttention } from '../../../kernel-lib/src/layers/multi-head-self-attention.ts';
import type { OperationCase } from './training-operations.ts';

/** Layers with the shape of what they take. */
const layers: [string, number[], () => tfl.layers.Layer][] = [
  [
    'dense layer with softmax',
    [2, 3, 4],
    () => tfl.layers.dense({ units: 3, activation: 'softmax' }),
  ],
  [
    'Conv1D layer with dilation',
    [2, 9, 3],
    () => tfl.layers.conv1d({ filters: 2, kernelSize: 3, dilationRate: 2, padding: 'same' }),
  ],
  [
    'Conv2D layer with dilation',
    [1, 5, 6, 2],
    () =>
      tfl.layers.conv2d({
        filters: 2,
        kernelSize: 3,
        dilationRate: 2,
        padding: 'same',
        activation: 'relu',
      }),
  ],
  [
    'Conv2DTranspose layer',
    [1, 1, 4, 2],
    () =>
      tfl.layers.conv2dTranspose({
        filters: 2,
        kernelSize: [1, 3],
        strides: [1, 2],
        padding: 'same',
      }),
  ],
  [
    'DepthwiseConv2D layer',
    [1, 1, 9, 3],
    () =>
      tfl.layers.depthwiseConv2d({
        kernelSize: [1, 3],
        depthMultiplier: 2,
        padding: 'same',
      }),
  ],
  [
    'SeparableConv2D layer',
    [1, 1, 7, 3],
    () =>
      tfl.layers.separableConv2d({
        filters: 4,
        kernelSize: [1, 3],
        padding: 'same',
        depthMultiplier: 2,
      }),
  ],
  [
    'LSTM with two layers',
    [1, 3, 2],
    () =>
      tfl.layers.rnn({
        cell: [2, 1].map((units) => tfl.layers.lstmCell({ units, recurrentActivation: 'sigmoid' })),
      }),
  ],
  [
    'GRU backwards',
    [1, 3, 2],
    () => tfl.layers.gru({ units: 2, goBackwards: true, recurrentActivation: 'sigmoid' }),
  ],
  [
    'bidirectional GRU',
    [1, 3, 2],
    () =>
      tfl.layers.bidirectional({
        layer: tfl.layers.gru({
          units: 2,
          returnSequences: true,
          recurrentActivation: 'sigmoid',
        }) as tfl.RNN,
        mergeMode: 'sum',
      }),
  ],
  ['simple recurrent layer', [1, 3, 2], () => tfl.layers.simpleRNN({ units: 2 })],
  [
    'dense layer a time step',
    [2, 3, 4],
    () => tfl.layers.timeDistributed({ layer: tfl.layers.dense({ units: 2, activation: 'tanh' }) }),
  ],
  ['PReLU layer', [2, 3, 4], () => tfl.layers.prelu({})],
  [
    'Cropping2D layer',
    [1, 4, 5, 2],
    () =>
      tfl.layers.cropping2D({
        cropping: [
          [1, 0],
          [1, 2],
        ],
      }),
  ],
  [
    'mean pooling layer',
    [2, 7, 3],
    () => tfl.layers.averagePooling1d({ poolSize: 3, strides: 2, padding: 'same' }),
  ],
  [
    'max pooling layer',
    [2, 7, 3],
    () => tfl.layers.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }),
  ],
  ['global max pooling layer', [2, 5, 3], () => tfl.layers.globalMaxPooling1d({})],
  ['global mean pooling layer', [2, 5, 3], () => tfl.layers.globalAveragePooling1d({})],
  [
    'multi-head self-attention layer',
    [2, 4, 6],
    () => new MultiHeadSelfAttention({ name: 'attention', heads: 2 }),
  ],
  ['layer normalisation layer', [2, 4, 6], () => new LayerNormalisation({ name: 'normalisation' })],
  ['GELU layer', [2, 4, 3], () => new Gelu({ name: 'gelu', form: 'tanh' })],
];

export const layerCases: readonly OperationCase[] = layers.map(([name, shape, layer]) => ({
  name,
  shapes: [shape],
  compute: (x: tf.Tensor) => x,
  layer,
}));
