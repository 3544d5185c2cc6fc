import { deflate, deflateSync } from 'node:zlib';
import { promisify } from 'node:util';
import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import { readBbiBlocks } from './bbi-blocks.ts';
import { statisticsOf, type BigWigStatistics } from './bbi-header.ts';
import { BlockTable } from './bbi-tree-writer.ts';
import { assembleBigWig } from './big-wig-assembly.ts';
import {
  BigWigInputChecker,
  checkContigs,
  type BigWigInput,
  type BigWigRun,
} from './big-wig-input.ts';
import {
  BigWigSectionEncoder,
  SECTION_BYTES,
  SECTION_ITEMS,
  type EncodedSection,
} from './big-wig-section-encoder.ts';
import { visitSection } from './big-wig-sections.ts';
import { BigWigZoomBuilder, ZoomCounter } from './big-wig-zoom-builder.ts';
import type { BigWigItem } from './big-wig.ts';
import type { Contig } from './fasta-file.ts';
import { SpoolFile } from './spool-file.ts';

export type { BigWigInput, BigWigRun } from './big-wig-input.ts';

/** Options of {@link writeBigWig}. */
export interface WriteBigWigOptions extends LongWorkOptions {
  /** Zoom levels at most. Default 10, as UCSC's tools have it; 0 for none. */
  readonly zoomLevels?: number;
}

/** Blocks that are compressed at the same time. */
const IN_FLIGHT = 8;
/** Items after which other work may run. */
const PAUSE_ITEMS = 1 << 16;
/** Values in a row that are written as they are; fewer are gathered with their neighbours. */
const DENSE = 256;

/** Bytes that are compressed at once: another thread would take longer to begin. */
const SMALL = 1024;

const deflateElsewhere = promisify<Uint8Array, Buffer>(deflate);

function compress(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length > SMALL) return deflateElsewhere(bytes);
  return Promise.resolve(deflateSync(bytes, { windowBits: 10, memLevel: 3, chunkSize: SMALL }));
}

/**
 * Writes a bigWig file: compressed sections of values, the index by place, figures about all values, and
 * zoom levels (Kent et al. 2010, Bioinformatics 26:2204, supplement). It is complete or absent. Memory
 * stays flat: what was compressed waits in a temporary file beside it.
 *
 * Values are stored as 32-bit numbers. Sections are fixedStep, variableStep or bedGraph, whichever takes
 * least; runs of equal values of a `BigWigRun` are joined where that saves space.
 *
 * @param contigs names and lengths of all contigs, also of those without values
 * @param values stretches with their values, or runs of values (`{ chrom, start, values, span? }`; NaN
 *   for none): ascending without overlap, all of a contig together; contigs in any order
 * @returns figures about what was written
 * @throws InputError for values that are not in order, overlap, lie outside their contig or are not
 *   finite; UsageError for contigs that cannot be written
 *
 * @example
 * await writeBigWig('signal.bw', [{ name: 'chrI', length: 230_218 }], [
 *   { chrom: 'chrI', start: 0, end: 100, value: 1.5 },
 *   { chrom: 'chrI', start: 128, values: Float32Array.of(1, 2, 3), span: 32 },
 * ]);
 */
export async function writeBigWig(
  file: string,
  contigs: Iterable<Contig>,
  values: Iterable<BigWigInput> | AsyncIterable<BigWigInput>,
  options: WriteBigWigOptions = {},
): Promise<BigWigStatistics> {
  checkOptionNames(options, ['zoomLevels', 'signal', 'progress'], 'writeBigWig');
  const { zoomLevels = 10, signal } = options;
  checkWholeNumber(zoomLevels, 'writeBigWig, zoomLevels', 0);
  const list = [...contigs];
  const where = `writing ${file}`;
  checkContigs(list, where);
  throwIfAborted(signal, where);
  const spool = await SpoolFile.open(file);
  try {
    const body = new BigWigBody(list, spool, where, options);
    await body.addAll(values);
    const zooms = await body.makeZooms(zoomLevels);
    await writeInPieces(file, (writer) =>
      assembleBigWig(writer, {
        contigs: body.orderedContigs(),
        statistics: body.statistics(),
        data: body.data,
        zooms,
        spool,
        signal,
      }),
    );
    return body.statistics();
  } finally {
    await spool.close();
  }
}

