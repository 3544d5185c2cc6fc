import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../core/errors.ts';
import { lossSchema, type LossInput, type LossOptions } from './loss-options.ts';
import { describeIssues } from './named-choice.ts';
import { IGNORED_LABEL, sparseCrossEntropy } from './sparse-cross-entropy.ts';

/**
 * The loss of each example, `[batch]`: the mean over all values of the example. Targets and
 * predictions have equal shapes `[batch, …]`, but for losses with a `targetShape`.
 */
export interface LossFunction {
  (targets: tf.Tensor, predictions: tf.Tensor): tf.Tensor1D;
  /** Shape of the targets of predictions of some shape, where the two differ. */
  readonly targetShape?: (predictions: readonly number[]) => number[];
}

/**
 * The loss function of a name and its options.
 *
 * Formulas: Huber and Poisson as in Keras, smooth L1 as in PyTorch, cross entropies from logits in
 * their stable form, `poisson-multinomial` as in Basenji/Borzoi (Linder et al. 2023).
 *
 * @throws UsageError when the name or an option is not known
 * @example
 * const loss = lossFunction({ name: 'huber', delta: 0.5 });
 * const perExample = loss(targets, predictions); // [batch]
 */
export function lossFunction(input: LossInput): LossFunction {
  const options = parseLoss(input);
  const elementwise = (values: (y: tf.Tensor, p: tf.Tensor) => tf.Tensor): LossFunction => {
    return (targets, predictions) => tf.tidy(() => meanOfExample(values(targets, predictions)));
  };
  switch (options.name) {
    case 'mse':
      return elementwise((y, p) => tf.squaredDifference(p, y));
    case 'mae':
      return elementwise((y, p) => tf.abs(tf.sub(p, y)));
    case 'huber':
      return elementwise((y, p) => huber(y, p, options.delta));
    case 'smooth-l1':
      return elementwise((y, p) => tf.div(huber(y, p, options.beta), options.beta));
    case 'poisson':
      return elementwise((y, p) =>
        options.logOutput ? tf.sub(tf.exp(p), tf.mul(y, p)) : poisson(y, p, options.epsilon),
      );
    case 'binary-crossentropy':
      return elementwise(options.fromLogits ? binaryFromLogits : binaryFromProbabilities);
    case 'categorical-crossentropy':
      return elementwise((y, p) => {
        const logProbabilities = options.fromLogits
          ? tf.logSoftmax(p)
          : tf.log(tf.clipByValue(p, PROBABILITY_EPSILON, 1));
        return tf.neg(tf.sum(tf.mul(y, logProbabilities), -1));
      });
    case 'poisson-multinomial':
      return (targets, predictions) =>
        tf.tidy(() => poissonMultinomial(targets, predictions, options));
    case 'masked-language':
      return Object.assign(maskedLanguage, {
        targetShape: (shape: readonly number[]) => shape.slice(0, -1),
      });
    case 'sparse-regression':
      return Object.assign(
        (targets: tf.Tensor, predictions: tf.Tensor) =>
          tf.tidy(() => sparseRegression(targets, predictions, options)),
        {
          targetShape: (shape: readonly number[]) => [
            ...shape.slice(0, -1),
            (shape.at(-1) ?? 0) / 2,
          ],
        },
      );
  }
}

/** The smallest probability whose logarithm is taken, as in Keras. */
const PROBABILITY_EPSILON = 1e-7;

function parseLoss(input: LossInput): LossOptions {
  const parsed = lossSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new UsageError({
    where: 'loss',
    found: describeIssues(parsed.error.issues),
  });
}

function meanOfExample(values: tf.Tensor): tf.Tensor1D {
  const axes = Array.from({ length: values.rank - 1 }, (_, axis) => axis + 1);
  return (axes.length === 0 ? values : tf.mean(values, axes)) as tf.Tensor1D;
}

/** Written with `minimum` instead of a choice between two branches: one pass, and no NaN gradient. */
function huber(y: tf.Tensor, p: tf.Tensor, delta: number): tf.Tensor {
  const error = tf.abs(tf.sub(p, y));
  const quadratic = tf.minimum(error, delta);
  const linear = tf.sub(error, quadratic);
  return tf.add(tf.mul(tf.square(quadratic), 0.5), tf.mul(linear, delta));
}

function poisson(y: tf.Tensor, p: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.sub(p, tf.mul(y, tf.log(tf.add(p, epsilon))));
}

function binaryFromLogits(y: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  const tail = tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1));
  return tf.add(tf.sub(tf.relu(logits), tf.mul(logits, y)), tail);
}

function binaryFromProbabilities(y: tf.Tensor, p: tf.Tensor): tf.Tensor {
  const clipped = tf.clipByValue(p, PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON);
  const positive = tf.mul(y, tf.log(clipped));
  const negative = tf.mul(tf.sub(1, y), tf.log(tf.sub(1, clipped)));
  return tf.neg(tf.add(positive, negative));
}

/** The mean over the hidden tokens of each example; 0 where it has none. */
function maskedLanguage(targets: tf.Tensor, predictions: tf.Tensor): tf.Tensor1D {
  return tf.tidy(() => {
    const losses = tf.reshape(sparseCrossEntropy(targets, predictions), targets.shape);
    const counted = tf.sum(tf.cast(tf.notEqual(targets, IGNORED_LABEL), 'float32'), -1);
    return tf.div(tf.sum(losses, -1), tf.maximum(counted, 1));
  });
}

/** FloraBERT's loss for tables with many zeros: α·BCE + (1 − α)·MSE. */
function sparseRegression(
  targets: tf.Tensor,
  predictions: tf.Tensor,
  { alpha, threshold }: { alpha: number; threshold: number },
): tf.Tensor1D {
  const [logits, values] = tf.split(predictions, 2, -1) as [tf.Tensor, tf.Tensor];
  const expressed = tf.cast(tf.greaterEqual(targets, threshold), 'float32');
  return tf.add(
    tf.mul(meanOfExample(binaryFromLogits(expressed, logits)), alpha),
    tf.mul(meanOfExample(tf.squaredDifference(values, targets)), 1 - alpha),
  );
}

function poissonMultinomial(
  targets: tf.Tensor,
  predictions: tf.Tensor,
  { totalWeight, epsilon }: { totalWeight: number; epsilon: number },
): tf.Tensor1D {
  if (predictions.rank !== 3) {
    throw new UsageError({
      where: 'loss poisson-multinomial',
      found: `model output of shape [${predictions.shape.join(', ')}]`,
      expected: '[batch, length, tracks]',
      fix: "Take 'poisson' for a model with one value a track.",
    });
  }
  const length = predictions.shape[1] ?? 1;
  const y = tf.add(targets, epsilon);
  const p = tf.add(predictions, epsilon);
  const ySum = tf.sum(y, 1);
  const pSum = tf.sum(p, 1, true);
  const multinomial = tf.neg(tf.sum(tf.mul(y, tf.log(tf.div(p, pSum))), 1));
  const total = poisson(ySum, tf.squeeze(pSum, [1]), PROBABILITY_EPSILON);
  return meanOfExample(tf.div(tf.add(multinomial, tf.mul(total, totalWeight)), length));
}
