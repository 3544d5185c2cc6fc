import { checkContigs, type GenomeContigs } from './inspect-genome.ts';
import { inspectTabixIndex } from './inspect-indexes.ts';
import { IntervalSummary } from './inspect-intervals.ts';
import { readLines } from './inspect-regions.ts';
import type { Inspection } from './inspect-report.ts';
import { Tally } from './inspect-statistics.ts';
import { percent, someOf } from './inspect-views.ts';
import { VcfHeaderReader, type VcfHeader } from './vcf-header.ts';
import { VcfRecord } from './vcf-record.ts';

/** Variants whose genotypes are looked at. */
const MOST_GENOTYPES = 10_000;

/** What a variant is, by its alleles. */
function kindOf({ ref, alt }: VcfRecord): string {
  if (alt.length === 0) return 'no alternative allele';
  const kinds = new Set(alt.map((allele) => kindOfAllele(ref, allele)));
  const [kind = ''] = kinds;
  return kinds.size === 1 ? kind : 'several kinds';
}

function kindOfAllele(ref: string, allele: string): string {
  if (allele === '*') return 'deleted by another variant (*)';
  if (/[[\]]|^\.|\.$/.test(allele)) return 'breakend';
  if (allele.startsWith('<')) return `symbolic ${allele.slice(0, 20)}`;
  if (ref.length === allele.length) return ref.length === 1 ? 'SNV' : 'MNV';
  return ref.length < allele.length ? 'insertion' : 'deletion';
}

/** The variants of a VCF file. */
export async function inspectVcf(
  inspection: Inspection,
  genome: GenomeContigs | undefined,
): Promise<void> {
  const rules = { unit: 'variant', mustBeSorted: true };
  const summary = new IntervalSummary(inspection, genome, rules);
  const reader = new VcfHeaderReader(inspection.name);
  const kinds = new Tally();
  const filters = new Tally();
  let header: VcfHeader | undefined;
  let multiallelic = 0;
  await readLines(inspection, summary, (line, place) => {
    if (header === undefined) {
      header = reader.next(line);
      return undefined;
    }
    if (line.trim() === '' || line.startsWith('#')) return undefined;
    const record = new VcfRecord(line, header, place);
    // Genotypes are parsed when they are asked for, and so are their errors; it takes long.
    if (summary.count < MOST_GENOTYPES) record.genotypes();
    kinds.add(kindOf(record));
    for (const filter of record.filter ?? ['.']) filters.add(filter);
    if (record.alt.length > 1) multiallelic++;
    const { chrom, start, end } = record;
    return { chrom, start, end };
  });
  if (header === undefined) {
    if (inspection.isFine) inspection.problem(reader.cutShort().details);
    return;
  }
  const { version, samples, contigs } = header;
  inspection.fact('version', version);
  inspection.fact(
    'samples',
    samples.length === 0 ? 'none' : `${String(samples.length)}: ${someOf(samples)}`,
  );
  summary.finish();
  if (samples.length > 0 && summary.count > MOST_GENOTYPES) {
    inspection.fact('genotypes', 'looked at in the first 10,000 variants');
  }
  if (multiallelic > 0) inspection.fact('several alleles', multiallelic);
  if (summary.count > 0) {
    const shown = [...filters.counts].sort((a, b) => b[1] - a[1]).slice(0, 6);
    inspection.fact(
      'filters',
      shown.map(([name, count]) => `${name} ${percent(count, summary.count)}`).join(', '),
    );
  }
  inspection.counts('variants by kind', kinds.counts);
  const declared = new Map(contigs.map((contig) => [contig.name, contig]));
  inspection.fact('contigs in header', contigs.length);
  for (const { name, end } of summary.contigs.values()) {
    const contig = declared.get(name);
    if (contigs.length > 0 && contig === undefined) {
      inspection.problem({
        where: `${inspection.name}, contig '${name}'`,
        found: 'variants on a contig that the header does not declare',
        expected: someOf([...declared.keys()]),
      });
    } else if (contig?.length !== undefined && end > contig.length) {
      inspection.problem({
        where: `${inspection.name}, contig '${name}'`,
        found: `a variant that ends at ${end.toLocaleString('en-US')}`,
        expected: `at most ${contig.length.toLocaleString('en-US')}, the length in the header`,
      });
    }
  }
  const used = [...summary.contigs.keys()].map((name) => declared.get(name) ?? { name });
  checkContigs(inspection, used, genome);
  if (inspection.lists.contigs !== undefined) {
    inspection.lists.contigs = inspection.lists.contigs.map((contig) => {
      const length = contig.length ?? declared.get(contig.name)?.length;
      return length === undefined ? contig : { ...contig, length };
    });
  }
  await inspectTabixIndex(inspection, new Set(summary.contigs.keys()), true);
}
