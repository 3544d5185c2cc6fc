import { access, readFile } from 'node:fs/promises';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import { buildBgzfIndex, parseBgzfIndex } from './bgzf-index.ts';
import { BgzipFastaBytes } from './fasta-bgzip-bytes.ts';
import { PlainFastaBytes, type FastaBytes } from './fasta-bytes.ts';
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
}

/**
 * Opens a FASTA file for random access: plain, or bgzip with its `.fai` and `.gzi` beside it. A
 * plain file without `.fai` is indexed in memory, in one pass.
 *
 * @throws InputError for a missing or empty file, what is no FASTA, gzip that is not bgzip, a bgzip
 *   file without index, duplicate names
 *
 * @example
 * const genome = await openFasta('sacCer3.fa.gz');
 * const tokens = await genome.fetch({ chrom: 'chrIV', start: 0, end: 1500 });
 */
export async function openFasta(file: string, options: OpenFastaOptions = {}): Promise<FastaFile> {
  checkOptionNames(options, ['cacheBytes'], 'openFasta');
  const { cacheBytes = 1 << 26 } = options;
  checkWholeNumber(cacheBytes, 'openFasta, cacheBytes', 0);
  const start = await readRange(file, 0, 18);
  if (start.length === 0) throw emptyFasta(file);
  const compressed = isGzip(start);
  if (compressed && !isBgzf(start)) {
    throw new InputError({
      where: file,
      found: 'gzip data that are not bgzip, which allow no random access',
      fix: `Compress it with bgzip instead (gunzip -c ${file} | bgzip), or read it from start to end with streamFasta.`,
    });
  }
  const indexFile = `${file}.fai`;
  const hasIndex = await exists(indexFile);
  if (compressed) {
    const blockIndexFile = `${file}.gzi`;
    const missing = [
      ...(hasIndex ? [] : [indexFile]),
      ...((await exists(blockIndexFile)) ? [] : [blockIndexFile]),
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
  const entries = hasIndex
    ? parseFastaIndex(Buffer.from(await readBytes(indexFile)).toString(), indexFile)
    : await buildFastaIndex(file);
  if (entries.length === 0) throw emptyFasta(hasIndex ? indexFile : file);
  if (compressed) {
    for await (const chunk of streamBytes(file)) {
      checkFirstByte(file, chunk[0]);
      break;
    }
  }
  try {
    return new FastaFile(file, entries, await openBytes(file, compressed, cacheBytes));
  } catch (error) {
    throw await fileError(file, error);
  }
}

async function openBytes(
  file: string,
  compressed: boolean,
  cacheBytes: number,
): Promise<FastaBytes> {
  if (!compressed) return new PlainFastaBytes(file);
  const blockIndexFile = `${file}.gzi`;
  // The bytes as they are: a .gzi of 35,615 blocks begins as gzip data do.
  const bytes = await readFile(blockIndexFile);
  return new BgzipFastaBytes(file, parseBgzfIndex(bytes, blockIndexFile), cacheBytes);
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
