import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import type { Interval, Strand } from '../sequence/interval.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { parseGff3Attributes, parseGtfAttributes, unescapeGff3 } from './gff-attributes.ts';
import { quoted, type LinePlace } from './line-place.ts';
import {
  collectBatches,
  endOfRecords,
  streamRecordBatches,
  type ParseLine,
} from './stream-records.ts';

/** The two formats of annotations: GFF version 3, and GTF, which is GFF version 2 with rules. */
export type GffDialect = 'gff3' | 'gtf';

/** The attributes of a feature by name, decoded; an attribute may have several values. */
export type GffAttributes = Readonly<Record<string, readonly string[]>>;

/** A feature of a GFF3 or GTF file: 0-based, half-open. */
export interface GffRecord extends Interval {
  /** The program or database that it is from. */
  readonly source?: string;
  /** What it is, for example `gene`, `mRNA`, `exon`, `CDS`. */
  readonly type: string;
  readonly score?: number;
  /** `.` where it has none or it is not known (`?`). */
  readonly strand: Strand;
  /** Bases to leave out at the 5' end of a CDS to get to the next codon. */
  readonly phase?: 0 | 1 | 2;
  readonly attributes: GffAttributes;
}

/** Options of {@link readGff}, {@link streamGff} and `readGenes`. */
export interface GffOptions {
  /**
   * Default: what `##gff-version` says, else the name of the file (`.gff3`, `.gtf`, also compressed),
   * else the attributes of the first feature.
   */
  readonly dialect?: GffDialect;
}

/**
 * The features of a GFF3 or GTF file one after the other, plain, gzip or bgzip, in constant memory
 * (Sequence Ontology, "Generic Feature Format Version 3", 1.26; Washington University, "GTF2.2").
 * Comments and directives are skipped; `##FASTA` ends the features. Coordinates become 0-based and
 * half-open, percent codes of GFF3 are decoded.
 *
 * @throws InputError naming file, line and column for what is no feature
 *
 * @example
 * for await (const { type, attributes } of streamGff('genes.gtf.gz')) {
 *   if (type === 'gene') names.push(attributes.gene_name?.[0]);
 * }
 */
export async function* streamGff(
  source: FileSource,
  options: GffOptions = {},
): AsyncGenerator<GffRecord, void, undefined> {
  for await (const records of streamGffBatches(source, options)) yield* records;
}

/** All features of a GFF3 or GTF file; see {@link streamGff}. `readGenes` joins them to genes. */
export async function readGff(source: FileSource, options: GffOptions = {}): Promise<GffRecord[]> {
  return collectBatches(streamGffBatches(source, options));
}

function streamGffBatches(
  source: FileSource,
  options: GffOptions,
): AsyncGenerator<GffRecord[], void, undefined> {
  checkGffOptions(options, 'readGff');
  return streamRecordBatches(source, gffLineParser(options.dialect, sourceName(source)));
}

/** Throws `UsageError` for options that are none. */
export function checkGffOptions(options: GffOptions, where: string): void {
  checkOptionNames(options, ['dialect'], where);
  const { dialect = 'gff3' } = options;
  if (dialect !== 'gff3' && dialect !== 'gtf') {
    throw new UsageError({
      where: `${where}, dialect`,
      found: quoted(String(dialect)),
      expected: 'gff3 or gtf',
    });
  }
}

/**
 * Makes the parser of the lines of a GFF3 or GTF file.
 *
 * @param dialect undefined where name and content are to tell
 * @param name of the file
 * @param onDialect is told the dialect before the first feature
 */
export function gffLineParser(
  dialect: GffDialect | undefined,
  name: string,
  onDialect?: (dialect: GffDialect) => void,
): ParseLine<GffRecord> {
  let known = dialect;
  let announced = false;
  return (line, place) => {
    if (line.startsWith('#')) {
      if (/^##\s*FASTA\b/i.test(line)) return endOfRecords;
      // GTF files say `##gff-version 2`, or nothing.
      if (/^##\s*gff-version\s+3\b/.test(line)) known ??= 'gff3';
      return undefined;
    }
    if (line.startsWith('>')) return endOfRecords;
    if (line.trim() === '') return undefined;
    const fields = line.split('\t');
    if (fields.length < 8 || fields.length > 9) throw wrongColumns(line, fields.length, place);
    known ??= dialectOfName(name) ?? dialectOfAttributes(fields[8] ?? '');
    if (!announced) onDialect?.(known);
    announced = true;
    return parseFeature(fields, known, place);
  };
}

function dialectOfName(name: string): GffDialect | undefined {
  const ending = /\.(gff3|gtf)(\.b?gz)?$/i.exec(name)?.[1]?.toLowerCase();
  return ending === 'gff3' || ending === 'gtf' ? ending : undefined;
}

/** GTF writes `name "value"`, GFF3 `name=value`. */
function dialectOfAttributes(text: string): GffDialect {
  return /^\s*[^\s=;]+\s+\S/.test(text) ? 'gtf' : 'gff3';
}

function wrongColumns(line: string, columns: number, place: LinePlace): Error {
  const hasSpaces = columns === 1 && /^\S+ +\S+ +\S+ +\d+ +\d+/.test(line);
  return place.error({
    found: hasSpaces
      ? 'columns separated by spaces'
      : `${String(columns)} ${columns === 1 ? 'column' : 'columns'}`,
    expected: hasSpaces ? 'tabs' : 'the 9 columns of GFF, separated by tabs',
    fix: columns === 12 || columns === 6 ? 'Read a BED file with readBed.' : undefined,
  });
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function parseFeature(fields: readonly string[], dialect: GffDialect, place: LinePlace): GffRecord {
  const [chromText = '', source = '.', typeText = '', startText = '', endText = ''] = fields;
  const [score = '.', strandText = '.', phase = '.', attributeText = ''] = fields.slice(5);
  const isGff3 = dialect === 'gff3';
  const chrom = isGff3 ? unescapeGff3(chromText) : chromText;
  const type = isGff3 ? unescapeGff3(typeText) : typeText;
  if (chrom === '' || chrom === '.') throw place.error({ found: 'no sequence name in column 1' });
  if (type === '' || type === '.') throw place.error({ found: 'no feature type in column 3' });
  const start = place.wholeNumber(startText, [4, 'start'], 1) - 1;
  const end = place.wholeNumber(endText, [5, 'end'], 1);
  if (end <= start) {
    throw place.error({
      found: `end ${endText} before start ${startText}`,
      expected: 'start ≤ end',
      fix: "On the '-' strand, too, start is the smaller coordinate.",
    });
  }
  const strand = strandText === '?' ? '.' : strandText;
  if (strand !== '+' && strand !== '-' && strand !== '.') {
    throw place.error({ found: quoted(strandText), expected: "'+', '-', '.' or '?'" }, [
      7,
      'strand',
    ]);
  }
  const attributes = isGff3
    ? parseGff3Attributes(attributeText)
    : parseGtfAttributes(attributeText, place);
  const record: Mutable<GffRecord> = { chrom, start, end, type, strand, attributes };
  if (source !== '.' && source !== '') record.source = isGff3 ? unescapeGff3(source) : source;
  if (score !== '.' && score !== '') record.score = place.number(score, [6, 'score']);
  if (phase === '0' || phase === '1' || phase === '2') record.phase = Number(phase) as 0 | 1 | 2;
  else if (phase !== '.' && phase !== '') {
    throw place.error({ found: quoted(phase), expected: "0, 1, 2 or '.'" }, [8, 'phase']);
  }
  return record;
}
