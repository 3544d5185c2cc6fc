import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { asRows, differentiable, inShape } from './differentiable.ts';

/**
 * Affine map of the last axis: x · kernel + bias, as one matrix product over all other axes.
 *
 * @param x `[…, inputs]`
 * @param kernel `[inputs, outputs]`, or `[outputs, inputs]` with `transposed`
 * @param bias `[outputs]`
 * @returns `[…, outputs]`
 */
export function linear(
  x: tf.Tensor,
  kernel: tf.Tensor,
  bias: tf.Tensor,
  { transposed = false }: { readonly transposed?: boolean } = {},
): tf.Tensor {
  const outputs = kernel.shape[transposed ? 0 : 1] ?? 0;
  return differentiable({
    inputs: { x, kernel, bias },
    forward(inputs, save) {
      save([inputs.x, inputs.kernel]);
      const product = tf.matMul(asRows(inputs.x), inputs.kernel as tf.Tensor2D, false, transposed);
      return inShape(tf.add(product, inputs.bias), [...x.shape.slice(0, -1), outputs]);
    },
    backward: (upstream, saved) => {
      const [savedX, savedKernel] = saved as [tf.Tensor, tf.Tensor2D];
      return {
        x: () => inShape(tf.matMul(asRows(upstream), savedKernel, false, !transposed), x.shape),
        kernel: () =>
          transposed
            ? tf.matMul(asRows(upstream), asRows(savedX), true)
            : tf.matMul(asRows(savedX), asRows(upstream), true),
        bias: () => tf.sum(asRows(upstream), 0),
      };
    },
  });
}

/** Config of a `Linear` layer. */
export interface LinearConfig {
  readonly name: string;
  /** Size of the last axis of the result. */
  readonly units: number;
  /** Seed of the initial kernel. Default 0. */
  readonly seed?: number;
  /** Standard deviation of the initial kernel. Default 0.02, as in BERT. */
  readonly initializerRange?: number;
}

/**
 * `linear` as a layer: what Keras calls Dense without activation, for values of any rank. Weights:
 * `kernel` `[inputs, units]` and `bias` `[units]`.
 */
export class Linear extends tfl.layers.Layer {
  static readonly className = 'Linear';
  readonly #config: Required<LinearConfig>;
  #kernel?: tfl.LayerVariable;
  #bias?: tfl.LayerVariable;

  constructor(config: LinearConfig) {
    super({ name: config.name });
    this.#config = { seed: 0, initializerRange: 0.02, ...config };
    if (!Number.isInteger(config.units) || config.units < 1) {
      throw new UsageError({
        where: `layer '${config.name}'`,
        found: `units ${String(config.units)}`,
        expected: 'a whole number of at least 1',
      });
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const inputs = (inputShape as tfl.Shape).at(-1) ?? null;
    const { units, seed, initializerRange: stddev } = this.#config;
    const initializer = tfl.initializers.randomNormal({ mean: 0, stddev, seed });
    this.#kernel = this.addWeight('kernel', [inputs, units], 'float32', initializer);
    this.#bias = this.addWeight('bias', [units], 'float32', tfl.initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return [...(inputShape as tfl.Shape).slice(0, -1), this.#config.units];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    if (this.#kernel === undefined || this.#bias === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    return linear(input, this.#kernel.read(), this.#bias.read());
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), ...this.#config };
  }
}
