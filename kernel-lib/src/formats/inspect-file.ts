import { stat } from 'node:fs/promises';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted } from '../core/errors.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import { openSource, sourcePath, type FileSource } from './byte-source.ts';
import { detectFormat, type FileFormat } from './detect-format.ts';
import { fileError } from './file-error.ts';
import {
  inspectHdf5,
  inspectKeras,
  inspectNpy,
  inspectNpz,
  inspectSafetensors,
  inspectTfRecord,
  inspectTorch,
} from './inspect-arrays.ts';
import {
  inspectBinary,
  inspectJson,
  inspectMotifs,
  inspectNotebook,
  inspectRunConfig,
  inspectText,
  inspectZip,
  type ReadRunConfigText,
} from './inspect-documents.ts';
import { inspectFolder } from './inspect-folder.ts';
import { readGenomeContigs, type GenomeContigs } from './inspect-genome.ts';
import { inspectIndexFile } from './inspect-index-file.ts';
import {
  inspectBed,
  inspectBedGraph,
  inspectBedpe,
  inspectGff,
  inspectPeaks,
} from './inspect-regions.ts';
import { Inspection, type FileReport } from './inspect-report.ts';
import { inspectFasta, inspectFastq, inspectTwoBit } from './inspect-sequences.ts';
import { inspectArrow, inspectParquet, inspectTable } from './inspect-tables.ts';
import { inspectBam, inspectBigBed, inspectBigWig } from './inspect-tracks.ts';
import { inspectVcf } from './inspect-variants.ts';
import { formatName } from './inspect-views.ts';

/** Options of {@link inspectFile}. */
export interface InspectFileOptions extends LongWorkOptions {
  /**
   * The genome that the file belongs to (FASTA, `.fai` or 2bit): contigs that it lacks, other lengths
   * and records beyond the ends of contigs are problems then. Default none.
   */
  readonly genome?: FileSource;
  /** Rows of each list that the views show. Default 20. */
  readonly limit?: number;
  /**
   * Checks the text of a run config and gives facts about it, or throws what is wrong; the readers of
   * formats know nothing of runs. Default: only its keys are named.
   */
  readonly readRunConfig?: ReadRunConfigText;
}

type Look = (inspection: Inspection, genome: GenomeContigs | undefined) => Promise<void>;

const LOOKS: Readonly<Record<Exclude<FileFormat, 'run-config'>, Look>> = {
  fasta: inspectFasta,
  fastq: inspectFastq,
  '2bit': inspectTwoBit,
  bed: inspectBed,
  narrowPeak: (inspection, genome) => inspectPeaks(inspection, genome, 'narrowPeak'),
  broadPeak: (inspection, genome) => inspectPeaks(inspection, genome, 'broadPeak'),
  gappedPeak: (inspection, genome) => inspectPeaks(inspection, genome, 'gappedPeak'),
  bedGraph: inspectBedGraph,
  bedpe: inspectBedpe,
  gff3: (inspection, genome) => inspectGff(inspection, genome, 'gff3'),
  gtf: (inspection, genome) => inspectGff(inspection, genome, 'gtf'),
  vcf: inspectVcf,
  bam: inspectBam,
  bigWig: inspectBigWig,
  bigBed: inspectBigBed,
  motifs: inspectMotifs,
  npy: inspectNpy,
  npz: inspectNpz,
  safetensors: inspectSafetensors,
  hdf5: inspectHdf5,
  keras: inspectKeras,
  pytorch: inspectTorch,
  tfrecord: inspectTfRecord,
  table: inspectTable,
  arrow: inspectArrow,
  parquet: inspectParquet,
  zip: inspectZip,
  notebook: inspectNotebook,
  json: inspectJson,
  index: inspectIndexFile,
  text: inspectText,
  binary: inspectBinary,
};

/** The empty block that ends a BGZF file (SAM specification, section 4.1.2). */
const END_OF_BGZF = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

