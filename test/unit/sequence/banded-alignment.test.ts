import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { ScalarBandedAligner } from '../../../kernel-lib/src/sequence/banded-alignment-scalar.ts';
import { BandedAligner } from '../../../kernel-lib/src/sequence/banded-alignment.ts';
import { alignUngapped } from '../../../kernel-lib/src/sequence/cluster-ungapped.ts';
import { encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';

const randomTokens = (random: Random, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.integer(4));

/** Smith-Waterman with affine gaps over the whole matrix, score only. */
function fullScore(query: Uint8Array, target: Uint8Array): number {
  const width = target.length + 1;
  const h = new Float64Array((query.length + 1) * width);
  const e = h.slice().fill(-Infinity);
  const f = e.slice();
  let best = 0;
  for (let i = 1; i <= query.length; i++) {
    for (let j = 1; j < width; j++) {
      const at = i * width + j;
      e[at] = Math.max(e[at - 1]! - 2, h[at - 1]! - 7);
      f[at] = Math.max(f[at - width]! - 2, h[at - width]! - 7);
      const same = query[i - 1] === target[j - 1] && query[i - 1]! < 4;
      h[at] = Math.max(0, h[at - width - 1]! + (same ? 2 : -3), e[at]!, f[at]!);
      best = Math.max(best, h[at]!);
    }
  }
  return best;
}

const tokensArbitrary = (most: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ min: 0, max: 4, minLength: 1, maxLength: most });

describe.each([
  ['BandedAligner', new BandedAligner()],
  ['ScalarBandedAligner', new ScalarBandedAligner()],
])('%s', (_, aligner) => {
  it('scores as the whole matrix does where the band holds all of it', () => {
    fc.assert(
      fc.property(tokensArbitrary(30), tokensArbitrary(30), (query, target) => {
        const alignment = aligner.align(query, target, 0, 32);
        expect(alignment?.score ?? 0).toBe(fullScore(query, target));
      }),
      { numRuns: 300 },
    );
  });

  it('gives counts and ends that belong to its score', () => {
    fc.assert(
      fc.property(
        tokensArbitrary(40),
        tokensArbitrary(40),
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: 0, max: 20 }),
        (query, target, diagonal, halfWidth) => {
          const found = aligner.align(query, target, diagonal, halfWidth);
          if (found === undefined) return;
          const a = found.queryEnd - found.queryStart;
          const b = found.targetEnd - found.targetStart;
          expect(found.queryStart).toBeGreaterThanOrEqual(0);
          expect(found.queryEnd).toBeLessThanOrEqual(query.length);
          expect(found.targetStart).toBeGreaterThanOrEqual(0);
          expect(found.targetEnd).toBeLessThanOrEqual(target.length);
          const pairs = a + b - found.columns;
          expect(found.matches).toBeLessThanOrEqual(pairs);
          const gapBases = found.columns - pairs;
          const best = 2 * found.matches - 3 * (pairs - found.matches) - 2 * gapBases;
          expect(found.score).toBeLessThanOrEqual(best - (gapBases > 0 ? 5 : 0));
          if (gapBases === 0) expect(found.score).toBe(best);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('bridges a deletion and counts its columns', () => {
    const random = new Random(1);
    const whole = randomTokens(random, 300);
    const cut = Uint8Array.from([...whole.slice(0, 150), ...whole.slice(156)]);
    expect(aligner.align(cut, whole, 3, 10)).toEqual({
      score: 2 * 294 - 5 - 12,
      matches: 294,
      columns: 300,
      queryStart: 0,
      queryEnd: 294,
      targetStart: 0,
      targetEnd: 300,
    });
  });

  it('matches no unknown base', () => {
    expect(aligner.align(encodeSequence('NNNNNNNN'), encodeSequence('NNNNNNNN'), 0, 2)).toBe(
      undefined,
    );
  });
});

describe('alignUngapped', () => {
  it('equals a band of one diagonal', () => {
    const aligner = new BandedAligner();
    fc.assert(
      fc.property(
        tokensArbitrary(40),
        tokensArbitrary(40),
        fc.integer({ min: -45, max: 45 }),
        (query, target, diagonal) => {
          const found = alignUngapped(query, target, diagonal);
          const banded = aligner.align(query, target, diagonal, 0);
          expect(found?.score).toBe(banded?.score);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** A relative of a sequence: bases replaced, lost and put in. */
function relative(tokens: Uint8Array, random: Random, changes: number): Uint8Array {
  const result: number[] = [];
  for (const token of tokens) {
    const kind = random.uniform() < changes ? random.integer(3) : 3;
    if (kind === 0) continue;
    if (kind === 1) result.push(random.integer(4));
    result.push(kind === 2 ? random.integer(5) : token);
  }
  return Uint8Array.from(result);
}

describe('BandedAligner beside ScalarBandedAligner', () => {
  const fast = new BandedAligner();
  const plain = new ScalarBandedAligner();

  it('gives the same alignment of any letters in any band', () => {
    fc.assert(
      fc.property(
        tokensArbitrary(60),
        tokensArbitrary(60),
        fc.integer({ min: -90, max: 90 }),
        fc.integer({ min: 0, max: 40 }),
        (query, target, diagonal, halfWidth) => {
          expect(fast.align(query, target, diagonal, halfWidth)).toEqual(
            plain.align(query, target, diagonal, halfWidth),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('gives the same alignment of relatives, whatever came before', () => {
    const random = new Random(5);
    for (let round = 0; round < 120; round++) {
      const query = randomTokens(random, random.integer(700));
      const target = relative(query, random, 0.4 * random.uniform());
      const diagonal = random.integer(21) - 10;
      const halfWidth = random.integer(70);
      expect(fast.align(query, target, diagonal, halfWidth)).toEqual(
        plain.align(query, target, diagonal, halfWidth),
      );
    }
  });

  it.each([15_990, 16_010])('has no overflow at %i bases', (length) => {
    const tokens = randomTokens(new Random(length), length);
    expect(fast.align(tokens, tokens, 0, 3)).toEqual({
      score: 2 * length,
      matches: length,
      columns: length,
      queryStart: 0,
      queryEnd: length,
      targetStart: 0,
      targetEnd: length,
    });
  });

  it('finds nothing in empty sequences and in bands far away', () => {
    const tokens = Uint8Array.of(0, 1, 2, 3);
    expect(fast.align(tokens, new Uint8Array(0), 0, 5)).toBe(undefined);
    expect(fast.align(new Uint8Array(0), tokens, 0, 5)).toBe(undefined);
    expect(fast.align(tokens, tokens, 2 ** 28, 5)).toBe(undefined);
    expect(fast.align(tokens, tokens, -(2 ** 28), 5)).toBe(undefined);
  });
});
