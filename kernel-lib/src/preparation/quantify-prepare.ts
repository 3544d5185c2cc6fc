import { availableParallelism } from 'node:os';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { EnvironmentError, InputError, UsageError, throwIfAborted } from '../core/errors.ts';
import { checkFolderWritable } from '../core/file-writer.ts';
import { streamLines } from '../formats/stream-lines.ts';
import { findExternalTools, type InstalledTool } from './external-tool.ts';
import { featureCounts } from './feature-counts.ts';
import { hisat2, hisat2Build, samtools } from './hisat2.ts';
import { annotationFormat, checkAnnotation, checkSharedContigs } from './quantify-annotation.ts';
import { readContigNames } from './quantify-genome.ts';
import { QUANTIFY_OPTIONS, type QuantifyOptions, type Strandedness } from './quantify-options.ts';
import { checkRnaSeqSamples, readRnaSeqSamples, type RnaSeqSample } from './quantify-samples.ts';
import { fingerprint, type FileFingerprint } from './quantify-stage.ts';
import {
  resolveTrimming,
  trimmomaticPairs,
  trimmomaticSingle,
  type Trimming,
} from './trimmomatic.ts';

/** A checked call of `quantify`: all that could be found wrong beforehand is right. */
export interface PreparedQuantification {
  readonly samples: readonly PreparedSample[];
  readonly tools: Readonly<Record<ToolName, InstalledTool>>;
  readonly reference: Reference;
  readonly annotation: PreparedAnnotation;
  readonly adapters: FileFingerprint | undefined;
  readonly trimming: Trimming;
  readonly strandedness: Strandedness;
  readonly folder: string;
  readonly threads: number;
  readonly keepTrimmed: boolean;
  readonly searchPath: string | undefined;
}

/** The tools of a quantification. */
export type ToolName =
  | 'trimmomaticPairs'
  | 'trimmomaticSingle'
  | 'hisat2'
  | 'hisat2Build'
  | 'samtools'
  | 'featureCounts';

/** A sample with the state of its files. */
export interface PreparedSample extends RnaSeqSample {
  readonly files: readonly FileFingerprint[];
}

/** What reads are aligned to. */
export type Reference =
  | { readonly kind: 'genome'; readonly genome: FileFingerprint }
  | { readonly kind: 'index'; readonly prefix: string; readonly files: readonly FileFingerprint[] };

/** An annotation with what is counted of it. */
export interface PreparedAnnotation {
  readonly file: FileFingerprint;
  readonly format: 'gtf' | 'gff3';
  readonly featureType: string;
  readonly geneAttribute: string;
  readonly genes: number;
}

const MOST_THREADS = 1024;
const DEFAULT_THREADS = 8;

/** Names of features and attributes that go into a command; featureCounts takes lists of types. */
const WORD = /^[\w.:,-]{1,200}$/;

/** Ends of the eight files of a HISAT2 index, small and large. */
export const INDEX_ENDS: readonly string[] = ['1', '2', '3', '4', '5', '6', '7', '8'];

/**
 * Checks everything that a quantification needs: the tools and their versions, the samples and the
 * first read of each file, the genome or index, the annotation and the names of its chromosomes.
 * Writes nothing.
 *
 * @throws UsageError, InputError, EnvironmentError, InterruptedError
 */
export async function prepareQuantification(
  options: QuantifyOptions,
): Promise<PreparedQuantification> {
  checkOptionNames(options, QUANTIFY_OPTIONS, 'quantify');
  const { signal, log = () => undefined, searchPath, strandedness = 'unstranded' } = options;
  const threads = options.threads ?? Math.min(availableParallelism(), DEFAULT_THREADS);
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new UsageError({
      where: 'option threads',
      found: String(threads),
      expected: `a whole number from 1 to ${String(MOST_THREADS)}`,
    });
  }
  if (!['unstranded', 'forward', 'reverse'].includes(strandedness)) {
    throw new UsageError({
      where: 'option strandedness',
      found: `'${strandedness}'`,
      expected: 'unstranded, forward or reverse',
    });
  }
  if (process.platform === 'win32') {
    throw new EnvironmentError({
      where: 'quantify',
      found: 'Windows, for which HISAT2 and featureCounts are not made',
      fix: 'Use the Windows Subsystem for Linux.',
    });
  }
  const trimming = resolveTrimming(options.trimming);
  const samples = await prepareSamples(options);
  await checkFolderWritable(options.folder);
  const tools = await findTools(samples, options);
  const versions = new Set(Object.values(tools).map(({ name, version }) => `${name} ${version}`));
  log([...versions].join(', '));
  const reference = await findReference(options);
  const annotation = await prepareAnnotation(options, reference);
  const adapters =
    options.adapters === undefined ? undefined : await checkAdapters(options.adapters);
  throwIfAborted(signal, 'quantification');
  return {
    samples,
    tools,
    reference,
    annotation,
    adapters,
    trimming,
    strandedness,
    folder: path.resolve(options.folder),
    threads,
    keepTrimmed: options.keepTrimmed ?? true,
    searchPath,
  };
}

