import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runConfigSchemaNode } from '../../../../kernel-lib/src/runs/schema/schema-choices.ts';
import {
  completeConfig,
  yamlText,
  type ConfigCompletion,
  type FolderEntry,
} from '../../../../extension/src/run-configs/config-completion.ts';
import { configCursor } from '../../../../extension/src/run-configs/config-cursor.ts';
import { parse } from 'yaml';

const schema = runConfigSchemaNode();
const folders: Record<string, FolderEntry[]> = {
  '.': [
    { name: 'data', isFolder: true },
    { name: 'my genome.fa', isFolder: false },
    { name: '.git', isFolder: true },
  ],
  'data/': [{ name: 'a.fa.gz', isFolder: false }],
};

/** Completions at `|`, which stands for the cursor. */
function complete(text: string): Promise<ConfigCompletion[]> {
  const offset = text.indexOf('|');
  return completeConfig(text.replace('|', ''), offset, {
    schema,
    listFolder: (folder) => Promise.resolve(folders[folder] ?? []),
  });
}

const labels = async (text: string): Promise<string[]> =>
  (await complete(text)).map(({ label }) => label);

describe('completion of run configs', () => {
  it('begins with the mode, then with the keys of that mode that are not there', async () => {
    expect(await labels('|')).toEqual(['mode']);
    const keys = await labels('mode: train\nname: a\n|\n');
    expect(keys[0]).toBe('data');
    expect(keys).toContain('evaluation');
    expect(keys).not.toContain('name');
    expect(keys).not.toContain('clustering');
  });

  it('knows an empty indented line between half-written keys', async () => {
    const keys = await labels('mode: train\ndata:\n  genome: x.fa\n  |\nmodel:\n  type: esm\n');
    expect(keys).toContain('table');
    expect(keys).not.toContain('genome');
    expect((await labels('mode: train\ntraining:\n  |\nname: b')).slice(0, 2)).toEqual([
      'epochs',
      'batchSize',
    ]);
  });

  it('gives keys with what belongs behind the colon', async () => {
    const made = await complete('mode: train\nname: a\n|');
    const of = (key: string): string | undefined =>
      made.find(({ label }) => label === key)?.snippet;
    expect(of('data')).toBe('data:\n  $0');
    expect(of('seeds')).toBe('seeds: [$0]');
    expect(of('backend')).toBe('backend: ');
    const training = await complete('mode: train\ntraining:\n  ep|');
    expect(training.find(({ label }) => label === 'epochs')).toMatchObject({
      snippet: 'epochs: ${1:100}',
      detail: '100',
    });
    const flow = await complete('mode: train\ndata: { | }');
    expect(flow.find(({ label }) => label === 'window')?.snippet).toBe('window: { $0 }');
    const deep = await complete('mode: train\ndata:\n  features:\n    - column: a\n      |');
    expect(deep.map(({ label }) => label)).toEqual(['transform', 'pseudocount', 'missing']);
  });

  it('replaces the key under the cursor and leaves its colon', async () => {
    const [first] = await complete('mode: train\ntraining:\n  lr|ning: 0.1');
    expect(first).toMatchObject({ snippet: 'epochs', range: { start: 24, end: 30 } });
  });

  it('offers words of enumerations, booleans and named choices', async () => {
    expect(await labels('mode: |')).toContain('train-tokenizer');
    expect(await labels('mode: train\nbackend: |')).toEqual([
      'tensorflow',
      'webgpu',
      'wasm',
      'cpu',
    ]);
    expect(await labels('mode: train\nevaluation: { baselines: | }')).toEqual(['true', 'false']);
    const optimizers = await complete('mode: train\ntraining:\n  optimizer: |');
    expect(optimizers.map(({ label }) => label)).toContain('lamb');
    expect(optimizers.find(({ label }) => label === 'adamw')?.documentation).toMatch(/decoupled/);
    expect(await labels('mode: train\ntraining:\n  optimizer: { name: adam, | }')).toEqual([
      'beta1',
      'beta2',
      'epsilon',
    ]);
  });

  it('adds the space that is missing behind a colon', async () => {
    const [first] = await complete('mode:|');
    expect(first?.snippet).toMatch(/^ \w/);
  });

  it('offers each kind of a split whole, and its keys once it is chosen', async () => {
    const kinds = await complete('mode: train\ndata:\n  split: |');
    expect(kinds.map(({ snippet }) => snippet)).toContain(
      '{ by: chromosome, test: [$1], validation: [$2] }',
    );
    expect(await labels('mode: train\ndata:\n  split:\n    |')).toEqual(['by']);
    expect(await labels('mode: train\ndata:\n  split: { by: blocks, | }')).toEqual([
      'blockSize',
      'gap',
      'fractions',
      'seed',
    ]);
    expect(await labels('mode: train\ndata:\n  split: { by: | }')).toContain('similarity');
  });

  it('offers architectures of the mode and presets of the architecture', async () => {
    expect(await labels('mode: train\nmodel: { type: | }')).toEqual([
      'xpresso',
      'promoter-regions',
    ]);
    expect(await labels('mode: finetune\nmodel:\n  type: esm\n  preset: |')).toContain('esm2-8m');
  });

  it('offers files by their path from the config, quoted where YAML needs it', async () => {
    const files = await complete('mode: train\ndata:\n  genome: |');
    expect(files.map(({ snippet }) => snippet)).toEqual(['my genome.fa', 'data/']);
    expect(await labels('mode: train\ndata:\n  genome: data/|')).toEqual(['data/a.fa.gz']);
    expect(await labels('mode: tokenize\ninput: [ data/| ]')).toEqual(['data/a.fa.gz']);
    expect(await labels('mode: pretrain\ndata:\n  sequences:\n    - |')).toContain('data/');
    expect(await labels('mode: train\ndata:\n  genome: "data/|"')).toEqual(['data/a.fa.gz']);
    expect(await labels('mode: train\ndata:\n  genome: https://|')).toEqual([]);
    expect(await labels('mode: train\nname: |')).toEqual([]);
  });

  it('offers keys at a new item of a list of mappings', async () => {
    expect(await labels('mode: extract-promoters\ngenomes:\n  - |')).toEqual([
      'species',
      'genome',
      'annotation',
      'geneId',
    ]);
  });

  it('is silent in comments and under values that are no mappings', async () => {
    expect(await labels('mode: train\n# na|')).toEqual([]);
    expect(await labels('mode: train # |')).toEqual([]);
    expect(await labels('mode: train\nname: a\n    |')).toEqual([]);
  });

  it('works in brackets that are not closed yet', async () => {
    expect(await labels('mode: train\ndata: { window: { up|')).toEqual(['upstream', 'downstream']);
    expect(await labels('mode: train\ndata:\n  window: {|\nmodel:\n  type: esm')).toContain(
      'upstream',
    );
  });

  it('never throws, and replaces letters around the cursor alone', async () => {
    const piece = fc.constantFrom(
      'mode: train',
      '\n',
      '  ',
      'data:',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ', ',
      ': ',
      '"',
      "'",
      '#',
      'x',
      '&a ',
      '*a',
      '|',
      '!t ',
      'genome: a/b',
      '\t',
      '\u{1F9EC}',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), fc.nat(), async (pieces, at) => {
        const text = pieces.join('');
        const offset = at % (text.length + 1);
        const made = await completeConfig(text, offset, {
          schema,
          listFolder: () => Promise.resolve([]),
        });
        for (const { range } of made) {
          expect(range.start).toBeLessThanOrEqual(offset);
          expect(range.end).toBeGreaterThanOrEqual(offset);
          expect(text.slice(range.start, range.end)).not.toContain('\n');
        }
      }),
      { numRuns: 400, seed: 5 },
    );
  });
});

describe('texts in YAML', () => {
  it('are read as what they were', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        expect(parse(yamlText(text))).toBe(text);
      }),
      { numRuns: 500, seed: 2 },
    );
    for (const word of [
      'true',
      '12',
      '1e3',
      '~',
      '.5',
      'no',
      '0x1f',
      '.inf',
      '-a',
      'null',
      '1_0',
    ]) {
      expect(parse(yamlText(word))).toBe(word);
    }
  });
});

describe('the place of a cursor', () => {
  it('tells the content without what is being written', () => {
    const text = 'mode: train\ntraining:\n  ';
    expect(configCursor(text, text.length)).toMatchObject({
      kind: 'key',
      path: ['training'],
      indent: 2,
    });
  });
});
