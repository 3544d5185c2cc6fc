import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { convolutionGeometry, sequenceConvolution } from '../backend/sequence-convolution.ts';

export interface SequenceConv1DConfig {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly padding?: 'same' | 'valid';
  readonly activation?: 'relu' | 'linear';
  /** Size and stride of the pooling fused into the layer; 1 (the default) for none. */
  readonly poolSize?: number;
  /** `both` gives the maxima and, behind them, the means. Default `max`. */
  readonly pooling?: 'max' | 'mean' | 'both';
  /** Mean pooling apart for positions modulo this number: 3 keeps the reading frame. Default 1. */
  readonly phases?: number;
  /** First position that is computed. Default 0. */
  readonly start?: number;
  /** End (excluded) of the positions that are computed. Default: all. */
  readonly end?: number;
  readonly kernelInitializer?: ReturnType<typeof tfl.initializers.glorotNormal>;
}

/**
 * First layer of a sequence CNN: convolution, activation and pooling of base tokens.
 *
 * Takes tokens `[batch, length]` (0 A, 1 C, 2 G, 3 T, 4 unknown) or one-hot `[batch, length, 4]`
 * and gives `[batch, windows, filters]`, with more than one phase `[batch, phases, windows, filters]`. Weights: `kernel` `[kernelSize, 4, filters]` and `bias`
 * `[filters]`, as those of Keras's Conv1D over one-hot A, C, G, T.
 */
export class SequenceConv1D extends tfl.layers.Layer {
  static readonly className = 'SequenceConv1D';
  readonly #config: Omit<SequenceConv1DConfig, 'kernelInitializer'> &
    Required<Pick<SequenceConv1DConfig, 'padding' | 'activation' | 'poolSize' | 'phases'>>;
  readonly #initializer: ReturnType<typeof tfl.initializers.glorotNormal>;
  #kernel?: tfl.LayerVariable;
  #bias?: tfl.LayerVariable;

  constructor(config: SequenceConv1DConfig) {
    super({ name: config.name });
    const { kernelInitializer, ...rest } = config;
    this.#config = { padding: 'same', activation: 'relu', poolSize: 1, phases: 1, ...rest };
    this.#initializer = kernelInitializer ?? tfl.initializers.glorotNormal({});
    const { poolSize, phases, pooling = 'max' } = this.#config;
    if (phases > 1 && (pooling !== 'mean' || poolSize % phases !== 0)) {
      throw new UsageError({
        where: `layer '${config.name}'`,
        found: `${phases} phases with ${pooling} pooling of ${poolSize}`,
        expected: 'mean pooling whose size is a multiple of the phases',
      });
    }
    for (const [key, value] of Object.entries({
      filters: config.filters,
      kernelSize: config.kernelSize,
      poolSize,
      phases,
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
    const { kernelSize, filters, phases, pooling, ...options } = this.#config;
    const channels = pooling === 'both' ? 2 * filters : filters;
    const windows =
      length === null || length === undefined
        ? null
        : convolutionGeometry(length, kernelSize, { phases, ...options }).windows;
    return [batch ?? null, ...(phases > 1 ? [phases] : []), windows, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const sequence = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (this.#kernel === undefined || this.#bias === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    const [kernel, bias] = [this.#kernel.read() as tf.Tensor3D, this.#bias.read() as tf.Tensor1D];
    const { pooling = 'max', ...options } = this.#config;
    if (pooling !== 'both') {
      return sequenceConvolution(sequence, kernel, bias, { ...options, pooling });
    }
    return tf.tidy(() =>
      tf.concat(
        (['max', 'mean'] as const).map((each) =>
          sequenceConvolution(sequence, kernel, bias, { ...options, pooling: each }),
        ),
        -1,
      ),
    );
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), ...this.#config };
  }
}
