import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of all operations, which tfjs-core alone does not.
import '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** Gradient of the scores of one batch with respect to its one-hot input. */
export interface InputGradient {
  /** `[batch, length, 4]`. */
  readonly gradient: Float32Array;
  /** `[batch]`. */
  readonly scores: Float32Array;
}

/**
 * Differentiates the sum of a batch's scores. Rows of a batch do not meet in a model, so this is
 * each score's own gradient.
 *
 * @param oneHot `rows.length × length × 4` floats
 * @param around runs the forward and the backward pass, both within one synchronous call; DeepLIFT
 *   changes TensorFlow.js's gradients around it
 */
export async function inputGradient(
  scorer: SequenceScorer,
  oneHot: Float32Array,
  rows: readonly number[],
  around: <T>(input: tf.Tensor, run: () => T) => T = (_input, run) => run(),
): Promise<InputGradient> {
  let scores: tf.Tensor1D | undefined;
  let gradient: tf.Tensor | undefined;
  try {
    gradient = tf.tidy(() => {
      const input = tf.tensor3d(oneHot, [rows.length, scorer.length, 4]);
      const total = (x: tf.Tensor): tf.Scalar => {
        const output = scorer.scoreOneHot(x as tf.Tensor3D, rows);
        if (output.size !== rows.length) {
          throw new UsageError({
            where: 'scoreOneHot',
            found: `an output of shape [${output.shape.join(', ')}]`,
            expected: `one score for each of the ${rows.length} rows`,
          });
        }
        scores = tf.keep(tf.clone(output));
        return tf.sum(output);
      };
      return around(input, () => tf.grad(total)(input));
    });
    if (scores === undefined) throw new Error('the scorer was not called');
    return {
      gradient: (await gradient.data()) as Float32Array,
      scores: (await scores.data()) as Float32Array,
    };
  } catch (error) {
    disposeTape();
    if (error instanceof Error && error.message.startsWith('Cannot compute gradient')) {
      throw new UsageError(
        {
          where: 'scoreOneHot',
          found: 'a score that does not depend on the one-hot input through differentiable steps',
          fix: "Build the scorer on the architecture's one-hot twin (sequenceInput: 'one-hot').",
        },
        { cause: error },
      );
    }
    throw error;
  } finally {
    scores?.dispose();
    gradient?.dispose();
  }
}

/**
 * TensorFlow.js keeps what the forward pass saved when that pass throws, and would never dispose
 * of it: the next gradient starts with an empty tape.
 */
function disposeTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) return;
  // The typing does not say so, but outside a gradient there is no tape.
  const tape = state.activeTape as typeof state.activeTape | null | undefined;
  for (const { saved } of tape ?? []) saved?.forEach((tensor) => tensor.dispose());
  state.activeTape = [];
}
