import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KernelEvent, KernelRequest } from '../../kernel-lib/src/notebook/kernel-protocol.ts';
import type { NotebookOutput } from '../../kernel-lib/src/notebook/notebook-file.ts';
import { applyOutputChanges } from '../../kernel-lib/src/notebook/output-changes.ts';
import { makeNotebookFolder, type NotebookFolder } from './notebook-fixture.ts';

let folder: NotebookFolder;
let bundleFolder: string;
let program: string;
const open: Kernel[] = [];
/** Of the tests that leave their kernel as it was; its cells are counted on. */
let shared: Kernel;

beforeAll(async () => {
  folder = await makeNotebookFolder();
  // Below the project, so that tslab is found from it.
  bundleFolder = await mkdtemp(path.join(tmpdir(), 'tatabox-kernel-server-'));
  program = path.join(bundleFolder, 'server.mjs');
  await build({
    stdin: {
      contents: `import { serveKernel } from './kernel-lib/src/notebook/kernel-server.ts';
await serveKernel({ input: process.stdin, output: process.stdout, workingFolder: process.argv[2] });`,
      resolveDir: path.join(import.meta.dirname, '..', '..'),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: program,
    logLevel: 'error',
  });
  shared = new Kernel();
  open.splice(0);
});
afterEach(async () => {
  for (const kernel of open.splice(0)) await kernel.close();
});
afterAll(async () => {
  await shared.close();
  await folder.remove();
  await rm(bundleFolder, { recursive: true, force: true });
});

/** Omit over each of a union. */
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** The program as an editor sees it. */
class Kernel {
  readonly events: KernelEvent[] = [];
  readonly outputs = new Map<number, NotebookOutput[]>();
  readonly child: ChildProcess;
  #nextId = 1;
  #onEvent: (() => void)[] = [];

  constructor() {
    this.child = spawn(process.execPath, [program, folder.path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const event = JSON.parse(line) as KernelEvent;
      this.events.push(event);
      if (event.event === 'outputs') {
        this.outputs.set(event.id, applyOutputChanges(this.outputs.get(event.id) ?? [], event));
      }
      for (const tell of this.#onEvent.splice(0)) tell();
    });
    open.push(this);
  }

  ask(request: Without<KernelRequest, 'id'>): number {
    const id = this.#nextId++;
    this.write(JSON.stringify({ id, ...request }));
    return id;
  }

  write(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  async until<E extends KernelEvent>(is: (event: KernelEvent) => event is E): Promise<E> {
    for (;;) {
      const found = this.events.find(is);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#onEvent.push(resolve));
    }
  }

  ended(id: number) {
    return this.until(
      (event): event is KernelEvent & { event: 'ended' } =>
        event.event === 'ended' && event.id === id,
    );
  }

  ready() {
    return this.until(
      (event): event is KernelEvent & { event: 'ready' } => event.event === 'ready',
    );
  }

  async run(code: string) {
    const id = this.ask({ type: 'execute', code });
    const { status } = await this.ended(id);
    return { id, status, outputs: this.outputs.get(id) ?? [] };
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.stdin!.end();
    await once(this.child, 'exit');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('serveKernel', () => {
  it('runs cells in order, merges streams and updates displays in place, also old ones', async () => {
    const kernel = shared;
    const first = kernel.ask({
      type: 'execute',
      code: `import * as lib from './library.cjs';
console.log(process.cwd().length > 0, 'a'); console.log('b'); console.error('warned');
const handle = lib.createDisplayHandle(); handle.update({ 'text/plain': 'one' });`,
    });
    const second = kernel.ask({
      type: 'execute',
      code: `handle.update({ 'text/html': '<b>two</b>' }); 6 * 7`,
    });
    expect(await kernel.ended(first)).toMatchObject({ status: 'ok', executionCount: 1 });
    expect(await kernel.ended(second)).toMatchObject({ status: 'ok', executionCount: 2 });
    expect(kernel.outputs.get(first)).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'true a\nb\n' },
      { output_type: 'stream', name: 'stderr', text: 'warned\n' },
      { output_type: 'display_data', data: { 'text/html': '<b>two</b>' }, metadata: {} },
    ]);
    expect(kernel.outputs.get(second)).toEqual([
      { output_type: 'stream', name: 'stdout', text: '42\n' },
    ]);
    expect(kernel.events.map(({ event }) => event).filter((name) => name !== 'outputs')).toEqual([
      'ready',
      'started',
      'ended',
      'started',
      'ended',
    ]);

    const late = await kernel.run(
      `for (let i = 0; i < 3000; i++) console.log('line', i);\nsetTimeout(() => console.log('late'), 300); 0`,
    );
    await delay(600);
    const text = kernel.outputs.get(late.id)!.map((output) => 'text' in output && output.text);
    expect(text.join('').split('\n')).toHaveLength(3003);
    expect(text.join('')).toMatch(/line 2999\n0\nlate\n$/);
  });

  it('gives errors with name, message and the line of the cell', async () => {
    const kernel = shared;
    const { executionCount } = await kernel.ended((await kernel.run('0')).id);
    const first = executionCount! + 1;
    const { status, outputs } = await kernel.run(
      `interface Site { start: number }\n\nconsole.error('before');\n` +
        `function fail(site: Site): never {\n  throw new RangeError('no base ' + site.start);\n}\n\nfail({ start: 3 });`,
    );
    expect(status).toBe('error');
    expect(outputs).toEqual([
      { output_type: 'stream', name: 'stderr', text: 'before\n' },
      {
        output_type: 'error',
        ename: 'RangeError',
        evalue: 'no base 3',
        traceback: [
          `Cell In[${first}], line 5`,
          "    3 console.error('before');",
          '    4 function fail(site: Site): never {',
          "--> 5   throw new RangeError('no base ' + site.start);",
          '    6 }',
          '    7 ',
          '',
          'RangeError: no base 3',
          `    at fail (Cell In[${first}]:5:9)`,
          `    at Cell In[${first}]:8:1`,
        ],
      },
    ]);
    const wrong = await kernel.run(`const a = 1;\nconst length: number = 'text';\nlength.foo;`);
    expect(wrong.outputs).toMatchObject([
      {
        output_type: 'error',
        ename: 'TypeScript',
        traceback: expect.arrayContaining([
          `Cell In[${first + 1}], line 2`,
          "--> 2 const length: number = 'text';",
          "2:7 - Type 'string' is not assignable to type 'number'.",
        ]) as string[],
      },
    ]);
    // The session goes on, and what was a frame of an older cell is not taken for one of this.
    const later = await kernel.run(`1;\nawait Promise.reject(new TypeError('later'))`);
    expect(later.outputs).toMatchObject([
      {
        ename: 'TypeError',
        evalue: 'later',
        traceback: expect.arrayContaining([`Cell In[${first + 2}], line 2`]) as string[],
      },
    ]);
    expect((await kernel.run(`throw { code: 7 }`)).outputs).toMatchObject([
      { ename: 'Error', evalue: '{ code: 7 }', traceback: ['{ code: 7 }'] },
    ]);
  });

  it('interrupts a loop and a wait, drops what waited, and goes on', async () => {
    const kernel = shared;
    for (const code of ['let i = 0; for (;;) i++;', 'await new Promise(() => {});']) {
      const running = kernel.ask({ type: 'execute', code });
      const waiting = kernel.ask({ type: 'execute', code: '1' });
      await kernel.until(
        (event): event is KernelEvent & { event: 'started' } =>
          event.event === 'started' && event.id === running,
      );
      await delay(300);
      kernel.ask({ type: 'interrupt' });
      expect(await kernel.ended(running)).toMatchObject({ status: 'interrupted' });
      expect(await kernel.ended(waiting)).toMatchObject({ status: 'dropped' });
    }
    expect((await kernel.run('2 + 2')).outputs).toMatchObject([{ text: '4\n' }]);
  });

  it('completes and explains what earlier cells declared', async () => {
    const kernel = shared;
    await kernel.run('/** Bases in all. */\nconst genomeLength: number = 12;');
    const completion = kernel.ask({ type: 'complete', code: 'genomeL', position: 7 });
    const answer = await kernel.until(
      (event): event is KernelEvent & { event: 'completion' } =>
        event.event === 'completion' && event.id === completion,
    );
    expect(answer).toMatchObject({ matches: ['genomeLength'], start: 0, end: 7 });
    const inspection = kernel.ask({ type: 'inspect', code: 'genomeLength', position: 3 });
    const told = await kernel.until(
      (event): event is KernelEvent & { event: 'inspection' } =>
        event.event === 'inspection' && event.id === inspection,
    );
    expect(told.text).toContain('genomeLength: number');
  });

  it('tells that the kernel has ended, and starts another', async () => {
    const kernel = new Kernel();
    const { status } = await kernel.run('process.exit(3);');
    expect(status).toBe('kernel-ended');
    const ended = await kernel.until(
      (event): event is KernelEvent & { event: 'kernel-ended' } => event.event === 'kernel-ended',
    );
    expect(ended.message).toContain('exit code 3');
    const dropped = await kernel.run('1');
    expect(dropped.status).toBe('dropped');
    kernel.ask({ type: 'restart' });
    expect((await kernel.run('1 + 1')).outputs).toMatchObject([{ text: '2\n' }]);
  });

  it('forgets everything in a restart, also in the midst of a cell', async () => {
    const kernel = new Kernel();
    await kernel.run('const kept = 1;');
    const running = kernel.ask({ type: 'execute', code: 'await new Promise(() => {})' });
    kernel.ask({ type: 'restart' });
    expect(await kernel.ended(running)).toMatchObject({ status: 'kernel-ended' });
    expect((await kernel.run('typeof kept')).status).toBe('error');
    expect(kernel.events.some(({ event }) => event === 'kernel-ended')).toBe(false);
  });

  it.each(['stdin ends', 'stop is asked for'])(
    'takes the kernel with it when %s, though a cell computes without end',
    async (how) => {
      const kernel = new Kernel();
      const { processId } = await kernel.ready();
      kernel.ask({ type: 'execute', code: 'for (;;) {}' });
      await delay(300);
      if (how === 'stdin ends') kernel.child.stdin!.end();
      else kernel.ask({ type: 'stop' });
      const [code] = (await once(kernel.child, 'exit')) as [number];
      expect(code).toBe(0);
      expect(isAlive(processId!)).toBe(false);
    },
  );

  it('refuses what is no request and goes on', async () => {
    const kernel = shared;
    await kernel.ready();
    for (const line of [
      'nonsense',
      '[]',
      '{"type":"execute"}',
      '{"id":1,"type":"run"}',
      '{"id":2,"type":"complete","code":"a"}',
    ]) {
      kernel.write(line);
    }
    expect((await kernel.run('1')).status).toBe('ok');
    const refused = kernel.events.flatMap((event) =>
      event.event === 'refused' ? [event.message] : [],
    );
    expect(refused).toHaveLength(5);
    expect(refused[3]).toContain("the type 'run'; expected a request of type execute");
  });
});
