import { describe, expect, it } from 'vitest';
import { InputError, InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import {
  auditJson,
  leakageAudit,
  withoutLeaks,
  type AuditRecord,
} from '../../../kernel-lib/src/datasets/leakage-audit.ts';
import { decodeTokens } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { reverseComplement } from '../../../kernel-lib/src/sequence/reverse-complement.ts';

const random = new Random(7);
const newSequence = (length = 600): string =>
  decodeTokens(Uint8Array.from({ length }, () => random.integer(4)));
const turned = (text: string): string => decodeTokens(reverseComplement(encodeSequence(text)));
const nearly = (text: string): string => {
  const tokens = encodeSequence(text);
  for (const place of random.permutation(tokens.length).slice(0, tokens.length / 10)) {
    tokens[place] = (tokens[place]! + 1) % 4;
  }
  return decodeTokens(tokens);
};
const named = (part: string, sequences: readonly string[]): AuditRecord[] =>
  sequences.map((sequence, index) => ({ id: `${part}${String(index)}`, sequence }));

const s = Array.from({ length: 10 }, () => newSequence());
const train = named('train', [s[0]!, s[1]!, s[2]!, s[3]!, s[3]!]);
const test = named('test', [
  s[0]!.toLowerCase(),
  turned(s[1]!),
  nearly(s[2]!),
  s[4]!,
  s[5]!,
  'N'.repeat(30),
]);
const pretraining = named('pre', [s[3]!, s[3]!, s[4]!, turned(nearly(s[5]!)), s[6]!, 'NNN', s[6]!]);

describe('leakageAudit', () => {
  it('counts equal, reverse-complement and near sequences between all parts', async () => {
    const audit = await leakageAudit({ parts: { train, test, pretraining } });
    const pair = (part: string, other: string) =>
      audit.pairs.find((each) => each.part === part && each.other === other);
    expect(pair('test', 'train')).toMatchObject({ exact: 1, reverseComplement: 1, near: 1 });
    expect(pair('train', 'test')).toMatchObject({ exact: 1, reverseComplement: 1, near: 1 });
    expect(pair('test', 'pretraining')).toMatchObject({ exact: 1, reverseComplement: 0, near: 1 });
    expect(pair('pretraining', 'test')).toMatchObject({ exact: 1, reverseComplement: 0, near: 1 });
    expect(pair('pretraining', 'train')).toMatchObject({ exact: 2, near: 0, leak: false });
    expect(pair('train', 'pretraining')).toMatchObject({ exact: 2, near: 0, leak: false });
    expect(audit.verdict).toBe('leaking');
    expect(audit.parts).toEqual([
      {
        part: 'train',
        evaluation: false,
        sequences: 5,
        unusable: 0,
        affected: 3,
        affectedShare: 3 / 5,
      },
      {
        part: 'test',
        evaluation: true,
        sequences: 6,
        unusable: 1,
        affected: 5,
        affectedShare: 5 / 6,
      },
      {
        part: 'pretraining',
        evaluation: false,
        sequences: 7,
        unusable: 1,
        affected: 2,
        affectedShare: 2 / 7,
      },
    ]);
    expect(audit.spanningClusters).toBe(6);
    expect(audit.drop).toEqual({
      train: ['train0', 'train1', 'train2'],
      pretraining: ['pre2', 'pre3'],
    });
    const near = audit.examples.find(({ kind, second }) => kind === 'near' && second === 'test2');
    expect(near).toMatchObject({ firstPart: 'train', first: 'train2', secondPart: 'test' });
    expect(near?.identity).toBeCloseTo(0.9, 1);
    expect(audit.view.toText()).toContain('Leaking: test 5 of 6 (83.3 %)');
    expect(JSON.parse(JSON.stringify(auditJson(audit)))).toMatchObject({ verdict: 'leaking' });
  });

  it('finds the same whatever the order of the parts', async () => {
    const one = await leakageAudit({ parts: { train, test, pretraining } });
    const other = await leakageAudit({ parts: { pretraining, test, train } });
    expect(other.drop['pretraining']).toEqual(one.drop['pretraining']);
    expect(other.drop['train']).toEqual(one.drop['train']);
    const sorted = (audit: typeof one) =>
      [...audit.pairs].sort((a, b) => (a.part + a.other < b.part + b.other ? -1 : 1));
    expect(sorted(other)).toEqual(sorted(one));
    expect(other.spanningClusters).toBe(one.spanningClusters);
  });

  it('is clean after what it drops was left out, streams included', async () => {
    const audit = await leakageAudit({ parts: { train, test, pretraining } });
    const clean = await leakageAudit({
      parts: {
        train: withoutLeaks(train, audit.drop['train'] ?? []),
        test,
        pretraining: withoutLeaks(pretraining, audit.drop['pretraining'] ?? []),
      },
    });
    expect(clean.verdict).toBe('clean');
    expect(clean.drop).toEqual({});
    expect(clean.parts.map(({ sequences }) => sequences)).toEqual([2, 6, 5]);
    expect(clean.view.toText()).toContain('Clean');
  });

  it('looks on one strand, or for equal sequences only, where it is told so', async () => {
    const plus = await leakageAudit({ parts: { train, test }, strand: 'plus' });
    expect(plus.pairs[0]).toMatchObject({ exact: 1, reverseComplement: 0, near: 1 });
    const equal = await leakageAudit({ parts: { train, test }, near: false });
    expect(equal.pairs[0]).toMatchObject({ exact: 1, reverseComplement: 1, near: 0 });
    expect(equal.criteria).toBeUndefined();
  });

  it('takes the evaluation parts given, and drops from the earlier of two', async () => {
    const parts = { a: named('a', [s[0]!]), b: named('b', [s[0]!]) };
    expect((await leakageAudit({ parts })).drop).toEqual({ a: ['a0'] });
    const judged = await leakageAudit({ parts, evaluation: ['a'] });
    expect(judged.drop).toEqual({ b: ['b0'] });
  });

  it('shows as many examples as asked for', async () => {
    const many = Array.from({ length: 20 }, () => newSequence(50));
    const parts = { train: named('a', many), test: named('b', many) };
    expect((await leakageAudit({ parts })).examples).toHaveLength(5);
    expect((await leakageAudit({ parts, examples: 0 })).examples).toHaveLength(0);
  });

  it('names what is wrong', async () => {
    await expect(leakageAudit({ parts: { train } })).rejects.toThrow(UsageError);
    await expect(leakageAudit({ parts: { train, test }, evaluation: ['tset'] })).rejects.toThrow(
      "'tset'",
    );
    await expect(
      leakageAudit({ parts: { train, test: [{ id: 'x', sequence: 'AC!' }] } }),
    ).rejects.toThrow(/part 'test', sequence 'x'.*position 2/);
    await expect(
      leakageAudit({ parts: { train, test: [{ id: 'x', sequence: 'AC!' }] } }),
    ).rejects.toThrow(InputError);
    await expect(
      leakageAudit({ parts: { train, test: [{ id: 'x', sequence: Uint8Array.of(7) }] } }),
    ).rejects.toThrow(UsageError);
    const signal = AbortSignal.abort();
    await expect(leakageAudit({ parts: { train, test }, signal })).rejects.toThrow(
      InterruptedError,
    );
  });
});
