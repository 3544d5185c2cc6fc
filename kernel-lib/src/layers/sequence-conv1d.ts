import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import {
  convolutionGeometry,
  poolPositions,
  sequenceConvolution,
  type SequenceConvolutionOptions,
} from '../backend/sequence-convolution.ts';
import { BatchStatistics } from './batch-statistics.ts';

/** Activations behind the convolution; `relu` and `linear` are computed in the same pass. */
const ACTIVATIONS = ['relu', 'linear', 'elu', 'sigmoid', 'tanh', 'softplus'] as const;

export type SequenceActivation = (typeof ACTIVATIONS)[number];

export interface SequenceConv1DConfig {
  readonly name: string;
  readonly filters: number;
  readonly kernelSize: number;
  /** Distance of neighbouring positions in bases. Default 1. */
  readonly strides?: number;
  /** Distance of neighbouring taps in bases. Default 1. */
  readonly dilationRate?: number;
  readonly padding?: 'same' | 'valid';
  /** What an unknown base counts as: no base at all (the default), or a quarter of each. */
  readonly unknown?: 'zero' | 'uniform';
  /**
   * Batch normalisation between convolution and activation. In prediction it is folded into the
   * filters, so that it costs nothing.
   */
  readonly batchNormalisation?: { readonly momentum?: number; readonly epsilon?: number };
  readonly activation?: SequenceActivation;
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

type Config = Omit<SequenceConv1DConfig, 'kernelInitializer'> &
  Required<
    Pick<
      SequenceConv1DConfig,
      'padding' | 'activation' | 'poolSize' | 'phases' | 'pooling' | 'strides' | 'dilationRate'
    >
  >;

/**
 * First layer of a sequence CNN: convolution, activation and pooling of base tokens.
 *
 * Takes tokens `[batch, length]` (0 A, 1 C, 2 G, 3 T, 4 unknown) or one-hot `[batch, length, 4]`
 * and gives `[batch, windows, filters]`, with more than one phase
 * `[batch, phases, windows, filters]`. Weights: `kernel` `[kernelSize, 4, filters]` and `bias`
 * `[filters]`, as those of Keras's Conv1D over one-hot A, C, G, T; with batch normalisation also
 * `gamma`, `beta`, `moving_mean` and `moving_variance`, each `[filters]`.
 */
export class SequenceConv1D extends tfl.layers.Layer {
  static readonly className = 'SequenceConv1D';
  readonly #config: Config;
  readonly #initializer: ReturnType<typeof tfl.initializers.glorotNormal>;
  #kernel?: tfl.LayerVariable;
  #bias?: tfl.LayerVariable;
  #statistics?: BatchStatistics;

  constructor(config: SequenceConv1DConfig) {
    super({ name: config.name });
    const { kernelInitializer, ...rest } = config;
    this.#config = {
      padding: 'same',
      activation: 'relu',
      poolSize: 1,
      phases: 1,
      pooling: 'max',
      strides: 1,
      dilationRate: 1,
      ...rest,
    };
    this.#initializer = kernelInitializer ?? tfl.initializers.glorotNormal({});
    checkConfig(this.#config);
  }

