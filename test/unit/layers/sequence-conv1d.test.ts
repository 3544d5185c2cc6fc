import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import {
  SequenceConv1D,
  type SequenceConv1DConfig,
} from '../../../kernel-lib/src/layers/sequence-conv1d.ts';

const LENGTH = 50;

function modelOf(
  config: Omit<SequenceConv1DConfig, 'name' | 'filters' | 'kernelSize'>,
  oneHot = false,
) {
  const input = oneHot
    ? tfl.input({ shape: [LENGTH, 4] })
    : tfl.input({ shape: [LENGTH], dtype: 'int32' });
  const layer = new SequenceConv1D({
    name: 'conv',
    filters: 9,
    kernelSize: 5,
    kernelInitializer: tfl.initializers.glorotNormal({ seed: 3 }),
    ...config,
  });
  const model = tfl.model({ inputs: input, outputs: layer.apply(input) as tfl.SymbolicTensor });
  const random = new Random(8);
  model.setWeights(
    model.getWeights().map((weight) =>
      tf.tensor(
        // Positive, as variances have to be.
        Float32Array.from({ length: weight.size }, () => 0.2 + random.uniform()),
        weight.shape,
      ),
    ),
  );
  return { model, layer };
}

function sequences(): { tokens: tf.Tensor2D; oneHot: tf.Tensor3D } {
  const random = new Random(2);
  const values = Int32Array.from({ length: 4 * LENGTH }, () => random.integer(4));
  const tokens = tf.tensor2d(values, [4, LENGTH], 'int32');
  return { tokens, oneHot: tf.cast(tf.oneHot(tokens, 4), 'float32') as tf.Tensor3D };
}

function difference(a: tf.Tensor, b: tf.Tensor): number {
  expect(a.shape).toEqual(b.shape);
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number);
}

describe.each(['wasm', 'cpu'] as const)('SequenceConv1D on %s', (backend) => {
  it.each([
    { strides: 3 },
    { dilationRate: 4 },
    { strides: 2, dilationRate: 3, poolSize: 4 },
    { activation: 'elu', poolSize: 5 },
    { activation: 'tanh', pooling: 'both', poolSize: 7 },
    { activation: 'sigmoid', pooling: 'mean', poolSize: 6, phases: 3 },
    { activation: 'softplus', padding: 'valid', start: 3, end: 40 },
    { batchNormalisation: {}, poolSize: 3 },
    { batchNormalisation: { epsilon: 0.01 }, activation: 'elu', pooling: 'both', poolSize: 3 },
  ] as const)('gives the same from tokens and from one-hot: %o', async (config) => {
    await useBackend(backend);
    const { tokens, oneHot } = sequences();
    const output = modelOf(config).model.predict(tokens) as tf.Tensor;
    expect(output.shape.slice(1)).toEqual(modelOf(config).model.outputs[0]!.shape.slice(1));
    expect(
      difference(output, modelOf(config, true).model.predict(oneHot) as tf.Tensor),
    ).toBeLessThan(1e-5);
  });

  it('has gradients of a one-hot input, dilated and strided too', async () => {
    await useBackend(backend);
    const { oneHot } = sequences();
    for (const config of [{ dilationRate: 3 }, { strides: 2 }, { strides: 2, dilationRate: 2 }]) {
      const { model } = modelOf({ ...config, activation: 'linear', padding: 'same' }, true);
      const score = (x: tf.Tensor): tf.Scalar => tf.sum(tf.square(model.apply(x) as tf.Tensor));
      const gradient = tf.grad(score)(oneHot).arraySync() as number[][][];
      for (const [n, at, letter] of [
        [0, 0, 1],
        [1, 24, 2],
        [3, 49, 3],
      ] as const) {
        const step = 0.01;
        const moved = (by: number): number =>
          tf.tidy(() => {
            const values = Float32Array.from(oneHot.dataSync());
            values[(n * LENGTH + at) * 4 + letter]! += by;
            return score(tf.tensor3d(values, oneHot.shape)).dataSync()[0] as number;
          });
        const numeric = (moved(step) - moved(-step)) / (2 * step);
        const found = gradient[n]![at]![letter]!;
        expect(Math.abs(found - numeric)).toBeLessThan(2e-3 * Math.max(1, Math.abs(numeric)));
      }
    }
  });

  it('normalises by the batch in training as the layers apart do, and folds in prediction', async () => {
    await useBackend(backend);
    const { tokens } = sequences();
    const options = { momentum: 0.9, epsilon: 0.002 };
    const { model, layer } = modelOf({ batchNormalisation: options, poolSize: 5 });
    const apart = modelOf({ activation: 'linear' });
    const normalisation = tfl.layers.batchNormalization(options);
    const together = (training: boolean): tf.Tensor =>
      tf.tidy(() => {
        const positions = apart.layer.apply(tokens, { training }) as tf.Tensor;
        const active = tf.relu(normalisation.apply(positions, { training }) as tf.Tensor);
        return tfl.layers.maxPooling1d({ poolSize: 5 }).apply(active) as tf.Tensor;
      });
    together(false).dispose();
    const [kernel, bias, gamma, beta, mean, variance] = model.getWeights() as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    apart.model.setWeights([kernel, bias]);
    normalisation.setWeights([gamma, beta, mean, variance]);
    expect(difference(layer.apply(tokens) as tf.Tensor, together(false))).toBeLessThan(1e-5);
    expect(
      difference(layer.apply(tokens, { training: true }) as tf.Tensor, together(true)),
    ).toBeLessThan(1e-4);
    // The moving averages have moved alike, so prediction is the same again.
    expect(difference(layer.apply(tokens) as tf.Tensor, together(false))).toBeLessThan(1e-4);
  });

  it('leaves no tensor behind', async () => {
    await useBackend(backend);
    const { tokens } = sequences();
    const { model } = modelOf({ batchNormalisation: {}, pooling: 'both', poolSize: 5 });
    const before = tf.memory().numTensors;
    tf.dispose(model.predict(tokens));
    const { value, grads } = tf.variableGrads(() =>
      tf.mean(model.apply(tokens, { training: true }) as tf.Tensor),
    );
    expect(Object.values(grads).every((gradient) => gradient.size > 0)).toBe(true);
    tf.dispose([value, ...Object.values(grads)]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('SequenceConv1D', () => {
  it('says which option is wrong', () => {
    const make = (config: object) => () =>
      new SequenceConv1D({ name: 'conv', filters: 3, kernelSize: 4, ...config });
    expect(make({ strides: 0 })).toThrow(/strides 0.*whole number/s);
    expect(make({ dilationRate: 1.5 })).toThrow(/dilationRate 1.5/);
    expect(make({ activation: 'swish' })).toThrow(/activation 'swish'.*relu, linear/s);
  });
});
