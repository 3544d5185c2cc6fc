import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';
import { makeYeastSubset, type YeastSubset } from './yeast-subset.ts';

interface Row {
  readonly check: string;
  readonly status: string;
  readonly found: string;
}

let yeast: YeastSubset;
let config: string;

beforeAll(async () => {
  yeast = await makeYeastSubset();
  config = await yeast.write('check.tatabox.yaml', yeast.config({ training: '{ epochs: 1 }' }));
});
afterAll(() => yeast.remove());

const check = (...more: string[]) => runCommand(['check', config, '--json', ...more]);
const wrong = (rows: readonly Row[]): Row[] => rows.filter(({ status }) => status === 'error');

describe('tatabox check', () => {
  it('says that a run can start, and what it will need', async () => {
    const { code, json } = await check();
    expect(code).toBe(0);
    expect(json.ok).toBe(true);
    const rows = json.rows as Row[];
    expect(wrong(rows)).toEqual([]);
    const found = (name: string) => rows.find((row) => row.check === name)?.found;
    expect(found('backend')).toMatch(/^wasm /);
    expect(found('sizes of the parts')).toMatch(/^train \d+, validation \d+, test \d+$/);
    expect(found('memory')).toMatch(/about [\d.]+ [kM]B for \d networks? of [\d,]+ parameters/);
    expect(found('disk')).toMatch(/about [\d.]+ MB in /);
    expect(found('similar sequences across the split')).toMatch(/^\d+ sequences have a similar/);
    // Nothing is made.
    expect(existsSync(`${yeast.folder}/runs`)).toBe(false);
  });

  it('shows a table to people', async () => {
    const { code, stdout } = await runCommand(['check', config, '--no-near-duplicates']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Can run '[^']+' start\? Yes\.\ncheck +status +found/);
    expect(stdout).toMatch(/Data card/);
    expect(stdout).not.toMatch(/similar sequences/);
  });

  it.each([
    ['data.table=nothing.tsv', 'reading the table', /nothing\.tsv: no such file/],
    ['data.target.column=fpkn', 'columns of the table', /a column is not there/],
    ['model.preset=yeast-15000', 'network', /unknown preset 'yeast-15000'/],
    ['model.type=promoter-region', 'network', /unknown type 'promoter-region'/],
    ['data.window.upstream=900000000', 'window bounds', /reach beyond/],
    ['training.batchSize=100000000', 'memory', /about .* [GT]B for/],
  ])('finds %s before the run starts', async (change, name, found) => {
    const { code, json } = await check('--set', change);
    expect(code).toBe(3);
    expect(json.ok).toBe(false);
    const rows = wrong(json.rows as Row[]);
    expect(rows.map((row) => row.check)).toContain(name);
    expect(rows.find((row) => row.check === name)!.found).toMatch(found);
  });

  it('refuses what is no config', async () => {
    expect((await runCommand(['check', `${yeast.folder}/none.yaml`])).code).toBe(3);
    expect((await check('--set', 'training.epochz=1')).code).toBe(2);
  });
});
