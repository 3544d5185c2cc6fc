import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, TataboxError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import {
  readClusterTable,
  writeClusterTable,
} from '../../../kernel-lib/src/datasets/cluster-table.ts';
import {
  assignClusterFolds,
  foldNames,
} from '../../../kernel-lib/src/datasets/tissue-expression-folds.ts';
import { streamSequenceRecords } from '../../../kernel-lib/src/datasets/sequence-records.ts';
import { decodeTokens } from '../../../kernel-lib/src/sequence/encode-sequence.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const cdHit =
  '>Cluster 0\n0\t1000nt, >b... at +/98.00%\n1\t1001nt, >a... *\n>Cluster 1\n0\t9nt, >c... *\n';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'clusters-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('cluster tables', () => {
  it('are written as MMseqs2 writes them, and read again', async () => {
    const file = path.join(folder, 'clusters.tsv');
    const clusters = {
      clusterIds: Uint32Array.of(0, 1, 0, 0),
      representatives: Uint32Array.of(2, 1),
    };
    await writeClusterTable(file, clusters, ['a', 'b', 'c', 'd e']);
    expect(await readFile(file, 'utf8')).toBe('c\tc\nc\ta\nc\td e\nb\tb\n');
    expect(await readClusterTable(file)).toEqual([
      { representative: 'c', member: 'c' },
      { representative: 'c', member: 'a' },
      { representative: 'c', member: 'd e' },
      { representative: 'b', member: 'b' },
    ]);
    await expect(writeClusterTable(file, clusters, ['a\t', 'b', 'c', 'd'])).rejects.toThrow(
      UsageError,
    );
    await expect(writeClusterTable(file, clusters, ['a'])).rejects.toThrow(UsageError);
  });

  it('of cd-hit are read, too', async () => {
    expect(await readClusterTable(bytes(cdHit))).toEqual([
      { representative: 'a', member: 'b' },
      { representative: 'a', member: 'a' },
      { representative: 'c', member: 'c' },
    ]);
  });

  it.each([
    ['', 'empty'],
    ['a\tb\tc\n', 'line 1'],
    ['a\ta\nb\n', 'line 2'],
    ['a\ta\na\ta\n', 'second time'],
    ['>Cluster 0\n0\t1nt, >b... at +/98.00%\n', 'without a representative'],
    ['>Cluster 0\nb\n', 'line 2'],
  ])('name what is wrong: %j', async (text, message) => {
    await expect(readClusterTable(bytes(text))).rejects.toThrow(InputError);
    await expect(readClusterTable(bytes(text))).rejects.toThrow(message);
  });

  it('that are damaged give the right answer or an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(cdHit, 'a\ta\na\tb\nc\tc\n'),
        fc.nat(80),
        fc.nat(255),
        async (text, at, value) => {
          const damaged = Buffer.from(text);
          damaged[at % damaged.length] = value;
          try {
            for (const { member } of await readClusterTable(damaged)) expect(member).not.toBe('');
          } catch (error) {
            expect(error).toBeInstanceOf(TataboxError);
          }
        },
      ),
    );
  });
});

describe('assignClusterFolds, balanced', () => {
  const rows = (clusters: readonly number[]) =>
    clusters.map((cluster, index) => {
      const representative = String(clusters.indexOf(cluster));
      return [representative, String(index)] as const;
    });

  it('keeps clusters whole and sizes near their shares', () => {
    const members = rows(
      Array.from({ length: 2000 }, (_, index) => Math.floor(Math.sqrt(index * 7))),
    );
    const folds = assignClusterFolds(members, { deal: 'balanced' });
    const sizes: Record<string, number> = {};
    for (const [representative, member] of members) {
      expect(folds.get(member)).toBe(folds.get(representative));
      const fold = folds.get(member)!;
      sizes[fold] = (sizes[fold] ?? 0) + 1;
    }
    expect(Object.keys(sizes).sort()).toEqual(foldNames(5));
    expect(Object.values(sizes).reduce((sum, size) => sum + size)).toBe(2000);
    expect(Math.abs(sizes['test']! - 340)).toBeLessThan(20);
    for (let fold = 0; fold < 5; fold++) {
      expect(Math.abs(sizes[`train_${String(fold)}`]! - 332)).toBeLessThan(20);
    }
    expect(assignClusterFolds(members, { deal: 'balanced' })).toEqual(folds);
    expect(assignClusterFolds(members, { deal: 'balanced', seed: 48 })).not.toEqual(folds);
  });

  it('has no test part where all train', () => {
    const folds = assignClusterFolds(rows([1, 2, 3, 4]), {
      deal: 'balanced',
      trainShare: 1,
      trainFolds: 2,
    });
    expect([...folds.values()].sort()).toEqual(['train_0', 'train_0', 'train_1', 'train_1']);
  });

  it('refuses what cannot be', () => {
    for (const options of [
      { trainShare: 1.1 },
      { trainFolds: 0 },
      { trainFolds: 1001 },
      { seed: NaN },
      { seed: -1, deal: 'balanced' },
      { deal: 'dealt' },
      { deal: 'balanced', doubledRepresentatives: true },
      { folds: 5 },
    ]) {
      expect(() => assignClusterFolds(rows([1, 2]), options as object)).toThrow(UsageError);
    }
  });
});

describe('streamSequenceRecords', () => {
  const read = async (text: string, options = {}): Promise<string[]> => {
    const found: string[] = [];
    for await (const { id, tokens } of streamSequenceRecords(bytes(text), options)) {
      found.push(`${id}=${decodeTokens(tokens)}`);
    }
    return found;
  };

  it('reads FASTA, tables and lines', async () => {
    expect(await read('>a x\nAC\ngt\n>b\n\n')).toEqual(['a=ACGT', 'b=']);
    expect(await read('id\tseq\r\na\tACGT\r\n')).toEqual(['a=ACGT']);
    expect(await read('x,id,s\n1,a,AC\n', { sequenceColumn: 's', idColumn: 'id' })).toEqual([
      'a=AC',
    ]);
    expect(await read('\nACG\n\nTTN\n')).toEqual(['line-2=ACG', 'line-4=TTN']);
  });

  it.each([
    ['', {}, 'empty file'],
    ['ACGT\nAC!T\n', {}, 'line 2'],
    ['id\tname\na\tb\n', {}, 'sequence'],
    ['id\tseq\na\n', {}, 'line 2'],
    ['id\tseq\na\tA\n', { sequenceColumn: 'seqq' }, "no column 'seqq'"],
    ['>a\nAC\n', { sequenceColumn: 'seq' }, 'FASTA'],
  ])('names what is wrong: %j', async (text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(TataboxError);
    await expect(read(text, options)).rejects.toThrow(message);
  });
});
