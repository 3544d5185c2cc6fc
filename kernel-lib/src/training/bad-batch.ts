import * as tf from '@tensorflow/tfjs-core';
import { InputError } from '../core/errors.ts';
import type { Batch } from '../datasets/batches.ts';
import type { LossAndGradients } from './gradients.ts';
import type { SkippedBatch } from './training-log.ts';

/** Ids that a message names; the log has all. */
const NAMED = 12;

/** Loss and gradient of a batch in figures. */
export interface BatchFigures {
  readonly loss: number;
  /** Norm of all gradients together; elsewhere than on the host infinite from 1.8e19. */
  readonly gradientNorm: number;
}

/** Backends whose memory is the host's: reading it costs less than their operations would. */
const HOST_BACKENDS = ['cpu', 'wasm'];

/** Reads the loss and the norm of the gradient from the backend. */
export async function batchFigures({ loss, gradients }: LossAndGradients): Promise<BatchFigures> {
  if (HOST_BACKENDS.includes(tf.getBackend())) {
    const [value = NaN] = loss.dataSync();
    return { loss: value, gradientNorm: Math.sqrt(sumOfSquares(gradients)) };
  }
  const figures = tf.tidy(() => {
    const squares = gradients.flatMap((gradient) =>
      gradient === undefined ? [] : [tf.sum(tf.square(gradient))],
    );
    return tf.stack([loss, squares.length === 0 ? tf.scalar(0) : tf.addN(squares)]);
  });
  const [value = NaN, square = NaN] = await figures.data();
  figures.dispose();
  return { loss: value, gradientNorm: Math.sqrt(square) };
}

function sumOfSquares(gradients: LossAndGradients['gradients']): number {
  let sum = 0;
  for (const gradient of gradients) {
    const values = (gradient?.dataSync() ?? new Float32Array()) as Float32Array;
    // eslint-disable-next-line @typescript-eslint/prefer-for-of -- which takes four times as long here
    for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  }
  return sum;
}

/** What is wrong with a batch; undefined where a step can be made with it. */
export function whatIsBad(
  { loss, gradientNorm }: BatchFigures,
  maxGradientNorm = Infinity,
): string | undefined {
  if (!Number.isFinite(loss)) return `the loss is ${String(loss)}`;
  if (!Number.isFinite(gradientNorm)) return `the norm of the gradient is ${String(gradientNorm)}`;
  if (gradientNorm <= maxGradientNorm) return undefined;
  return `the norm of the gradient is ${gradientNorm.toPrecision(4)}, above maxGradientNorm ${String(maxGradientNorm)}`;
}

/** Rows of a tensor that hold a value which is not finite. */
async function rowsNotFinite(tensor: tf.Tensor): Promise<Set<number>> {
  const values = await tensor.data();
  const width = tensor.size / Math.max(tensor.shape[0] ?? 1, 1);
  const rows = new Set<number>();
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) rows.add(Math.floor(index / width));
  });
  return rows;
}

/** The examples whose own values are not finite, each with where: they are the likely cause. */
export async function examplesNotFinite(
  batch: Batch,
  inputNames: readonly string[],
  ids: readonly string[],
): Promise<string[]> {
  const tensors: [string, tf.Tensor | undefined][] = [
    ...batch.inputs.map((tensor, index): [string, tf.Tensor] => [
      `input '${inputNames[index] ?? ''}'`,
      tensor,
    ]),
    ['target', batch.targets],
    ['weight', batch.weights],
  ];
  const found: string[] = [];
  for (const [what, tensor] of tensors) {
    if (tensor?.dtype !== 'float32') continue;
    for (const row of await rowsNotFinite(tensor)) found.push(`${ids[row] ?? ''} (${what})`);
  }
  return found;
}

function listed(items: readonly string[]): string {
  const shown = items.slice(0, NAMED).join(', ');
  return items.length <= NAMED ? shown : `${shown} and ${String(items.length - NAMED)} more`;
}

/** The error with which training stops at a bad batch. */
export function badBatchError(
  { epoch, step, skipped, examples }: SkippedBatch,
  notFinite: readonly string[],
  inARow: number,
): InputError {
  const row = inARow > 1 ? `, for ${String(inARow)} batches in a row now` : '';
  const cause = notFinite.length === 0 ? '' : `; not finite are ${listed(notFinite)}`;
  const fixes = [
    notFinite.length === 0 ? 'Lower learningRate, or set clip' : 'Mend or leave out these examples',
    inARow > 0 ? '' : ", or leave such batches out with onBadLoss: 'skip'",
    '; with resume it goes on from the last checkpoint.',
  ];
  return new InputError({
    where: `training, epoch ${String(epoch)}, step ${String(step)}`,
    found: `${skipped}${row}, in the batch of ${listed(examples)}${cause}`,
    expected: 'a finite loss and gradient',
    fix: fixes.join(''),
  });
}
