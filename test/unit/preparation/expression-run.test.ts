import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addExpressionCommand } from '../../../kernel-lib/src/cli/commands/expression.ts';
import { readLabelledPromoters } from '../../../kernel-lib/src/datasets/tissue-expression-labels.ts';
import { expressionTableRun } from '../../../kernel-lib/src/runs/expression-table-run.ts';
import { RunFolder } from '../../../kernel-lib/src/runs/run-folder.ts';
import { expressionTableRunSchema } from '../../../kernel-lib/src/runs/schema/expression-table-config.ts';

let folder: string;
const at = (name: string): string => path.join(folder, name);
const good = (gene: number) => (gene % 4 === 3 ? 0 : (gene + 1) * 1000);
const sum = Array.from({ length: 40 }, (_, gene) => good(gene)).reduce((a, b) => a + b);

/** A table of forty genes; of a broken one, most are 0. */
const tableText = (cultivar: string, isBroken = false) =>
  [
    `Cultivar\torganism_part\t${Array.from({ length: 40 }, (_, g) => `${cultivar}g${String(g)}`).join('\t')}`,
    ...['root', 'ear'].map(
      (tissue) =>
        `${cultivar}\t${tissue}\t${Array.from({ length: 40 }, (_, g) => (isBroken ? (g < 4 ? 250_000 : 0) : (good(g) / sum) * 1e6)).join('\t')}`,
    ),
    '',
  ].join('\n');

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-expression-run-'));
  await writeFile(at('a.txt'), tableText('A'));
  await writeFile(at('b.txt'), tableText('B', true));
  const records = Array.from(
    { length: 40 },
    (_, g) => `>Ag${String(g)}::c:0-8(+)\nacgtacg${'T'.repeat(g)}\n`,
  );
  await writeFile(at('p.fa'), records.join(''));
  const clusters = Array.from({ length: 40 }, (_, g) => {
    const name = (gene: number) => `Ag${String(gene)}::c:0-8(+)`;
    return `${name(g - (g % 2))}\t${name(g)}\n`;
  });
  await writeFile(at('clusters.tsv'), clusters.join(''));
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

async function run(config: object, lines: string[] = []) {
  const parsed = expressionTableRunSchema.parse({ mode: 'expression-table', name: 'e', ...config });
  const resolve = (file: string): string => path.resolve(folder, file);
  const log = (line: string): void => void lines.push(line);
  const prepared = await expressionTableRun.prepare(parsed, {
    where: 'e.tatabox.yaml',
    resolve,
    log,
  });
  const runFolder = await RunFolder.open(at('run'), parsed as never, { resume: false, log });
  try {
    return await expressionTableRun.execute(parsed, prepared, {
      ...{ where: 'e.tatabox.yaml', resolve, folder: runFolder, resume: false },
      started: performance.now(),
    });
  } finally {
    await runFolder.close();
  }
}

