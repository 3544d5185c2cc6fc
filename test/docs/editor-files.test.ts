// The files of the editor say what the library does: the schema of run configs is current, snippets
// compile, tasks name scripts that exist.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runConfigJsonSchema } from '../../kernel-lib/src/runs/schema/run-config.ts';
import { trainRunSchema } from '../../kernel-lib/src/runs/schema/train-config.ts';
import { compileAsCells } from './compile-cells.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Snippet {
  readonly prefix: string;
  readonly body: readonly string[];
}

/** The text that a snippet inserts when all its defaults are taken. */
function inserted({ body }: Snippet): string {
  return body
    .join('\n')
    .replace(/(?<!\\)\$\{\d+\|((?:\\,|[^,|])*)(?:\\,|[^|])*\|\}/g, '$1')
    .replace(/(?<!\\)\$\{\d+:([^}]*)\}/g, '$1')
    .replaceAll(/\\([$,])/g, '$1');
}

const snippets = (file: string): Snippet[] =>
  Object.values(parse(read(`snippets/${file}.code-snippets`)) as Record<string, Snippet>);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tatabox-snippets-'));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('.vscode', () => {
  it('has the current schema of run configs (the task "update the schema …" writes it)', () => {
    expect(JSON.parse(read('.vscode/tatabox.schema.json'))).toEqual(runConfigJsonSchema());
  });

  it('has tasks of scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const { tasks } = JSON.parse(read('.vscode/tasks.json')) as {
      tasks: { label: string; type: string; script?: string }[];
    };
    const named = tasks.filter(({ type }) => type === 'npm').map(({ script }) => script ?? '');
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
    const labels = tasks.map(({ label }) => label);
    const { configurations } = JSON.parse(read('.vscode/launch.json')) as {
      configurations: { preLaunchTask?: string }[];
    };
    for (const { preLaunchTask } of configurations) {
      if (preLaunchTask !== undefined) expect(labels).toContain(preLaunchTask);
    }
  });
});

describe('snippets', () => {
  it('of notebooks compile, one after the other', { timeout: 120_000 }, async () => {
    const file = path.join(folder, 'cells.ts');
    writeFileSync(file, snippets('notebook').map(inserted).join('\n\n'));
    await compileAsCells([file], folder);
  });

  it('of notebooks use no shorthand for variables of other cells', () => {
    // tslab misses it: see docs/notebooks.md.
    for (const snippet of snippets('notebook')) {
      const text = inserted(snippet).replace(/\(\{[^}]*\}\)/g, '');
      expect(text).not.toMatch(/[{,]\s*(genome|genes|data|config|signal|progress)\s*[,}]/);
    }
  });

  it('of run configs are valid', () => {
    const [config, features, ...splits] = snippets('run-config').map(inserted);
    const withFeatures = config?.replace('  split:', `${features ?? ''}\n  split:`) ?? '';
    expect(trainRunSchema.parse(parse(withFeatures)).data.features.length).toBe(6);
    for (const split of splits) {
      const replaced = withFeatures.replace(/^ {2}split:.*$/m, split);
      expect(trainRunSchema.parse(parse(replaced)).data.split.by).toBe('chromosome');
    }
  });
});
