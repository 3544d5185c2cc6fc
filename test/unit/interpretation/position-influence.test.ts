import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import {
  substituteKmers,
  type KmerSubstitutions,
} from '../../../kernel-lib/src/interpretation/position-influence.ts';
import { topKmersByPosition } from '../../../kernel-lib/src/interpretation/position-influence-kmers.ts';
import { positionInfluence } from '../../../kernel-lib/src/interpretation/position-influence-profile.ts';
import type { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import { outputs, randomSequences, tinyModel } from './token-models.ts';

/** Substitutions whose effect on output a is 1 within 100 letters of the site, and else 0.1. */
function made(sequences: number, each: number): KmerSubstitutions {
  const random = new Random(9);
  const count = sequences * each;
  const distance = Float32Array.from({ length: count }, () => 1 + random.integer(1000));
  const effects = new Float32Array(count * 2);
  distance.forEach((far, i) => {
    effects[2 * i] = (far <= 100 ? 1 : 0.1) * (random.integer(2) === 0 ? 1 : -1);
    effects[2 * i + 1] = random.normal();
  });
  return {
    outputs: ['a', 'b'],
    sequences,
    count,
    sequence: Int32Array.from({ length: count }, (_, i) => Math.floor(i / each)),
    k: new Uint8Array(count).fill(3),
    position: Int32Array.from(distance, (far) => 1000 - far),
    distance,
    from: Array.from({ length: count }, () => 'AAA'),
    to: Array.from(distance, (far) => (far <= 10 ? 'TAT' : 'CCC')),
    effects,
    warnings: [],
  };
}

describe('substituteKmers', () => {
  let model: Predictor;
  const sequences = randomSequences([80, 30, 2, 0], 7);
  beforeAll(async () => {
    model = await tinyModel();
  });
  afterAll(() => {
    model.dispose();
  });

  it('changes what it says, and predicts it', async () => {
    const result = await substituteKmers(model, sequences, { ks: [1, 3], repeats: 4, seed: 2 });
    // Two letters have no k-mer of three, none has none at all.
    expect(result.count).toBe(8 + 8 + 4);
    expect(result.outputs).toEqual(outputs);
    for (const i of [0, 5, 9, 15, 17]) {
      const text = sequences[result.sequence[i]!]!;
      const [at, k] = [result.position[i]!, result.k[i]!];
      expect(text.slice(at, at + k)).toBe(result.from[i]);
      expect(result.to[i]).not.toBe(result.from[i]);
      expect(result.distance[i]).toBe(text.length - at - (k - 1) / 2);
      const changed = text.slice(0, at) + result.to[i]! + text.slice(at + k);
      const { values } = await model.predict([text, changed]);
      for (let output = 0; output < 3; output++) {
        expect(result.effects[i * 3 + output]).toBeCloseTo(
          values[3 + output]! - values[output]!,
          4,
        );
      }
    }
  });

  it('draws the same for a sequence whatever the others are', async () => {
    const options = { ks: [2], repeats: 3, seed: 5 };
    const all = await substituteKmers(model, sequences.slice(0, 2), options);
    const again = await substituteKmers(model, sequences.slice(0, 2), options);
    const one = await substituteKmers(model, sequences.slice(0, 1), options);
    expect(again).toEqual(all);
    expect([...one.position]).toEqual([...all.position.slice(0, 3)]);
    expect(one.to).toEqual(all.to.slice(0, 3));
  });

  it('counts from the transcription start site, of which letters may lie downstream', async () => {
    const options = { ks: [1], repeats: 2 };
    const [own, shifted] = [0, 10].map((downstream) =>
      substituteKmers(model, sequences.slice(0, 1), { ...options, downstream }),
    );
    const window = await tinyModel({ window: { upstream: 70, downstream: 10 } });
    const given = await substituteKmers(window, sequences.slice(0, 1), options);
    window.dispose();
    expect([...(await shifted!).distance]).toEqual([...(await own!).distance].map((d) => d - 10));
    expect([...given.distance]).toEqual([...(await shifted!).distance]);
  });

  it('changes only the letters up to a distance, where that is asked for', async () => {
    const options = { ks: [1, 4], repeats: 30, seed: 3 };
    const near = await substituteKmers(model, sequences, { ...options, upstream: 20 });
    expect(near.distance.every((far) => far > 0 && far <= 20)).toBe(true);
    const both = await substituteKmers(model, sequences.slice(0, 1), {
      ...options,
      upstream: 20,
      downstream: 10,
    });
    expect(Math.min(...both.distance)).toBeLessThan(0);
    expect(Math.max(...both.distance)).toBeGreaterThan(10);
    expect(Math.max(...both.distance)).toBeLessThanOrEqual(20);
    // A stretch that holds all letters changes nothing.
    const whole = await substituteKmers(model, sequences, { ...options, upstream: 100 });
    expect(whole).toEqual(await substituteKmers(model, sequences, options));
    await expect(substituteKmers(model, sequences, { ...options, upstream: 3 })).rejects.toThrow(
      /upstream/,
    );
  });

  it('says how much of it the model cannot see, and how far it sees', async () => {
    for (const truncationSide of ['left', 'right'] as const) {
      const small = await tinyModel({ length: 20, truncationSide });
      const options = { ks: [1], repeats: 40 };
      const { effects, position, warnings } = await substituteKmers(
        small,
        sequences.slice(0, 1),
        options,
      );
      const silent = position.filter((_, i) =>
        effects.subarray(3 * i, 3 * i + 3).every((e) => e === 0),
      );
      expect(silent.length).toBeGreaterThan(5);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/% of the substitutions lie beyond/);
      const upstream = /give upstream, (\d+) or less/.exec(warnings[0]!)?.[1];
      if (truncationSide === 'right') expect(upstream).toBeUndefined();
      else {
        expect(Number(upstream)).toBeLessThan(80);
        const seen = await substituteKmers(small, sequences.slice(0, 1), {
          ...options,
          upstream: Number(upstream),
        });
        expect(seen.warnings).toEqual([]);
      }
      small.dispose();
    }
    expect((await substituteKmers(model, sequences, { ks: [1] })).warnings).toEqual([]);
  });

  it('refuses what it cannot do', async () => {
    const none = substituteKmers(model, ['AC'], { ks: [3] });
    await expect(none).rejects.toThrow(/shorter/);
    await expect(substituteKmers(model, [])).rejects.toThrow(UsageError);
    await expect(substituteKmers(model, sequences, { ks: [0] })).rejects.toThrow(UsageError);
    await expect(substituteKmers(model, sequences, { repeat: 1 } as object)).rejects.toThrow(
      /repeats/,
    );
    const signal = AbortSignal.abort();
    await expect(substituteKmers(model, sequences, { signal })).rejects.toThrow(InterruptedError);
  });
});