  override build(): void {
    const { filters, kernelSize, batchNormalisation } = this.#config;
    this.#kernel = this.addWeight('kernel', [kernelSize, 4, filters], 'float32', this.#initializer);
    this.#bias = this.addWeight('bias', [filters], 'float32', tfl.initializers.zeros());
    if (batchNormalisation !== undefined) {
      const { zeros, ones } = tfl.initializers;
      const add = (name: string, initial: ReturnType<typeof zeros>, trained: boolean) =>
        this.addWeight(name, [filters], 'float32', initial, undefined, trained);
      this.#statistics = new BatchStatistics(
        {
          gamma: add('gamma', ones(), true),
          beta: add('beta', zeros(), true),
          movingMean: add('moving_mean', zeros(), false),
          movingVariance: add('moving_variance', ones(), false),
        },
        batchNormalisation,
      );
    }
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, length] = inputShape as tfl.Shape;
    const { kernelSize, filters, phases, pooling } = this.#config;
    const channels = pooling === 'both' ? 2 * filters : filters;
    const windows =
      length === null || length === undefined
        ? null
        : convolutionGeometry(length, kernelSize, this.#options('max')).windows;
    return [batch ?? null, ...(phases > 1 ? [phases] : []), windows, channels];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs?: { training?: boolean }): tf.Tensor {
    const sequence = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
    if (this.#kernel === undefined || this.#bias === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    const { pooling } = this.#config;
    const kinds = pooling === 'both' ? (['max', 'mean'] as const) : ([pooling] as const);
    const training = kwargs?.training === true;
    return tf.tidy(() => {
      const results = this.#isFused(training)
        ? this.#fused(sequence, kinds)
        : this.#apart(sequence, kinds, training);
      return results.length === 1 ? (results[0] as tf.Tensor) : tf.concat(results, -1);
    });
  }

  /** Whether normalisation, activation and pooling are computed in one pass. */
  #isFused(training: boolean): boolean {
    const { activation } = this.#config;
    const plain = activation === 'relu' || activation === 'linear';
    return plain && !(training && this.#statistics !== undefined);
  }

  #filters(fold: boolean): { kernel: tf.Tensor3D; bias: tf.Tensor1D } {
    const kernel = (this.#kernel as tfl.LayerVariable).read() as tf.Tensor3D;
    const bias = (this.#bias as tfl.LayerVariable).read() as tf.Tensor1D;
    return fold && this.#statistics !== undefined
      ? this.#statistics.fold(kernel, bias)
      : { kernel, bias };
  }

  #fused(sequence: tf.Tensor, kinds: readonly ('max' | 'mean')[]): tf.Tensor[] {
    const { kernel, bias } = this.#filters(true);
    return kinds.map((kind) => sequenceConvolution(sequence, kernel, bias, this.#options(kind)));
  }

  #apart(sequence: tf.Tensor, kinds: readonly ('max' | 'mean')[], training: boolean): tf.Tensor[] {
    const { kernel, bias } = this.#filters(!training);
    const { activation, poolSize, phases } = this.#config;
    const options = this.#options('max');
    const { start, end } = options;
    // Only the positions that pooling keeps, as in the fused pass.
    const { windows, start: first } = convolutionGeometry(sequence.shape[1] ?? 0, kernel.shape[0], {
      ...options,
      start,
      end,
    });
    const positions = sequenceConvolution(sequence, kernel, bias, {
      ...options,
      activation: 'linear',
      poolSize: 1,
      start: first,
      end: first + windows * poolSize,
    }) as tf.Tensor3D;
    const normal =
      training && this.#statistics !== undefined
        ? this.#statistics.normaliseBatch(positions)
        : positions;
    const active = (activation === 'linear' ? normal : tf[activation](normal)) as tf.Tensor3D;
    return kinds.map((kind) => poolPositions(active, kind, poolSize, kind === 'mean' ? phases : 1));
  }

  #options(pooling: 'max' | 'mean'): SequenceConvolutionOptions {
    const { padding, activation, strides, dilationRate, poolSize, phases, start, end, unknown } =
      this.#config;
    return {
      padding,
      activation: activation === 'relu' ? 'relu' : 'linear',
      poolSize,
      pooling,
      phases: pooling === 'mean' ? phases : 1,
      stride: strides,
      dilation: dilationRate,
      ...(unknown === undefined ? {} : { unknown }),
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
    };
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), ...this.#config };
  }
}

function checkConfig(config: Config): void {
  const { name, poolSize, phases, pooling, activation } = config;
  const where = `layer '${name}'`;
  if (phases > 1 && (pooling !== 'mean' || poolSize % phases !== 0)) {
    throw new UsageError({
      where,
      found: `${phases} phases with ${pooling} pooling of ${poolSize}`,
      expected: 'mean pooling whose size is a multiple of the phases',
    });
  }
  if (!(ACTIVATIONS as readonly string[]).includes(activation)) {
    throw new UsageError({
      where,
      found: `activation '${activation}'`,
      expected: ACTIVATIONS.join(', '),
    });
  }
  const { filters, kernelSize, strides, dilationRate } = config;
  const counts = { filters, kernelSize, poolSize, phases, strides, dilationRate };
  for (const [key, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new UsageError({
        where,
        found: `${key} ${value}`,
        expected: 'a whole number of at least 1',
      });
    }
  }
}
