import { streamBedGraph } from './bed-graph.ts';
import { BED_COLUMN_NAMES, bedLineParser } from './bed.ts';
import { streamBedpe } from './bedpe.ts';
import { gffLineParser } from './gff.ts';
import { checkContigs, type GenomeContigs } from './inspect-genome.ts';
import { inspectTabixIndex } from './inspect-indexes.ts';
import { IntervalSummary, type PlacedInterval } from './inspect-intervals.ts';
import type { Inspection } from './inspect-report.ts';
import { Tally } from './inspect-statistics.ts';
import { countOf } from './inspect-views.ts';
import type { LinePlace } from './line-place.ts';
import { streamPeaks, type PeakKind } from './peaks.ts';
import { endOfRecords, isBrowserLine, streamRecordBatches } from './stream-records.ts';

type Genome = GenomeContigs | undefined;

/** Names of records that are compared to each other. */
const MOST_NAMES = 100_000;

/** The regions of a BED file. Further columns than those of BED are counted, not looked at. */
export async function inspectBed(inspection: Inspection, genome: Genome): Promise<void> {
  const summary = new IntervalSummary(inspection, genome);
  const names = new Set<string>();
  let repeatedNames = 0;
  let width: number | undefined;
  let parse: ReturnType<typeof bedLineParser> | undefined;
  await readLines(inspection, summary, (line, place) => {
    if (parse === undefined) {
      if (isBrowserLine(line)) return undefined;
      width = line.split('\t').length;
      const columns = width === 10 || width === 11 || width > 12 ? bedColumns(line) : undefined;
      parse = bedLineParser(columns);
    }
    const record = parse(line, place);
    if (record === undefined || typeof record === 'symbol') return record;
    if (record.name !== undefined && names.size < MOST_NAMES) {
      if (names.has(record.name)) repeatedNames++;
      else names.add(record.name);
    }
    return record;
  });
  if (width !== undefined) {
    inspection.fact('columns', `${String(width)} (${BED_COLUMN_NAMES.slice(0, width).join(', ')})`);
  }
  summary.finish();
  if (names.size > 0) {
    const different = `${countOf(names.size, 'different one')}`;
    inspection.fact('names', names.size < MOST_NAMES ? different : `at least ${different}`);
    if (repeatedNames > 0) inspection.fact('repeated names', repeatedNames);
  }
  finishRegions(inspection, summary, genome);
  await inspectTabixIndex(inspection, new Set(summary.contigs.keys()), false);
}

/** Leading columns of a wide line that are those of BED: 6 where the sixth is a strand, else 3. */
function bedColumns(line: string): number {
  const fields = line.split('\t');
  if (/^[+.-]$/.test(fields[5] ?? '')) return 6;
  return 3;
}

/** The peaks of a narrowPeak, broadPeak or gappedPeak file. */
export async function inspectPeaks(
  inspection: Inspection,
  genome: Genome,
  kind: PeakKind,
): Promise<void> {
  const summary = new IntervalSummary(inspection, genome, { unit: 'peak' });
  let least = Infinity;
  let largest = -Infinity;
  let summits = 0;
  await readRecords(inspection, summary, streamPeaks(inspection.source, { kind }), (peak) => {
    least = Math.min(least, peak.signalValue);
    largest = Math.max(largest, peak.signalValue);
    if (peak.peak !== undefined) summits++;
    return peak;
  });
  summary.finish();
  if (summary.count > 0) {
    inspection.fact('signal', `${String(least)} to ${String(largest)}`);
    if (kind === 'narrowPeak') inspection.fact('with a summit', summits);
  }
  finishRegions(inspection, summary, genome);
  await inspectTabixIndex(inspection, new Set(summary.contigs.keys()), false);
}

/** The stretches of a bedGraph file; unsorted and overlapping ones are problems. */
export async function inspectBedGraph(inspection: Inspection, genome: Genome): Promise<void> {
  const rules = { unit: 'record', mustBeSorted: true, mayOverlap: false };
  const summary = new IntervalSummary(inspection, genome, rules);
  let least = Infinity;
  let largest = -Infinity;
  let sum = 0;
  let bases = 0;
  const records = streamBedGraph(inspection.source, { order: 'any' });
  await readRecords(inspection, summary, records, (record) => {
    const length = record.end - record.start;
    least = Math.min(least, record.value);
    largest = Math.max(largest, record.value);
    sum += record.value * length;
    bases += length;
    return record;
  });
  summary.finish();
  if (bases > 0) {
    inspection.fact('values', `${number(least)} to ${number(largest)}`);
    inspection.fact('mean', `${number(sum / bases)} over ${countOf(bases, 'base')}`);
  }
  finishRegions(inspection, summary, genome);
  await inspectTabixIndex(inspection, new Set(summary.contigs.keys()), false);
}

