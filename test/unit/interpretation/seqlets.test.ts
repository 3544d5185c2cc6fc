import { expect, test } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { callSeqlets } from '../../../kernel-lib/src/interpretation/seqlets.ts';

function noise(count: number, length: number, seed: number) {
  const random = new Random(seed);
  const contributions = Float32Array.from({ length: count * length }, () => random.normal() * 0.01);
  return { count, length, start: 0, end: length, contributions };
}

test('planted spans of either sign are found, at their place, with and without a null', () => {
  const planted = noise(10, 100, 1);
  for (let i = 40; i < 48; i++) planted.contributions[3 * 100 + i]! += 0.2;
  for (let i = 70; i < 77; i++) planted.contributions[5 * 100 + i]! -= 0.2;
  for (const nullContributions of [noise(100, 100, 2), undefined]) {
    const seqlets = callSeqlets(planted, { threshold: 2e-4, nullContributions });
    const strong = seqlets.filter(({ attribution }) => Math.abs(attribution) > 0.5);
    expect(strong.map(({ sequence }) => sequence)).toEqual([3, 5]);
    const [up, down] = strong;
    expect(up!.start).toBeLessThanOrEqual(40);
    expect(up!.end).toBeGreaterThanOrEqual(48);
    expect(up!.end - up!.start).toBeLessThan(24);
    expect(up!.attribution).toBeCloseTo(1.6, 0);
    expect(down!.attribution).toBeCloseTo(-1.4, 0);
  }
});

test('empirical p-values are the share of null windows; few seqlets in noise', () => {
  const nullContributions = { ...noise(1, 4, 1), contributions: Float32Array.of(1, 2, 3, -9) };
  const real = { ...nullContributions, contributions: Float32Array.of(0, 3, 0, -9) };
  const seqlets = callSeqlets(real, { window: 1, threshold: 0.41, nullContributions });
  expect(seqlets).toEqual([
    { sequence: 0, start: 1, end: 2, attribution: 3, pValue: 2 / 5 },
    { sequence: 0, start: 3, end: 4, attribution: -9, pValue: 2 / 5 },
  ]);
  const found = callSeqlets(noise(100, 100, 5), {
    threshold: 0.001,
    nullContributions: noise(100, 100, 6),
  });
  expect(found.length).toBeLessThan(40);
});

test('only the attributed part is searched; a model that uses nothing has no seqlets', () => {
  const part = { ...noise(1, 50, 3), start: 20, end: 40 };
  part.contributions.fill(5, 0, 20);
  for (const { start, end } of callSeqlets(part, { threshold: 0.3, window: 3 })) {
    expect(start).toBeGreaterThanOrEqual(20);
    expect(end).toBeLessThanOrEqual(40);
  }
  const flat = { ...part, contributions: new Float32Array(50) };
  expect(callSeqlets(flat)).toEqual([]);
});

test('bad options', () => {
  const source = noise(1, 10, 1);
  expect(() => callSeqlets(source, { window: 11 })).toThrow(/window 11 for 10/);
  expect(() => callSeqlets(source, { threshold: 0.01, nullContributions: source })).toThrow(
    /with 4 windows.*more null sequences/,
  );
  expect(() => callSeqlets(source, { threshold: 1 })).toThrow(/threshold 1/);
  expect(() => callSeqlets(source, { treshold: 0.1 } as object)).toThrow(/'threshold'/);
});