/** Compresses blocks, several at a time, and appends them to the spool file in order. */
class BlockQueue {
  readonly #spool: SpoolFile;
  #waiting: { block: EncodedSection; table: BlockTable; bytes: Promise<Uint8Array> }[] = [];

  constructor(spool: SpoolFile) {
    this.#spool = spool;
  }

  async add(block: EncodedSection, table: BlockTable): Promise<void> {
    const bytes = compress(block.bytes);
    // Its error is thrown when it is its turn.
    bytes.catch(() => undefined);
    this.#waiting.push({ block, table, bytes });
    if (this.#waiting.length > IN_FLIGHT) await this.#store();
  }

  async flush(): Promise<void> {
    while (this.#waiting.length > 0) await this.#store();
    await this.#spool.flush();
  }

  async #store(): Promise<void> {
    const first = this.#waiting.shift();
    if (first === undefined) return;
    const { id, start, end } = first.block;
    const bytes = await first.bytes;
    first.table.add(id, start, end, await this.#spool.append(bytes), bytes.length);
  }
}

class BigWigBody {
  readonly data = new BlockTable();
  readonly #contigs: readonly Contig[];
  readonly #spool: SpoolFile;
  readonly #where: string;
  readonly #work: LongWorkOptions;
  readonly #checker: BigWigInputChecker;
  readonly #encoder = new BigWigSectionEncoder();
  readonly #counter = new ZoomCounter();
  readonly #queue: BlockQueue;
  readonly #sums = { basesCovered: 0, min: Infinity, max: -Infinity, sum: 0, sumSquares: 0 };
  #items = 0;
  #nextPause = PAUSE_ITEMS;

  constructor(
    contigs: readonly Contig[],
    spool: SpoolFile,
    where: string,
    { signal, progress }: LongWorkOptions,
  ) {
    this.#contigs = contigs;
    this.#spool = spool;
    this.#where = where;
    this.#work = { ...(signal && { signal }), ...(progress && { progress }) };
    this.#checker = new BigWigInputChecker(contigs, where);
    this.#queue = new BlockQueue(spool);
  }

  statistics(): BigWigStatistics {
    return statisticsOf(this.#sums);
  }

  /** Contigs with values in their order, then the others. */
  orderedContigs(): Contig[] {
    const byName = new Map(this.#contigs.map((contig) => [contig.name, contig]));
    const ordered = this.#checker.order.flatMap((name) => byName.get(name) ?? []);
    const used = new Set(ordered);
    return [...ordered, ...this.#contigs.filter((contig) => !used.has(contig))];
  }

  async addAll(values: Iterable<BigWigInput> | AsyncIterable<BigWigInput>): Promise<void> {
    // Awaiting each item of an array would take longer than writing it.
    if (Symbol.iterator in values) {
      for (const input of values) {
        if ('values' in input) await this.#addRun(input);
        else if (this.#add(input)) await this.#drain();
      }
    } else {
      for await (const input of values) {
        if ('values' in input) await this.#addRun(input);
        else if (this.#add(input)) await this.#drain();
      }
    }
    this.#encoder.flush();
    await this.#drain();
    await this.#queue.flush();
  }

  /** Reads the values again and summarises them at all resolutions that are worth it. */
  async makeZooms(
    most: number,
  ): Promise<{ reduction: number; blocks: BlockTable; count: number }[]> {
    const reductions = this.#counter.choose(this.#items, most);
    const zooms = reductions.map((reduction) => ({
      reduction,
      blocks: new BlockTable(),
      count: 0,
    }));
    const { signal } = this.#work;
    const builder = new BigWigZoomBuilder(reductions);
    const store = async () => {
      for (const block of builder.take()) {
        const zoom = zooms[block.level];
        if (zoom === undefined) continue;
        zoom.count += block.bytes.length / 32;
        await this.#queue.add(block, zoom.blocks);
      }
    };
    const { data } = this;
    for (let first = 0; reductions.length > 0 && first < data.count; first += 1024) {
      const length = Math.min(1024, data.count - first);
      const blocks = Array.from({ length }, (_, i) => ({
        offset: data.offset(first + i),
        length: data.length(first + i),
      }));
      let block = first;
      for await (const bytes of readBbiBlocks(this.#spool, blocks, SECTION_BYTES, signal)) {
        const id = data.id(block++);
        const stretch = { id, start: 0, end: Infinity };
        const reading = { file: this.#where, littleEndian: true, stretch, last: 0 };
        visitSection(bytes, reading, (start, end, value) => {
          builder.add(id, start, end, value);
        });
        await store();
      }
    }
    builder.flush();
    await store();
    await this.#queue.flush();
    return zooms;
  }

  /** Hands on the sections that are ready. */
  async #drain(): Promise<void> {
    for (const section of this.#encoder.take()) await this.#queue.add(section, this.data);
    if (this.#items < this.#nextPause) return;
    this.#nextPause = this.#items + PAUSE_ITEMS;
    this.#work.progress?.({ task: this.#where, done: this.#items, unit: 'values' });
    await yieldToEventLoop();
    throwIfAborted(this.#work.signal, this.#where);
  }

  /** @returns whether sections may be ready */
  #add({ chrom, start, end, value }: BigWigItem): boolean {
    const { id, isNewContig } = this.#checker.check(chrom, start, end);
    this.#checker.checkValue(value, chrom, start, end);
    if (isNewContig) this.#counter.nextContig();
    this.#addItem(id, start, end, value);
    return this.#encoder.hasReady || this.#items >= this.#nextPause;
  }

  #addItem(id: number, start: number, end: number, value: number): void {
    const stored = Math.fround(value);
    this.#counter.add(start, end);
    this.#encoder.add(id, start, end, stored);
    this.#count(end - start, stored);
    this.#items++;
  }

  #count(bases: number, value: number): void {
    const sums = this.#sums;
    sums.basesCovered += bases;
    sums.sum += bases * value;
    sums.sumSquares += bases * value * value;
    if (value < sums.min) sums.min = value;
    if (value > sums.max) sums.max = value;
  }

  async #addRun({ chrom, start, values, span = 1 }: BigWigRun): Promise<void> {
    if (!Number.isSafeInteger(span) || span < 1) {
      throw new UsageError({
        where: this.#where,
        found: `a span of ${String(span)}`,
        expected: 'a whole number of at least 1',
      });
    }
    if (values.length === 0) return;
    const { id, isNewContig } = this.#checker.check(chrom, start, start + span * values.length);
    if (isNewContig) this.#counter.nextContig();
    for (let from = 0; from < values.length;) {
      if (Number.isNaN(values[from])) {
        from++;
        continue;
      }
      let to = from;
      let changes = 0;
      let before: number | undefined;
      for (; to < values.length && to - from < SECTION_ITEMS; to++) {
        const value = values[to] ?? NaN;
        if (Number.isNaN(value)) break;
        const at = start + to * span;
        this.#checker.checkValue(value, chrom, at, at + span);
        if (value !== before) changes++;
        before = value;
      }
      this.#addValues(id, start + from * span, span, values, from, to, changes);
      from = to;
      if (this.#encoder.hasReady) await this.#drain();
    }
  }

  /** Adds values `from` to `to` of a run, all finite; the first one lies at `start`. */
  #addValues(
    id: number,
    start: number,
    span: number,
    values: BigWigRun['values'],
    from: number,
    to: number,
    changes: number,
  ): void {
    const count = to - from;
    // An item of its own takes three times the bytes of a value in equal steps.
    if (changes * 4 < count) {
      for (let i = from; i < to;) {
        const value = values[i] ?? 0;
        let next = i + 1;
        while (next < to && values[next] === value) next++;
        this.#addItem(id, start + (i - from) * span, start + (next - from) * span, value);
        i = next;
      }
      return;
    }
    if (count < DENSE) {
      for (let i = from; i < to; i++) {
        const at = start + (i - from) * span;
        this.#addItem(id, at, at + span, values[i] ?? 0);
      }
      return;
    }
    this.#counter.add(start, start + count * span);
    this.#encoder.addDense(id, start, span, values.slice(from, to));
    for (let i = from; i < to; i++) this.#count(span, Math.fround(values[i] ?? 0));
    this.#items += count;
  }
}
