import { rm, stat } from 'node:fs/promises';
import { InputError, throwIfAborted } from 'tatabox/core/errors.ts';
import { longWorkOf, yieldToEventLoop } from 'tatabox/core/progress.ts';
import { streamBgzfBlocks } from 'tatabox/formats/bgzf-blocks.ts';
import { buildBgzfIndex, parseBgzfIndex, type BgzfIndex } from 'tatabox/formats/bgzf-index.ts';
import { openSource } from 'tatabox/formats/byte-source.ts';
import { BgzipFastaBytes } from 'tatabox/formats/fasta-bgzip-bytes.ts';
import { openFastaBytes, type FastaBytes } from 'tatabox/formats/fasta-bytes.ts';
import { emptyFasta, parseFastaIndex } from 'tatabox/formats/fasta-index.ts';
import { FastaLayoutScanner } from 'tatabox/formats/fasta-layout-scanner.ts';
import type { FastaLayout } from 'tatabox/formats/fasta-layout.ts';
import { fileError } from 'tatabox/formats/file-error.ts';
import { NumberList } from 'tatabox/formats/number-list.ts';
import { isBgzf, isGzip } from 'tatabox/formats/read-bytes.ts';
import { checkBlocks } from './block-index.ts';
import { fitIndex } from './sequence-index.ts';
import type { Compression, OpenSequenceOptions } from './sequence-types.ts';
import { unpackGzip } from './unpack-gzip.ts';

/** Bytes of a plain file that are scanned at a time. */
const PIECE = 1 << 21;
/** Bytes of decompressed blocks that are kept in memory. */
const CACHE_BYTES = 1 << 25;
/** An index that claims to be longer is none. */
const LONGEST_INDEX = 1 << 28;

/** A sequence file that is open: its bytes and where each record lies in them. */
export interface OpenSequenceFile {
  readonly name: string;
  readonly bytes: FastaBytes;
  readonly layout: FastaLayout;
  readonly compression: Compression;
  readonly index: 'file' | 'memory';
  /** Whether the layout has whole headers; else only names. */
  readonly hasHeaders: boolean;
  readonly blocks: BgzfIndex | undefined;
  readonly notices: readonly string[];
  readonly stamp: FileStamp | undefined;
  readonly temporaryFile: string | undefined;
}

/** What tells that a file is still the same. */
export interface FileStamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

/** Size and time of a file; undefined where there is none. */
export async function stampOf(file: string): Promise<FileStamp | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return undefined;
  return { size: found.size, mtimeMs: found.mtimeMs, ino: found.ino };
}

/** Opens a sequence file of any kind of compression with its index, or finds its records. */
export async function openSequenceFile(
  file: string | Uint8Array,
  options: OpenSequenceOptions,
): Promise<OpenSequenceFile> {
  const name = typeof file === 'string' ? file : (options.name ?? 'the sequences');
  try {
    const stamp = typeof file === 'string' ? await stampOf(file) : undefined;
    const source = openSource(file);
    let start: Uint8Array;
    let size: number;
    try {
      size = await source.size();
      start = await source.read(0, 18);
    } finally {
      await source.close();
    }
    if (start.length === 0) throw emptyFasta(name);
    const opened = new Opening(file, name, size, options);
    const parts = isBgzf(start)
      ? await opened.bgzip()
      : isGzip(start)
        ? await opened.gzip()
        : await opened.plain();
    return { name, stamp, ...parts, notices: [...opened.notices, ...layoutNotices(parts.layout)] };
  } catch (error) {
    throw await fileError(name, error);
  }
}

type Parts = Omit<OpenSequenceFile, 'name' | 'stamp' | 'notices'>;

/** The ways to open a file. */
class Opening {
  readonly notices: string[] = [];
  readonly #file: string | Uint8Array;
  readonly #name: string;
  readonly #size: number;
  readonly #options: OpenSequenceOptions;
  #lastPause = performance.now();