/** Formats that one ending stands for, and those that are found by content where another is named. */
const ALIKE: readonly (readonly FileFormat[])[] = [
  ['hdf5', 'keras'],
  ['zip', 'npz', 'keras', 'pytorch'],
  ['gff3', 'gtf'],
];

/**
 * What a file is, what is in it and what is wrong with it: every format that the readers of this room
 * know, a model or run folder, a notebook, or what else it may be. Texts are read to their end in
 * memory that does not grow with their length. What is wrong with the file is a problem in the report,
 * not an error; what was found before a damaged place stays.
 *
 * Values of safetensors up to 256 MiB are looked at; alignments of BAM files are not.
 *
 * @throws InterruptedError; UsageError for wrong options; InputError for a genome that cannot be read
 *
 * @example
 * const report = await inspectFile('peaks.narrowPeak.gz', { genome: 'hg38.fa' });
 * for (const view of report.views) view.show();
 */
export async function inspectFile(
  source: FileSource,
  options: InspectFileOptions = {},
): Promise<FileReport> {
  const known = ['genome', 'limit', 'readRunConfig', 'signal', 'progress'];
  checkOptionNames(options, known, 'inspectFile');
  const { genome, limit = 20, readRunConfig, signal, progress } = options;
  checkWholeNumber(limit, 'inspectFile, limit', 0);
  const inspection = new Inspection(source, longWorkOf({ signal, progress }));
  throwIfAborted(signal, `inspecting ${inspection.name}`);
  const contigs = genome === undefined ? undefined : await readGenomeContigs(genome);
  await inspection.attempt(async () => {
    try {
      await look(inspection, contigs, readRunConfig);
    } catch (error) {
      throw await fileError(inspection.name, error);
    }
  });
  return inspection.report(limit);
}

async function look(
  inspection: Inspection,
  genome: GenomeContigs | undefined,
  readRunConfig: ReadRunConfigText | undefined,
): Promise<void> {
  const { source } = inspection;
  const folder = sourcePath(source);
  if (folder !== undefined) {
    const found = await stat(folder);
    if (found.isDirectory()) return inspectFolder(inspection, folder);
    if (!found.isFile()) {
      throw new InputError({
        where: folder,
        found: 'a device, pipe or socket',
        expected: 'a file',
      });
    }
  }
  const { format, compression, size, named } = await detectFormat(source);
  inspection.format = format;
  inspection.compression = compression;
  inspection.size = size;
  if (size === 0) {
    throw new InputError({
      where: inspection.name,
      found: 'an empty file',
      fix: 'Copy or download it again.',
    });
  }
  if (format === 'run-config') await inspectRunConfig(inspection, readRunConfig);
  else await LOOKS[format](inspection, genome);
  if (compression === 'bgzip') await checkBgzfEnd(inspection, size);
  checkName(inspection, named);
}

/** Whether the block that marks the end is there: without it the file may be cut off. */
async function checkBgzfEnd(inspection: Inspection, size: number): Promise<void> {
  const bytes = openSource(inspection.source);
  try {
    const end = await bytes.read(Math.max(0, size - END_OF_BGZF.length), END_OF_BGZF.length);
    if (END_OF_BGZF.equals(end)) return;
    inspection.problem({
      where: inspection.name,
      found: 'no block that marks the end of bgzip data',
      expected: 'one as the last 28 bytes',
      fix: 'The file may be cut off: copy or download it again.',
    });
  } finally {
    await bytes.close();
  }
}

/** A name that says something else than the content. */
function checkName(inspection: Inspection, named: FileFormat | undefined): void {
  const { format } = inspection;
  if (named === undefined || named === 'text' || named === format) return;
  // What is no format of ours was said to be that.
  if ((format === 'text' || format === 'binary') && !inspection.isFine) return;
  if (ALIKE.some((formats) => formats.includes(named) && formats.some((each) => each === format))) {
    return;
  }
  inspection.problem({
    where: inspection.name,
    found: `content of another kind (${formatName(format)})`,
    expected: `${formatName(named)}, as the name says`,
    fix: 'Rename the file, or check that it is the one you meant.',
  });
}
