import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNotebookFolder, type NotebookFolder } from '../notebooks/notebook-fixture.ts';
import { filesBelow, runCommand } from './run-command.ts';

let folder: NotebookFolder;

beforeAll(async () => {
  folder = await makeNotebookFolder();
});

afterAll(() => folder.remove());

interface Notebook {
  readonly cells: readonly { readonly outputs: readonly { readonly text?: unknown }[] }[];
}

describe('notebook', () => {
  it('run executes the cells, html shows what they gave', async () => {
    const file = await folder.write('tiny.ipynb', [
      'const gc = [..."ACGGC"].filter((base) => "GC".includes(base)).length / 5;',
      'console.log(`GC ${(100 * gc).toFixed(0)} %`);',
    ]);
    const html = path.join(folder.path, 'with-run.html');
    const run = await runCommand(['notebook', 'run', file, '--html', html, '--json']);
    expect(run.code).toBe(0);
    const executed = path.join(folder.path, 'tiny.executed.ipynb');
    expect(run.json).toMatchObject({ notebook: executed, html, ok: true });
    expect(run.json.cells).toHaveLength(2);
    expect(run.stderr).toMatch(/\[2\/2\] .*: ok, [\d.]+ s/);
    const { cells } = JSON.parse(await readFile(executed, 'utf8')) as Notebook;
    expect([cells[1]!.outputs[0]!.text].flat().join('')).toContain('GC 80 %');
    expect(await readFile(html, 'utf8')).toContain('GC 80 %');

    const out = path.join(folder.path, 'alone.html');
    const exported = await runCommand(['notebook', 'html', executed, '--out', out, '--json']);
    expect(exported.json).toEqual({ html: out });
    expect(await readFile(out, 'utf8')).toContain('GC 80 %');
  });

  it('run fails with the cell, its source and the error', async () => {
    const file = await folder.write('broken.ipynb', [
      'const before = 1;',
      'throw new Error("no such promoter");',
    ]);
    const { code, stderr, json } = await runCommand(['notebook', 'run', file, '--json']);
    expect(code).toBe(3);
    expect(json.error.exitCode).toBe(3);
    expect(stderr).toContain('broken.ipynb');
    expect(stderr).toContain('cell 2');
    expect(stderr).toContain('throw new Error("no such promoter");');
    expect(stderr).not.toContain('defect');
  });

  it('run stops a cell at its time limit', async () => {
    const file = await folder.write('slow.ipynb', [
      'await new Promise(() => setInterval(() => {}, 9e8));',
    ]);
    const { code, stderr } = await runCommand(['notebook', 'run', file, '--timeout', '3']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/longer than its time limit\n[^]*limit: 3\.0 s/);
    expect(stderr).not.toContain('defect');
  });

  it('names what is wrong with the call', async () => {
    const file = await folder.write('a.ipynb', ['1']);
    const limit = await runCommand(['notebook', 'run', file, '--timeout', 'soon']);
    expect(limit.code).toBe(2);
    expect(limit.stderr).toContain("--timeout: 'soon'; expected a number of seconds above 0");
    const missing = await runCommand(['notebook', 'run', path.join(folder.path, 'b.ipynb')]);
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain('b.ipynb');
    expect(missing.stderr).not.toContain('defect');
    const other = await runCommand(['notebook', 'html', file.replace('a.ipynb', 'none.ipynb')]);
    expect(other.code).toBe(2);
    expect(await filesBelow(folder.path)).not.toContain('b.executed.ipynb');
  });
});