async function prepareSamples(options: QuantifyOptions): Promise<PreparedSample[]> {
  const { samples: given } = options;
  const samples = typeof given === 'string' ? await readRnaSeqSamples(given) : given;
  const where = typeof given === 'string' ? given : 'option samples';
  checkRnaSeqSamples(samples, where);
  const prepared: PreparedSample[] = [];
  for (const sample of samples) {
    throwIfAborted(options.signal, 'quantification');
    const { fastq1, fastq2 } = sample;
    const files: FileFingerprint[] = [];
    for (const file of fastq2 === undefined ? [fastq1] : [fastq1, fastq2]) {
      files.push(await fingerprint(file));
      await checkFastqStart(file);
    }
    prepared.push({ ...sample, files });
  }
  return prepared;
}

/** Throws where a file does not begin with a read: the aligner would only say that none was aligned. */
async function checkFastqStart(file: string): Promise<void> {
  const first: string[] = [];
  for await (const { lines } of streamLines(file)) {
    first.push(...lines.slice(0, 4 - first.length));
    if (first.length >= 4) break;
  }
  const [name = '', sequence = '', plus = '', quality = ''] = first;
  if (name.startsWith('@') && plus.startsWith('+') && sequence.length === quality.length) return;
  throw new InputError({
    where: `${file}, line 1`,
    found: first.length === 0 ? 'an empty file' : `'${name.slice(0, 60)}' and no read after it`,
    expected: 'FASTQ with four lines a read, plain or gzip',
  });
}

async function findTools(
  samples: readonly RnaSeqSample[],
  options: QuantifyOptions,
): Promise<Record<ToolName, InstalledTool>> {
  const { searchPath, signal } = options;
  const hasPairs = samples.some(({ fastq2 }) => fastq2 !== undefined);
  const hasSingle = samples.some(({ fastq2 }) => fastq2 === undefined);
  return findExternalTools(
    {
      // Only one of the two may be installed, and only one may be needed.
      trimmomaticPairs: hasPairs ? trimmomaticPairs : trimmomaticSingle,
      trimmomaticSingle: hasSingle ? trimmomaticSingle : trimmomaticPairs,
      hisat2,
      hisat2Build: options.index === undefined ? hisat2Build : hisat2,
      samtools,
      featureCounts,
    },
    {
      ...(searchPath === undefined ? {} : { searchPath }),
      ...(signal === undefined ? {} : { signal }),
    },
  );
}

async function findReference({ genome, index }: QuantifyOptions): Promise<Reference> {
  if ((genome === undefined) === (index === undefined)) {
    throw new UsageError({
      where: 'quantify',
      found: genome === undefined ? 'neither genome nor index' : 'both genome and index',
      expected: 'one of them',
    });
  }
  if (genome !== undefined) return { kind: 'genome', genome: await fingerprint(genome) };
  const prefix = index ?? '';
  for (const ending of ['ht2', 'ht2l']) {
    const names = INDEX_ENDS.map((number) => `${prefix}.${number}.${ending}`);
    const [first] = await Promise.all(
      names.slice(0, 1).map((name) => fingerprint(name).catch(() => undefined)),
    );
    if (first === undefined) continue;
    const files = await Promise.all(names.map(fingerprint));
    return { kind: 'index', prefix, files };
  }
  throw new InputError({
    where: prefix,
    found: `no ${path.basename(prefix)}.1.ht2 or .1.ht2l`,
    expected: 'a HISAT2 index: the path of its files without .1.ht2',
  });
}

async function prepareAnnotation(
  options: QuantifyOptions,
  reference: Reference,
): Promise<PreparedAnnotation> {
  const { annotation: file, signal, log = () => undefined } = options;
  const { featureType = 'exon', geneAttribute = 'gene_id' } = options;
  const format = options.annotationFormat ?? annotationFormat(file);
  if (!['gtf', 'gff3'].includes(format)) {
    throw new UsageError({
      where: 'option annotationFormat',
      found: `'${format}'`,
      expected: 'gtf or gff3',
    });
  }
  for (const [name, value] of Object.entries({ featureType, geneAttribute })) {
    if (WORD.test(value) && !value.startsWith('-')) continue;
    throw new UsageError({
      where: `option ${name}`,
      found: `'${value}'`,
      expected: 'a word, for example exon or gene_id',
    });
  }
  if (format === 'gff3' && (options.featureType ?? options.geneAttribute) !== undefined) {
    throw new UsageError({
      where: 'options featureType and geneAttribute',
      found: 'a GFF3 file, whose exons are joined to genes by their parents',
      expected: 'these options for GTF only',
    });
  }
  const known = await fingerprint(file);
  const content = await checkAnnotation(file, { format, featureType, geneAttribute, signal });
  if (reference.kind === 'genome') {
    const genome = reference.genome.name;
    const names = await readContigNames(genome, { signal });
    const absent = checkSharedContigs({ file: genome, names }, { file, contigs: content.contigs });
    if (absent.length > 0) {
      log(`${file}: genes on ${absent.slice(0, 3).join(', ')}, … which the genome lacks`);
    }
  }
  return { file: known, format, featureType, geneAttribute, genes: content.genes };
}

async function checkAdapters(file: string): Promise<FileFingerprint> {
  const known = await fingerprint(file);
  await readContigNames(file);
  return known;
}
