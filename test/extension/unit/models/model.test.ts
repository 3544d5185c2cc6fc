import { mkdirSync, mkdtempSync, rmSync, writeFileSync, cpSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError, InterruptedError } from '../../../../kernel-lib/src/core/errors.ts';
import { cardBlocks, cardSpans, readCard } from '../../../../extension/src/models/card-blocks.ts';
import { modelFacts, tokenizerFacts } from '../../../../extension/src/models/model-facts.ts';
import { modelSummary } from '../../../../extension/src/models/model-summary.ts';
import { openModel } from '../../../../extension/src/models/open-model.ts';
import {
  dtypeShares,
  queryTensors,
  tensorRow,
} from '../../../../extension/src/models/tensor-table.ts';
import { tensorStatistics } from '../../../../extension/src/models/tensor-statistics.ts';
import { weightsFileOf } from '../../../../extension/src/models/weights-file.ts';

const root = path.join(import.meta.dirname, '../../../..');
const shards = path.join(root, 'test/unit/formats/golden/shards');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tatabox-model-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Given {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

function write(name: string, tensors: Readonly<Record<string, Given>>): string {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const [key, { dtype, shape, data }] of Object.entries(tensors)) {
    header[key] = { dtype, shape, data_offsets: [offset, offset + data.length] };
    offset += data.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = path.join(folder, name);
  const parts = Object.values(tensors).map(({ data }) => data);
  writeFileSync(file, Buffer.concat([length, text, ...parts]));
  return file;
}

const floats = (values: readonly number[]): Given => ({
  dtype: 'F32',
  shape: [values.length],
  data: new Uint8Array(new Float32Array(values).buffer),
});

describe('model files', () => {
  it('are read by their headers, all files of a spread model together', async () => {
    cpSync(shards, folder, { recursive: true });
    const file = path.join(folder, 'model-00002-of-00003.safetensors');
    const whole = await openModel(file);
    expect(whole.files.length).toBe(3);
    expect(whole.problems).toEqual([]);
    rmSync(path.join(folder, 'model-00003-of-00003.safetensors'));
    const part = await openModel(file);
    expect(part.files.length).toBe(2);
    expect(part.problems.length).toBe(1);
    expect(part.tensors.length).toBeLessThan(whole.tensors.length);
  });

  it('of an index that leads elsewhere are not read', async () => {
    const file = write('a.safetensors', { w: floats([1]) });
    const map = { w: 'a.safetensors', x: '../b.safetensors', y: '/etc/c.safetensors' };
    writeFileSync(
      path.join(folder, 'm.safetensors.index.json'),
      JSON.stringify({ weight_map: map }),
    );
    const { files, problems } = await openModel(file);
    expect(files.map(({ name }) => name)).toEqual(['a.safetensors']);
    expect(problems).toEqual([]);
  });

  it.each([
    ['a claim of a huge header', Buffer.from([0, 0, 0, 0, 0, 0, 255, 0, 123, 125])],
    ['nothing', Buffer.alloc(0)],
    ['no JSON', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 1, 2])],
  ])('with %s are refused', async (_, bytes) => {
    const file = path.join(folder, 'bad.safetensors');
    writeFileSync(file, bytes);
    await expect(openModel(file)).rejects.toThrow(InputError);
  });

  it('with a header too large to be shown are refused before it is read', async () => {
    const file = path.join(folder, 'large.safetensors');
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(30_000_000n);
    writeFileSync(file, start);
    truncateSync(file, 40_000_000);
    await expect(openModel(file)).rejects.toThrow(/at most 25000000/);
  });

  it('are found in a folder', () => {
    expect(weightsFileOf(['b.safetensors', 'model.safetensors', 'a'])).toBe('model.safetensors');
    expect(weightsFileOf(['m-2.safetensors', 'm-1.safetensors'])).toBe('m-1.safetensors');
    expect(weightsFileOf(['config.json'])).toBeUndefined();
  });
});

