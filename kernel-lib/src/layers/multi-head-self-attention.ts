import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { checkDropoutRate, dropoutMask } from './dropout-mask.ts';
import { linear } from './linear.ts';
import { rotaryAngles, rotaryPositions, type RotaryAngles } from './rotary-positions.ts';
import { scaledDotProductAttention } from './scaled-dot-product-attention.ts';
import type { StepDependentLayer } from './training-step.ts';

/** Config of a `MultiHeadSelfAttention` layer. */
export interface MultiHeadSelfAttentionConfig {
  readonly name: string;
  /** Number of heads; divides the size of the hidden states. */
  readonly heads: number;
  /** Dropout on the attention probabilities during training, in [0, 1). Default 0. */
  readonly dropout?: number;
  /** Seed of the initial kernels and of the dropout. Default 0. */
  readonly seed?: number;
  /** Standard deviation of the initial kernels. Default 0.02, as in BERT. */
  readonly initializerRange?: number;
  /** Turn queries and keys by their position, as in ESM-2 (see `rotaryPositions`). Default false. */
  readonly rotary?: boolean;
}

/** Added to the scores of keys that are hidden; finite, so that a row without any key has no NaN. */
const HIDDEN = -1e9;

const PARTS = ['query', 'key', 'value', 'output'] as const;
type Part = (typeof PARTS)[number];

/**
 * Multi-head self-attention with its output projection (Vaswani et al. 2017; dropout, residual and
 * normalisation behind it are layers of their own).
 *
 * Takes hidden states `[batch, length, size]`, and beside them optionally a mask `[batch, length]`
 * that is 1 for the positions that may be attended to and 0 for padding. Gives `[batch, length, size]`.
 * Weights: `query`, `key`, `value` and `output`, each `kernel` `[size, size]` and `bias` `[size]`.
 */
export class MultiHeadSelfAttention extends tfl.layers.Layer implements StepDependentLayer {
  static readonly className = 'MultiHeadSelfAttention';
  readonly #config: Required<MultiHeadSelfAttentionConfig>;
  readonly #weights = new Map<Part, { kernel: tfl.LayerVariable; bias: tfl.LayerVariable }>();
  #angles?: RotaryAngles;
  #step = 0;

  constructor(config: MultiHeadSelfAttentionConfig) {
    super({ name: config.name });
    this.#config = { dropout: 0, seed: 0, initializerRange: 0.02, rotary: false, ...config };
    const { heads, dropout } = this.#config;
    if (!Number.isInteger(heads) || heads < 1) {
      throw new UsageError({
        where: `layer '${config.name}'`,
        found: `${String(heads)} heads`,
        expected: 'a whole number of at least 1',
      });
    }
    checkDropoutRate(dropout, `layer '${config.name}'`);
  }

  setTrainingStep(step: number): void {
    this.#step = step;
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const size = hiddenShape(inputShape).at(-1) ?? 0;
    const { heads, seed, initializerRange: stddev, name } = this.#config;
    if (size % heads !== 0) {
      throw new UsageError({
        where: `layer '${name}'`,
        found: `hidden states of size ${String(size)} for ${String(heads)} heads`,
        expected: 'a size that the number of heads divides',
      });
    }
    const seeds = new Random(seed);
    for (const part of PARTS) {
      const initializer = tfl.initializers.randomNormal({ mean: 0, stddev, seed: seeds.uint32() });
      this.#weights.set(part, {
        kernel: this.addWeight(`${part}/kernel`, [size, size], 'float32', initializer),
        bias: this.addWeight(`${part}/bias`, [size], 'float32', tfl.initializers.zeros()),
      });
    }
    this.built = true;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return hiddenShape(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    const [hidden, mask] = (Array.isArray(inputs) ? inputs : [inputs]) as [tf.Tensor, tf.Tensor?];
    const [batch = 0, length = 0, size = 0] = hidden.shape;
    const { heads } = this.#config;
    return tf.tidy(() => {
      const heading = (part: Part): tf.Tensor =>
        tf.transpose(
          tf.reshape(this.#project(part, hidden), [batch, length, heads, size / heads]),
          [0, 2, 1, 3],
        );
      const placed = (part: Part): tf.Tensor =>
        this.#config.rotary
          ? rotaryPositions(heading(part), this.#rotaryAngles(length, size / heads))
          : heading(part);
      const context = scaledDotProductAttention(placed('query'), placed('key'), heading('value'), {
        bias: mask === undefined ? undefined : keyBias(mask),
        mask:
          kwargs.training === true ? this.#dropoutMask([batch, heads, length, length]) : undefined,
      });
      const joined = tf.reshape(tf.transpose(context, [0, 2, 1, 3]), hidden.shape);
      return this.#project('output', joined);
    });
  }

  #project(part: Part, input: tf.Tensor): tf.Tensor {
    const weights = this.#weights.get(part);
    if (weights === undefined) {
      throw new Error(`layer '${this.name}' was called before it was built`);
    }
    return linear(input, weights.kernel.read(), weights.bias.read());
  }

  /** Kept for the next call, which mostly has sequences of the same length. */
  #rotaryAngles(length: number, size: number): RotaryAngles {
    if (this.#angles?.length !== length) this.#angles = rotaryAngles(length, size);
    return this.#angles;
  }

  #dropoutMask(shape: readonly number[]): tf.Tensor | undefined {
    const { dropout, seed } = this.#config;
    if (dropout === 0) return undefined;
    const size = shape.reduce((product, n) => product * n, 1);
    return tf.tensor(dropoutMask(size, dropout, seed, this.#step), [...shape]);
  }

  override getConfig(): ReturnType<tfl.layers.Layer['getConfig']> {
    return { ...super.getConfig(), ...this.#config };
  }
}

/** Shape of the hidden states, with or without a mask beside them. */
function hiddenShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
  return (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tfl.Shape;
}

/** `[batch, 1, 1, length]`: what is added to the scores of each key. */
function keyBias(mask: tf.Tensor): tf.Tensor {
  const [batch = 0, length = 0] = mask.shape;
  const visible = tf.cast(tf.reshape(mask, [batch, 1, 1, length]), 'float32');
  return tf.mul(tf.sub(1, visible), HIDDEN);
}
