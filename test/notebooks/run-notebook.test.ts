import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EnvironmentError,
  InputError,
  InterruptedError,
} from '../../kernel-lib/src/core/errors.ts';
import { CellError } from '../../kernel-lib/src/notebook/cell-error.ts';
import { TslabKernel } from '../../kernel-lib/src/notebook/kernel.ts';
import {
  joinText,
  readNotebook,
  type DisplayOutput,
  type Notebook,
  type NotebookCell,
} from '../../kernel-lib/src/notebook/notebook-file.ts';
import { runNotebook, type CellEvent } from '../../kernel-lib/src/notebook/run-notebook.ts';
import { makeNotebookFolder, type NotebookFolder } from './notebook-fixture.ts';

let folder: NotebookFolder;
beforeAll(async () => {
  folder = await makeNotebookFolder();
});
afterAll(() => folder.remove());

function text(cell: NotebookCell | undefined, stream: 'stdout' | 'stderr' = 'stdout'): string {
  return (cell?.outputs ?? [])
    .map((output) =>
      output.output_type === 'stream' && output.name === stream ? joinText(output.text) : '',
    )
    .join('');
}

function displays(notebook: Notebook, index: number): DisplayOutput[] {
  const outputs = notebook.cells[index]?.outputs ?? [];
  return outputs.filter((output): output is DisplayOutput => output.output_type === 'display_data');
}

const IMPORT = `const lib = require('./library.cjs');\n`;

describe('runNotebook', () => {
  it('executes cells in order, keeps rich outputs, and stops at the cell that fails', async () => {
    const file = await folder.write('all.ipynb', [
      `const answer: number = 41;\nconsole.log(process.env.GREETING);`,
      `await null;\nfor (let i = 0; i <= 3; i++) process.stdout.write('\\rstep ' + i);\nanswer + 1`,
      `${IMPORT}lib.display({ 'text/plain': 'bars', 'image/svg+xml': '<svg>\\n</svg>',
        'application/vnd.vegalite.v5+json': { mark: 'bar' } });`,
      `const handle = lib.createDisplayHandle();
       handle.update({ 'text/plain': 'first' }); handle.update({ 'text/plain': 'second' });`,
      `handle.update({ 'text/plain': 'third' });`,
      `const progress = lib.notebookProgress();
       for (let i = 0; i <= 50; i++) progress({ task: 'mapping', done: i, total: 50, unit: 'reads' });`,
      { source: `throw new Error('meant to be');`, tags: ['raises-exception'] },
      { source: `throw new Error('never run');`, tags: ['skip-execution'] },
      `for (let i = 0; i < 3000; i++) console.log('line ' + i);`,
      `   `,
      `const wrong: number = 'text';`,
      `console.log('never reached');`,
    ]);
    const output = path.join(folder.path, 'executed', 'all.ipynb');
    const events: CellEvent[] = [];
    const run = runNotebook({
      file,
      output,
      environment: { GREETING: 'good day' },
      onCell: (event) => events.push(event),
    });
    const error = await run.catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(CellError);
    expect((error as CellError).exitCode).toBe(3);
    expect((error as CellError).index).toBe(10);
    expect((error as CellError).message).toBe(
      `${file}, code cell 9 of 10 (const wrong: number = 'text';): the cell failed\n\n` +
        `> 1 | const wrong: number = 'text';\n\n` +
        `1:7 - Type 'string' is not assignable to type 'number'.`,
    );
    const ends = events.filter((event) => event.phase === 'end');
    expect(ends.map(({ status }) => status)).toEqual([
      ...new Array<string>(6).fill('ok'),
      'expected-error',
      'ok',
      'error',
    ]);

    const notebook = await readNotebook(output);
    const { cells } = notebook;
    expect(text(cells[0])).toBe('good day\n');
    expect(cells[0]?.execution_count).toBe(1);
    expect(text(cells[1])).toBe('step 342\n');
    expect(displays(notebook, 2)).toHaveLength(1);
    expect(displays(notebook, 2)[0]?.data).toEqual({
      'text/plain': ['bars'],
      'image/svg+xml': ['<svg>\n', '</svg>'],
      'application/vnd.vegalite.v5+json': { mark: 'bar' },
    });
    expect(displays(notebook, 3).map(({ data }) => data['text/plain'])).toEqual([['third']]);
    expect(displays(notebook, 4)).toEqual([]);
    expect(displays(notebook, 5)).toHaveLength(1);
    expect(String(displays(notebook, 5)[0]?.data['text/plain'])).toContain('mapping ✓ 50 reads');
    expect(text(cells[6], 'stderr')).toContain('meant to be');
    expect(cells[7]?.execution_count).toBeNull();
    expect(text(cells[8]).split('\n').slice(0, -1)).toHaveLength(3000);
    expect(text(cells[10], 'stderr')).toContain('not assignable');
    expect(cells[11]?.outputs).toEqual([]);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
    expect(JSON.parse(await readFile(output, 'utf8'))).toMatchObject({ nbformat_minor: 5 });
  });

  it('ends a cell at its time limit, by an interrupt or, where that is not heard, by a kill', async () => {
    const file = await folder.write('limit.ipynb', [
      `await null;\nconsole.log('begun');\nawait new Promise((done) => setTimeout(done, 60000));`,
      `console.log('still alive');`,
      `await null;\nawait new Promise((done) => setImmediate(done));\nwhile (true);`,
      `console.log('never reached');`,
    ]);
    const output = path.join(folder.path, 'limit-executed.ipynb');
    const run = runNotebook({ file, output, timeoutPerCell: 1000, allowErrors: true });
    const error = (await run.catch((reason: unknown) => reason)) as CellError;
    expect(error).toBeInstanceOf(CellError);
    expect(error.failure).toBe('time-limit');
    expect(error.number).toBe(3);
    expect(error.message).toContain('the cell ran longer than its time limit');
    expect(error.message).toContain('limit: 1.0 s');
    const { cells } = await readNotebook(output);
    expect(text(cells[0])).toBe('begun\n');
    expect(text(cells[1])).toBe('still alive\n');
  });

  it('cancels by signal: our loops in the cell stop, the outputs so far are written', async () => {
    const file = await folder.write('cancel.ipynb', [
      `${IMPORT}const signal = lib.interruptSignal();`,
      `await null;
console.log('begun');
while (!signal.aborted) await new Promise((done) => setTimeout(done, 20));
console.log('saved a checkpoint');`,
    ]);
    const output = path.join(folder.path, 'cancel-executed.ipynb');
    const controller = new AbortController();
    const run = runNotebook({
      file,
      output,
      signal: controller.signal,
      onOutput: () => setTimeout(() => controller.abort(), 100),
    });
    await expect(run).rejects.toThrow(InterruptedError);
    expect(text((await readNotebook(output)).cells[1])).toContain('begun\nsaved a checkpoint\n');
  });

  it('refuses notebooks of other kernels and files that are no notebooks', async () => {
    const python = await folder.write('python.ipynb', ['1'], 'python3');
    await expect(runNotebook({ file: python })).rejects.toThrow(
      /python\.ipynb: the notebook is for the kernel 'python3'; expected 'tslab'.*jslab/,
    );
    const absent = runNotebook({ file: path.join(folder.path, 'absent.ipynb') });
    await expect(absent).rejects.toThrow(InputError);
    await expect(absent).rejects.toThrow(/absent\.ipynb: no such file/);
    await expect(runNotebook({ file: python, timeoutPerCell: 0 })).rejects.toThrow(
      /timeoutPerCell/,
    );
  });
});

