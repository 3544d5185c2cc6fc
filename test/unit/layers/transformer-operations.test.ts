import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { gelu } from '../../../kernel-lib/src/layers/gelu.ts';
import { layerNormalisation } from '../../../kernel-lib/src/layers/layer-normalisation.ts';
import { linear } from '../../../kernel-lib/src/layers/linear.ts';
import { scaledDotProductAttention } from '../../../kernel-lib/src/layers/scaled-dot-product-attention.ts';
import {
  embeddingLookup,
  tokenPositions,
} from '../../../kernel-lib/src/layers/token-and-position-embedding.ts';
import {
  maskedLanguageLoss,
  sparseCrossEntropy,
} from '../../../kernel-lib/src/training/sparse-cross-entropy.ts';
import { hasNativeTensorFlow, useNativeTensorFlow } from '../native-tensorflow.ts';
import { checkGradients, normalTensor } from './check-gradients.ts';

const backends = ['cpu', 'wasm', ...(hasNativeTensorFlow ? ['tensorflow'] : [])];

function close(actual: tf.Tensor, expected: tf.Tensor | readonly number[], digits = 5): void {
  const wanted = expected instanceof tf.Tensor ? [...expected.dataSync()] : expected;
  [...actual.dataSync()].forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i]!, digits);
  });
}

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'tensorflow') await useNativeTensorFlow();
    else await useBackend(backend as 'cpu' | 'wasm');
    // Registers the gradients of all operations
    expect(tfl.version_layers).toBeDefined();
  });

  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it('gelu gives the values of PyTorch', () => {
    // torch.nn.functional.gelu, exact and approximate='tanh', float64
    const x = [-3, -1, -0.5, 0, 0.5, 1, 3];
    close(
      gelu(tf.tensor1d(x)),
      [-0.004049694, -0.158655254, -0.154268769, 0, 0.345731231, 0.841344746, 2.995950306],
    );
    close(
      gelu(tf.tensor1d(x), 'tanh'),
      [-0.003637392, -0.158808009, -0.15428599, 0, 0.34571401, 0.841191991, 2.996362608],
    );
  });

  it.each(['erf', 'tanh'] as const)('gelu (%s) has the right gradient', (form) => {
    checkGradients((x) => gelu(x, form), [normalTensor([3, 4], 1)]);
  });

  it('linear maps the last axis, with either layout of the kernel', () => {
    const x = normalTensor([2, 3, 4], 1);
    const kernel = normalTensor([4, 5], 2);
    const bias = normalTensor([5], 3);
    const expected = tf.add(tf.matMul(tf.reshape(x, [6, 4]), kernel as tf.Tensor2D), bias);
    const result = linear(x, kernel, bias);
    expect(result.shape).toEqual([2, 3, 5]);
    close(result, expected);
    close(linear(x, tf.transpose(kernel), bias, { transposed: true }), expected);
    checkGradients((...inputs) => linear(inputs[0]!, inputs[1]!, inputs[2]!), [x, kernel, bias]);
    checkGradients(
      (...inputs) => linear(inputs[0]!, inputs[1]!, inputs[2]!, { transposed: true }),
      [x, tf.transpose(kernel), bias],
    );
  });

  it('layer normalisation brings rows to mean 0 and variance 1', () => {
    const x = tf.add(tf.mul(normalTensor([2, 3, 8], 1), 3), 5);
    const normal = layerNormalisation(x, tf.ones([8]), tf.zeros([8]), 1e-12);
    const { mean, variance } = tf.moments(normal, -1);
    close(mean, new Array<number>(6).fill(0));
    close(variance, new Array<number>(6).fill(1), 4);
    checkGradients(
      (a, gamma, beta) => layerNormalisation(a!, gamma!, beta!, 1e-5),
      [normalTensor([3, 8], 4), normalTensor([8], 5), normalTensor([8], 6)],
    );
  });

  it('attention equals its definition, with a bias and a mask', () => {
    const [q, k, v] = [1, 2, 3].map((seed) => normalTensor([2, 3, 5, 4], seed)) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const bias = tf.tensor([0, 0, 0, -1e9, 0, 0, 0, 0, 0, 0], [2, 1, 1, 5]);
    const mask = tf.cast(tf.greater(normalTensor([2, 3, 5, 5], 8), -0.5), 'float32');
    const scores = tf.add(tf.div(tf.matMul(q, k, false, true), 2), bias);
    const expected = tf.matMul(tf.mul(tf.softmax(scores), mask), v);
    close(scaledDotProductAttention(q, k, v, { bias, mask }), expected);
    checkGradients((...t) => scaledDotProductAttention(t[0]!, t[1]!, t[2]!), [q, k, v]);
    checkGradients(
      (...t) => scaledDotProductAttention(t[0]!, t[1]!, t[2]!, { bias, mask }),
      [q, k, v],
    );
  });

  it('looked-up rows get the sum of their gradients, a padding row none', () => {
    const table = normalTensor([4, 3], 1);
    const indices = tf.tensor2d([0, 2, 2, 1, 2, 0], [2, 3], 'int32');
    checkGradients((rows) => embeddingLookup(rows!, indices), [table]);
    const gradient = tf.grad((rows) => tf.sum(embeddingLookup(rows, indices, 2)))(table);
    close(gradient, [2, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  it('numbers positions as RoBERTa does', () => {
    const tokens = tf.tensor2d([1, 1, 0, 7, 5, 1], [1, 6], 'int32');
    expect([...tokenPositions(tokens, 1).dataSync()]).toEqual([1, 1, 2, 3, 4, 1]);
    expect([...tokenPositions(tokens).dataSync()]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('cross entropy ignores what has no label and stays finite for large scores', () => {
    const scores = tf.tensor2d([1, 2, 3, 1000, 0, -1000, 0.5, 0.5, 0.5], [3, 3]);
    const labels = tf.tensor1d([2, 0, -100], 'int32');
    close(sparseCrossEntropy(labels, scores), [0.407606, 0, 0]);
    close(maskedLanguageLoss(labels, scores), [0.203803]);
    close(maskedLanguageLoss(tf.fill([3], -100, 'int32'), scores), [0]);
    checkGradients((x) => sparseCrossEntropy(labels, x!), [normalTensor([3, 3], 1)]);
  });
});
