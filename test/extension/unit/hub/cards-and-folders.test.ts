import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { evaluationMetrics } from '../../../../extension/src/hub/evaluation-metrics.ts';
import {
  parseInline,
  parseMarkdown,
  splitCard,
} from '../../../../extension/src/hub/markdown-blocks.ts';
import {
  modelFolderOf,
  modelName,
  suggestedRepo,
} from '../../../../extension/src/hub/model-folders.ts';
import { newCard } from '../../../../extension/src/hub/new-card.ts';
import { chooseToken, tokenNotice } from '../../../../extension/src/hub/token-choice.ts';
import {
  resolveTarget,
  suggestedTarget,
  targetFault,
} from '../../../../extension/src/hub/workspace-target.ts';
import { isRepoName } from '../../../../kernel-lib/src/hub/repo-name.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('metrics of an evaluation', () => {
  it('are read from the result of a training, with its baselines', () => {
    const json = {
      metrics: {
        test: { pearson: 0.59, r2: 0.35, mae: null },
        baselines: {
          'train mean': { pearson: null, r2: 0 },
          'k-mers': { pearson: 0.43, r2: 0.18 },
        },
        members: [],
      },
    };
    expect(evaluationMetrics({ text: '…', json })).toEqual([
      {
        name: 'Pearson r',
        type: 'pearsonr',
        value: 0.59,
        subset: 'test',
        baselines: { 'k-mers': 0.43 },
      },
      {
        name: 'coefficient of determination R²',
        type: 'r_squared',
        value: 0.35,
        subset: 'test',
        baselines: { 'train mean': 0, 'k-mers': 0.18 },
      },
    ]);
  });

  it('are read from fine-tuning on several targets, pre-training and evaluate --json', () => {
    const of = (target: string, pearson: number) => ({ target, pearson });
    const models = [
      { name: 'mean', targets: [of('leaf', 0)], all: of('all', 0.1) },
      { name: 'ours', targets: [of('leaf', 0.7)], all: of('all', 0.6) },
    ];
    const found = evaluationMetrics({ json: { metrics: { test: models } } });
    expect(found.map(({ name, value, baselines }) => [name, value, baselines])).toEqual([
      ['Pearson r, leaf', 0.7, { mean: 0 }],
      ['Pearson r, all', 0.6, { mean: 0.1 }],
    ]);
    expect(evaluationMetrics({ models })).toEqual(found);
    const masked = { validation: { perplexity: 3.1 }, baselines: { unigram: { perplexity: 4 } } };
    expect(evaluationMetrics({ json: { metrics: masked } })).toMatchObject([
      { type: 'perplexity', value: 3.1, subset: 'validation', baselines: { unigram: 4 } },
    ]);
    const evaluated = { metrics: { mse: 0.2 }, intervals: { mse: { low: 0.1, high: 0.3 } } };
    expect(evaluationMetrics(evaluated)).toMatchObject([{ type: 'mse', interval: [0.1, 0.3] }]);
  });

  it('are none in anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const wrapped of [value, { json: value }, { metrics: value }, { models: [value] }]) {
          for (const metric of evaluationMetrics(wrapped))
            expect(metric.value).toBeTypeOf('number');
        }
      }),
    );
  });
});

