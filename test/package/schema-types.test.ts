import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..');
const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(root, 'node_modules', '.tatabox-schema-types-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Types whose published form is computed from the stand-ins of `scripts/schema-types.d.ts`. */
const names = [
  'TrainingOptions',
  'TrainingOptionsInput',
  'LossOptions',
  'LossInput',
  'ScheduleOptions',
  'ScheduleInput',
  'OptimizerOptions',
  'OptimizerInput',
  'ClipOptions',
  'RunConfig',
  'TrainRunConfig',
];

describe('the published types of schemas', () => {
  it('are those of zod, and take schemas of zod', async () => {
    const file = path.join(folder, 'same.ts');
    const checks = names
      .map((name) => `same<published.${name}, source.${name}>('same');`)
      .join('\n');
    await writeFile(
      file,
      `
      import * as published from '${path.join(root, 'kernel-lib', 'dist', 'index.js')}';
      import * as source from '${path.join(root, 'kernel-lib', 'src', 'index.ts')}';
      import { z } from 'zod';
      type IsSame<A, B> =
        (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? 'same' : 'different';
      type Plain<T> = T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
      const same = <A, B>(_: IsSame<Plain<A>, Plain<B>>): void => undefined;
      ${checks}
      const schema = z.strictObject({ filters: z.int().default(3) });
      const config: published.Architecture<{ filters: number }>['configSchema'] = schema;
      const epochs: number = published.trainingOptionsSchema.parse({}).epochs;
      // @ts-expect-error the number of epochs is no text
      const text: string = published.trainingOptionsSchema.parse({}).epochs;
      export { config, epochs, text };
      `,
    );
    const config = path.join(folder, 'tsconfig.json');
    await writeFile(
      config,
      JSON.stringify({
        extends: path.join(root, 'tsconfig.json'),
        compilerOptions: { typeRoots: [path.join(root, 'node_modules', '@types')] },
        include: [file],
        exclude: [],
      }),
    );
    const { stdout } = await promisify(execFile)(process.execPath, [
      tsc,
      '-p',
      config,
      '--pretty',
      'false',
    ]).catch((error: unknown) => error as { stdout: string });
    expect(stdout.split('\n').filter((line) => line.includes('same.ts'))).toEqual([]);
  });
});