describe('TslabKernel', () => {
  it('runs JavaScript, survives interrupts in and out of cells, and reports its own end', async () => {
    const kernel = await TslabKernel.start({ workingFolder: folder.path, language: 'javascript' });
    try {
      const loop = kernel.execute('while (true);');
      setTimeout(() => kernel.interrupt(), 300);
      expect((await loop).status).toBe('error');
      await new Promise((done) => setTimeout(done, 250));

      // A listener added synchronously in a cell made the next interrupt kill the kernel.
      const cell = `${IMPORT} const signal = lib.interruptSignal(); for (let i = 0; i < 1e6; i++);`;
      expect((await kernel.execute(cell)).status).toBe('ok');
      kernel.interrupt();
      await new Promise((done) => setTimeout(done, 100));
      const printed: string[] = [];
      await kernel.execute('console.log(signal.aborted)', {
        onOutput: (output) => printed.push(output.kind === 'stream' ? output.text : ''),
      });
      expect(printed.join('')).toBe('true\n');
      kernel.interrupt();
      await new Promise((done) => setTimeout(done, 100));
      expect(kernel.running).toBe(true);

      const end = kernel.execute('console.error("good bye"); process.exit(3)');
      await expect(end).rejects.toThrow(EnvironmentError);
      await expect(end).rejects.toThrow(/ended with exit code 3/);
      await expect(kernel.execute('1')).rejects.toThrow(/ended with exit code 3/);
      expect(kernel.running).toBe(false);
    } finally {
      await kernel.stop();
    }
  });

  it('does not outlive the process that started it, even when that is killed', async () => {
    const bundle = path.join(folder.path, 'kernel.cjs');
    await build({
      entryPoints: [
        fileURLToPath(new URL('../../kernel-lib/src/notebook/kernel.ts', import.meta.url)),
      ],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      banner: { js: "const fileUrl = require('node:url').pathToFileURL(__filename).href;" },
      define: { 'import.meta.url': 'fileUrl' },
      outfile: bundle,
      logLevel: 'error',
    });
    const script = `require(${JSON.stringify(bundle)}).TslabKernel.start().then((kernel) => console.log(kernel.processId))`;
    const parent = spawn(process.execPath, ['-e', script]);
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const kernelId = Number(printed.toString());
    expect(() => process.kill(kernelId, 0)).not.toThrow();
    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(kernelId), { timeout: 5000 }).toBe(false);
  });
});

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