describe('a card as blocks', () => {
  it('has headings, lists, tables, code and links', () => {
    const { front, text } = splitCard(
      '---\nlicense: mit\n---\n# *Title*\n\nA [page](https://a.b/c) of `code`\nand **more**.\n\n' +
        '- one\n- two\n  goes on\n\n| A | B |\n| --- | --- |\n| a \\| b | 2 |\n\n```ts\n# x\n```\n> quote\n',
    );
    expect(front).toBe('license: mit');
    expect(parseMarkdown(text).map((block) => block.kind)).toEqual([
      'heading',
      'paragraph',
      'list',
      'table',
      'code',
      'quote',
    ]);
    const [, paragraph, list, table] = parseMarkdown(text);
    const link = { kind: 'link', text: 'page', address: 'https://a.b/c' };
    expect(paragraph).toMatchObject({ content: expect.arrayContaining([link]) as object });
    expect(list).toMatchObject({
      items: [[{ kind: 'text', text: 'one' }], [{ kind: 'text', text: 'two goes on' }]],
    });
    expect(table).toMatchObject({
      rows: [[[{ kind: 'text', text: 'a | b' }], [{ kind: 'text', text: '2' }]]],
    });
  });

  it('makes text of HTML and of addresses that are no pages', () => {
    expect(parseInline('<img src=x onerror=alert(1)>')).toEqual([
      { kind: 'text', text: '<img src=x onerror=alert(1)>' },
    ]);
    for (const address of [
      'javascript:alert',
      'command:x',
      'data:text/html,x',
      'vscode://x',
      'file:///x',
    ]) {
      const spans = parseInline(`[a](${address})`);
      expect(spans.every(({ kind }) => kind === 'text')).toBe(true);
    }
  });

  it('comes to an end, quickly, whatever the text is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'#-*|`~>[]()\\ \n1.ab!:'), maxLength: 300 }),
        (text) => {
          parseMarkdown(text);
        },
      ),
    );
    const start = performance.now();
    for (const text of ['[', '*', '`', '|', '**a', '[a](', '> ', '- \n', '#', '\\'])
      parseMarkdown(text.repeat(100_000 / text.length));
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('a folder of the workspace', () => {
  it.each([
    '../x',
    '/x',
    'a/../../x',
    'a//b',
    'C:/x',
    'C:x',
    'a\\..\\b',
    'nul',
    'a/COM1.txt',
    'a.',
    'a:b',
    ' ',
    '.',
  ])('is not %j', async (text) => {
    expect(targetFault(text)).toBeTypeOf('string');
    await expect(resolveTarget(folder, text)).rejects.toThrow(/inside the workspace/);
  });

  it('is inside it, also behind links', async () => {
    expect(targetFault(suggestedTarget('lab/promoters'))).toBeUndefined();
    const inside = await resolveTarget(folder, 'models/promoters');
    expect(inside.endsWith(path.join('models', 'promoters'))).toBe(true);
    await mkdir(path.join(folder, 'ws'));
    await symlink(tmpdir(), path.join(folder, 'ws', 'models'));
    await expect(resolveTarget(path.join(folder, 'ws'), 'models/x')).rejects.toThrow(
      /symbolic link/,
    );
    await writeFile(path.join(folder, 'file'), '');
    await expect(resolveTarget(folder, 'file/x')).rejects.toThrow(/is a file/);
  });
});

describe('a model folder', () => {
  it('is found from a run, a file of it, or itself', async () => {
    const model = path.join(folder, 'runs', 'yeast', 'model');
    await mkdir(model, { recursive: true });
    await writeFile(path.join(model, 'model.safetensors'), '');
    for (const place of [model, path.dirname(model), path.join(model, 'model.safetensors')]) {
      expect(await modelFolderOf(place)).toBe(model);
    }
    await expect(modelFolderOf(folder)).rejects.toThrow(/no model folder/);
    expect(modelName(model)).toBe('yeast');
    expect(suggestedRepo('me', model)).toBe('me/yeast');
  });

  it('always gets a name that the Hub takes', () => {
    expect(suggestedRepo('me', '/x/Hefe ü--1..')).toBe('me/Hefe-u-1');
    fc.assert(
      fc.property(fc.string({ maxLength: 120 }), (name) => {
        expect(isRepoName(suggestedRepo('me', `/x/${name}`))).toBe(true);
      }),
    );
  });

  it('gets a first card from its config', async () => {
    const config = JSON.stringify({
      model_type: 'xpresso',
      inputs: [{ name: 'promoter', shape: [1500] }, null, 3],
    });
    const card = newCard('yeast', config, [{ name: 'r', value: 0.5 }]);
    expect(card).toContain('library_name: tatabox');
    expect(card).toContain('| promoter | 1500 | promoter |');
    expect(card).toContain('## Results');
    expect(newCard('yeast', undefined, [])).toContain('# yeast');
    expect(() => newCard('yeast', '{', [])).toThrow(/config\.json/);
  });
});

describe('the token that counts', () => {
  const token = `hf_${'s'.repeat(20)}`;

  it('is the typed one, else HF_TOKEN, else the token file; it is in no answer', async () => {
    const environment = { HF_TOKEN: token, HOME: folder };
    const typed = chooseToken(true, { environment });
    expect(typed).toEqual({
      kind: 'typed',
      source: "VS Code's secret storage",
      unused: 'HF_TOKEN',
    });
    expect(tokenNotice(typed)).toMatch(/entered in VS Code is used, not that of HF_TOKEN/);
    const own = chooseToken(false, { environment });
    expect(own).toEqual({ kind: 'environment', source: 'HF_TOKEN' });
    const file = path.join(folder, '.cache', 'huggingface', 'token');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${token}\n`);
    expect(chooseToken(false, { environment: { HOME: folder } }).source).toBe(file);
    await rm(file);
    const none = chooseToken(false, { environment: { HOME: folder } });
    expect(none.kind).toBe('none');
    expect([none, chooseToken(true, { environment: { HOME: folder } })].map(tokenNotice)).toEqual([
      undefined,
      undefined,
    ]);
    expect(JSON.stringify([typed, own, none])).not.toContain(token);
    const damaged = { HF_TOKEN: 'nonsense', HOME: folder };
    expect(chooseToken(true, { environment: damaged }).kind).toBe('typed');
    expect(() => chooseToken(false, { environment: damaged })).toThrow(/does not start with 'hf_'/);
  });
});
