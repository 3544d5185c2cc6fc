import { describe, expect, it } from 'vitest';
import { InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { kmerRidge } from '../../../kernel-lib/src/evaluation/kmer-ridge.ts';
import { pearson } from '../../../kernel-lib/src/evaluation/metrics.ts';

const random = new Random(3);
const count = 240;
/** Random sequences of different length; `root` is the share of AC, `leaf` is noise. */
const sequences = Array.from({ length: count }, () =>
  Array.from({ length: 80 + random.integer(80) }, () => 'ACGT'[random.integer(4)]).join(''),
);
const shareOfAc = sequences.map((text) => (text.split('AC').length - 1) / (text.length - 1));
const targets = shareOfAc.flatMap((share) => [100 * share, random.uniform()]);
const rows = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: to - from }, (_, index) => from + index);
const split = { train: rows(0, 160), validation: rows(160, 200), test: rows(200, count) };
const columnOf = (values: ArrayLike<number>, column: number): number[] =>
  Array.from({ length: values.length / 2 }, (_, row) => values[2 * row + column] ?? NaN);
const truth = columnOf(targets, 0).slice(200);

describe('kmerRidge', () => {
  it('finds the words that a target depends on, and each target its own penalty', async () => {
    const { predicted, penalties, description } = await kmerRidge({
      sequences,
      targets,
      ...split,
      k: 2,
    });
    expect(predicted).toHaveLength(2 * split.test.length);
    expect(pearson(truth, columnOf(predicted, 0))).toBeGreaterThan(0.98);
    expect(penalties).toHaveLength(2);
    expect(penalties[1]).toBeGreaterThan(penalties[0] ?? Infinity);
    expect(description).toBe('ridge on the shares of 2-mers');
  });

  it('takes shares, so that a sequence twice as long predicts the same', async () => {
    const at = split.test[0] ?? 0;
    const options = { targets, ...split, k: 1, penalties: [1] };
    const once = await kmerRidge({ sequences, ...options });
    const text = sequences[at] ?? '';
    const twice = await kmerRidge({
      sequences: sequences.map((sequence, row) => (row === at ? text + text : sequence)),
      ...options,
    });
    expect(twice.predicted[0]).toBeCloseTo(once.predicted[0] ?? NaN, 9);
  });

  it('does not look at the targets of the test part', async () => {
    const changed = targets.map((value, index) => (index >= 400 ? 1e6 * random.uniform() : value));
    const options = { sequences, ...split, k: 2 };
    const plain = await kmerRidge({ targets, ...options });
    const other = await kmerRidge({ targets: changed, ...options });
    expect(other.predicted).toEqual(plain.predicted);
    expect(other.penalties).toEqual(plain.penalties);
  });

  it('counts in parts of the sequence', async () => {
    const half = sequences.map(
      (text) => text.slice(0, text.length / 2).split('A').length / text.length,
    );
    const options = { sequences, targets: half, ...split, k: 1 };
    const [whole, parts] = [await kmerRidge(options), await kmerRidge({ ...options, bins: 2 })];
    const right = half.slice(200);
    expect(pearson(right, parts.predicted)).toBeGreaterThan(pearson(right, whole.predicted) + 0.05);
    expect(parts.description).toContain('2 parts');
  });

  it('takes empty sequences and unknown letters', async () => {
    const odd = sequences.map((text, row) =>
      row === 0 ? '' : row === 1 ? 'NNNN' : text.toLowerCase(),
    );
    const { predicted } = await kmerRidge({ sequences: odd, targets, ...split, k: 3 });
    expect(predicted.every(Number.isFinite)).toBe(true);
  });

  it('refuses parts that are empty and targets that do not fit, and stops when told', async () => {
    const none = new Uint32Array(0);
    for (const part of ['train', 'validation', 'test']) {
      await expect(kmerRidge({ sequences, targets, ...split, [part]: none })).rejects.toThrow(part);
    }
    const short = targets.slice(1);
    await expect(kmerRidge({ sequences, targets: short, ...split })).rejects.toThrow(UsageError);
    const stop = kmerRidge({ sequences, targets, ...split, k: 5, signal: AbortSignal.abort() });
    await expect(stop).rejects.toThrow(InterruptedError);
  });
});
