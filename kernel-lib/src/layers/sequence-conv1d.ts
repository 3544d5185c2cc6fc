import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { sequenceConvolution } from '../backend/sequence-convolution.ts';

export interface SequenceConv1DConfig {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly padding?: 'same' | 'valid';
  readonly activation?: 'relu' | 'linear';
  /** Size and stride of the max-pooling fused into the layer; 1 (the default) for none. */
  readonly poolSize?: number;
  readonly kernelInitializer?: ReturnType<typeof tfl.initializers.glorotNormal>;
}

/**
 * First layer of a sequence CNN: convolution, activation and max-pooling of base tokens.
 *
 * Takes tokens `[batch, length]` (0 A, 1 C, 2 G, 3 T, 4 unknown) or one-hot `[batch, length, 4]`
 * and gives `[batch, windows, filters]`. Weights: `kernel` `[kernelSize, 4, filters]` and `bias`
 * `[filters]`, as those of Keras's Conv1D over one-hot A, C, G, T.
 */
export class SequenceConv1D extends tfl.layers.Layer {
  static readonly className = 'SequenceConv1D';
  readonly #config: Required<Omit<SequenceConv1DConfig, 'kernelInitializer'>>;
  readonly #initializer: ReturnType<typeof tfl.initializers.glorotNormal>;
  #kernel?: tfl.LayerVariable;
  #bias?: tfl.LayerVariable;

  constructor(config: SequenceConv1DConfig) {
    super({ name: config.name });
    const { kernelInitializer, ...rest } = config;
    this.#config = { padding: 'same', activation: 'relu', poolSize: 1, ...rest };
    this.#initializer = kernelInitializer ?? tfl.initializers.glorotNormal({});
    for (const [key, value] of Object.entries({
      filters: config.filters,
      kernelSize: config.kernelSize,
      poolSize: this.#config.poolSize,
    })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new UsageError({
          where: `layer '${config.name}'`,
          found: `${key} ${value}`,
          expected: 'a whole number of at least 1',
        });
      }
    }
  }

  override build(): void {
    const { filters, kernelSize } = this.#config;
    this.#kernel = this.addWeight('kernel', [kernelSize, 4, filters], 'float32', this.#initializer);
    this.#bias = this.addWeight('bias', [filters], 'float32', tfl.initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, length] = inputShape as tfl.Shape;
    const { kernelSize, padding, poolSize, filters } = this.#config;
    const positions =
      length === null || length === undefined
        ? null
        : length - (padding === 'same' ? 0 : kernelSize - 1);
    return [batch ?? null, positions === null ? null : Math.floor(positions / poolSize), filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const sequence = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (this.#kernel === undefined || this.#bias === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    const { padding, activation, poolSize } = this.#config;
    return sequenceConvolution(
      sequence,
      this.#kernel.read() as tf.Tensor3D,
      this.#bias.read() as tf.Tensor1D,
      { padding, activation, poolSize },
    );
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), ...this.#config };
  }
}