  constructor(file: string | Uint8Array, name: string, size: number, options: OpenSequenceOptions) {
    this.#file = file;
    this.#name = name;
    this.#size = size;
    this.#options = options;
  }

  async plain(): Promise<Parts> {
    const bytes = openFastaBytes(this.#file);
    try {
      const common = {
        bytes,
        compression: 'none',
        blocks: undefined,
        temporaryFile: undefined,
      } as const;
      const fit = await this.#fitIndex(bytes, this.#size);
      if (fit !== undefined) return { ...common, ...fit, index: 'file' };
      const layout = await this.#scan(bytes);
      return { ...common, layout, index: 'memory', hasHeaders: true };
    } catch (error) {
      bytes.close();
      throw error;
    }
  }

  async gzip(): Promise<Parts> {
    const scanner = new FastaLayoutScanner(this.#name);
    const { bytes, temporaryFile } = await unpackGzip(this.#file, this.#options, async (piece) => {
      scanner.add(piece);
      await this.#pause('unpacking', scanner.bytes, undefined);
    });
    try {
      const layout = scanner.finish();
      const compression = 'gzip';
      const blocks = undefined;
      return {
        bytes,
        layout,
        compression,
        index: 'memory',
        hasHeaders: true,
        blocks,
        temporaryFile,
      };
    } catch (error) {
      bytes.close();
      if (temporaryFile !== undefined) await rm(temporaryFile, { force: true });
      throw error;
    }
  }

  async bgzip(): Promise<Parts> {
    const stored = openFastaBytes(this.#file);
    try {
      const common = { compression: 'bgzip', temporaryFile: undefined } as const;
      const listed = await this.#storedBlocks();
      if (listed !== undefined) {
        const bytes = new BgzipFastaBytes(this.#name, stored, listed.blocks, CACHE_BYTES);
        const fit = await this.#fitIndex(bytes, listed.size);
        if (fit !== undefined)
          return { ...common, ...fit, bytes, blocks: listed.blocks, index: 'file' };
      }
      const { layout, blocks } = await this.#scanBlocks();
      const bytes = new BgzipFastaBytes(this.#name, stored, blocks, CACHE_BYTES);
      return { ...common, bytes, layout, blocks, index: 'memory', hasHeaders: true };
    } catch (error) {
      stored.close();
      throw error;
    }
  }

  /** The `.fai` beside the file, where there is one and it is about this file. */
  async #fitIndex(
    bytes: FastaBytes,
    size: number,
  ): Promise<{ layout: FastaLayout; hasHeaders: boolean } | undefined> {
    const text = await this.#beside('.fai');
    if (text === undefined || typeof this.#file !== 'string') return undefined;
    const why = async (): Promise<string | undefined> => {
      try {
        const entries = parseFastaIndex(Buffer.from(text.bytes).toString(), text.file);
        const fit = await fitIndex(entries, bytes, size);
        if ('misfit' in fit) return fit.misfit;
        if (text.isOlder && !fit.isComplete) return 'not every record could be compared';
        result = { layout: fit.layout, hasHeaders: fit.isComplete };
        return undefined;
      } catch (error) {
        if (error instanceof InputError) return error.details.found;
        throw error;
      }
    };
    let result: { layout: FastaLayout; hasHeaders: boolean } | undefined;
    const reason = await why();
    if (reason !== undefined) this.#refuse(text, reason);
    return result;
  }

  /** The `.gzi` beside the file, where there is one and it is about this file. */
  async #storedBlocks(): Promise<{ blocks: BgzfIndex; size: number } | undefined> {
    const stored = await this.#beside('.gzi');
    if (stored === undefined) return this.#listBlocks();
    const source = openSource(this.#file);
    try {
      const blocks = parseBgzfIndex(stored.bytes, stored.file);
      return { blocks, size: await checkBlocks(source, blocks) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#refuse(stored, error.details.found);
      return undefined;
    } finally {
      await source.close();
    }
  }

  /** The blocks from their headers, where that is all that is missing beside the `.fai`. */
  async #listBlocks(): Promise<{ blocks: BgzfIndex; size: number } | undefined> {
    const file = this.#file;
    if (typeof file !== 'string' || (await stampOf(`${file}.fai`)) === undefined) return undefined;
    const source = openSource(file);
    try {
      const blocks = parseBgzfIndex(await buildBgzfIndex(file, this.#options), file);
      return { blocks, size: await checkBlocks(source, blocks) };
    } finally {
      await source.close();
    }
  }

  #refuse({ file, isOlder }: IndexText, reason: string): void {
    const age = isOlder ? ', which is older than its file,' : '';
    this.notices.push(`The index ${file}${age} does not fit: ${reason}. It was not used.`);
  }

  async #beside(ending: string): Promise<IndexText | undefined> {
    if (typeof this.#file !== 'string') return undefined;
    const file = `${this.#file}${ending}`;
    const [found, own] = await Promise.all([stampOf(file), stampOf(this.#file)]);
    if (found === undefined) return undefined;
    if (found.size > LONGEST_INDEX) return undefined;
    const source = openSource(file);
    try {
      const bytes = await source.read(0, found.size);
      return { file, bytes: bytes.slice(), isOlder: found.mtimeMs < (own?.mtimeMs ?? 0) };
    } finally {
      await source.close();
    }
  }

  async #scan(bytes: FastaBytes): Promise<FastaLayout> {
    const scanner = new FastaLayoutScanner(this.#name);
    let next = bytes.read(0, PIECE);
    for (;;) {
      const piece = await next;
      if (piece.length === 0) break;
      // The next piece is read in another thread while this one is scanned.
      next = bytes.read(scanner.bytes + piece.length, PIECE);
      next.catch(() => undefined);
      scanner.add(piece);
      await this.#pause('indexing', scanner.bytes, this.#size);
    }
    return scanner.finish();
  }

  async #scanBlocks(): Promise<{ layout: FastaLayout; blocks: BgzfIndex }> {
    const scanner = new FastaLayoutScanner(this.#name);
    const compressed = new NumberList();
    const uncompressed = new NumberList();
    const source = openSource(this.#file);
    let isEnded = false;
    try {
      for await (const { position, content } of streamBgzfBlocks(source, 0)) {
        isEnded = content.length === 0;
        if (isEnded) continue;
        compressed.push(position);
        uncompressed.push(scanner.bytes);
        scanner.add(content);
        await this.#pause('indexing', position, this.#size);
      }
    } finally {
      await source.close();
    }
    if (!isEnded) {
      this.notices.push('The file has no bgzip end mark: it may have been cut off.');
    }
    const blocks = { compressed: compressed.values(), uncompressed: uncompressed.values() };
    return { layout: scanner.finish(), blocks };
  }

  /** Tells how far it is, and lets other work run, every few milliseconds. */
  async #pause(task: string, done: number, total: number | undefined): Promise<void> {
    const { signal, progress } = longWorkOf(this.#options);
    if (performance.now() - this.#lastPause < 15) return;
    progress?.({ task, done, unit: 'bytes', ...(total === undefined ? {} : { total }) });
    await yieldToEventLoop();
    throwIfAborted(signal, `${task} ${this.#name}`);
    this.#lastPause = performance.now();
  }
}

interface IndexText {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly isOlder: boolean;
}

function layoutNotices(layout: FastaLayout): string[] {
  const notices: string[] = [];
  const first = layout.firstUnequal;
  if (first !== undefined) {
    notices.push(
      `Lines of unequal length or with spaces in ${several(layout.unequal, 'record')}, first in '${layout.name(first)}': shown all the same, but no .fai index can describe them.`,
    );
  }
  if (layout.firstDuplicate !== undefined) {
    notices.push(
      `${several(layout.duplicates, 'record')} with a name that an earlier one has, first '${layout.name(layout.firstDuplicate)}'.`,
    );
  }
  if (layout.nameless > 0) notices.push(`${several(layout.nameless, 'record')} without a name.`);
  return notices;
}

function several(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
