import { execFile } from 'node:child_process';
import {
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TslabKernel } from '../../kernel-lib/src/notebook/kernel.ts';
import { runCommand } from '../cli/run-command.ts';
import { makeYeastSubset, WINDOW, type YeastSubset } from '../cli/yeast-subset.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');
const library = path.join(root, 'kernel-lib');

interface PackedFile {
  readonly path: string;
  readonly size: number;
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly PackedFile[];
}

let folder: string;
let yeast: YeastSubset;
let packed: Packed;
let sequence: string;

/** Runs npm as a user does, apart from the npm that runs these tests. */
async function npm(args: readonly string[], cwd: string): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)/i.test(name)),
  );
  const shell = process.platform === 'win32';
  return (await run('npm', [...args], { cwd, env, shell, maxBuffer: 1e7 })).stdout;
}

/** Runs a program in the folder where the package is installed. */
async function node(source: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], {
    cwd: folder,
  });
  return stdout.trim();
}

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'tatabox-package-')));
  const output = await npm(['pack', library, '--json', '--ignore-scripts'], folder);
  packed = (JSON.parse(output) as Packed[])[0]!;
  await writeFile(path.join(folder, 'package.json'), '{ "name": "empty", "private": true }');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--omit=peer'];
  await npm(['install', `./${packed.filename}`, ...flags], folder);

  yeast = await makeYeastSubset();
  const file = await yeast.write('tiny.tatabox.yaml', yeast.config({ training: '{ epochs: 1 }' }));
  const { json, stderr } = await runCommand(['run', file, '--json']);
  if (json?.modelFolder === undefined) throw new Error(stderr);
  await symlink(json.modelFolder as string, path.join(folder, 'model'), 'junction');
  const length = WINDOW.upstream + WINDOW.downstream;
  sequence = yeast.contigs.get('chrVI')!.slice(50_000, 50_000 + length);
}, 240_000);

afterAll(async () => {
  await yeast?.remove();
  await rm(folder, { recursive: true, force: true });
});

