import path from 'node:path';
import { throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from 'tatabox/core/progress.ts';
import type { ByteSource } from 'tatabox/formats/byte-source.ts';
import { readExactly } from 'tatabox/formats/read-exactly.ts';
import { decodeTensor, type SafetensorsData } from 'tatabox/formats/safetensors-dtypes.ts';
import type { TensorStatistics } from './model-protocol.ts';
import { modelFilesOnDisk, type ModelFiles } from './model-files.ts';
import type { ModelTensor } from './open-model.ts';

/** Bytes that are in memory at a time; a multiple of the size of every type. */
const PIECE = 1 << 20;
const BINS = 48;

async function* pieces(
  source: ByteSource,
  { position, bytes, dtype, name }: ModelTensor,
): AsyncGenerator<SafetensorsData> {
  for (let done = 0; done < bytes; done += PIECE) {
    const length = Math.min(PIECE, bytes - done);
    const read = await readExactly(source, position + done, length, `the values of '${name}'`);
    yield decodeTensor(dtype, read);
  }
}

/** Figures of finite values that come piece by piece (Chan, Golub and LeVeque 1979). */
class Moments {
  count = 0;
  mean = 0;
  squares = 0;
  minimum = Infinity;
  maximum = -Infinity;

  add(values: readonly number[] | Float64Array): void {
    let sum = 0;
    for (const value of values) {
      sum += value;
      if (value < this.minimum) this.minimum = value;
      if (value > this.maximum) this.maximum = value;
    }
    if (values.length === 0) return;
    const mean = sum / values.length;
    let squares = 0;
    for (const value of values) squares += (value - mean) ** 2;
    const all = this.count + values.length;
    const shift = mean - this.mean;
    this.squares += squares + (shift * shift * this.count * values.length) / all;
    this.mean += (shift * values.length) / all;
    this.count = all;
  }
}

/** The finite values of a piece, and how many are not. */
function finiteValues(data: SafetensorsData): {
  values: Float64Array;
  nan: number;
  infinite: number;
  zeros: number;
} {
  const values = new Float64Array(data.length);
  let kept = 0;
  let nan = 0;
  let infinite = 0;
  let zeros = 0;
  for (const each of data) {
    const value = Number(each);
    if (Number.isFinite(value)) {
      values[kept++] = value;
      if (value === 0) zeros++;
    } else if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  return { values: values.subarray(0, kept), nan, infinite, zeros };
}

/**
 * Range, mean, deviation and histogram of a tensor. It is read twice in pieces: memory does not grow
 * with it.
 *
 * @param options `folder` has its file; default that on the disk
 * @throws InterruptedError when the signal is aborted; InputError when the file was cut meanwhile
 */
export async function tensorStatistics(
  tensor: ModelTensor,
  {
    signal,
    progress,
    folder = modelFilesOnDisk(path.dirname(tensor.file)),
  }: LongWorkOptions & { readonly folder?: ModelFiles } = {},
): Promise<TensorStatistics> {
  const source = await folder.open(path.basename(tensor.file));
  const what = `statistics of ${tensor.name}`;
  let done = 0;
  const step = async (length: number): Promise<void> => {
    done += length;
    progress?.({ task: what, done, total: 2 * tensor.parameters, unit: 'values' });
    await yieldToEventLoop();
    throwIfAborted(signal, what);
  };
  try {
    const moments = new Moments();
    const odd = { nan: 0, infinite: 0, zeros: 0 };
    for await (const piece of pieces(source, tensor)) {
      const { values, nan, infinite, zeros } = finiteValues(piece);
      moments.add(values);
      odd.nan += nan;
      odd.infinite += infinite;
      odd.zeros += zeros;
      await step(piece.length);
    }
    const { minimum, maximum, count } = moments;
    const histogram = new Array<number>(count === 0 ? 0 : minimum === maximum ? 1 : BINS).fill(0);
    if (histogram.length > 0) {
      // The width itself may be too large for a number.
      const scale = histogram.length / (maximum / 2 - minimum / 2);
      for await (const piece of pieces(source, tensor)) {
        for (const value of finiteValues(piece).values) {
          const bin = histogram.length === 1 ? 0 : Math.floor((value / 2 - minimum / 2) * scale);
          const at = Math.max(0, Math.min(histogram.length - 1, bin));
          histogram[at] = (histogram[at] ?? 0) + 1;
        }
        await step(piece.length);
      }
    }
    return {
      count: tensor.parameters,
      ...odd,
      minimum: count === 0 ? NaN : minimum,
      maximum: count === 0 ? NaN : maximum,
      mean: count === 0 ? NaN : moments.mean,
      standardDeviation: count === 0 ? NaN : Math.sqrt(moments.squares / count),
      histogram,
    };
  } finally {
    await source.close();
  }
}
