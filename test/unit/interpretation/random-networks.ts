import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { FixedStandardisation } from '../../../kernel-lib/src/layers/fixed-standardisation.ts';
import { SeededDropout } from '../../../kernel-lib/src/layers/seeded-dropout.ts';
import { SequenceConv1D } from '../../../kernel-lib/src/layers/sequence-conv1d.ts';

type Symbolic = tfl.SymbolicTensor;

const activations = [
  ...([
    'linear',
    'relu',
    'relu',
    'relu6',
    'elu',
    'selu',
    'sigmoid',
    'hardSigmoid',
    'softplus',
  ] as const),
  ...(['softsign', 'tanh', 'gelu_new', 'mish', 'swish'] as const),
];

/** Draws what a network is made of. */
class Draw {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** A whole number of at least `low` and at most `high`. */
  number(low: number, high: number): number {
    return low + this.#random.integer(high - low + 1);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.#random.integer(choices.length)]!;
  }
}

function apply(layer: tfl.layers.Layer, input: Symbolic | Symbolic[]): Symbolic {
  return layer.apply(input) as Symbolic;
}

function firstLayer(draw: Draw, length: number, tokens: Symbolic): Symbolic {
  const pooling = draw.of(['max', 'mean', 'both'] as const);
  const phases = pooling === 'mean' ? draw.of([1, 1, 2, 3]) : 1;
  const padding = draw.of(['same', 'valid'] as const);
  const kernelSize = draw.number(1, 7);
  const positions = padding === 'same' ? length : length - kernelSize + 1;
  const start = draw.of([0, 0, draw.number(1, 5)]);
  return apply(
    new SequenceConv1D({
      name: 'first',
      filters: draw.number(1, 9),
      kernelSize,
      padding,
      pooling,
      phases,
      poolSize: phases * draw.number(1, 3),
      activation: draw.of(['relu', 'linear'] as const),
      start,
      end: draw.of([positions, positions - draw.number(0, 5)]),
    }),
    tokens,
  );
}

/** One more layer that keeps positions, or the input where what was drawn does not fit. */
function moreLayers(draw: Draw, input: Symbolic): Symbolic {
  const isFlat = input.rank === 3;
  const [height, width] = isFlat ? [1, input.shape[1]!] : [input.shape[1]!, input.shape[2]!];
  const channels = input.shape.at(-1)!;
  const activation = draw.of(activations) as 'relu';
  switch (draw.number(0, 13)) {
    case 0:
    case 1: {
      const kernelSize = draw.number(1, Math.min(5, width));
      const filters = draw.number(1, 9);
      const dilationRate = draw.of([1, 1, 2]);
      const strides = dilationRate > 1 ? 1 : draw.of([1, 1, 2]);
      const padding = draw.of(['same', 'valid'] as const);
      if (padding === 'valid' && (kernelSize - 1) * dilationRate + 1 > width) return input;
      const useBias = draw.of([true, false]);
      if (isFlat) {
        return apply(
          tfl.layers.conv1d({
            kernelSize,
            filters,
            dilationRate,
            strides,
            padding,
            activation,
            useBias,
          }),
          input,
        );
      }
      return apply(
        tfl.layers.conv2d({
          filters,
          kernelSize: [1, kernelSize],
          strides: [1, strides],
          dilationRate: [1, dilationRate],
          padding,
          activation,
          useBias,
        }),
        input,
      );
    }
    case 2:
    case 3: {
      const poolSize = draw.number(1, Math.min(4, width));
      const strides = draw.number(1, 4);
      const padding = draw.of(['same', 'valid'] as const);
      const isMax = draw.of([true, false]);
      const { maxPooling1d, averagePooling1d, maxPooling2d, averagePooling2d } = tfl.layers;
      if (isFlat) {
        return apply(
          (isMax ? maxPooling1d : averagePooling1d)({ poolSize, strides, padding }),
          input,
        );
      }
      const across = draw.number(1, height);
      return apply(
        (isMax ? maxPooling2d : averagePooling2d)({
          poolSize: [across, poolSize],
          strides: [draw.number(1, 2), strides],
          padding,
        }),
        input,
      );
    }
    case 4:
      return apply(tfl.layers.batchNormalization({ scale: draw.of([true, false]) }), input);
    case 5:
      return apply(tfl.layers.layerNormalization({}), input);
    case 6:
      return apply(tfl.layers.activation({ activation }), input);
    case 7:
      return apply(draw.of([tfl.layers.leakyReLU({}), tfl.layers.reLU({ maxValue: 1 })]), input);
    case 8:
      return apply(tfl.layers.dense({ units: draw.number(1, 9), activation }), input);
    case 9:
      return apply(new SeededDropout({ name: `dropout_${input.id}`, rate: 0.5, seed: 1 }), input);
    case 10:
      return apply(new FixedStandardisation({ name: `standardisation_${input.id}` }), input);
    case 11:
      return isFlat
        ? apply(tfl.layers.reshape({ targetShape: [1, width, channels] }), input)
        : input;
    case 12: {
      const branch = tfl.layers[isFlat ? 'conv1d' : 'conv2d'] as typeof tfl.layers.conv2d;
      const kernelSize = (isFlat ? 3 : [1, 3]) as [number, number];
      const other = apply(branch({ filters: channels, kernelSize, padding: 'same' }), input);
      const { add, multiply, average, maximum, minimum } = tfl.layers;
      return apply(draw.of([add, multiply, average, maximum, minimum])(), [input, other, input]);
    }
    default: {
      const other = apply(tfl.layers.dense({ units: draw.number(1, 9) }), input);
      return apply(tfl.layers.concatenate(), [other, input]);
    }
  }
}

