// Executes the code of the READMEs against the built library and checks every command line and link
// of the documentation, so that none of them can drift.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRunConfig } from '../../kernel-lib/src/runs/schema/read-run-config.ts';
import { compileAsCells } from './compile-cells.ts';
import { codeBlocks, commandLines, relativeLinks } from './markdown-blocks.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = path.join(root, 'kernel-lib', 'dist', 'cli.cjs');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'kernel-lib/README.md',
  'notebooks/README.md',
  'test/README.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** A folder that looks like the root of the repository; what is written stays in it. */
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tatabox-readme-'));
  for (const name of ['node_modules', 'notebooks', 'test']) {
    symlinkSync(path.join(root, name), path.join(folder, name));
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const tatabox = async (args: readonly string[]): Promise<string> =>
  (await run(process.execPath, [cli, ...args], { cwd: folder })).stdout;

/** Runs the `ts` blocks of a document one after the other, as a module. */
async function runCode(document: string): Promise<string> {
  const code = codeBlocks(read(document))
    .filter(({ language }) => language === 'ts')
    .map(({ text }) => text)
    .join('\n');
  const file = path.join(folder, `${document.replaceAll(/\W/g, '-')}.mjs`);
  writeFileSync(file, transformSync(code, { loader: 'ts' }).code);
  return (await run(process.execPath, [file], { cwd: folder })).stdout;
}

describe('code of the READMEs', () => {
  it('compiles as in a tslab cell', { timeout: 120_000 }, async () => {
    const files = ['README.md', 'kernel-lib/README.md'].map((document, index) => {
      const blocks = codeBlocks(read(document)).filter(({ language }) => language === 'ts');
      const file = path.join(folder, `readme-${index}.ts`);
      writeFileSync(file, blocks.map(({ text }) => text).join('\n'));
      return file;
    });
    await compileAsCells(files, folder);
  });

  it('trains, predicts, explains and writes as the tour says', { timeout: 300_000 }, async () => {
    const printed = await runCode('README.md');
    const pearson = Number(/pearson: ([\d.]+)/.exec(printed)?.[1]);
    // Two epochs of one seed gave 0.57; features alone, linearly, give 0.46.
    expect(pearson).toBeGreaterThan(0.48);
    expect(read(path.relative(root, path.join(folder, 'runs/tour/importance.svg')))).toMatch(
      /<svg/,
    );
    expect(readdirSync(path.join(folder, 'runs/tour/model')).sort()).toEqual([
      'config.json',
      'model.safetensors',
    ]);
  });

  it('does what the page of the npm package says', { timeout: 120_000 }, async () => {
    expect(await runCode('kernel-lib/README.md')).toMatch(/GCCTTTTATA/);
  });
});

describe('command lines of the documentation', () => {
  const lines = documents.flatMap((document) =>
    commandLines(read(document)).map((words) => ({ document, words, line: words.join(' ') })),
  );
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const helps = new Map<string, Promise<string>>();
  const help = (command: string): Promise<string> => {
    const known = helps.get(command) ?? tatabox([...command.split(' '), '--help']);
    helps.set(command, known);
    return known;
  };

  it('are found', () => {
    expect(lines.length).toBeGreaterThan(15);
  });

  it.each(lines)('$document: $line', async ({ words: [program, first = '', ...rest] }) => {
    if (program === 'npm') {
      if (['install', 'ci'].includes(first)) return;
      const script = first === 'run' ? rest[0] : first;
      expect(Object.keys(scripts)).toContain(script);
      return;
    }
    if (program === 'node') {
      expect(existsSync(path.join(root, first))).toBe(true);
      return;
    }
    expect([program, first]).toEqual(['npx', 'tatabox']);
    const words = rest.filter((word) => word !== '>' && !word.endsWith('.schema.json'));
    const nested = ['import', 'export', 'notebook', 'tokenizer'].includes(words[0] ?? '');
    const command = words.slice(0, nested ? 2 : 1).join(' ');
    const text = await help(command);
    expect(text).toContain(`Usage: tatabox ${command} `);
    for (const option of words.filter((word) => word.startsWith('--'))) {
      expect(text).toMatch(new RegExp(`^\\s+(-\\w, )?${option}[ ,]`, 'm'));
    }
  });

  const tour = commandLines(read('README.md')).map((words) => words.slice(2));
  const named = (name: string): string[][] => tour.filter(([command]) => command === name);

  it('name run configs and overrides that are valid', async () => {
    expect(named('run').length).toBeGreaterThan(0);
    for (const [, file = '', ...options] of named('run')) {
      const overrides = options.filter((_, index) => options[index - 1] === '--set');
      const { config } = await readRunConfig(path.join(root, file), overrides);
      expect(config.name).toMatch(/^[\w-]+$/);
    }
  });

  it('do what they say where that is cheap', { timeout: 120_000 }, async () => {
    const model = path.join(folder, 'runs/quickstart/model');
    mkdirSync(model, { recursive: true });
    cpSync(path.join(folder, 'runs/tour/model'), model, { recursive: true });
    for (const words of ['doctor', 'import', 'verify', 'predict', 'expression', 'audit'].flatMap(
      named,
    )) {
      await tatabox(words);
    }
    const predictions = readFileSync(path.join(folder, 'runs/predictions.tsv'), 'utf8').split('\n');
    expect(predictions[0]).toBe('id\texpression');
    expect(predictions.length).toBe(5811 + 2);
    expect(existsSync(path.join(folder, 'runs/xpresso-human/example/expected.json'))).toBe(true);
  });
});

describe('links of the documentation', () => {
  it.each(documents)('%s', (document) => {
    const missing = relativeLinks(read(document)).filter(
      (target) => !existsSync(path.join(root, path.dirname(document), target)),
    );
    expect(missing).toEqual([]);
  });
});