describe('positionInfluence', () => {
  it('finds where the influence is', async () => {
    const substitutions = made(40, 50);
    const { profiles, sequences, within } = await positionInfluence(substitutions, {
      binSize: 100,
      resamples: 99,
    });
    expect([sequences, within]).toEqual([40, 100]);
    expect(profiles.map(({ output }) => output)).toEqual(['all', 'a', 'b']);
    const [, a, b] = profiles;
    expect(a!.bins).toHaveLength(10);
    expect(a!.bins[0]).toMatchObject({ start: 0, end: 100, count: expect.any(Number) as number });
    expect(a!.bins[0]!.mean).toBeCloseTo(1);
    expect(a!.bins[5]!.mean).toBeCloseTo(0.1);
    expect(a!.enrichment).toBeCloseTo(10, 3);
    // A tenth of the places have effect 1, the others 0.1: the share is 10/19.
    const near = substitutions.distance.filter((far) => far <= 100).length;
    expect(a!.share).toBeCloseTo(near / (near + 0.1 * (2000 - near)), 4);
    expect(a!.expectedShare).toBeCloseTo(near / 2000);
    expect(a!.shareLow).toBeLessThan(a!.share);
    expect(a!.shareHigh).toBeGreaterThan(a!.share);
    expect(a!.pValue).toBeCloseTo(0.01);
    expect(a!.bins[0]!.nullHigh).toBeLessThan(0.5);
    expect(b!.pValue).toBeGreaterThan(0.01);
    expect(Math.abs(b!.enrichment - 1)).toBeLessThan(0.3);
    const [first] = b!.bins;
    expect(first!.low).toBeLessThan(first!.mean);
    expect(first!.high).toBeGreaterThan(first!.mean);
  });

  it('is reproducible, and works without resamples', async () => {
    const substitutions = made(5, 10);
    const options = { resamples: 20, seed: 4 };
    expect(await positionInfluence(substitutions, options)).toEqual(
      await positionInfluence(substitutions, options),
    );
    const { profiles } = await positionInfluence(substitutions, { resamples: 0 });
    expect(profiles[0]!.pValue).toBeNaN();
    await expect(positionInfluence(substitutions, { signal: AbortSignal.abort() })).rejects.toThrow(
      InterruptedError,
    );
    await expect(positionInfluence(substitutions, { binSize: 0 })).rejects.toThrow(UsageError);
  });
});

describe('topKmersByPosition', () => {
  it('counts ranges from the transcription start site', () => {
    const rows = topKmersByPosition(made(40, 50), { output: 'a', minimum: 1 });
    const near = rows.filter(({ end }) => end === 10);
    expect(near.map(({ kmer, change }) => `${change} ${kmer}`).sort()).toEqual([
      'inserted TAT',
      'removed AAA',
    ]);
    expect(near[0]!.meanSize).toBeCloseTo(1);
    const far = rows.filter(({ start }) => start === 100);
    expect(far.map(({ kmer }) => kmer).sort()).toEqual(['AAA', 'CCC']);
    expect(far[0]!.meanSize).toBeCloseTo(0.1);
    expect(() => topKmersByPosition(made(2, 2), { k: 4 })).toThrow(/expected 3/);
    expect(() => topKmersByPosition(made(2, 2), { output: 'c' })).toThrow(UsageError);
  });
});
