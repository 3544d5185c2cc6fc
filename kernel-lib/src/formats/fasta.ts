import { access } from 'node:fs/promises';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import { buildBgzfIndex, parseBgzfIndex } from './bgzf-index.ts';
import { openSource, sourceName, sourcePath, type FileSource } from './byte-source.ts';
import { BgzipFastaBytes } from './fasta-bgzip-bytes.ts';
import { besideSource, openFastaBytes, type FastaBytes } from './fasta-bytes.ts';
import { FastaFile } from './fasta-file.ts';
import { fileError } from './file-error.ts';
import {
  buildFastaIndex,
  emptyFasta,
  formatFastaIndex,
  notFasta,
  parseFastaIndex,
} from './fasta-index.ts';
import { isBgzf, isGzip, readBytes, readRange, streamBytes } from './read-bytes.ts';

export { FastaFile, type Contig, type FetchManyOptions, type FetchOptions } from './fasta-file.ts';
export {
  readFasta,
  streamFasta,
  writeFasta,
  type FastaRecord,
  type FastaRecordInput,
  type WriteFastaOptions,
} from './fasta-records.ts';

/** Options of {@link openFasta}. */
export interface OpenFastaOptions {
  /**
   * Bytes of decompressed blocks of a bgzip file that are kept in memory; a block has up to 65,536.
   * A plain file needs none: the system keeps it. Default 67,108,864 (64 MB).
   */
  readonly cacheBytes?: number;
  /** The `.fai` index. Default: beside the file, with `.fai` behind its name. */
  readonly index?: FileSource;
  /** The `.gzi` index of a bgzip file. Default: beside the file, with `.gzi` behind its name. */
  readonly blockIndex?: FileSource;
}

/**
 * Opens a FASTA file for random access: plain, or bgzip with its `.fai` and `.gzi` beside it; a path,
 * an address (read by range requests) or its bytes. A plain file without `.fai` is indexed in memory,
 * in one pass, unless it is on a web server.
 *
 * @throws InputError for a missing or empty file, what is no FASTA, gzip that is not bgzip, a bgzip
 *   file without index, duplicate names
 *
 * @example
 * const genome = await openFasta('sacCer3.fa.gz');
 * const tokens = await genome.fetch({ chrom: 'chrIV', start: 0, end: 1500 });
 */
export async function openFasta(
  source: FileSource,
  options: OpenFastaOptions = {},
): Promise<FastaFile> {
  checkOptionNames(options, ['cacheBytes', 'index', 'blockIndex'], 'openFasta');
  const { cacheBytes = 1 << 26 } = options;
  checkWholeNumber(cacheBytes, 'openFasta, cacheBytes', 0);
  const file = sourceName(source);
  const start = await readRange(source, 0, 18);
  if (start.length === 0) throw emptyFasta(file);
  const compressed = isGzip(start);
  if (compressed && !isBgzf(start)) {
    throw new InputError({
      where: file,
      found: 'gzip data that are not bgzip, which allow no random access',
      fix: `Compress it with bgzip instead (gunzip -c ${file} | bgzip), or read it from start to end with streamFasta.`,
    });
  }
  const index = await findIndex(source, '.fai', options.index);
  const blockIndex = compressed ? await findIndex(source, '.gzi', options.blockIndex) : undefined;
  if (compressed) {
    const missing = [
      ...(index === undefined ? [`${file}.fai`] : []),
      ...(blockIndex === undefined ? [`${file}.gzi`] : []),
    ];
    if (missing.length > 0) {
      throw new InputError({
        where: file,
        found: `a bgzip file without its index ${missing.join(' and ')}`,
        fix: `Make it with await writeFastaIndex('${file}'), or with samtools faidx.`,
      });
    }
  }
  if (!compressed) checkFirstByte(file, start[0]);
  if (index === undefined && isOnTheWeb(source)) {
    throw new InputError({
      where: file,
      found: 'no index beside it (.fai)',
      fix: 'Give one with { index }, or download the file.',
    });
  }
  const entries =
    index === undefined
      ? await buildFastaIndex(source)
      : parseFastaIndex(Buffer.from(await readBytes(index)).toString(), sourceName(index));
  if (entries.length === 0) throw emptyFasta(index === undefined ? file : sourceName(index));
  if (compressed) {
    for await (const chunk of streamBytes(source)) {
      checkFirstByte(file, chunk[0]);
      break;
    }
  }
  try {
    return new FastaFile(file, entries, await openBytes(source, blockIndex, cacheBytes));
  } catch (error) {
    throw await fileError(file, error);
  }
}

const isOnTheWeb = (source: FileSource): boolean =>
  (typeof source === 'string' || source instanceof URL) && sourcePath(source) === undefined;

/** The index that was given, or the one beside the file if it is there. */
async function findIndex(
  source: FileSource,
  ending: string,
  given: FileSource | undefined,
): Promise<FileSource | undefined> {
  if (given !== undefined) return given;
  const beside = besideSource(source, ending);
  if (beside === undefined) return undefined;
  const file = sourcePath(beside);
  if (file !== undefined) return (await exists(file)) ? file : undefined;
  try {
    await readRange(beside, 0, 1);
    return beside;
  } catch (error) {
    // An error of the network is none of the index.
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

async function openBytes(
  source: FileSource,
  blockIndex: FileSource | undefined,
  cacheBytes: number,
): Promise<FastaBytes> {
  if (blockIndex === undefined) return openFastaBytes(source);
  // The bytes as they are: a .gzi of 35,615 blocks begins as gzip data do.
  const stored = openSource(blockIndex);
  try {
    const bytes = await stored.read(0, await stored.size());
    const blocks = parseBgzfIndex(Buffer.from(bytes), stored.name);
    return new BgzipFastaBytes(sourceName(source), openFastaBytes(source), blocks, cacheBytes);
  } finally {
    await stored.close();
  }
}

/** Files that {@link writeFastaIndex} wrote. */
export interface FastaIndexFiles {
  readonly fai: string;
  /** Only for a bgzip file. */
  readonly gzi?: string;
}

/** Writes the index of a plain or bgzip FASTA beside it: `.fai`, and `.gzi` for bgzip. */
export async function writeFastaIndex(file: string): Promise<FastaIndexFiles> {
  const start = await readRange(file, 0, 18);
  if (start.length === 0) throw emptyFasta(file);
  const fai = `${file}.fai`;
  if (!isGzip(start)) {
    await writeFileAtomically(fai, formatFastaIndex(await buildFastaIndex(file)));
    return { fai };
  }
  if (!isBgzf(start)) {
    throw new InputError({
      where: file,
      found: 'gzip data that are not bgzip, which allow no random access',
      fix: 'Compress it with bgzip instead.',
    });
  }
  const gzi = `${file}.gzi`;
  const blocks = await buildBgzfIndex(file);
  const contigs = formatFastaIndex(await buildFastaIndex(file));
  await writeFileAtomically(gzi, blocks);
  await writeFileAtomically(fai, contigs);
  return { fai, gzi };
}

function checkFirstByte(file: string, firstByte: number | undefined): void {
  if (firstByte !== 62) throw notFasta(file, firstByte);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
