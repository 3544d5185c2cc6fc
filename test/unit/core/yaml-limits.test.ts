import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap, isPair, isSeq, parseDocument } from 'yaml';
import { yamlFault } from '../../../kernel-lib/src/core/yaml-limits.ts';

/** Mappings and lists within each other, as the parser sees them. */
function depthOf(node: unknown): number {
  if (isPair(node)) return Math.max(depthOf(node.key), depthOf(node.value));
  if (!isMap(node) && !isSeq(node)) return 0;
  return 1 + Math.max(0, ...(node.items as unknown[]).map(depthOf));
}

const nested = (levels: number, indent = 1): string =>
  Array.from({ length: levels }, (_, level) => `${' '.repeat(level * indent)}k:\n`).join('');

describe('limits of YAML', () => {
  it('let real configs pass', () => {
    const root = path.join(import.meta.dirname, '../../..');
    for (const file of ['notebooks/quickstart.tatabox.yaml']) {
      expect(yamlFault(readFileSync(path.join(root, file), 'utf8'))).toBeUndefined();
    }
    expect(yamlFault('')).toBeUndefined();
    expect(yamlFault(nested(40, 2))).toBeUndefined();
    expect(yamlFault('['.repeat(40) + ']'.repeat(40))).toBeUndefined();
    expect(yamlFault('- [a, b]\n'.repeat(2000))).toBeUndefined();
    // Brackets and dashes in text, in quotes, in comments and in blocks of text are letters.
    expect(yamlFault(`a: "${'['.repeat(500)}"`)).toBeUndefined();
    expect(yamlFault(`a: '${'{'.repeat(500)}'`)).toBeUndefined();
    expect(yamlFault(`# ${'[ - '.repeat(500)}\na: 1`)).toBeUndefined();
    expect(yamlFault(`a: |\n  ${'[ - '.repeat(500)}\nb: 1`)).toBeUndefined();
    expect(yamlFault(`a: b${'[{'.repeat(500)}`)).toBeUndefined();
  });

  it.each([
    ['brackets', '['.repeat(1e6)],
    ['braces', '{a: '.repeat(2e5)],
    ['brackets that text seems to close', '[ "]", '.repeat(1e5)],
    ['brackets that comments seem to close', '[ # ]\n'.repeat(1e5)],
    ['dashes', '- '.repeat(3e5)],
    ['dashes and tabs', '-\t'.repeat(3e5)],
    ['question marks', '? '.repeat(3e5)],
    ['colons', ': '.repeat(3e5)],
    ['keys in one line', 'a: '.repeat(3e5)],
    ['keys and dashes', '? - a: '.repeat(1e5)],
    ['indented keys', nested(1000)],
    ['dashes after a block of text', `a: |\n  x\n${'- '.repeat(1e5)}`],
    ['dashes after a quoted text of lines', `"a\n b": ${'- '.repeat(1e5)}`],
    ['dashes of a later document', `a: 1\n---\n${'- '.repeat(1e5)}`],
  ])('refuse %s that are nested too deep', (_, text) => {
    expect(yamlFault(text)).toMatchObject({ found: 'lists and mappings that are nested too deep' });
  });

  it.each([
    ['aliases', '*a '.repeat(1e5)],
    ['tags', '!a '.repeat(1e5)],
    ['closing brackets', ']'.repeat(1e5)],
    ['commas', `[${','.repeat(1e5)}`],
    ['keys', 'k: 1\n'.repeat(1e5)],
  ])('refuse many %s', (_, text) => {
    expect(yamlFault(text)?.found).toMatch(/more than 20,000|nested/);
  });

  it('refuse long text before they look at it', () => {
    expect(yamlFault('x'.repeat(1_000_001))).toEqual({
      found: '1,000,001 letters',
      expected: 'a text of 1,000,000 letters at most',
      offset: 0,
    });
  });

  it('say where', () => {
    const text = `a: 1\nb: ${'['.repeat(200)}`;
    expect(text.slice(0, yamlFault(text)?.offset)).toMatch(/^a: 1\nb: \[{90,101}$/);
  });

  it('never let pass what the parser nests deeper', () => {
    const piece = fc.constantFrom(
      ...['[', ']', '{', '}', '- ', '? ', ': ', 'a', 'a: ', ', ', '\n', ' ', '  ', '"', "'", '#'],
      ...['|\n', '>-\n', '&a ', '*a ', '!t ', '\t', '---\n', '\r\n', '\\', 'b', '-', ':'],
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.integer({ min: 1, max: 60 }),
        (some, n) => {
          const text = some.join('').repeat(n).slice(0, 3000);
          if (yamlFault(text) !== undefined) return;
          expect(depthOf(parseDocument(text, { logLevel: 'error' }).contents)).toBeLessThanOrEqual(
            205,
          );
        },
      ),
      { numRuns: 400 },
    );
  });
});
