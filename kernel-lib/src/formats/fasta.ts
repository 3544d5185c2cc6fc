import { access } from 'node:fs/promises';
import { BgzipIndexedFasta, IndexedFasta } from '@gmod/indexedfasta';
import { InputError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { buildBgzfIndex } from './bgzf-index.ts';
import { FastaFile } from './fasta-file.ts';
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
export async function openFasta(file: string): Promise<FastaFile> {
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
  const fai = new TextInMemory(formatFastaIndex(entries));
  const reader = compressed
    ? new BgzipIndexedFasta({ path: file, fai, gziPath: `${file}.gzi` })
    : new IndexedFasta({ path: file, fai });
  if (compressed) {
    for await (const chunk of streamBytes(file)) {
      checkFirstByte(file, chunk[0]);
      break;
    }
  }
  return new FastaFile(
    file,
    entries,
    (length, position) => reader.fasta.read(length, position),
    (contig, from, to) => reader.getResiduesByName(contig, from, to),
  );
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

/** The index that was checked already, in the form that the FASTA reader takes. */
class TextInMemory {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(text: string) {
    this.#bytes = new TextEncoder().encode(text);
  }

  read(length: number, position = 0): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(this.#bytes.subarray(position, position + length));
  }

  readFile(): Promise<Uint8Array<ArrayBuffer>>;
  readFile(options: string | { encoding: string }): Promise<string>;
  readFile(options?: string | { encoding?: string }): Promise<Uint8Array<ArrayBuffer> | string> {
    const asText = typeof options === 'string' || options?.encoding !== undefined;
    return Promise.resolve(asText ? new TextDecoder().decode(this.#bytes) : this.#bytes);
  }

  stat(): Promise<{ size: number }> {
    return Promise.resolve({ size: this.#bytes.length });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
