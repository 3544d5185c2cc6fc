import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { adjustedRandIndex } from '../../../kernel-lib/src/evaluation/adjusted-rand-index.ts';
import { SeedIndex } from '../../../kernel-lib/src/sequence/cluster-candidates.ts';
import { findSeeds } from '../../../kernel-lib/src/sequence/cluster-seeds.ts';
import { encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { reverseComplement } from '../../../kernel-lib/src/sequence/reverse-complement.ts';
import { clusterByIdentity } from '../../../kernel-lib/src/sequence/sequence-clusters.ts';

const randomTokens = (random: Random, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.integer(4));

/** Replaces bases: exactly `count` of them, spread at random. */
function mutate(tokens: Uint8Array, random: Random, count: number): Uint8Array {
  const result = tokens.slice();
  for (const place of random.permutation(tokens.length).slice(0, count)) {
    result[place] = (result[place]! + 1 + random.integer(3)) % 4;
  }
  return result;
}

describe('findSeeds', () => {
  it('gives the same k-mers for both strands', () => {
    const tokens = randomTokens(new Random(3), 1000);
    const forward = findSeeds(tokens);
    const backward = findSeeds(reverseComplement(tokens));
    expect(forward.codes.length).toBeGreaterThan(150);
    expect(forward.codes.length).toBeLessThan(400);
    expect([...new Set(backward.codes)]).toEqual([...new Set(forward.codes)]);
  });

  it('gives none for simple repeats, unknown bases and short sequences', () => {
    for (const text of ['A'.repeat(900), 'CA'.repeat(450), 'N'.repeat(900), 'ACGTACGTACG', '']) {
      expect(findSeeds(encodeSequence(text)).codes).toHaveLength(0);
    }
  });

  it('keeps few places of a seed that repeats', () => {
    const unit = randomTokens(new Random(5), 40);
    const repeat = Uint8Array.from({ length: 4000 }, (_, at) => unit[at % 40]!);
    const { codes } = findSeeds(repeat);
    expect(codes.length).toBeLessThanOrEqual(40 * 4);
  });
});

describe('SeedIndex', () => {
  it('finds the strand and the diagonal', () => {
    const random = new Random(8);
    const tokens = randomTokens(random, 600);
    const longer = Uint8Array.from([...randomTokens(random, 50), ...tokens]);
    const index = new SeedIndex();
    index.add(0, findSeeds(longer));
    const [found] = index.lookUp(findSeeds(tokens), 600, true, () => 2);
    expect(found).toMatchObject({ sequence: 0, reverse: false, modeDiagonal: 50 });
    const turned = reverseComplement(tokens);
    const [other] = index.lookUp(findSeeds(turned), 600, true, () => 2);
    expect(other).toMatchObject({ sequence: 0, reverse: true, modeDiagonal: 50 });
    expect(index.lookUp(findSeeds(turned), 600, false, () => 2)).toEqual([]);
  });
});

describe('clusterByIdentity', () => {
  const modes = ['set-cover', 'longest-first', 'connected'] as const;

  it.each(modes)('puts relatives above the threshold together and no others: %s', async (mode) => {
    const random = new Random(11);
    const sequences: Uint8Array[] = [];
    const families: number[] = [];
    for (let family = 0; family < 12; family++) {
      const founder = randomTokens(random, 600 + 30 * family);
      // Two descendants differ by 16 % at most.
      for (let member = 0; member < 5; member++) {
        const child = mutate(founder, random, Math.floor(0.08 * founder.length));
        sequences.push(member % 2 === 1 ? reverseComplement(child) : child);
        families.push(family);
      }
      // 30 % away: a cluster of its own.
      sequences.push(mutate(founder, random, Math.floor(0.3 * founder.length)));
      families.push(100 + family);
    }
    const { clusterIds, clusterCount, representatives, identities } = await clusterByIdentity(
      sequences,
      { mode },
    );
    expect(adjustedRandIndex(clusterIds, families)).toBe(1);
    expect(clusterCount).toBe(24);
    for (const [cluster, index] of representatives.entries()) {
      expect(clusterIds[index]).toBe(cluster);
      expect(identities[index]).toBe(1);
    }
    const plus = await clusterByIdentity(sequences, { mode, strand: 'plus' });
    expect(plus.clusterCount).toBe(36);
  });

  it('keeps equal sequences together, however short, in either case and on either strand', async () => {
    const texts = ['ACG', 'acg', 'CGT', 'AAA', 'TTT', '', '', 'N', 'NNN'];
    const sequences = texts.map((text) => encodeSequence(text));
    const both = await clusterByIdentity(sequences);
    expect([...both.clusterIds]).toEqual([0, 0, 0, 1, 1, 2, 2, 3, 4]);
    const plus = await clusterByIdentity(sequences, { strand: 'plus' });
    expect([...plus.clusterIds]).toEqual([0, 0, 1, 2, 3, 4, 4, 5, 6]);
    expect((await clusterByIdentity([])).clusterCount).toBe(0);
  });

  it('takes coverage and identity as they are defined', async () => {
    const random = new Random(21);
    const whole = randomTokens(random, 1000);
    const half = whole.slice(200, 700);
    const count = async (options: object): Promise<number> =>
      (await clusterByIdentity([whole, half], options)).clusterCount;
    expect(await count({})).toBe(2);
    expect(await count({ coverageOf: 'shorter' })).toBe(1);
    expect(await count({ coverage: 0.5 })).toBe(1);
    // 700 of 1,000 bases are alike: all of the alignment, 70 % of the shorter sequence.
    const tail = Uint8Array.from([...whole.slice(0, 700), ...randomTokens(random, 300)]);
    const clusters = async (options: object): Promise<number> =>
      (await clusterByIdentity([whole, tail], options)).clusterCount;
    expect(await clusters({})).toBe(2);
    expect(await clusters({ identityOver: 'alignment' })).toBe(1);
    expect(await clusters({ identityOver: 'alignment', coverage: 0.8 })).toBe(2);
    expect(await clusters({ identity: 0.65 })).toBe(1);
  });

  it('leaves no alike pair across clusters in mode connected', async () => {
    const random = new Random(31);
    // A chain: neighbours 12 % apart, ends 30 % and more.
    const chain = [randomTokens(random, 800)];
    for (let i = 0; i < 5; i++) chain.push(mutate(chain.at(-1)!, random, 96));
    expect((await clusterByIdentity(chain, { mode: 'connected' })).clusterCount).toBe(1);
    expect((await clusterByIdentity(chain)).clusterCount).toBeGreaterThan(1);
  });

  it('is the same every time', async () => {
    const random = new Random(41);
    const founder = randomTokens(random, 500);
    const sequences = Array.from({ length: 40 }, () => mutate(founder, random, 60));
    expect(await clusterByIdentity(sequences)).toEqual(await clusterByIdentity(sequences));
  });

  it('reports, stops and refuses wrong options', async () => {
    const sequences = [Uint8Array.of(0, 1, 2)];
    const signal = AbortSignal.abort();
    await expect(clusterByIdentity(sequences, { signal })).rejects.toThrow(InterruptedError);
    for (const options of [
      { identity: 0.5 },
      { identity: NaN },
      { coverage: 1.1 },
      { mode: 'single' },
      { strand: 'minus' },
      { identitty: 0.9 },
    ]) {
      await expect(clusterByIdentity(sequences, options as object)).rejects.toThrow(UsageError);
    }
    await expect(clusterByIdentity([Uint8Array.of(9)])).rejects.toThrow(UsageError);
  });
});

describe('beside MMseqs2 and cd-hit on maize promoters', () => {
  interface Golden {
    /** Rows of the table of labelled promoters, from 0. */
    readonly rows: readonly number[];
    readonly clusters: Readonly<Record<string, { mmseqs: number[]; cdHit: number[] }>>;
  }
  const golden = JSON.parse(
    readFileSync(new URL('golden/maize-clusters.json', import.meta.url), 'utf8'),
  ) as Golden;
  const table = new URL(
    '../../../notebooks/data/maize/maize_nam_promoters_tpm.tsv.gz',
    import.meta.url,
  );
  const lines = gunzipSync(readFileSync(table)).toString().trimEnd().split(/\r?\n/);
  const column = lines[0]!.split('\t').indexOf('promoter');
  const sequences = golden.rows.map((row) => encodeSequence(lines[row + 1]!.split('\t')[column]!));

  it.each(Object.keys(golden.clusters))('agrees with both at identity %s', async (text) => {
    const { mmseqs, cdHit } = golden.clusters[text]!;
    const identity = Number(text);
    const theirs = adjustedRandIndex(mmseqs, cdHit);
    // The defaults reach what the two reach with each other, in both modes that they know.
    for (const mode of ['set-cover', 'longest-first'] as const) {
      const { clusterIds } = await clusterByIdentity(sequences, { identity, mode });
      expect(adjustedRandIndex(clusterIds, mmseqs)).toBeGreaterThanOrEqual(theirs);
      expect(adjustedRandIndex(clusterIds, cdHit)).toBeGreaterThanOrEqual(theirs);
    }
    // As MMseqs2 defines identity and coverage.
    const asMmseqs = await clusterByIdentity(sequences, {
      identity,
      identityOver: 'alignment',
      coverage: 0.8,
    });
    expect(adjustedRandIndex(asMmseqs.clusterIds, mmseqs)).toBeGreaterThan(0.95);
    // As cd-hit does.
    const asCdHit = await clusterByIdentity(sequences, {
      identity,
      mode: 'longest-first',
      identityOver: 'shorter',
      coverageOf: 'shorter',
      coverage: 0,
    });
    expect(adjustedRandIndex(asCdHit.clusterIds, mmseqs)).toBeGreaterThanOrEqual(theirs);
    expect(adjustedRandIndex(asCdHit.clusterIds, cdHit)).toBeGreaterThanOrEqual(theirs);
  });
});
