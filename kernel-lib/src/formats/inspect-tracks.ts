import { openBigBed } from './big-bed.ts';
import { openBigWig } from './big-wig.ts';
import { readBamContigs } from './bam-records.ts';
import { BgzfReader } from './bgzf-reader.ts';
import { openSource } from './byte-source.ts';
import { dataView } from './damaged-file.ts';
import type { Contig } from './fasta-file.ts';
import { checkContigs, type GenomeContigs } from './inspect-genome.ts';
import { inspectBamIndex } from './inspect-indexes.ts';
import { IntervalSummary } from './inspect-intervals.ts';
import { MOST_ROWS, type Inspection } from './inspect-report.ts';
import { percent, someOf } from './inspect-views.ts';

type Genome = GenomeContigs | undefined;

const total = (contigs: readonly Contig[]): number =>
  contigs.reduce((sum, { length }) => sum + length, 0);

function contigFacts(inspection: Inspection, contigs: readonly Contig[], genome: Genome): void {
  inspection.fact('contigs', contigs.length);
  inspection.fact('bases', total(contigs));
  inspection.lists.contigs = contigs
    .slice(0, MOST_ROWS)
    .map(({ name, length }) => ({ name, length }));
  checkContigs(inspection, contigs, genome);
}

/** Bytes of the text of a header that are looked at. */
const MOST_TEXT = 1 << 22;

/** The header and the index of a BAM file; its alignments are not read. */
export async function inspectBam(inspection: Inspection, genome: Genome): Promise<void> {
  const bytes = openSource(inspection.source);
  try {
    const contigs = await readBamContigs(bytes);
    const lines = (await readBamText(bytes)).split('\n');
    const tags = (kind: string, tag: string): string[] => {
      const found = lines.filter((line) => line.startsWith(`@${kind}\t`));
      const values = found.map((line) => new RegExp(`\\t${tag}:([^\\t]*)`).exec(line)?.[1] ?? '');
      return [...new Set(values.filter((value) => value !== ''))];
    };
    inspection.fact('order', tags('HD', 'SO')[0] ?? 'not said');
    const samples = tags('RG', 'SM');
    if (samples.length > 0) inspection.fact('samples', someOf(samples));
    const programs = tags('PG', 'ID');
    if (programs.length > 0) inspection.fact('programs', someOf(programs));
    contigFacts(inspection, contigs, genome);
    await inspectBamIndex(inspection, contigs.length);
  } finally {
    await bytes.close();
  }
}

/** The text of a BAM header: what @ lines it has. */
async function readBamText(bytes: ReturnType<typeof openSource>): Promise<string> {
  const reader = new BgzfReader(bytes, 0, 0, 'header');
  const head = await reader.read(8);
  if (head === undefined) return '';
  const length = Math.min(dataView(head).getUint32(4, true), MOST_TEXT);
  const pieces: Uint8Array[] = [];
  for (let left = length; left > 0;) {
    const piece = await reader.read(Math.min(left, 1 << 16));
    if (piece === undefined) break;
    pieces.push(piece);
    left -= piece.length;
  }
  return Buffer.concat(pieces).toString();
}

const digits = (value: number): string => String(Number(value.toPrecision(6)));

/** The header, the figures and the contigs of a bigWig file. */
export async function inspectBigWig(inspection: Inspection, genome: Genome): Promise<void> {
  const file = await openBigWig(inspection.source);
  try {
    const { version, zoomLevels } = file.header;
    inspection.fact('version', version);
    await inspection.attempt(async () => {
      const { basesCovered, min, max, mean, std } = await file.statistics();
      const share = percent(basesCovered, total(file.contigs));
      inspection.fact('with values', `${basesCovered.toLocaleString('en-US')} bases (${share})`);
      if (basesCovered === 0) return;
      inspection.fact('values', `${digits(min)} to ${digits(max)}`);
      inspection.fact('mean', `${digits(mean)}, standard deviation ${digits(std)}`);
    });
    inspection.fact('zoom levels', zoomText(zoomLevels));
    contigFacts(inspection, file.contigs, genome);
    await inspection.attempt(async () => {
      let items = 0;
      for await (const item of file.streamIntervals()) {
        void item;
        items++;
        if (items % 4096 === 0) await inspection.step(items, 'stretches');
      }
      inspection.records = items;
      inspection.fact('stretches', items);
    });
  } finally {
    await file.close();
  }
}

function zoomText(levels: readonly number[]): string {
  if (levels.length === 0) return 'none';
  return `${String(levels.length)}: ${someOf(
    levels.map((bases) => bases.toLocaleString('en-US')),
    10,
  )} bases`;
}

/** The declaration, the contigs and the records of a bigBed file. */
export async function inspectBigBed(inspection: Inspection, genome: Genome): Promise<void> {
  const file = await openBigBed(inspection.source);
  try {
    const { name, fields } = file.schema;
    inspection.fact('records are', name);
    inspection.fact('fields', fields.map((field) => field.name).join(', '));
    inspection.fact('contigs in header', file.contigs.length);
    const summary = new IntervalSummary(inspection, genome);
    await inspection.attempt(async () => {
      for await (const record of file.stream()) {
        summary.add(record, () => `${inspection.name}, record ${String(summary.count)}`);
        if (summary.count % 1024 === 0) await inspection.step(summary.count, 'records');
      }
    });
    summary.finish();
    const lengths = new Map(file.contigs.map((contig) => [contig.name, contig.length]));
    inspection.lists.contigs = (inspection.lists.contigs ?? []).map((contig) => {
      const length = lengths.get(contig.name);
      return length === undefined ? contig : { ...contig, length };
    });
    checkContigs(inspection, file.contigs, genome);
  } finally {
    await file.close();
  }
}