/** From positions to a vector. */
function head(draw: Draw, input: Symbolic, features: Symbolic | undefined): Symbolic {
  const isFlat = input.rank === 3;
  const width = isFlat ? input.shape[1]! : input.shape[2]!;
  let hidden: Symbolic;
  switch (draw.number(0, 7)) {
    case 0:
      hidden = apply(
        tfl.layers[isFlat ? 'globalMaxPooling1d' : 'globalMaxPooling2d']({} as never),
        input,
      );
      break;
    case 1:
      hidden = apply(
        tfl.layers[isFlat ? 'globalAveragePooling1d' : 'globalAveragePooling2d']({} as never),
        input,
      );
      break;
    case 2:
      // Nothing is known about a recurrent layer: it is computed whole.
      hidden = isFlat
        ? apply(tfl.layers.gru({ units: 3, recurrentInitializer: 'glorotUniform' }), input)
        : apply(tfl.layers.flatten(), apply(tfl.layers.permute({ dims: [2, 1, 3] }), input));
      break;
    case 3:
      hidden = apply(
        tfl.layers.reshape({
          targetShape: [(input.shape.slice(1) as number[]).reduce((a, b) => a * b)],
        }),
        input,
      );
      break;
    default:
      hidden = apply(tfl.layers.flatten(), input);
  }
  if (width === 0) throw new Error('a network without positions');
  if (features !== undefined) hidden = apply(tfl.layers.concatenate(), [features, hidden]);
  if (draw.of([true, false])) {
    hidden = apply(tfl.layers.dense({ units: draw.number(1, 9), activation: 'relu' }), hidden);
  }
  return apply(tfl.layers.dense({ units: draw.number(1, 2) }), hidden);
}

/** Random weights of a size that keeps values near 1; variances are positive. */
export function randomiseWeights(model: tfl.LayersModel, seed: number): void {
  const random = new Random(seed);
  for (const layer of model.layers) {
    for (const variable of layer.weights) {
      const inputs = variable.shape.slice(0, -1).reduce<number>((a, b) => a * (b ?? 1), 1);
      const isScale = /variance|scale|gamma/.test(variable.originalName);
      const values = Float32Array.from(
        { length: variable.shape.reduce<number>((a, b) => a * (b ?? 1), 1) },
        () => (isScale ? 0.5 + random.uniform() : random.normal() / Math.sqrt(inputs)),
      );
      tf.tidy(() => {
        variable.write(tf.tensor(values, variable.shape as number[]));
      });
    }
  }
}

/** A network of a seed, with the sequences that it takes and the values of its other input. */
export interface RandomNetwork {
  readonly model: tfl.LayersModel;
  readonly length: number;
  /** Columns of the other input; 0 where there is none. */
  readonly features: number;
}

/** A network of random layers; undefined where its layers left no position. */
export function randomNetwork(seed: number): RandomNetwork | undefined {
  const draw = new Draw(seed);
  const length = draw.number(24, 45);
  const features = draw.of([0, 2]);
  const tokens = tfl.input({ shape: [length], dtype: 'int32' });
  const other = features === 0 ? undefined : tfl.input({ shape: [features] });
  let hidden = firstLayer(draw, length, tokens);
  for (let layers = draw.number(0, 4); layers > 0; layers--) {
    if (hidden.shape.slice(1).includes(0)) return undefined;
    hidden = moreLayers(draw, hidden);
  }
  if (hidden.shape.slice(1).includes(0)) return undefined;
  const output = head(draw, hidden, other);
  const model = tfl.model({
    inputs: other === undefined ? [tokens] : [tokens, other],
    outputs: output,
  });
  randomiseWeights(model, seed);
  return { model, length, features };
}

/** What the network gives for whole sequences: `[rows, outputs]`. */
export function wholeOutputs(
  model: tfl.LayersModel,
  sequences: readonly Uint8Array[],
  others: readonly Float32Array[],
): Float32Array {
  const length = sequences[0]!.length;
  const tokens = Int32Array.from(sequences.flatMap((sequence) => [...sequence]));
  const result = tf.tidy(() => {
    const inputs: tf.Tensor[] = [tf.tensor2d(tokens, [sequences.length, length], 'int32')];
    if (others.length > 0) {
      inputs.push(tf.stack(others.map((values) => tf.tensor1d(values))));
    }
    return model.apply(inputs, { training: false }) as tf.Tensor;
  });
  const values = result.dataSync() as Float32Array;
  result.dispose();
  return values.slice();
}
