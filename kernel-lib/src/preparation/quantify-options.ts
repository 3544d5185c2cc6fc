import type { LongWorkOptions } from '../core/progress.ts';
import type { RnaSeqSample } from './quantify-samples.ts';
import type { TrimmingOptions } from './trimmomatic.ts';

/** The strand that reads come from: `-s` of featureCounts. */
export type Strandedness = 'unstranded' | 'forward' | 'reverse';

/** Options of {@link quantify}. */
export interface QuantifyOptions extends LongWorkOptions {
  /** A table of samples (see `readRnaSeqSamples`), or a list. */
  readonly samples: string | readonly RnaSeqSample[];
  /** FASTA of the genome, plain or gzip, from which the HISAT2 index is built. */
  readonly genome?: string;
  /** A HISAT2 index in place of the genome: the path without `.1.ht2`. */
  readonly index?: string;
  /** Genes with their exons: GTF or GFF3, plain or gzip. */
  readonly annotation: string;
  /** Default: `gff3` for names that end in .gff or .gff3 (also .gz), else `gtf`. */
  readonly annotationFormat?: 'gtf' | 'gff3';
  /** Features of a GTF that are counted. Default `exon`. */
  readonly featureType?: string;
  /** Attribute of a GTF that joins features to genes. Default `gene_id`. */
  readonly geneAttribute?: string;
  /** Default `unstranded`. */
  readonly strandedness?: Strandedness;
  /** FASTA of adapters; without it none are cut off. */
  readonly adapters?: string;
  readonly trimming?: TrimmingOptions;
  /** Where everything is written; a second call goes on where the first one stopped. */
  readonly folder: string;
  /** Threads of each tool. Default: the cores of the machine, at most 8. */
  readonly threads?: number;
  /** Keeps the trimmed reads after they are aligned. Default true. */
  readonly keepTrimmed?: boolean;
  /** Folders where the tools are looked for, in the form of PATH. Default: PATH. */
  readonly searchPath?: string;
  /** Is told what is done. */
  readonly log?: (line: string) => void;
  /** Is told what the tools say, line by line; their log files have it in any case. */
  readonly toolLog?: (line: string) => void;
}

/** Names of the options, for `checkOptionNames`. */
export const QUANTIFY_OPTIONS: readonly (keyof QuantifyOptions)[] = [
  'samples',
  'genome',
  'index',
  'annotation',
  'annotationFormat',
  'featureType',
  'geneAttribute',
  'strandedness',
  'adapters',
  'trimming',
  'folder',
  'threads',
  'keepTrimmed',
  'searchPath',
  'log',
  'toolLog',
  'signal',
  'progress',
];