describe('the table of tensors', () => {
  it('is filtered by words and sorted by columns', async () => {
    const file = write('m.safetensors', {
      'layer.10/kernel': { dtype: 'F32', shape: [2, 3], data: new Uint8Array(24) },
      'layer.2/kernel': { dtype: 'F16', shape: [10], data: new Uint8Array(20) },
      'layer.2/bias': { dtype: 'F32', shape: [], data: new Uint8Array(4) },
    });
    const { tensors } = await openModel(file);
    const names = (...given: Parameters<typeof queryTensors>): string[] =>
      queryTensors(...given).map(({ name }) => name);
    expect(names(tensors, { filter: 'KERNEL f16' })).toEqual(['layer.2/kernel']);
    expect(names(tensors, { filter: '2x3' })).toEqual(['layer.10/kernel']);
    const byName = { column: 'name', descending: false } as const;
    expect(names(tensors, { filter: '', sort: byName })).toEqual([
      'layer.2/bias',
      'layer.2/kernel',
      'layer.10/kernel',
    ]);
    const bySize = { column: 'parameters', descending: true } as const;
    expect(names(tensors, { filter: '', sort: bySize })[0]).toBe('layer.2/kernel');
    expect(tensorRow(tensors[0]!)).toEqual(['layer.10/kernel', 'F32', '2 × 3', '6', '24 bytes']);
    expect(tensorRow(tensors[2]!)[2]).toBe('scalar');
    expect(dtypeShares(tensors)).toEqual([
      { dtype: 'F32', tensors: 2, parameters: 7, bytes: 28 },
      { dtype: 'F16', tensors: 1, parameters: 10, bytes: 20 },
    ]);
  });
});

