import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openFasta } from '../../../../kernel-lib/src/formats/fasta.ts';
import { parseRunConfig } from '../../../../kernel-lib/src/runs/schema/read-run-config.ts';
import { runConfigSchema } from '../../../../kernel-lib/src/runs/schema/run-config.ts';
import { knownModels } from '../../../../extension/src/run-configs/known-models.ts';
import { modeTexts } from '../../../../extension/src/run-configs/mode-texts.ts';
import {
  fileQuestions,
  modesWithModel,
  newConfigText,
} from '../../../../extension/src/run-configs/new-config.ts';
import { filesOfKind } from '../../../../extension/src/run-configs/workspace-data.ts';
import { writeSample } from '../../../../extension/src/run-configs/write-sample.ts';

const root = path.join(import.meta.dirname, '../../../..');
const modes = runConfigSchema.options.map(({ shape }) => shape.mode.value);
const sample = path.join(root, 'extension/walkthrough/sample');

/** The text that a snippet inserts when all its defaults are taken. */
const inserted = (body: readonly string[]): string =>
  body
    .join('\n')
    .replace(/\$\{\d+\|((?:\\,|[^,|])*)(?:\\,|[^|])*\|\}/g, '$1')
    .replace(/\$\{\d+:([^}]*)\}/g, '$1');

describe('the wizard', () => {
  it('knows all modes of the library', () => {
    expect(modeTexts.map(({ mode }) => mode).sort()).toEqual([...modes].sort());
  });

  it.each(modes)('writes a valid config of the mode %s, with and without files', (mode) => {
    const models = modesWithModel.has(mode)
      ? knownModels.flatMap(({ type, presets, modes: fitting }) =>
          fitting.includes(mode) ? presets.map((preset) => ({ type, preset })) : [],
        )
      : [undefined];
    expect(models.length).toBeGreaterThan(0);
    for (const model of models) {
      const given = { mode, name: `my-${mode}`, ...(model === undefined ? {} : { model }) };
      const { text, start, end } = newConfigText({ ...given, files: {} });
      expect(parseRunConfig(text, 'new').mode).toBe(mode);
      const placeholder = fileQuestions(mode)[0]!.placeholder;
      expect(text.slice(start, end)).toBe(placeholder);
      const names = fileQuestions(mode).map(({ key }) => [key, `a b/#${key}: {x}.fa`] as const);
      const odd = newConfigText({ ...given, files: Object.fromEntries(names) });
      expect(parseRunConfig(odd.text, 'new').mode).toBe(mode);
      for (const [, file] of names) {
        expect(JSON.stringify(parse(odd.text))).toContain(file);
      }
      expect(odd.text.slice(odd.start, odd.end)).toBe(given.name);
    }
  });

  it('refuses a name that the library refuses', () => {
    expect(() => newConfigText({ mode: 'cluster', name: 'con', files: {} })).toThrow(/con/);
  });

  it('offers files by what they are, near ones first', () => {
    const files = ['a/b/x.fa.gz', 'y.fasta', 'z.bed', 'tokens/tokenizer.json', 't.tsv.gz'];
    expect(filesOfKind(files, 'fasta')).toEqual(['y.fasta', 'a/b/x.fa.gz']);
    expect(filesOfKind(files, 'table')).toEqual(['t.tsv.gz']);
    expect(filesOfKind(files, 'tokenizer')).toEqual(['tokens/tokenizer.json']);
  });
});

describe('snippets', () => {
  const texts = ['run-config', 'run-modes'].flatMap((file) =>
    Object.values(
      parse(readFileSync(path.join(root, `snippets/${file}.code-snippets`), 'utf8')) as Record<
        string,
        { body: string[] }
      >,
    ).map(({ body }) => inserted(body)),
  );
  const whole = texts.filter((text) => text.startsWith('mode:'));

  it('are there for each mode, and valid with their defaults', () => {
    expect(whole.map((text) => parseRunConfig(text, 'snippet').mode).sort()).toEqual(
      [...modes].sort(),
    );
  });
});

describe('the sample', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tatabox-sample-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is written whole, and never over something else', async () => {
    const written = await writeSample(sample, folder);
    expect(readdirSync(written).sort()).toEqual(readdirSync(sample).sort());
    await expect(writeSample(sample, folder)).rejects.toThrow(/already/);
    await expect(writeSample(path.join(folder, 'none'), written)).rejects.toThrow(/ENOENT/);
    expect(readdirSync(written).sort()).toEqual(readdirSync(sample).sort());
  });

  it('has at most 300 kB, and a valid config whose files are there', () => {
    const sizes = readdirSync(sample).map((name) => statSync(path.join(sample, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(300_000);
    const file = path.join(sample, 'yeast.tatabox.yaml');
    const config = parseRunConfig(readFileSync(file, 'utf8'), file);
    if (config.mode !== 'train') throw new Error(config.mode);
    const { genome, table, transcripts } = config.data;
    for (const name of [genome, table, transcripts!]) statSync(path.join(sample, name));
  });

  it('has the sequence of the whole genome', async () => {
    const whole = await openFasta(path.join(root, 'notebooks/data/yeast_R64/sacCer3.fa.gz'));
    const part = await openFasta(path.join(sample, 'yeast.fa.gz'));
    try {
      for (const chrom of ['chrI', 'chrIII', 'chrVI']) {
        const region = { chrom, start: 150_000, end: 150_500 };
        expect(await part.fetch(region)).toEqual(await whole.fetch(region));
      }
    } finally {
      await Promise.all([whole.close(), part.close()]);
    }
  });
});