function number(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** The pairs of a BEDPE file; both ends count as regions. */
export async function inspectBedpe(inspection: Inspection, genome: Genome): Promise<void> {
  const summary = new IntervalSummary(inspection, genome, { unit: 'end' });
  let pairs = 0;
  let within = 0;
  let unknown = 0;
  await inspection.attempt(async () => {
    for await (const { first, second } of streamBedpe(inspection.source)) {
      pairs++;
      const where = () => `${inspection.name}, record ${String(pairs)}`;
      for (const end of [first, second]) {
        if (end === undefined) unknown++;
        else summary.add(end, where);
      }
      if (first !== undefined && first.chrom === second?.chrom) within++;
      await inspection.step(pairs, 'pairs');
    }
  });
  inspection.fact('pairs', pairs);
  inspection.fact('on one contig', within);
  inspection.fact('unknown ends', unknown);
  summary.finish();
  inspection.records = pairs;
  finishRegions(inspection, summary, genome);
}

/** The features of a GFF3 or GTF file. */
export async function inspectGff(
  inspection: Inspection,
  genome: Genome,
  dialect: 'gff3' | 'gtf',
): Promise<void> {
  const summary = new IntervalSummary(inspection, genome, { unit: 'feature' });
  const types = new Tally();
  const sources = new Tally();
  const parse = gffLineParser(dialect, inspection.name);
  await readLines(inspection, summary, (line, place) => {
    const record = parse(line, place);
    if (record === undefined || typeof record === 'symbol') return record;
    types.add(record.type);
    sources.add(record.source ?? '.');
    return record;
  });
  summary.finish();
  inspection.fact('genes', types.counts.get('gene') ?? 0);
  inspection.fact('sources', [...sources.counts.keys()].slice(0, 5).join(', '));
  inspection.counts('features by type', types.counts);
  finishRegions(inspection, summary, genome);
  await inspectTabixIndex(inspection, new Set(summary.contigs.keys()), false);
}

function finishRegions(inspection: Inspection, summary: IntervalSummary, genome: Genome): void {
  if (summary.count === 0 && inspection.isFine) {
    inspection.problem({ where: inspection.name, found: 'no records' });
  }
  const names = [...summary.contigs.keys()].map((name) => ({ name }));
  if (names.length > 0) checkContigs(inspection, names, genome);
}

/** Reads a file line by line, so that messages can name the line. */
export async function readLines(
  inspection: Inspection,
  summary: IntervalSummary,
  parse: (line: string, place: LinePlace) => PlacedInterval | undefined | typeof endOfRecords,
): Promise<void> {
  const add = (line: string, place: LinePlace): undefined | typeof endOfRecords => {
    const record = parse(line, place);
    if (record === undefined || record === endOfRecords) return record;
    summary.add(record as PlacedInterval, () => place.where());
    return undefined;
  };
  await inspection.attempt(async () => {
    const lines = streamRecordBatches(inspection.source, (line, place) => {
      const result = add(line, place);
      // One mark a thousand lines, so that there is a batch to wait for.
      return result ?? (place.line % 1000 === 0 ? true : undefined);
    });
    for await (const marks of lines) {
      void marks;
      await inspection.step(summary.count, 'records');
    }
  });
}

/** Reads records whose reader does not tell the line. */
async function readRecords<T>(
  inspection: Inspection,
  summary: IntervalSummary,
  records: AsyncIterable<T>,
  interval: (record: T) => PlacedInterval,
): Promise<void> {
  await inspection.attempt(async () => {
    for await (const record of records) {
      summary.add(interval(record), () => `${inspection.name}, record ${String(summary.count)}`);
      if (summary.count % 1024 === 0) await inspection.step(summary.count, 'records');
    }
  });
}
