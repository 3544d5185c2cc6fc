import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..');
const library = path.join(root, 'kernel-lib');
/** The compiler inside tslab: TypeScript 5.0.4. */
const tsc = path.join(root, 'node_modules', '@tslab', 'typescript-for-tslab', 'bin', 'tsc');

let folder: string;
let types: string;

beforeAll(async () => {
  types = await readFile(path.join(library, 'dist', 'index.d.ts'), 'utf8');
  // Inside the repository, so that the packages that the types import are found.
  folder = await mkdtemp(path.join(root, 'node_modules', '.tatabox-types-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the compiler says of a program that imports the types as tslab does. */
async function compile(name: string, source: string): Promise<string[]> {
  const file = path.join(folder, `${name}.ts`);
  await writeFile(file, source);
  const options = {
    compilerOptions: {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      module: 'commonjs',
      moduleResolution: 'node',
      types: ['node'],
      typeRoots: [path.join(root, 'node_modules', '@types')],
      baseUrl: folder,
      paths: { tatabox: [path.join(library, 'dist', 'index.d.ts')] },
    },
    files: [file],
  };
  const config = path.join(folder, `${name}.json`);
  await writeFile(config, JSON.stringify(options));
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [tsc, '-p', config, '--pretty', 'false'],
      (error, stdout, stderr) => {
        if (stderr !== '') reject(new Error(stderr));
        else resolve(stdout.split('\n').filter((line) => line.includes('error TS')));
      },
    );
  });
}

describe("the package's types", () => {
  it('import nothing but dependencies', async () => {
    const manifest = JSON.parse(await readFile(path.join(library, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const imported = [...types.matchAll(/(?:from|import\() ?['"]([^'"]+)['"]/g)].map(
      ([, name]) => name!,
    );
    const builtIn = imported.filter((name) => !name.startsWith('node:'));
    for (const name of builtIn) expect(Object.keys(manifest.dependencies)).toContain(name);
  });

  it('have no type of today that would silently become any', () => {
    const generic = /\b(?:U?int\d+|Float\d+|Big(?:Ui|I)nt64|Uint8Clamped)Array</i;
    expect(types.split('\n').filter((line) => generic.test(line))).toEqual([]);
    expect(types).not.toMatch(/\bNoInfer</);
    expect(types).not.toMatch(/\bBuffer<|\bconst [A-Z]\w* extends/);
  });

  it("are accepted by tslab's TypeScript 5.0.4, and say what a result is", async () => {
    const errors = await compile(
      'use',
      `
      import * as tb from 'tatabox';
      type IsAny<T> = 0 extends 1 & T ? true : false;
      type Resolved<F extends (...args: never[]) => unknown> = Awaited<ReturnType<F>>;
      const known = <T>(_: IsAny<T> extends true ? never : 'known'): void => undefined;
      known<Resolved<typeof tb.load>>('known');
      known<Resolved<tb.Predictor['predict']>['values']>('known');
      known<Resolved<typeof tb.openFasta>>('known');
      known<Resolved<tb.FastaFile['fetch']>>('known');
      known<Resolved<typeof tb.readTable>>('known');
      known<Resolved<typeof tb.readBed>[number]['start']>('known');
      known<tb.TrainRunConfig['training']['epochs']>('known');
      const train = (config: tb.TrainRunConfig) => tb.executeRun(config, 'a.tatabox.yaml');
      known<Resolved<typeof train>['json']['metrics']['test']['pearson']>('known');
      known<Extract<tb.RunConfig, { mode: 'finetune' }>['task']>('known');
      known<tb.Attribution['scores']>('known');
      const tokens: Uint8Array = tb.encodeSequence('ACGT');
      // @ts-expect-error tokens are no text
      const text: string = tb.encodeSequence('ACGT');
      // @ts-expect-error a typing error in an option is found
      tb.encodeSequence('ACGT', { onInvalit: 'error' });
      export { tokens, text, train };
      `,
    );
    // Third-party declarations have errors of their own with a compiler of 2023.
    expect(errors.filter((line) => /kernel-lib\/dist\/index\.d\.ts|use\.ts/.test(line))).toEqual(
      [],
    );
  });
});
