import { describe, expect, it } from 'vitest';
import { expressionQuality } from '../../../kernel-lib/src/preparation/expression-quality.ts';
import { readExpressionTable } from '../../../kernel-lib/src/preparation/expression-reader.ts';
import type { ExpressionTable } from '../../../kernel-lib/src/preparation/expression-table.ts';

const maize = (name: string) =>
  new URL(`../../../notebooks/data/maize/${name}_TPM.txt.gz`, import.meta.url).pathname;

/** A table of some genes in three tissues whose sums are a million. */
function made(cultivar: string, change: (gene: number, tissue: number) => number): ExpressionTable {
  const genes = Array.from({ length: 400 }, (_, gene) => `g${String(gene)}`);
  const tissues = ['root', 'ear', 'tip'];
  const values = new Float64Array(genes.length * 3);
  for (let tissue = 0; tissue < 3; tissue++) {
    let sum = 0;
    for (let gene = 0; gene < 400; gene++) sum += values[gene * 3 + tissue] = change(gene, tissue);
    for (let gene = 0; gene < 400; gene++) values[gene * 3 + tissue]! *= 1e6 / sum;
  }
  return { source: `${cultivar}.txt`, cultivar, genes, tissues, values, replicates: [1, 1, 1] };
}

const good = (gene: number, tissue: number) => ((gene * 37) % 101) + tissue / 7;
const options = { tissues: ['root', 'ear', 'tip'], limits: { dominantGene: 3e5 } };

describe('expressionQuality', () => {
  it('calls NC358 broken and B73 good', async () => {
    const tables = await Promise.all(
      ['B73', 'NC358'].map((name) => readExpressionTable(maize(name), { tissues: 'all' })),
    );
    const { cultivars, broken, view, tissueView } = expressionQuality(tables);
    expect(broken).toEqual(['NC358']);
    const [b73, nc358] = cultivars;
    expect(b73).toMatchObject({ status: 'ok', flags: [], genes: 39_756, kept: 28_366 });
    expect(nc358).toMatchObject({ status: 'broken', genes: 39_787, kept: 8_365 });
    expect(nc358!.flags.join('; ')).toMatch(/8\d % of the genes at 0 TPM in 10 tissues/);
    expect(nc358!.flags.join('; ')).toMatch(/only 21 % of the genes expressed/);
    expect(nc358!.flags.join('; ')).toMatch(/132,913 TPM in shoot/);
    const root = nc358!.tissues.find(({ tissue }) => tissue === 'root')!;
    expect(root.zeroShare).toBeCloseTo(0.845, 3);
    expect(root.variance).toBeCloseTo(0.3585, 3);
    expect(root.largest.tpm).toBeCloseTo(23_418.173051, 5);
    for (const { sum } of b73!.tissues) expect(sum).toBeCloseTo(1e6, 1);
    // The digest gives 0.949 for NC358 over all tissues, and about 0.47 for the others.
    const spread = (quality: typeof b73) => {
      const eight = quality!.tissues.filter(({ tissue }) => !/^e(mbryo|ndosperm)$/.test(tissue));
      return eight.reduce((sum, { varianceOfKept }) => sum + varianceOfKept / eight.length, 0);
    };
    expect(spread(nc358)).toBeGreaterThan(0.9);
    expect(spread(b73)).toBeLessThan(0.55);
    expect(view.toText()).toMatch(/B73.*✓ ok/);
    expect(view.toText()).toMatch(/NC358.*✗ error/);
    expect(tissueView.rows).toHaveLength(20);
  });

  it('warns of one gene that takes up everything, of sums, and of missing tissues', () => {
    const flags = (table: ExpressionTable, wanted = options.tissues) =>
      expressionQuality([table], { ...options, tissues: wanted }).cultivars[0]!;
    expect(flags(made('good', good))).toMatchObject({ status: 'ok', flags: [] });
    const dominated = flags(made('Ms71', (g, t) => (g === 7 && t === 1 ? 1e6 : good(g, t))));
    expect(dominated.status).toBe('warning');
    expect(dominated.flags[0]).toMatch(/^g7 has 9\d\d,\d{3} TPM in ear$/);
    const half = made('half', good);
    const cut = flags({ ...half, values: half.values.map((value) => value / 2) });
    expect(cut.flags).toEqual(['sum not 1,000,000 in root, ear, tip (500,000)']);
    expect(flags(half, ['root', 'anther']).flags).toEqual(['no anther']);
    const holes = flags({ ...half, values: half.values.map((v, at) => (at === 4 ? NaN : v)) });
    expect(holes.flags).toContain('missing values in ear');
  });

  it('finds the tissue that does not agree with the others, and the table that does not', () => {
    const mixedUp = made('x', (gene, tissue) =>
      tissue === 2 ? good(399 - gene, 9) ** 3 : good(gene, tissue),
    );
    const alone = expressionQuality([mixedUp], options).cultivars[0]!;
    expect(alone.flags).toEqual(['little agreement of tip with the median table']);
    const tables = ['a', 'b', 'c'].map((name, i) => made(name, (g, t) => good(g, t) + i / 9));
    const odd = made('odd', (gene, tissue) => good((gene * 7) % 400, tissue));
    const { cultivars } = expressionQuality([...tables, odd], options);
    expect(cultivars.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'warning']);
    expect(cultivars[0]!.tissues[0]!.correlation).toBeGreaterThan(0.95);
  });

  it('takes tables without expression, of one tissue, and refuses none', () => {
    const empty = { ...made('x', good), values: new Float64Array(1200) };
    const { cultivars, view } = expressionQuality([empty], options);
    expect(cultivars[0]).toMatchObject({ status: 'broken', kept: 0 });
    expect(view.toHtml()).toContain('broken');
    const one = { ...empty, tissues: ['root'], replicates: [1] };
    expect(expressionQuality([one], options).cultivars[0]!.tissues[0]!.correlation).toBeNaN();
    expect(() => expressionQuality([])).toThrow(/no tables/);
    expect(() => expressionQuality([empty], { limits: { zeros: 1 } as object })).toThrow(/'zeros'/);
  });
});