async function sizeOf(place: string): Promise<number> {
  const info = await stat(place);
  if (!info.isDirectory()) return info.size;
  const sizes = (await readdir(place)).map((name) => sizeOf(path.join(place, name)));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe('the package', () => {
  it('holds what it needs and nothing else', async () => {
    const names = packed.files.map((file) => file.path);
    for (const needed of [
      ...['package.json', 'README.md', 'LICENSE', 'dist/index.cjs', 'dist/index.mjs'],
      ...['dist/index.d.ts', 'dist/cli.cjs', 'dist/ensemble-worker.cjs', 'dist/vendor/vega.cjs'],
      ...[
        'dist/vendor/vega-lite.cjs',
        'dist/vendor/h5wasm.cjs',
        'dist/assets/fonts/Arimo-Bold.ttf',
      ],
    ]) {
      expect(names).toContain(needed);
    }
    expect(names.filter((name) => /^(src|test|scripts)\/|\.tmp$/.test(name))).toEqual([]);
    const installed = await sizeOf(path.join(folder, 'node_modules'));
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(
      `package ${megabytes(packed.size)}, unpacked ${megabytes(packed.unpackedSize)}, ` +
        `node_modules where it is installed ${megabytes(installed)}`,
    );
    expect(packed.size).toBeLessThan(5e6);
    expect(installed).toBeLessThan(250e6);
  });

  it('depends on what its bundles import, and on no install script', async () => {
    const manifest = JSON.parse(await readFile(path.join(library, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(manifest.dependencies)) {
      expect((await stat(path.join(folder, 'node_modules', name))).isDirectory()).toBe(true);
    }
    const text = await readFile(path.join(folder, 'package-lock.json'), 'utf8');
    expect(text).not.toContain('"hasInstallScript": true');
  });

  it('has a command', async () => {
    const version = (await npm(['exec', '--', 'tatabox', '--version'], folder)).trim();
    const manifest = await readFile(path.join(library, 'package.json'), 'utf8');
    expect(version).toBe((JSON.parse(manifest) as { version: string }).version);
    const verified = await npm(['exec', '--', 'tatabox', 'verify', 'model', '--json'], folder);
    expect(JSON.parse(verified)).toMatchObject({ examples: 4 });
  });

  it('is one instance for require and import', async () => {
    const result = await node(`
      import { createRequire } from 'node:module';
      import * as imported from 'tatabox';
      const required = createRequire(import.meta.url)('tatabox');
      const different = Object.keys(required).filter((name) => required[name] !== imported[name]);
      const missing = Object.keys(imported).filter((name) => !(name in required));
      console.log(JSON.stringify({ names: Object.keys(required).length, different, missing }));
    `);
    const { names, ...rest } = JSON.parse(result) as { names: number };
    expect(names).toBeGreaterThan(100);
    expect(rest).toEqual({ different: [], missing: [] });
  });

  it('predicts, draws and reads HDF5 with what is installed', async () => {
    const result = await node(`
      import { load, plotTrainingCurves, writeHdf5, openHdf5 } from 'tatabox';
      const model = await load('model');
      const { values } = await model.predict(['${sequence}'], { missingInputs: 'mean' });
      const epochs = [1, 2].map((epoch) => ({ epoch, trainLoss: 1 / epoch, validationLoss: 2 / epoch }));
      const figure = await plotTrainingCurves([{ name: 'a', epochs }], { title: 'Training' });
      await figure.save('figure.png');
      await writeHdf5('a.h5', { a: { data: Float32Array.of(1, 2), shape: [2] } });
      const file = await openHdf5('a.h5');
      console.log(JSON.stringify({ value: values[0], read: [...file.read('a').data] }));
      file.close();
    `);
    const { value, read } = JSON.parse(result) as { value: number; read: number[] };
    expect(value).toBeTypeOf('number');
    expect(read).toEqual([1, 2]);
    const png = await readFile(path.join(folder, 'figure.png'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.length).toBeGreaterThan(10_000);
  });
});

describe('a tslab cell', () => {
  let kernel: TslabKernel;

  beforeAll(async () => {
    // The kernel comes from this repository; what cells import, from the folder they run in.
    kernel = await TslabKernel.start({ workingFolder: folder });
  });

  afterAll(() => kernel?.stop());

  async function execute(code: string): Promise<{ status: string; text: string }> {
    let text = '';
    const { status } = await kernel.execute(code, {
      onOutput: (output) => {
        if (output.kind === 'stream') text += output.text;
      },
    });
    return { status, text };
  }

  it('imports the package, predicts and saves a figure', async () => {
    const started = performance.now();
    const imported = await execute(`import * as tb from 'tatabox';`);
    expect(imported).toEqual({ status: 'ok', text: '' });
    console.log(`first import in tslab: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    const predicted = await execute(`
      const model = await tb.load('model');
      const prediction = await model.predict(['${sequence}'], { missingInputs: 'mean' });
      console.log(prediction.rows, typeof prediction.values[0], prediction.outputs.join());
    `);
    expect(predicted).toEqual({ status: 'ok', text: '1 number log10_fpkm\n' });
  });

  it('is type-checked: a wrong use of a result is refused', async () => {
    const wrong = await execute(`const rows: string = prediction.rows;`);
    expect(wrong.status).not.toBe('ok');
    expect(wrong.text).toContain("Type 'number' is not assignable to type 'string'");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const values = await execute(`const text: string = prediction.values;`);
    expect(values.status).not.toBe('ok');
    expect(values.text).toContain("Type 'Float32Array' is not assignable to type 'string'");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const option = await execute(`await model.predict([], { missing: 'mean' });`);
    expect(option.status).not.toBe('ok');
    expect(option.text).toContain("'missing' does not exist in type");
  });
});