describe('mode expression-table', () => {
  const config = {
    tables: [{ file: 'a.txt' }, { file: 'b.txt' }],
    tissues: ['root', 'ear'],
    promoters: ['p.fa'],
    clusters: 'clusters.tsv',
    leaveOutBroken: true,
  };

  test('writes tables, quality, labelled promoters and training tables', async () => {
    const lines: string[] = [];
    const { text, json } = await run(config, lines);
    expect(lines.join('\n')).toMatch(/B\s+✗ error/);
    expect(text).toContain('left out as broken: B');
    expect(json).toMatchObject({
      genes: 30,
      leftOut: ['B'],
      counts: { genes: 40, belowMinimum: 10, labelled: 30, withoutFold: 0 },
      quality: { broken: ['B'] },
    });
    const labelled = await readLabelledPromoters(at('run/promoters_tpm.tsv.gz'));
    expect(labelled.ids).toHaveLength(30);
    expect(labelled.sequences[0]).toBe('ACGTACG');
    // Two of a cluster are in one fold.
    const foldOf = new Map(labelled.ids.map((id, i) => [id, labelled.folds![i]]));
    for (let gene = 0; gene < 40; gene += 4) {
      expect(foldOf.get(`Ag${String(gene)}`)).toBe(foldOf.get(`Ag${String(gene + 1)}`));
    }
    const {
      train,
      eval: evaluation,
      test: tested,
    } = (json as { trainingRows: Record<string, number> }).trainingRows;
    expect(train! + evaluation! + tested!).toBe(30);
    expect(await readFile(at('run/training/train.tsv'), 'utf8')).toMatch(/^sequence\tlabels\nACG/);
    const expression = gunzipSync(await readFile(at('run/expression.tsv.gz'))).toString();
    expect(expression.split('\n')).toHaveLength(32);
    expect(await readFile(at('run/quality.tsv'), 'utf8')).toMatch(/^cultivar\ttissue\tstatus/);
  });

  test('finds what is wrong before anything is written', async () => {
    await expect(run({ ...config, tissues: ['root', 'tip'] })).rejects.toThrow(/no tissue 'tip'/);
    await expect(run({ ...config, promoters: [] })).rejects.toThrow(
      /no promoters; expected promoters/,
    );
    await expect(run({ ...config, folds: 'p.fa' })).rejects.toThrow(/folds and clusters: both/);
    await expect(run({ ...config, tables: [{ file: 'b.txt' }] })).rejects.toThrow(
      /broken tables only/,
    );
    await expect(run({ ...config, tables: [{ file: 'c.txt' }] })).rejects.toThrow(/no such file/);
    const twice = [{ file: 'a.txt' }, { file: 'a.txt' }];
    await expect(run({ ...config, tables: twice })).rejects.toThrow(/a second table of 'A'/);
    await writeFile(at('clusters.tsv'), 'x\ty\n');
    await expect(run(config)).rejects.toThrow(/no promoter is left.*30 in no fold/);
    expect(await readdir(folder)).not.toContain('run');
  });

  test('takes files of log2 values, one a measurement', async () => {
    await writeFile(at('r.tabular'), 'g1\t1.5\ng2\t-9.965784\n');
    const { json } = await run({
      tables: [{ cultivar: 'C', normalised: [{ file: 'r.tabular', tissue: 'root' }] }],
      tissues: ['root'],
    });
    expect(json).toMatchObject({ genes: 1 });
    expect(json).not.toHaveProperty('counts');
  });
});

describe('tatabox expression', () => {
  async function call(...words: string[]): Promise<string> {
    let text = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
      text += String(piece);
      return true;
    });
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    addExpressionCommand(program);
    for (const command of program.commands)
      command.option('--json').option('--quiet').exitOverride();
    await program.parseAsync(['expression', ...words, '--quiet'], { from: 'user' });
    return text;
  }

  test('labels promoters and writes the quality', async () => {
    const text = await call(
      ...[at('a.txt'), '--promoters', at('p.fa'), '--clusters', at('clusters.tsv')],
      ...['--tissues', 'root, ear', '--out', at('o.tsv'), '--quality', at('q.tsv')],
      ...['--training-tables', at('t')],
    );
    expect(text).toMatch(/30 labelled promoters; left out: 10 not expressed/);
    expect((await readLabelledPromoters(at('o.tsv'))).targetNames).toEqual(['root', 'ear']);
    expect(await readdir(at('t'))).toEqual(['eval.tsv', 'test.tsv', 'train.tsv']);
    expect(await readFile(at('q.tsv'), 'utf8')).toContain('A\troot\tok');
  });

  test('filters a table, and gives JSON', async () => {
    const words = ['--tissues', 'all', '--out', at('o.tsv'), '--json'];
    const json = JSON.parse(await call(`A=${at('a.txt')}`, at('b.txt'), ...words)) as unknown;
    expect(json).toMatchObject({ genes: 34, leftOut: [], quality: { broken: ['B'] } });
    expect((await readFile(at('o.tsv'), 'utf8')).split('\n')).toHaveLength(36);
    await expect(call(`X=${at('a.txt')}`, ...words)).rejects.toThrow(/no rows of cultivar 'X'/);
  });

  test('refuses training tables without folds, and a wrong minimum', async () => {
    const words = [at('a.txt'), '--out', at('o.tsv')];
    await expect(call(...words, '--training-tables', at('t'))).rejects.toThrow(/no folds/);
    await expect(call(...words, '--minimum', 'x')).rejects.toThrow(/--minimum: 'x'/);
    await expect(call(at('a.txt'))).rejects.toThrow(/'--out <file>' not specified/);
    expect(await readdir(folder)).not.toContain('o.tsv');
  });
});
