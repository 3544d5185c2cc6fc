import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { architecture, architectureNames } from '../../../../kernel-lib/src/models/registry.ts';
import { runConfigSchemaNode } from '../../../../kernel-lib/src/runs/schema/schema-choices.ts';
import { configHover } from '../../../../extension/src/run-configs/config-hover.ts';
import {
  configOutline,
  type OutlineItem,
} from '../../../../extension/src/run-configs/config-outline.ts';
import { configPaths } from '../../../../extension/src/run-configs/config-paths.ts';
import { configRun } from '../../../../extension/src/run-configs/config-run.ts';
import { knownModels } from '../../../../extension/src/run-configs/known-models.ts';
import { lensesOf } from '../../../../extension/src/run-configs/lenses-of.ts';
import { removalOf } from '../../../../extension/src/run-configs/remove-key.ts';

const root = path.join(import.meta.dirname, '../../../..');
const shipped = readFileSync(path.join(root, 'notebooks/quickstart.tatabox.yaml'), 'utf8');
const schema = runConfigSchemaNode();

const hover = (text: string, word: string): string | undefined =>
  configHover(text, text.indexOf(word) + 1, schema)?.text;

describe('hover', () => {
  it('tells what a key is, its type, default and choices', () => {
    expect(hover(shipped, 'epochs')).toBe(
      '**training.epochs**\n\nPasses over the training examples, at most\n\n' +
        'Type: whole number (above 0)\n\nDefault: `100`',
    );
    const transform = hover(shipped, 'transform:')!;
    expect(transform).toContain('`none`, `log10`, `log2`, `ln`');
    expect(hover(shipped, 'genome')).toMatch(/Type: file — required/);
  });

  it('tells of a word what it chooses', () => {
    expect(hover(shipped, 'adamw')).toContain('`adamw`: Adam with decoupled weight decay');
  });

  it('is silent beside keys that are not known', () => {
    expect(hover('mode: train\nbatch: 3', 'batch')).toBeUndefined();
    expect(configHover('', 0, schema)).toBeUndefined();
  });
});

describe('outline', () => {
  it('has the keys as a tree, with short values beside', () => {
    const outline = configOutline(shipped);
    expect(outline.map(({ name }) => name)).toEqual(Object.keys(parse(shipped) as object));
    const data = outline.find(({ name }) => name === 'data')!;
    const features = data.children.find(({ name }) => name === 'features')!;
    expect(features.children.map(({ name }) => name)[0]).toBe('column: utr5_len');
    expect(outline[0]).toMatchObject({ name: 'mode', detail: 'train', kind: 'scalar' });
  });

  it('keeps each selection inside its range, and children inside parents', () => {
    const check = (items: readonly OutlineItem[], start: number, end: number): void => {
      for (const { range, selection, children } of items) {
        expect(range.start).toBeGreaterThanOrEqual(start);
        expect(range.end).toBeLessThanOrEqual(end);
        expect(selection.start).toBeGreaterThanOrEqual(range.start);
        expect(selection.end).toBeLessThanOrEqual(range.end);
        check(children, range.start, range.end);
      }
    };
    check(configOutline(shipped), 0, shipped.length);
  });
});

describe('files of a config', () => {
  it('are those that are read, as they are written', () => {
    expect(configPaths(shipped, schema).map(({ file }) => file)).toEqual([
      'data/yeast_R64/sacCer3.fa.gz',
      'data/yeast_R64/sacCer3_transcripts.bed',
      'data/yeast_R64/yeast_promoter_expression.tsv.gz',
    ]);
  });

  it('leave out addresses and what is written', () => {
    const text =
      'mode: download\nname: a\nlinks: https://a.b/c.tsv\nfolder: out\nchecksums: CHECKSUMS\n';
    expect(configPaths(text, schema)).toEqual([]);
    const index = 'mode: quantify\nname: a\nsamples: s.tsv\nindex: ref/x\nannotation: a.gtf\n';
    expect(configPaths(index, schema).map(({ key, endings }) => [key, endings.length])).toEqual([
      ['samples', 0],
      ['index', 2],
      ['annotation', 0],
    ]);
  });
});

describe('removing a key', () => {
  const without = (text: string, keys: string[]): string => {
    const range = removalOf(text, keys)!;
    return text.slice(0, range.start) + text.slice(range.end);
  };

  it.each([
    ['a: 1\nb: 2\nc: 3\n', ['b'], 'a: 1\nc: 3\n'],
    ['a: 1\nb:\n  c: 2\n  d: 3\ne: 4\n', ['b'], 'a: 1\ne: 4\n'],
    ['a: 1\nb: 2', ['b'], 'a: 1\n'],
    ['a: { b: 1, c: 2 }\n', ['a', 'b'], 'a: { c: 2 }\n'],
    ['a: { b: 1, c: 2 }\n', ['a', 'c'], 'a: { b: 1 }\n'],
    ['a: { b: 1 }\n', ['a', 'b'], 'a: {  }\n'],
    ['l:\n  - x: 1\n    y: 2\n', ['l', '0', 'x'], 'l:\n  - y: 2\n'],
    ['l:\n  - x: 1\n    y: 2\n', ['l', '0', 'y'], 'l:\n  - x: 1\n'],
    ['a: 1 # why\nb: 2\n', ['a'], 'b: 2\n'],
  ])('leaves the rest of %j', (text, keys, rest) => {
    expect(without(text, keys)).toBe(rest);
  });

  it('finds nothing for a key that is not there', () => {
    expect(removalOf('a: 1', ['b'])).toBeUndefined();
  });
});

describe('links above a config', () => {
  it('follow the state of its run', () => {
    const commands = (...given: Parameters<typeof lensesOf>): string[] =>
      lensesOf(...given).map(({ command }) => command.replace('tatabox.run.', ''));
    expect(commands(undefined)).toEqual(['start']);
    expect(commands({ state: 'finished', canResume: false })).toEqual(['start', 'showResults']);
    expect(commands({ state: 'interrupted', canResume: true })).toEqual([
      'start',
      'resume',
      'showResults',
    ]);
    expect(commands({ state: 'running', canResume: false })).toEqual(['stop', 'showResults']);
  });

  it('find name and output of a half-written config', () => {
    expect(configRun('name: a\noutput: ../b\ndata:\n  geno')).toEqual({
      name: 'a',
      output: '../b',
    });
    expect(configRun('name: ../x')).toBeUndefined();
    expect(configRun('- a')).toBeUndefined();
  });
});

describe('known models', () => {
  it('are those of the registry, with their presets', () => {
    expect(knownModels.map(({ type }) => type)).toEqual(architectureNames());
    for (const { type, presets } of knownModels) {
      expect([...presets], type).toEqual(Object.keys(architecture(type).presets));
    }
  });
});
