import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from 'tatabox/core/errors.ts';
import { IntervalDocument } from '../../../../extension/src/tracks/interval-document.ts';

const attribute = fc.constantFrom(
  'gene_id "g"; transcript_id "t";',
  'gene_id "g"; transcript_id "u"; x 1;',
  'gene_id "g";',
  'ID=g',
  'ID=t;Parent=g',
  'ID=t',
  'Parent=t,u',
  'Parent=t',
  'ID=a;Parent=a',
  '.',
  'ID=%00%ff;__proto__=1',
  'a "b',
);
const gff = fc
  .record({
    chrom: fc.constantFrom('c', 'd'),
    type: fc.constantFrom(
      'gene',
      'mRNA',
      'transcript',
      'exon',
      'CDS',
      'stop_codon',
      'region',
      'site',
    ),
    start: fc.integer({ min: -1, max: 300 }),
    length: fc.nat(50),
    strand: fc.constantFrom('+', '-', '.', '?'),
    attribute,
  })
  .map((each) =>
    [
      each.chrom,
      's',
      each.type,
      each.start,
      each.start + each.length,
      '.',
      each.strand,
      '.',
      each.attribute,
    ].join('\t'),
  );
const pair = fc
  .tuple(
    fc.constantFrom('a\t1\t5', 'b\t7\t9', '.\t-1\t-1'),
    fc.constantFrom('a\t3\t9', 'b\t2\t2', '.\t-1\t-1'),
  )
  .map((ends) => ends.join('\t'));
const block = fc
  .tuple(
    fc.nat(20),
    fc.nat(40),
    fc.constantFrom('5,5,\t0,10', '5\t0', '0,0\t0,0', '9,9\t5,1', 'x\ty'),
  )
  .map(
    ([start, end, blocks]) =>
      `c\t${String(start)}\t${String(end)}\tn\t0\t+\t3\t99\t1,2,3\t2\t${blocks}`,
  );

/** Whatever a file holds, what is told of it hangs together. */
async function check(name: string, bytes: Uint8Array): Promise<void> {
  let document: IntervalDocument;
  try {
    document = await IntervalDocument.open(bytes, { name });
  } catch (error) {
    expect(error).toBeInstanceOf(TataboxError);
    return;
  }
  expect(document.cells(0, 1e9).length).toBe(document.rows);
  for (const { name: chrom, length } of document.contigs) {
    const region = { chrom, start: 0, end: Math.max(1, length + 1) };
    const { features, total } = document.features(region, 1000);
    expect(features.length).toBe(Math.min(1000, total));
    expect(document.density(region, 1)[0]).toBe(total);
    for (const feature of features) {
      const { row, start, end, thickStart, thickEnd, blocks } = feature;
      expect(row >= 0 && row < document.rows && start <= end && end <= length).toBe(true);
      expect(thickStart >= start && thickStart <= thickEnd && thickEnd <= end).toBe(true);
      expect(blocks.length).toBeGreaterThan(0);
      for (const [from, to] of blocks) expect(from >= start && from <= to && to <= end).toBe(true);
    }
  }
  for (let row = 0; row < document.rows; row++) expect(document.row(row).row).toBe(row);
  const summary = await document.summary();
  expect(summary.rows).toBe(document.rows);
  for (let column = 0; column < document.columns.length; column++) {
    const { count } = await document.view({ sort: { column, descending: false } });
    const seen = Array.from({ length: count }, (_, i) => document.rowOfView(i));
    expect(seen.sort((a, b) => a - b)).toEqual([...seen.keys()]);
  }
}

describe('files of any content', () => {
  it.each([
    ['a.gtf', gff],
    ['a.gff3', gff],
    ['a.bedpe', pair],
    ['a.bed', block],
  ])('%s of records that fit each other or not', async (name, line) => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 25 }), (lines) =>
        check(name, Buffer.from(lines.join('\n'))),
      ),
      { numRuns: 120 },
    );
  });

  it('are bytes', async () => {
    const names = fc.constantFrom('a.bed', 'a.gtf.gz', 'a.bedGraph', 'a.gappedPeak', 'a.bedpe');
    await fc.assert(fc.asyncProperty(names, fc.uint8Array({ maxLength: 300 }), check), {
      numRuns: 150,
    });
  });
});