describe('figures of a tensor', () => {
  const statisticsOf = async (given: Given) =>
    tensorStatistics((await openModel(write('t.safetensors', { t: given }))).tensors[0]!);

  it('are those of its definition, over several pieces', async () => {
    const values = Float32Array.from({ length: 600_000 }, (_, i) => Math.sin(i) * 3 + 1000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    const found = await statisticsOf(floats([...values]));
    expect(found.mean).toBeCloseTo(mean, 8);
    expect(found.standardDeviation).toBeCloseTo(Math.sqrt(variance), 8);
    expect(found.minimum).toBe(Math.min(...values.subarray(0, 1000)));
    expect(found.histogram.reduce((sum, bin) => sum + bin, 0)).toBe(values.length);
    expect(found.histogram.length).toBe(48);
  });

  it('count what is not finite beside the rest', async () => {
    expect(await statisticsOf(floats([NaN, Infinity, 0, 2, -Infinity]))).toMatchObject({
      nan: 1,
      infinite: 2,
      zeros: 1,
      minimum: 0,
      maximum: 2,
      mean: 1,
      standardDeviation: 1,
    });
    expect(await statisticsOf(floats([NaN]))).toMatchObject({ count: 1, histogram: [] });
    expect(await statisticsOf(floats([]))).toMatchObject({ count: 0, histogram: [] });
    expect((await statisticsOf(floats([5, 5, 5]))).histogram).toEqual([3]);
    const whole: Given = {
      dtype: 'I64',
      shape: [2],
      data: new Uint8Array(new BigInt64Array([-3n, 5n]).buffer),
    };
    expect(await statisticsOf(whole)).toMatchObject({ minimum: -3, maximum: 5, mean: 1 });
    const far = await statisticsOf({
      dtype: 'F64',
      shape: [2],
      data: new Uint8Array(new Float64Array([-1.7e308, 1.7e308]).buffer),
    });
    expect(far.histogram[0]).toBe(1);
    expect(far.histogram.at(-1)).toBe(1);
  });

  it('can be stopped, and tell of a file that was cut meanwhile', async () => {
    const file = write('t.safetensors', { t: floats(new Array<number>(300_000).fill(1)) });
    const tensor = (await openModel(file)).tensors[0]!;
    const abort = new AbortController();
    const stopped = tensorStatistics(tensor, {
      signal: abort.signal,
      progress: () => {
        abort.abort();
      },
    });
    await expect(stopped).rejects.toThrow(InterruptedError);
    truncateSync(file, 5000);
    await expect(tensorStatistics(tensor)).rejects.toThrow(InputError);
  });
});

describe('what a model folder says', () => {
  it('is told by config.json', () => {
    const facts = modelFacts({
      library: 'tatabox',
      library_version: '0.1.0',
      model_type: 'xpresso',
      members: 3,
      inputs: [{ name: 'promoter', kind: 'tokens', shape: [1500] }],
      window: { upstream: 1000, downstream: 500 },
      preprocessing: {
        target: { transform: 'log10', mean: 1.25 },
        features: {
          half_life: {
            columns: [{ column: 'orf_gc', transform: 'none', pseudocount: 0 }],
            scaler: { means: [0.4], deviations: [0.05] },
          },
        },
      },
      architecture: { dense: { units: 64 }, regions: [{ name: 'up', width: 6 }] },
    });
    const all = Object.fromEntries(facts.flatMap(({ facts: each }) => each));
    expect(all).toMatchObject({
      architecture: 'xpresso',
      networks: '3, whose predictions are averaged',
      'input promoter': 'tokens, 1500',
      transform: 'log10',
      orf_gc: 'none, mean 0.4000, deviation 0.05000',
      'dense.units': '64',
      'regions: up': 'width:6',
    });
  });

  it('never fails for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const { facts } of modelFacts(value)) expect(facts.length).toBeGreaterThan(0);
        expect(tokenizerFacts(value).length).toBeGreaterThan(0);
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  it('names what is missing or damaged', async () => {
    const file = write('model.safetensors', { w: floats([1, 2]) });
    const bare = await modelSummary(file, await openModel(file));
    expect(bare).toMatchObject({ parameters: 2, tensors: 1, hasCard: false, hasConfig: false });
    expect(bare.problems.join()).toContain('no config.json');
    writeFileSync(path.join(folder, 'config.json'), '{');
    mkdirSync(path.join(folder, 'tokenizer.json'));
    writeFileSync(path.join(folder, 'README.md'), '---\na: [\n---\n# Hi');
    const damaged = await modelSummary(file, await openModel(file));
    expect(damaged.problems).toEqual([
      'config.json is no JSON.',
      'The front matter of README.md is no YAML.',
    ]);
    expect(damaged.card[0]).toMatchObject({ kind: 'heading', level: 1 });
  });
});

describe('model cards', () => {
  it('are read into parts', () => {
    const { facts, blocks } = readCard(
      '---\nlicense: mit\ntags: [a, b]\n---\n# T\ntext\nmore\n\n- a\n  - b\n\n1. c\n\n' +
        '| x | y |\n| - | - |\n| 1 | **2** |\n\n```sh\nrun <b>\n```\n> q\n\n---\n',
    );
    expect(facts).toEqual([
      ['license', 'mit'],
      ['tags', 'a, b'],
    ]);
    expect(blocks.map(({ kind }) => kind)).toEqual([
      'heading',
      'paragraph',
      'list',
      'list',
      'table',
      'code',
      'quote',
      'rule',
    ]);
    expect(blocks[5]).toEqual({ kind: 'code', text: 'run <b>' });
  });

  it('have spans; HTML and addresses of other kinds stay text', () => {
    expect(cardSpans('a **b** `c` _d_ [e](https://f.g) snake_case_x')).toEqual([
      { text: 'a ' },
      { text: 'b', strong: true },
      { text: ' ' },
      { text: 'c', code: true },
      { text: ' ' },
      { text: 'd', emphasis: true },
      { text: ' ' },
      { text: 'e', href: 'https://f.g' },
      { text: ' snake_case_x' },
    ]);
    const hostile = cardSpans(
      '<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![p](http://a/b)',
    );
    expect(hostile.filter(({ href }) => href !== undefined)).toEqual([
      { text: '[picture: p]', href: 'http://a/b' },
    ]);
    expect(hostile[0]?.text).toContain('<img src=x onerror=alert(1)>');
  });

  it('never hang or fail, and lead to the web alone', () => {
    const piece = fc.constantFrom(
      '# ',
      '- ',
      '|',
      '---',
      '\n',
      '```',
      '`',
      '**',
      '_',
      '[',
      '](',
      ')',
      'http://',
      '> ',
      'x',
      '<b>',
      '1. ',
      '  ',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        for (const block of cardBlocks(text)) {
          if ('spans' in block) {
            for (const { href } of block.spans) {
              if (href !== undefined) expect(href).toMatch(/^https?:\/\//);
            }
          }
        }
      }),
      { numRuns: 500, seed: 6 },
    );
    const started = performance.now();
    for (const part of ['[', '*', '`', '![a](', '|', '<http', '\n- ', '#']) {
      cardBlocks(part.repeat(100_000 / part.length));
    }
    expect(performance.now() - started).toBeLessThan(8000);
  });
});
