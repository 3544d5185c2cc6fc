import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { parseRunConfig } from '../../../kernel-lib/src/runs/schema/read-run-config.ts';
import {
  runConfigProblems,
  runConfigProblemText,
} from '../../../kernel-lib/src/runs/schema/run-config-problems.ts';
import {
  keysAt,
  runConfigSchemaNode,
  schemasAt,
} from '../../../kernel-lib/src/runs/schema/schema-choices.ts';

const shipped = readFileSync(
  path.join(import.meta.dirname, '../../../notebooks/quickstart.tatabox.yaml'),
  'utf8',
);
const schema = runConfigSchemaNode();

/** Kind, marked letters and replacement of each problem. */
const marks = (text: string): (string | undefined)[][] =>
  runConfigProblems(text, schema).map(({ kind, range, replacement }) => [
    kind,
    text.slice(range.start, range.end),
    ...(replacement === undefined ? [] : [replacement]),
  ]);

describe('problems of run configs', () => {
  it('are none where the library takes the config', () => {
    expect(runConfigProblems(shipped, schema)).toEqual([]);
  });

  it('are all given, in the order of the text, with the letters that they are about', () => {
    const text = shipped
      .replace('genome:', 'genom:')
      .replace('transform: log10', 'transform: log11')
      .replace('batchSize: 64', 'batchsize: 64')
      .replace('maxShift: 20', 'maxShift: many');
    expect(marks(text)).toEqual([
      ['missing-key', 'data'],
      ['unknown-key', 'genom', 'genome'],
      ['value', 'log11', 'log10'],
      ['value', 'many'],
      ['unknown-key', 'batchsize', 'batchSize'],
    ]);
    const [, unknown] = runConfigProblems(text, schema);
    expect(unknown).toMatchObject({ line: 8, column: 3, path: ['data', 'genom'] });
    expect(runConfigProblemText(unknown!)).toBe("Unknown key 'genom'. Did you mean 'genome'?");
  });

  it('name the key inside a choice that is written as a mapping', () => {
    const text = shipped.replace('epsilon: 1.0e-7', 'epsilom: 1.0e-7');
    expect(marks(text)).toEqual([['unknown-key', 'epsilom', 'epsilon']]);
  });

  it('name only keys of the split that is chosen', () => {
    const [problem] = runConfigProblems(shipped.replace('validation: [chrVII]', 'gap: 3'), schema);
    expect(problem?.found).toContain('data.split.validation is missing');
    const unknown = runConfigProblems(shipped.replace('[chrVII]', '[chrVII], gap: 3'), schema);
    expect(unknown.map(({ fix }) => fix)).toEqual(['Known: by, test, validation.']);
  });

  it('tell of repeated keys beside other problems, but stop at broken YAML', () => {
    expect(marks('mode: tokenize\nname: a\nname: a\ninput: x\ntokenizer: y\nmaxlen: 3\n')).toEqual([
      ['yaml', 'name'],
      ['unknown-key', 'maxlen', 'maxLength'],
    ]);
    expect(marks('mode: train\nname: [\ndata: 3').every(([kind]) => kind === 'yaml')).toBe(true);
  });

  it('tell of rules that the JSON Schema does not know', () => {
    const config = 'mode: interpret\nname: con\nmodel: m\ndata: { fasta: a.fa }\n';
    expect(runConfigProblems(config, schema).map(({ kind }) => kind)).toEqual(['rule', 'rule']);
  });

  it.each([
    ['', 'value', 'nothing'],
    ['- a', 'value', 'a list'],
    ['mode: fly', 'value', 'mode'],
    ['name: a', 'missing-key', 'mode is missing'],
    ['a: *b', 'yaml', ''],
  ])('of %j are shown', (text, kind, part) => {
    const [problem] = runConfigProblems(text, schema);
    expect(problem?.kind).toBe(kind);
    expect(problem?.found).toContain(part);
  });

  it('are there exactly where the library refuses a config, each inside the text', () => {
    const lines = shipped.split('\n');
    const edit = fc.record({
      line: fc.nat({ max: lines.length - 1 }),
      at: fc.nat({ max: 60 }),
      text: fc.constantFrom('', 'x', ': ', '[', '}', '- ', '\n', '  ', '#', '*a', '!t '),
    });
    const property = fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const changed = [...lines];
      for (const { line, at, text } of edits) {
        const old = changed[line]!;
        changed[line] = `${old.slice(0, at)}${text}${old.slice(at + 1)}`;
      }
      const text = changed.join('\n');
      let refused = false;
      try {
        parseRunConfig(text, 'any');
      } catch (error) {
        expect(error).toBeInstanceOf(TataboxError);
        refused = true;
      }
      const problems = runConfigProblems(text, schema);
      expect(problems.length > 0).toBe(refused);
      for (const { range } of problems) {
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        expect(range.end).toBeLessThanOrEqual(text.length);
      }
    });
    fc.assert(property, { numRuns: 150, seed: 3 });
  });

  it('are bounded for files of another kind', () => {
    const text = `mode: train\n${Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join('\n')}`;
    expect(runConfigProblems(text, schema).length).toBe(200);
    expect(runConfigProblems('['.repeat(20_000), schema).length).toBeGreaterThan(0);
  });
});

describe('schemas of run configs', () => {
  it('follow the words that choose', () => {
    const content = { mode: 'train', data: { split: { by: 'blocks' } } };
    expect([...keysAt(schema, ['data', 'split'], content).keys()]).toEqual([
      'by',
      'blockSize',
      'gap',
      'fractions',
      'seed',
    ]);
    expect(keysAt(schema, [], { mode: 'cluster' }).has('clustering')).toBe(true);
    expect(keysAt(schema, [], { mode: 'cluster' }).has('data')).toBe(false);
  });

  it('mark the paths that are read and written', () => {
    const at = (keys: string[], content: object): (string | undefined)[] =>
      schemasAt(schema, keys, content).map(({ path: kind }) => kind);
    expect(at(['data', 'genome'], { mode: 'train' })).toEqual(['input']);
    expect(at(['folder'], { mode: 'download' })).toEqual(['output']);
    expect(at(['parts', 'a'], { mode: 'audit' })).toEqual(['input']);
    expect(at(['input', '0'], { mode: 'tokenize', input: ['x'] })).toEqual(['input']);
    expect(at(['name'], { mode: 'tokenize' })).toEqual([undefined]);
  });
});

describe('run configs that no person wrote', () => {
  it.each([
    ['dashes', '- '.repeat(300_000)],
    ['brackets', '['.repeat(1_000_000)],
    ['keys', 'k: 1\n'.repeat(100_000)],
    ['length', 'x'.repeat(1_500_000)],
  ])('are refused before they are parsed: %s', (_, nest) => {
    const text = `mode: train\ndata: ${nest}`;
    const problems = runConfigProblems(text, schema);
    expect(problems).toMatchObject([{ kind: 'yaml' }]);
    expect(() => parseRunConfig(text, 'a.tatabox.yaml')).toThrow(
      expect.objectContaining({
        name: 'InputError',
        message: expect.stringMatching(/^a\.tatabox\.yaml, line \d+: /) as unknown,
      }),
    );
  });

  it('are refused in a value of --set', () => {
    expect(() => parseRunConfig(shipped, 'a', [`seeds=${'['.repeat(100_000)}`])).toThrow(
      /--set seeds=\[+….*nested too deep/s,
    );
  });
});
