import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { firstValue } from '../formats/gene-names.ts';
import { gffLineParser, type GffDialect, type GffRecord } from '../formats/gff.ts';
import { quoted, type LinePlace } from '../formats/line-place.ts';
import { endOfRecords, streamRecordBatches, type ParseLine } from '../formats/stream-records.ts';
import type { Strand } from '../sequence/interval.ts';

/** Layouts of annotations whose gene ids are known. */
export const GENE_ID_LAYOUTS = ['auto', 'ensembl', 'refseq', 'maizegdb', 'gtf'] as const;

/** An attribute that names genes, and what its values begin with. */
export interface GeneIdAttribute {
  /** For example `locus_tag`. */
  readonly attribute: string;
  /** Is taken off where a value begins with it, for example `gene-`. Default: nothing. */
  readonly prefix?: string;
}

/**
 * Where the id of a gene stands among its attributes:
 *
 * - `auto`: `gene_id` where there is one, else `ID` without `gene:` or `gene-`
 * - `ensembl`: `ID=gene:X`
 * - `refseq`: the number X of `Dbxref=GeneID:X`
 * - `maizegdb`: `ID=X` as it is
 * - `gtf`: `gene_id "X"`
 *
 * or an attribute of your choice.
 */
export type GeneIdRule = (typeof GENE_ID_LAYOUTS)[number] | GeneIdAttribute;

/** A gene of an annotation: where it lies and what it is called. */
export interface GeneLocus {
  readonly id: string;
  readonly chrom: string;
  /** 0-based, half-open. */
  readonly start: number;
  readonly end: number;
  readonly strand: Strand;
}

/** Options of {@link readGeneLoci}. */
export interface GeneLociOptions {
  /** Types of features that are genes. Default `['gene']`. */
  readonly types?: readonly string[];
  readonly geneId?: GeneIdRule;
  /** Default: found out, see `readGff`. */
  readonly dialect?: GffDialect;
  readonly signal?: AbortSignal;
}

/** Types of features that are remembered for a message. */
const MOST_TYPES = 40;

/** Throws `UsageError` for a rule that is none. */
export function checkGeneIdRule(rule: GeneIdRule): void {
  const where = 'option geneId';
  if (typeof rule === 'string') {
    if (GENE_ID_LAYOUTS.includes(rule)) return;
    throw new UsageError({
      where,
      found: quoted(rule),
      expected: 'a known layout, or { attribute, prefix }',
      fix: suggestion(rule, GENE_ID_LAYOUTS),
    });
  }
  checkOptionNames(rule, ['attribute', 'prefix'], where);
  if (typeof rule.attribute === 'string' && rule.attribute !== '') return;
  throw new UsageError({
    where,
    found: 'no attribute',
    expected: "for example { attribute: 'ID' }",
  });
}

function withoutPrefix(value: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((each) => value.startsWith(each));
  return prefix === undefined ? value : value.slice(prefix.length);
}

/** The id of a gene by a rule; undefined where its attributes do not have it. */
function geneIdOf({ attributes }: GffRecord, rule: GeneIdRule): string | undefined {
  const id = firstValue(attributes, 'ID');
  const geneId = firstValue(attributes, 'gene_id');
  if (typeof rule !== 'string') {
    const value = firstValue(attributes, rule.attribute);
    return value === undefined ? undefined : withoutPrefix(value, [rule.prefix ?? '']);
  }
  if (rule === 'gtf') return geneId;
  if (rule === 'maizegdb') return id;
  if (rule === 'refseq') {
    const reference = attributes.Dbxref?.find((value) => value.startsWith('GeneID:'));
    return reference === undefined ? undefined : withoutPrefix(reference, ['GeneID:']);
  }
  if (rule === 'auto' && geneId !== undefined) return geneId;
  return id === undefined ? undefined : withoutPrefix(id, ['gene:', 'gene-']);
}

function requireGeneId(record: GffRecord, rule: GeneIdRule, place: LinePlace): string {
  const id = geneIdOf(record, rule);
  const shownRule = typeof rule === 'string' ? `layout '${rule}'` : `attribute '${rule.attribute}'`;
  if (id === undefined || id === '') {
    const names = Object.keys(record.attributes).slice(0, 12);
    throw place.error(
      {
        found: `a ${record.type} without an id by the ${shownRule}; its attributes: ${names.join(', ') || 'none'}`,
        fix: 'Choose another layout with the option geneId, or name an attribute with { attribute, prefix }.',
      },
      [9, 'attributes'],
    );
  }
  if (/\s/.test(id)) {
    throw place.error(
      {
        found: `the gene id ${quoted(id)}`,
        expected: 'an id without spaces: names of FASTA records end at a space',
        fix: 'Name another attribute with the option geneId: { attribute }.',
      },
      [9, 'attributes'],
    );
  }
  return id;
}

/** The third field of a line, without the work of parsing the others. */
function typeOfLine(line: string): string | undefined {
  const second = line.indexOf('\t', line.indexOf('\t') + 1);
  const third = second < 1 ? -1 : line.indexOf('\t', second + 1);
  return third < 0 ? undefined : line.slice(second + 1, third);
}

/**
 * The genes of a GFF3 or GTF file (plain, gzip or bgzip) in the order of the file. Other features are
 * passed over unread, as their lines are most of the file.
 *
 * @throws InputError for what is no GFF, for a gene without id, and where no feature is a gene
 */
export async function readGeneLoci(
  source: FileSource,
  options: GeneLociOptions = {},
): Promise<GeneLocus[]> {
  const { types = ['gene'], geneId = 'auto', dialect, signal } = options;
  checkGeneIdRule(geneId);
  if (types.length === 0) {
    throw new UsageError({
      where: 'option types',
      found: 'none',
      expected: "for example ['gene']",
    });
  }
  const file = sourceName(source);
  const wanted = new Set(types);
  const others = new Map<string, number>();
  const parseRecord = gffLineParser(dialect, file);
  let isGff = false;
  const parse: ParseLine<GeneLocus> = (line, place) => {
    const type = line.startsWith('#') ? undefined : typeOfLine(line);
    const isOther = type !== undefined && !wanted.has(type);
    if (isOther && (others.size < MOST_TYPES || others.has(type))) {
      others.set(type, (others.get(type) ?? 0) + 1);
    }
    // The first feature is parsed whatever it is: it tells a GFF from a BED file.
    if (isOther && isGff) return undefined;
    const record = parseRecord(line, place);
    if (record === undefined || record === endOfRecords) return record;
    isGff = true;
    if (isOther) return undefined;
    const { chrom, start, end, strand } = record;
    return { id: requireGeneId(record, geneId, place), chrom, start, end, strand };
  };
  const genes: GeneLocus[] = [];
  for await (const batch of streamRecordBatches(source, parse)) {
    throwIfAborted(signal, `reading ${file}`);
    for (const gene of batch) genes.push(gene);
  }
  if (genes.length === 0) throw noGenes(file, types, others);
  return genes;
}

function noGenes(
  file: string,
  types: readonly string[],
  others: ReadonlyMap<string, number>,
): InputError {
  const common = [...others].sort((a, b) => b[1] - a[1]).slice(0, 6);
  const shown = common.map(([type, count]) => `${type} (${String(count)})`).join(', ');
  return new InputError({
    where: file,
    found: `no feature of the type ${types.join(' or ')}${shown === '' ? '' : `, but ${shown}`}`,
    expected: 'an annotation with genes, GFF3 or GTF',
    fix:
      shown === ''
        ? 'Check that this is the file you meant.'
        : 'Name the types that are genes with the option types.',
  });
}
