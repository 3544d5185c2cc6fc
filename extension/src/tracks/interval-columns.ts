import type { Column, ColumnKind } from './track-types.ts';

const column = (name: string, kind: ColumnKind, description: string): Column => ({
  name,
  kind,
  description,
});

/** The columns of BED (GA4GH BED specification 1.0). */
export const BED: readonly Column[] = [
  column('chrom', 'text', 'Chromosome or other sequence'),
  column('start', 'whole', 'First base, counted from 0'),
  column('end', 'whole', 'Base behind the last one, counted from 0'),
  column('name', 'text', 'Name of the region'),
  column('score', 'number', 'Score, by the specification 0 to 1,000'),
  column('strand', 'strand', 'Strand: +, - or . for none'),
  column('thickStart', 'whole', 'Start of the thick part: of a transcript, of what is translated'),
  column('thickEnd', 'whole', 'End of the thick part'),
  column('itemRgb', 'color', 'Colour: red,green,blue from 0 to 255'),
  column('blockCount', 'whole', 'Number of blocks: of a transcript, of exons'),
  column('blockSizes', 'text', 'Lengths of the blocks, with commas between them'),
  column('blockStarts', 'text', 'Starts of the blocks, counted from the start of the region'),
];

/** What follows the columns of BED in ENCODE's peak files. */
export const PEAK: readonly Column[] = [
  column('signalValue', 'number', 'Enrichment in the region'),
  column('pValue', 'number', 'Minus the decadic logarithm of the p-value; -1 for none'),
  column(
    'qValue',
    'number',
    'Minus the decadic logarithm of the false discovery rate; -1 for none',
  ),
  column('peak', 'whole', 'Bases from the start to the summit; -1 for none'),
];

export const BED_GRAPH: readonly Column[] = [
  ...BED.slice(0, 3),
  column('value', 'number', 'Value of each base of the region'),
];

export const BEDPE: readonly Column[] = [
  column('chrom1', 'text', 'Chromosome of the first end; . where it is unknown'),
  column('start1', 'whole', 'First base of the first end, counted from 0; -1 where it is unknown'),
  column('end1', 'whole', 'Base behind the first end'),
  column('chrom2', 'text', 'Chromosome of the second end; . where it is unknown'),
  column('start2', 'whole', 'First base of the second end, counted from 0; -1 where it is unknown'),
  column('end2', 'whole', 'Base behind the second end'),
  column('name', 'text', 'Name of the pair'),
  column('score', 'number', 'Score of the pair'),
  column('strand1', 'strand', 'Strand of the first end'),
  column('strand2', 'strand', 'Strand of the second end'),
];

const gff = (names: readonly [string, string, string, string]): readonly Column[] => [
  column(names[0], 'text', 'Chromosome or other sequence'),
  column('source', 'text', 'Program or database that it is from'),
  column(names[1], 'text', 'What it is: gene, exon, CDS, …'),
  column('start', 'whole', 'First base, counted from 1'),
  column('end', 'whole', 'Last base, counted from 1'),
  column('score', 'number', 'Score; . for none'),
  column('strand', 'strand', 'Strand: +, -, . for none or ? for unknown'),
  column(names[2], 'whole', 'Of a CDS: bases to leave out to get to the next codon'),
  column(names[3], 'text', 'Names and values of attributes'),
];

export const GTF = gff(['seqname', 'feature', 'frame', 'attributes']);
export const GFF3 = gff(['seqid', 'type', 'phase', 'attributes']);

/** Columns beyond those of the format, named by a heading where there is one for all columns. */
export function extraColumns(
  known: readonly Column[],
  width: number,
  heading: readonly string[] | undefined,
): Column[] {
  const taken = new Set(known.map(({ name }) => name.toLowerCase()));
  const names = heading?.length === width ? heading : [];
  return Array.from({ length: Math.max(0, Math.min(width, 1000) - known.length) }, (_, i) => {
    const given = (names[known.length + i] ?? '').trim().slice(0, 60);
    const isUsable = given !== '' && !taken.has(given.toLowerCase());
    const name = isUsable ? given : `column${String(known.length + i + 1)}`;
    taken.add(name.toLowerCase());
    return column(name, 'text', 'A further column of this file');
  });
}
