import { EnvironmentError, InputError } from '../core/errors.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamLines } from '../formats/stream-lines.ts';
import { compareVersions, type ExternalTool } from './external-tool.ts';
import type { Strandedness } from './quantify-options.ts';

/** Counts reads on genes. */
export const featureCounts: ExternalTool = {
  name: 'featureCounts',
  commands: [['featureCounts']],
  debianPackage: 'subread',
  minimumVersion: '2.0.0',
  versionArguments: ['-v'],
  versionPattern: /\bfeatureCounts v(\d+(?:\.\d+)+)/,
};

/** Names in the folder of a stage of counting; featureCounts adds `.summary` to that of its table. */
export const COUNTED = { table: 'counts.txt', summary: 'counts.txt.summary' } as const;

/** featureCounts takes no more. */
const MOST_THREADS = 64;

/** From this version on `-p` says only that there are pairs; another option has them counted. */
const COUNTS_READS_OF_PAIRS = '2.0.2';

/** What is counted. */
export interface FeatureCountsOptions {
  readonly annotation: string;
  /** `SAF` is featureCounts' own table of exons. */
  readonly format: 'GTF' | 'SAF';
  readonly featureType: string;
  readonly geneAttribute: string;
  readonly strandedness: Strandedness;
  readonly isPaired: boolean;
  readonly threads: number;
  /** Version of the tool. */
  readonly version: string;
}

/**
 * Arguments of featureCounts: primary alignments, chimeric pairs (mates on two chromosomes) left out,
 * and pairs counted once.
 */
export function featureCountsArguments(bam: string, options: FeatureCountsOptions): string[] {
  const { annotation, format, featureType, geneAttribute, strandedness, isPaired } = options;
  const strand = { unstranded: '0', forward: '1', reverse: '2' }[strandedness];
  const countsPairs = compareVersions(options.version, COUNTS_READS_OF_PAIRS) >= 0;
  const pairs = countsPairs ? ['-p', '--countReadPairs'] : ['-p'];
  return [
    '-T',
    String(Math.min(options.threads, MOST_THREADS)),
    '--primary',
    '-C',
    '-s',
    strand,
    ...(isPaired ? pairs : []),
    '-F',
    format,
    ...(format === 'GTF' ? ['-t', featureType, '-g', geneAttribute] : []),
    '-a',
    annotation,
    '-o',
    COUNTED.table,
    bam,
  ];
}

/** Reads of one sample on genes. */
export interface GeneCounts {
  readonly genes: readonly string[];
  /** Exon bases of each gene, those of several transcripts counted once. */
  readonly lengths: Float64Array;
  readonly counts: Float64Array;
}

const HEADING = ['Geneid', 'Chr', 'Start', 'End', 'Strand', 'Length'];

/**
 * Reads a table of featureCounts with one sample (Subread Users Guide, section "featureCounts"): a
 * comment line, a heading, then gene, places of its exons, length and count.
 *
 * @throws InputError naming file and line
 */
export async function readFeatureCounts(source: FileSource): Promise<GeneCounts> {
  const file = sourceName(source);
  const genes: string[] = [];
  const lengths: number[] = [];
  const counts: number[] = [];
  const known = new Set<string>();
  let hasHeading = false;
  for await (const { firstLine, lines } of streamLines(source)) {
    for (const [index, line] of lines.entries()) {
      const where = `${file}, line ${String(firstLine + index)}`;
      if (line.startsWith('#') && !hasHeading) continue;
      const fields = line.split('\t');
      if (fields.length !== HEADING.length + 1) {
        throw new InputError({
          where,
          found: `${String(fields.length)} fields`,
          expected: `${String(HEADING.length + 1)}: ${HEADING.join(', ')} and one sample`,
        });
      }
      if (!hasHeading) {
        hasHeading = HEADING.every((name, i) => fields[i] === name);
        if (hasHeading) continue;
        throw new InputError({
          where,
          found: `the heading '${line.slice(0, 80)}'`,
          expected: `${HEADING.join(', ')}, then the sample`,
        });
      }
      const gene = fields[0] ?? '';
      const [length, count] = [5, 6].map((i) => wholeNumber(fields[i] ?? '', where));
      if (gene === '' || known.has(gene)) {
        throw new InputError({
          where,
          found: gene === '' ? 'a gene without name' : `the gene '${gene}' for a second time`,
          expected: 'each gene once',
        });
      }
      known.add(gene);
      genes.push(gene);
      lengths.push(length ?? NaN);
      counts.push(count ?? NaN);
    }
  }
  if (genes.length === 0) {
    throw new InputError({ where: file, found: 'no genes', expected: 'a table of featureCounts' });
  }
  return { genes, lengths: Float64Array.from(lengths), counts: Float64Array.from(counts) };
}

function wholeNumber(text: string, where: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InputError({
    where,
    found: `'${text.slice(0, 80)}'`,
    expected: 'a whole number from 0 for length and count',
  });
}

/**
 * Reads or pairs that featureCounts assigned to genes, of its `.summary` file.
 *
 * @throws EnvironmentError for what it never writes
 */
export function parseFeatureCountsSummary(text: string, where: string): number {
  const value = /^Assigned\t(\d{1,15})\r?$/m.exec(text)?.[1];
  if (value !== undefined) return Number(value);
  throw new EnvironmentError({
    where,
    found: `a summary of featureCounts that cannot be read: '${text.slice(0, 200)}'`,
    expected: "a line 'Assigned' with one number",
    fix: 'Check with featureCounts -v that the installed program is featureCounts.',
  });
}
