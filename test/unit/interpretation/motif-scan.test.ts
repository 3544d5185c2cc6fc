import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { adjustPValues } from '../../../kernel-lib/src/interpretation/adjust-p-values.ts';
import { motifScores } from '../../../kernel-lib/src/interpretation/motif-scores.ts';
import { scanMotifs } from '../../../kernel-lib/src/interpretation/motif-scan.ts';
import { encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { reverseComplement } from '../../../kernel-lib/src/sequence/reverse-complement.ts';
import { consensusMotif, motifOf, randomMotif } from './toy-motifs.ts';

const uniform = [0.25, 0.25, 0.25, 0.25];

/** All sequences of a length with their probability and exact score. */
function enumerate(logOdds: Float64Array, length: number, background: readonly number[]) {
  return Array.from({ length: 4 ** length }, (_, code) => {
    const bases = Array.from({ length }, (_, i) => Math.floor(code / 4 ** i) % 4);
    return {
      bases,
      score: bases.reduce((sum, base, i) => sum + logOdds[i * 4 + base]!, 0),
      probability: bases.reduce((product, base) => product * background[base]!, 1),
    };
  });
}

describe('scores and their distribution', () => {
  test('by hand: two positions, powers of two', () => {
    // No pseudocount, uniform background: log2(p / 0.25) is 1, 0, −1, −1 and 0 four times.
    const motif = motifOf('hand', [
      [0.5, 0.25, 0.125, 0.125],
      [0.25, 0.25, 0.25, 0.25],
    ]);
    const scores = motifScores(motif, { background: uniform, pseudocount: 0, resolution: 1 });
    expect([...scores.logOdds]).toEqual([1, 0, -1, -1, 0, 0, 0, 0]);
    expect([...scores.steps]).toEqual([2, 1, 0, 0, 0, 0, 0, 0]);
    expect([...scores.survival]).toEqual([1, 0.5, 0.25]);
  });

  test('the pseudocount is shared by the background, weighed against the sites', () => {
    const motif = consensusMotif('A', 'A', 9);
    const background = [0.4, 0.1, 0.1, 0.4];
    const { logOdds } = motifScores(motif, { background, pseudocount: 1, resolution: 0.01 });
    expect(logOdds[0]).toBeCloseTo(Math.log2((9 + 0.4) / 10 / 0.4), 12);
    expect(logOdds[1]).toBeCloseTo(Math.log2(0.1 / 10 / 0.1), 12);
    expect(() => motifScores(motif, { background, pseudocount: 0, resolution: 0.01 })).toThrow(
      /motif A, position 0.*pseudocount above 0/,
    );
  });

  test('the distribution is that of the enumeration of all words, within the rounding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer(), (length, seed) => {
        const resolution = 0.01;
        const background = [0.3, 0.2, 0.15, 0.35];
        const motif = randomMotif(length, seed);
        const scores = motifScores(motif, { background, pseudocount: 0.1, resolution });
        const words = enumerate(scores.logOdds, length, background);
        const tail = (least: number) =>
          words.reduce(
            (sum, { score, probability }) => sum + (score >= least ? probability : 0),
            0,
          );
        const slack = length * resolution * 1.001;
        for (const { bases, score } of words) {
          const steps = bases.reduce((sum, base, i) => sum + scores.steps[i * 4 + base]!, 0);
          const p = scores.survival[steps]!;
          expect(p).toBeGreaterThanOrEqual(tail(score + slack) - 1e-12);
          expect(p).toBeLessThanOrEqual(tail(score - slack) + 1e-12);
        }
        expect(scores.survival[0]).toBeCloseTo(1, 12);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  test('a malformed motif is refused', () => {
    const motif = { ...consensusMotif('bad', 'ACG'), matrix: Float64Array.of(1, 0, 0) };
    expect(() =>
      motifScores(motif, { background: uniform, pseudocount: 0.1, resolution: 0.01 }),
    ).toThrow(/motif bad: a matrix of 3 numbers for length 3/);
  });
});

describe('scan', () => {
  test('finds both strands; start and end are on the forward strand', async () => {
    const motif = consensusMotif('m', 'GATAAG');
    const tokens = encodeSequence('CCGATAAGCCCCCTTATCCC');
    const { hits, windows, background } = await scanMotifs([motif], [tokens], {
      threshold: 1e-3,
      background: 'uniform',
    });
    expect(hits.map(({ start, end, strand }) => [start, end, strand])).toEqual([
      [2, 8, '+'],
      [12, 18, '-'],
    ]);
    expect(hits[0]!.pValue).toBeCloseTo(4 ** -6, 12);
    expect(hits[0]!.score).toBeCloseTo(6 * Math.log2((20 + 0.025) / 20.1 / 0.25), 9);
    expect(windows).toEqual([30]);
    expect(hits[0]!.qValue).toBeCloseTo((4 ** -6 * 30) / 2, 9);
    expect(background).toEqual(uniform);
    const forward = await scanMotifs([motif], [tokens], { strands: 'forward', threshold: 1e-3 });
    expect(forward.hits).toHaveLength(1);
  });

  test('equals a plain scan of every window, for any motif, with unknown bases', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 14 }),
        fc.integer(),
        fc.array(fc.constantFrom(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4), { maxLength: 60 }),
        fc.constantFrom(1, 0.2, 0.01),
        async (length, seed, bases, threshold) => {
          const tokens = Uint8Array.from(bases);
          const motif = randomMotif(length, seed);
          const background = [0.3, 0.2, 0.2, 0.3];
          const { hits } = await scanMotifs([motif], [tokens], { threshold, background });
          const scores = motifScores(motif, { background, pseudocount: 0.1, resolution: 0.01 });
          const expected: string[] = [];
          for (let start = 0; start + length <= tokens.length; start++) {
            const window = tokens.slice(start, start + length);
            if (window.includes(4)) continue;
            for (const strand of ['+', '-']) {
              const read = strand === '+' ? window : reverseComplement(window);
              const steps = read.reduce((sum, b, i) => sum + scores.steps[i * 4 + b]!, 0);
              const p = scores.survival[steps]!;
              const score = read.reduce((sum, b, i) => sum + scores.logOdds[i * 4 + b]!, 0);
              if (p <= threshold) expected.push(`${start}${strand} ${p} ${score.toFixed(9)}`);
            }
          }
          const found = hits.map((h) => `${h.start}${h.strand} ${h.pValue} ${h.score.toFixed(9)}`);
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 150, seed: 2 },
    );
  });

  test('p-values are right: in random sequence the share of hits is the threshold', async () => {
    const random = new Random(1);
    const tokens = Uint8Array.from({ length: 200_000 }, () => random.integer(4));
    const motifs = [8, 12, 20].map((length) => randomMotif(length, length));
    const { hits, windows } = await scanMotifs(motifs, [tokens], {
      threshold: 0.01,
      background: 'uniform',
    });
    for (const [index, count] of windows.entries()) {
      const share = hits.filter(({ motif }) => motif === index).length / count;
      expect(share).toBeGreaterThan(0.009);
      expect(share).toBeLessThan(0.011);
    }
    // Nothing is there: no hit survives the correction.
    expect(Math.min(...hits.map(({ overallQValue }) => overallQValue))).toBeGreaterThan(0.05);
  });

  test('hits come by motif, sequence, start; sequences may be shorter than the motif', async () => {
    const motifs = [consensusMotif('a', 'AAAA'), consensusMotif('t', 'CCCC')];
    const tokens = ['CCCCAAAAA', 'AA', 'TTTT', ''].map((text) => encodeSequence(text));
    const { hits, windows } = await scanMotifs(motifs, tokens, {
      threshold: 0.01,
      background: 'uniform',
    });
    expect(hits.map((h) => [h.motif, h.sequence, h.start, h.strand])).toEqual([
      [0, 0, 4, '+'],
      [0, 0, 5, '+'],
      [0, 2, 0, '-'],
      [1, 0, 0, '+'],
    ]);
    expect(windows).toEqual([14, 14]);
    // Below 4^−4 no word of four bases can be significant.
    const none = await scanMotifs(motifs, tokens, { threshold: 1e-3, background: 'uniform' });
    expect(none.hits).toEqual([]);
  });

  test('a background of sequences is the same on both strands', async () => {
    const { background } = await scanMotifs([], [encodeSequence('AAAAAAAAAACC')]);
    expect(background[0]).toBe(background[3]);
    expect(background[1]).toBe(background[2]);
    expect(background.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test('bad options', async () => {
    const run = (options: object) => scanMotifs([], [], options);
    await expect(run({ threshhold: 1 })).rejects.toThrow(/'threshold'/);
    await expect(run({ threshold: 0 })).rejects.toThrow(/threshold 0/);
    await expect(run({ background: [1, 0, 0, 0] })).rejects.toThrow(/sum to 1/);
    await expect(run({ background: 'genome' })).rejects.toThrow(/found|genome/);
    await expect(run({ strands: '+' })).rejects.toThrow(/'both' or 'forward'/);
    await expect(run({ resolution: 5 })).rejects.toThrow(/resolution 5/);
    const aborted = AbortSignal.abort();
    const scan = scanMotifs([consensusMotif('a', 'A')], [], { signal: aborted });
    await expect(scan).rejects.toThrow(/interrupted/);
  });
});

test('q-values of Benjamini and Hochberg, also of a truncated list', () => {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), method = "BH")
  expect([...adjustPValues([0.01, 0.04, 0.03, 0.005])]).toEqual([0.02, 0.04, 0.04, 0.02]);
  expect([...adjustPValues([0.01, 0.005], 4)]).toEqual([0.02, 0.02]);
  expect([...adjustPValues([0.9], 10)]).toEqual([1]);
});
