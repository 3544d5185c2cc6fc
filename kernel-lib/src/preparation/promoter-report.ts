import type { PromoterReport } from './promoter-extraction.ts';

/** The numbers of a report, without the names of genes. */
export function promoterCounts(report: PromoterReport): Readonly<Record<string, number>> {
  return {
    genes: report.genes,
    promoters: report.promoters,
    withoutUpstream: report.withoutUpstream.length,
    tooShort: report.tooShort.length,
    withoutStrand: report.withoutStrand.length,
    repeatedIds: report.repeatedIds.length,
    genesOnMissingContigs: report.missingContigs.reduce((sum, { genes }) => sum + genes, 0),
  };
}

/**
 * One line on what became of the genes of an annotation.
 *
 * @param name of the genome
 *
 * @example
 * describePromoterReport('zmb73', report);
 * // 'zmb73: 38,912 promoters of 39,756 genes; 844 with nothing upstream (Zm1, Zm2, …)'
 */
export function describePromoterReport(name: string, report: PromoterReport): string {
  const count = (value: number): string => value.toLocaleString('en-US');
  const some = (genes: readonly string[], what: string): string[] => {
    if (genes.length === 0) return [];
    const shown = genes.slice(0, 3).join(', ');
    return [`${count(genes.length)} ${what} (${shown}${genes.length > 3 ? ', …' : ''})`];
  };
  return [
    `${name}: ${count(report.promoters)} promoters of ${count(report.genes)} genes`,
    ...some(report.withoutUpstream, 'with nothing upstream'),
    ...some(report.tooShort, 'too short'),
    ...some(report.withoutStrand, 'without a strand'),
    ...some(report.repeatedIds, 'ids on several lines, of which the first counts'),
    ...some(
      report.missingContigs.map(({ contig, genes }) => `${contig}: ${count(genes)} genes`),
      'contigs that the genome does not have',
    ),
  ].join('; ');
}
