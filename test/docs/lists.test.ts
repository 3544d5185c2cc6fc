// Lists in the documentation are complete.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { architecture, architectureNames } from '../../kernel-lib/src/models/registry.ts';
import { modelConfigSchema } from '../../kernel-lib/src/prediction/model-config.ts';
import { runConfigJsonSchema } from '../../kernel-lib/src/runs/schema/run-config.ts';
import { trainRunSchema } from '../../kernel-lib/src/runs/schema/train-config.ts';
import { runModesMarkdown } from '../../scripts/run-modes-markdown.mjs';
import { codeBlocks } from './markdown-blocks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: string;
}

/** Names of all keys of a schema; those of loss, optimizer and schedule are left to the schema. */
function keysOf(schema: Schema): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
    ['loss', 'optimizer', 'schedule'].includes(key)
      ? [key, ...names(value)]
      : [key, ...keysOf(value)],
  );
  const inner = [schema.items, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [...own, ...inner.flatMap((part) => (part === undefined ? [] : keysOf(part)))];
}

/** The names that a choice by name offers. */
function names(schema: Schema): string[] {
  return [...(schema.enum ?? []), ...(schema.anyOf ?? []).flatMap(names)];
}

describe('docs/run-configs.md and docs/run-modes.md', () => {
  const text = read('docs/run-configs.md');
  const modes = read('docs/run-modes.md');

  it('are of the schema (node scripts/run-modes-markdown.mjs writes the second)', async () => {
    expect(modes).toBe(await runModesMarkdown(runConfigJsonSchema()));
  });

  it('has every key and every name of the schema', () => {
    const keys = [...new Set(keysOf(runConfigJsonSchema() as Schema))];
    expect(keys.length).toBeGreaterThan(60);
    const both = text + modes;
    expect(keys.filter((key) => !new RegExp(`[\`.{ ]${key}\\b`).test(both))).toEqual([]);
  });

  it('has every architecture and preset', () => {
    const known = architectureNames().flatMap((name) => [
      name,
      ...Object.keys(architecture(name).presets),
    ]);
    expect(known.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('has a valid example', () => {
    const [example] = codeBlocks(text).filter(({ language }) => language === 'yaml');
    const shown = trainRunSchema.parse(parse(example?.text ?? ''));
    const shipped = trainRunSchema.parse(parse(read('notebooks/quickstart.tatabox.yaml')));
    expect(shown.data.split).toEqual(shipped.data.split);
    expect(shown.model).toEqual(shipped.model);
    expect(shown.seeds).toEqual(shipped.seeds);
  });
});

it('docs/model-folder.md has every field of config.json', () => {
  const text = read('docs/model-folder.md');
  const fields = Object.keys(modelConfigSchema.shape);
  expect(fields.filter((field) => !text.includes(`\`${field}`))).toEqual([]);
});

it('docs/architecture.md has every room', () => {
  const text = read('docs/architecture.md');
  const rooms = readdirSync(path.join(root, 'kernel-lib', 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(rooms.filter((room) => !text.includes(`| \`${room}\` `))).toEqual([]);
});

it('docs/dependencies.md has every dependency', () => {
  const text = read('docs/dependencies.md');
  const kinds = ['dependencies', 'devDependencies', 'peerDependencies'] as const;
  const packages = ['package.json', 'kernel-lib/package.json', 'extension/package.json'].flatMap(
    (file) => {
      const manifest = JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>;
      return kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
    },
  );
  expect(packages.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

it('test/README.md has every folder of tests', () => {
  const text = read('test/README.md');
  const folders = readdirSync(path.join(root, 'test'), { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && readdirSync(path.join(root, 'test', entry.name)).length > 0,
    )
    .map(({ name }) => name);
  expect(folders.filter((folder) => !text.includes(`\`${folder}/\``))).toEqual([]);
});
