// Values and gradients of an operation on the current backend, and finite differences of its values.
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import type { OperationCase } from './training-operations.ts';

/** Values of an operation, and gradients of their weighted sum for each input and weight. */
export interface Evaluation {
  readonly values: Float32Array;
  readonly gradients: readonly Float32Array[];
}

/** A case that is ready to run on the current backend. */
export interface Prepared {
  /** Shapes of inputs and then weights. */
  readonly shapes: readonly (readonly number[])[];
  evaluate(leaves: readonly Float32Array[]): Float32Array;
  differentiate(leaves: readonly Float32Array[]): Evaluation;
  dispose(): void;
}

/** Weights of the sum whose gradient is taken, all different. */
function weightOf(index: number): number {
  return 0.5 + ((index * 0.618034) % 1);
}

const sizeOf = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

/** Values that are neither very small nor very large. */
export function leavesFor({ positive }: OperationCase, shapes: Prepared['shapes']): Float32Array[] {
  const random = new Random(shapes.flat().reduce((sum, side) => sum * 31 + side, 7));
  return shapes.map((shape) =>
    Float32Array.from({ length: sizeOf(shape) }, () =>
      positive === true ? 0.3 + random.uniform() : 2 * random.uniform() - 1 + 0.3 * random.normal(),
    ),
  );
}

function sumOf(values: tf.Tensor): tf.Scalar {
  const weights = Float32Array.from({ length: values.size }, (_, i) => weightOf(i));
  return tf.sum(tf.mul(values, tf.tensor(weights, values.shape)));
}

export function prepare(given: OperationCase): Prepared {
  const layer: tfl.layers.Layer | undefined = given.layer?.();
  let weights: tfl.LayerVariable[] = [];
  if (layer !== undefined) {
    // Builds the layer.
    tf.dispose(tf.tidy(() => layer.apply(tf.zeros([...given.shapes[0]!])) as tf.Tensor));
    weights = layer.trainableWeights;
  }
  const shapes = [...given.shapes, ...weights.map(({ shape }) => shape as number[])];
  const compute = (inputs: tf.Tensor[]): tf.Tensor =>
    layer === undefined
      ? given.compute(...inputs)
      : (layer.apply(inputs[0]!, { training: true }) as tf.Tensor);
  const setWeights = (leaves: readonly Float32Array[]): void =>
    weights.forEach((weight, i) =>
      tf.tidy(() => {
        const values = leaves[given.shapes.length + i]!;
        weight.write(tf.tensor(values, weight.shape as number[]));
      }),
    );
  const inputs = (leaves: readonly Float32Array[]): tf.Tensor[] =>
    given.shapes.map((shape, i) => tf.tensor(leaves[i]!, [...shape]));
  return {
    shapes,
    evaluate(leaves) {
      setWeights(leaves);
      // Not given back from the tidy, which would look for tensors among all the values.
      const result = tf.tidy(() => compute(inputs(leaves)));
      const values = result.dataSync() as Float32Array;
      result.dispose();
      return values;
    },
    differentiate(leaves) {
      setWeights(leaves);
      const variables = inputs(leaves).map((input) => {
        const variable = tf.variable(input);
        input.dispose();
        return variable;
      });
      const all = [...variables, ...weights.map((weight) => weight.read() as tf.Variable)];
      let values: Float32Array | undefined;
      const { value, grads } = tf.variableGrads(() => {
        const result = compute(variables);
        values = result.dataSync() as Float32Array;
        return sumOf(result);
      }, all);
      const gradients = all.map(({ name }) => grads[name]!.dataSync() as Float32Array);
      tf.dispose([value, grads, variables]);
      return { values: values!, gradients };
    },
    dispose: () => layer?.dispose(),
  };
}

/** Values of one input that are compared with finite differences. */
const MOST_VALUES = 60;

/** What finite differences say about a gradient. */
export interface Comparison {
  /** Largest difference, relative to the largest value of the gradient. */
  readonly difference: number;
  /** Fraction of the values that could be judged. */
  readonly judged: number;
}

/**
 * Compares gradients with central differences of the weighted sum, taken in double precision from
 * single-precision values, at two step sizes. Where these two disagree there is a kink in between, as
 * at zero of ReLU, and nothing can be said.
 */
export function compareWithDifferences(
  prepared: Prepared,
  leaves: readonly Float32Array[],
  gradients: readonly Float32Array[],
  isDifferentiable: (leaf: number, index: number) => boolean = () => true,
): Comparison {
  const total = (): number =>
    prepared.evaluate(leaves).reduce((sum, value, i) => sum + value * weightOf(i), 0);
  const slope = (leaf: Float32Array, index: number, step: number): number => {
    const at = leaf[index]!;
    leaf[index] = at + step;
    const [high, above] = [leaf[index], total()];
    leaf[index] = at - step;
    const [low, below] = [leaf[index], total()];
    leaf[index] = at;
    return (above - below) / (high - low);
  };
  let [largest, judged, count] = [0, 0, 0];
  leaves.forEach((leaf, number) => {
    const gradient = gradients[number]!;
    const scale = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0.1);
    // Of many values every second or third, in an order that meets all rows and columns.
    const stride = Math.ceil(leaf.length / MOST_VALUES);
    for (let index = 0; index < leaf.length; index += stride) {
      if (!isDifferentiable(number, index)) continue;
      count++;
      const [coarse, fine] = [slope(leaf, index, 0.02), slope(leaf, index, 0.01)];
      if (Math.abs(coarse - fine) > 0.002 * scale) continue;
      judged++;
      // Richardson: the error of second order cancels.
      const difference = Math.abs((4 * fine - coarse) / 3 - gradient[index]!) / scale;
      largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
    }
  });
  return { difference: largest, judged: count === 0 ? 1 : judged / count };
}
