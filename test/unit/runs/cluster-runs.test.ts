import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { auditRun } from '../../../kernel-lib/src/runs/audit-run.ts';
import { clusterRun } from '../../../kernel-lib/src/runs/cluster-run.ts';
import type { RunContext } from '../../../kernel-lib/src/runs/run-mode.ts';
import { auditRunSchema } from '../../../kernel-lib/src/runs/schema/audit-config.ts';
import { clusterRunSchema } from '../../../kernel-lib/src/runs/schema/cluster-config.ts';
import { decodeTokens } from '../../../kernel-lib/src/sequence/encode-sequence.ts';

let folder = '';
const random = new Random(2);
const texts = Array.from({ length: 12 }, () =>
  decodeTokens(Uint8Array.from({ length: 300 }, () => random.integer(4))),
);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cluster-runs-'));
  await writeFile(path.join(folder, 'train.txt'), `${texts.slice(0, 8).join('\n')}\n`);
  await writeFile(path.join(folder, 'test.txt'), `${texts.slice(7).join('\n')}\n`);
  await writeFile(path.join(folder, 'twice.fa'), `>a\nACGT\n`);
});
afterAll(() => rm(folder, { recursive: true }));

const checks = {
  where: 'x.tatabox.yaml',
  resolve: (file: string) => path.join(folder, file),
  log: () => undefined,
};
const context = (): RunContext => {
  const file = (name: string): string => path.join(folder, name);
  const writeJson = (name: string, value: unknown) => writeFile(file(name), JSON.stringify(value));
  return {
    ...checks,
    folder: { file, writeJson } as unknown as RunContext['folder'],
    resume: false,
    started: 0,
  };
};

describe('mode cluster', () => {
  it('writes clusters and folds', async () => {
    const config = clusterRunSchema.parse({
      mode: 'cluster',
      name: 'c',
      input: 'train.txt',
      folds: { trainShare: 0.75, trainFolds: 2 },
    });
    const prepared = await clusterRun.prepare(config, checks);
    const { text, json } = await clusterRun.execute(config, prepared, context());
    expect(text).toContain('8 sequences in 8 clusters');
    expect(json).toMatchObject({ sequences: 8, folds: { test: 2, train_0: 3, train_1: 3 } });
    const clusters = await readFile(path.join(folder, 'clusters.tsv'), 'utf8');
    expect(clusters.split('\n')[0]).toBe('line-1\tline-1');
    const folds = await readFile(path.join(folder, 'folds.tsv'), 'utf8');
    expect(folds.split('\n')).toHaveLength(10);
  });

  it('writes nothing where a fold would stay empty', async () => {
    const config = clusterRunSchema.parse({
      ...{ mode: 'cluster', name: 'c', input: 'train.txt' },
      folds: { trainFolds: 9 },
    });
    const prepared = await clusterRun.prepare(config, checks);
    const own = path.join(folder, 'empty');
    const file = (name: string): string => path.join(own, name);
    await mkdir(own);
    const where = { ...context(), folder: { file } as unknown as RunContext['folder'] };
    await expect(clusterRun.execute(config, prepared, where)).rejects.toThrow(InputError);
    expect(await readdir(own)).toEqual([]);
  });

  it('finds what is wrong before it writes', async () => {
    const config = clusterRunSchema.parse({ mode: 'cluster', name: 'c', input: 'none.fa' });
    await expect(clusterRun.prepare(config, checks)).rejects.toThrow(InputError);
    expect(clusterRunSchema.safeParse({ ...config, identity: 0.4 }).success).toBe(false);
    expect(clusterRunSchema.safeParse({ ...config, identiti: 0.9 }).success).toBe(false);
  });
});

describe('mode audit', () => {
  it('writes what it found and what to leave out', async () => {
    const parts = { train: 'train.txt', test: 'test.txt' };
    const config = auditRunSchema.parse({ mode: 'audit', name: 'a', parts });
    await auditRun.prepare(config, checks);
    const { text, json } = await auditRun.execute(config, undefined, context());
    expect(text).toContain('Leaking: test 1 of 5');
    expect(json).toMatchObject({ verdict: 'leaking', drop: { train: 1 } });
    expect(await readFile(path.join(folder, 'drop.tsv'), 'utf8')).toBe('part\tid\ntrain\tline-8\n');
    const written = JSON.parse(await readFile(path.join(folder, 'audit.json'), 'utf8')) as object;
    expect(written).toMatchObject({ drop: { train: ['line-8'] } });
  });

  it('finds what is wrong before it writes', async () => {
    const one = auditRunSchema.parse({ mode: 'audit', name: 'a', parts: { train: 'train.txt' } });
    await expect(auditRun.prepare(one, checks)).rejects.toThrow(UsageError);
    const missing = auditRunSchema.parse({
      mode: 'audit',
      name: 'a',
      parts: { train: 'train.txt', test: 'tset.txt' },
    });
    await expect(auditRun.prepare(missing, checks)).rejects.toThrow("'");
  });
});
