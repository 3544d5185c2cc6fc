import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Rule {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly include?: string;
  readonly patterns?: readonly Rule[];
  readonly captures?: Readonly<Record<string, Rule>>;
  readonly beginCaptures?: Readonly<Record<string, Rule>>;
}
interface Grammar {
  readonly scopeName: string;
  readonly patterns: readonly Rule[];
  readonly repository?: Readonly<Record<string, Rule>>;
}

const grammars = ['fasta', 'bed', 'gff'].map((name): [string, Grammar] => [
  name,
  JSON.parse(readFileSync(`extension/syntaxes/${name}.tmLanguage.json`, 'utf8')) as Grammar,
]);

const rulesOf = (rule: Rule): Rule[] => [
  rule,
  ...[
    ...(rule.patterns ?? []),
    ...Object.values(rule.captures ?? {}),
    ...Object.values(rule.beginCaptures ?? {}),
  ].flatMap(rulesOf),
];

describe.each(grammars)('the grammar of %s', (_, grammar) => {
  const rules = [...grammar.patterns, ...Object.values(grammar.repository ?? {})].flatMap(rulesOf);

  it('includes only what there is, and names captures that there are', () => {
    for (const { include } of rules) {
      if (include !== undefined) expect(grammar.repository).toHaveProperty(include.slice(1));
    }
    for (const { match, begin, captures = {}, beginCaptures = {} } of rules) {
      const source = match ?? begin;
      if (source === undefined) continue;
      const groups = new RegExp(`${source}|`).exec('')!.length - 1;
      for (const group of [...Object.keys(captures), ...Object.keys(beginCaptures)]) {
        expect(Number(group)).toBeLessThanOrEqual(groups);
      }
    }
  });

  it('takes no longer than it should on a long line', () => {
    const lines = [
      'A'.repeat(20_000),
      `${'1\t'.repeat(10_000)}x`,
      `c\t1\t2\t${'x\t'.repeat(9000)}`,
    ];
    for (const { match, begin } of rules) {
      const source = match ?? begin;
      if (source === undefined) continue;
      for (const line of lines) {
        const start = performance.now();
        new RegExp(source).exec(line);
        expect(performance.now() - start).toBeLessThan(500);
      }
    }
  });
});
