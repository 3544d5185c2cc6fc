import { UsageError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { readBed } from '../formats/bed.ts';
import { openFasta, type FastaFile } from '../formats/fasta.ts';
import type { Interval } from '../sequence/interval.ts';
import type { Dataset, Example, ExampleInput } from './dataset.ts';
import {
  checkExampleCounts,
  checkIntervalDatasetOptions,
  windowsOf,
  type IntervalDatasetOptions,
} from './interval-dataset-options.ts';
import {
  perturbBases,
  resolveAugmentation,
  type WindowAugmentation,
} from './window-augmentation.ts';

/** What all views of a dataset share; a window takes 13 bytes, not an object. */
interface Store {
  readonly genome: FastaFile;
  readonly contigs: readonly string[];
  readonly contigOf: Uint32Array;
  readonly starts: Float64Array;
  /** 1 where the window is read from the other strand. */
  readonly reverse: Uint8Array;
  /** Undefined where the windows' places are the names. */
  readonly ids: readonly string[] | undefined;
  /** How many windows before it are the same, of rows that have such. */
  readonly repeats: ReadonlyMap<number, number>;
  readonly length: number;
  readonly inputName: string;
  readonly augmentation: Required<WindowAugmentation>;
  readonly targetNames: readonly string[];
  readonly targets: Float32Array | undefined;
  readonly weights: Float32Array | undefined;
}

/** What augmentation drew for one example. */
interface Draw {
  readonly window: Interval;
  readonly random: Random | undefined;
}

/**
 * Windows of a genome, read when they are wanted: no sequence is kept. Made by
 * {@link intervalDataset}.
 */
export class IntervalDataset implements Dataset {
  readonly length: number;
  readonly inputs: Readonly<Record<string, ExampleInput>>;
  readonly targetNames: readonly string[];
  readonly #store: Store;
  readonly #rows: Uint32Array | undefined;
  #ids: readonly string[] | undefined;

  /** @internal Use `intervalDataset`. */
  constructor(store: Store, rows?: Uint32Array) {
    this.#store = store;
    this.#rows = rows;
    this.length = rows?.length ?? store.starts.length;
    this.inputs = { [store.inputName]: { kind: 'tokens', shape: [store.length] } };
    this.targetNames = store.targetNames;
  }

  /** One name an example. */
  get ids(): readonly string[] {
    this.#ids ??= Array.from({ length: this.length }, (_, index) => this.#id(this.#row(index)));
    return this.#ids;
  }

  /** Window of an example: 0-based, half-open, in the genome's coordinates. */
  interval(index: number): Interval {
    const row = this.#row(index);
    return this.#window(row, 0, false);
  }

  /** Windows of all examples, for example to split them: `splitByBlocks(dataset.intervals, …)`. */
  get intervals(): Interval[] {
    return Array.from({ length: this.length }, (_, index) => this.interval(index));
  }

  /** One example; this thread waits while it is read. */
  example(index: number, random?: Random): Example {
    const { window } = this.#draw(index, random);
    const tokens = this.#store.genome.fetchSync(window, { padding: 'unknown' });
    return this.#example(index, tokens, random);
  }

  /** Several examples, read together and, where the disk is waited for, in other threads. */
  async examples(indices: ArrayLike<number>, random?: Random): Promise<Example[]> {
    const { genome, length } = this.#store;
    const draws = Array.from(indices, (index) => this.#draw(index, random?.derive(index)));
    const tokens = await genome.fetchBatch(
      draws.map(({ window }) => window),
      { padding: 'unknown' },
    );
    return draws.map((draw, i) =>
      this.#example(indices[i] ?? 0, tokens.subarray(i * length, (i + 1) * length), draw.random),
    );
  }

  /** A view with some of the examples, in the given order; nothing is copied but their indices. */
  subset(indices: ArrayLike<number>): IntervalDataset {
    return new IntervalDataset(
      this.#store,
      Uint32Array.from(indices, (index) => this.#row(index)),
    );
  }

  /** Closes the genome, for all views; not needed for one that was given opened. */
  close(): void {
    this.#store.genome.close();
  }

  /** Draws shift, then strand, as `InMemoryDataset` does. */
  #draw(index: number, random: Random | undefined): Draw {
    const { maxShift, reverseComplement } = this.#store.augmentation;
    const row = this.#row(index);
    let shift = 0;
    let flip = false;
    if (random !== undefined) {
      if (maxShift > 0) shift = random.integer(2 * maxShift + 1) - maxShift;
      flip = reverseComplement && random.uniform() < 0.5;
    }
    return { window: this.#window(row, shift, flip), random };
  }

  /** Window of a stored row, `shift` bases along its strand, on the other strand if `flip`. */
  #window(row: number, shift: number, flip: boolean): Interval {
    const { contigs, contigOf, starts, reverse, length } = this.#store;
    const minus = reverse[row] === 1;
    const start = (starts[row] ?? 0) + (minus ? -shift : shift);
    return {
      chrom: contigs[contigOf[row] ?? 0] ?? '',
      start,
      end: start + length,
      strand: minus === flip ? '+' : '-',
    };
  }

  #example(index: number, tokens: Uint8Array, random: Random | undefined): Example {
    const { inputName, augmentation, targets, weights, targetNames } = this.#store;
    const { mutationRate, maskRate } = augmentation;
    const row = this.#row(index);
    const width = targetNames.length;
    const weight = weights?.[row];
    const perturbed = random !== undefined && (mutationRate > 0 || maskRate > 0);
    return {
      id: this.#id(row),
      inputs: { [inputName]: perturbed ? perturbBases(tokens, augmentation, random) : tokens },
      ...(targets === undefined || width === 0
        ? {}
        : { target: targets.subarray(row * width, (row + 1) * width) }),
      ...(weight === undefined ? {} : { weight }),
    };
  }

  #id(row: number): string {
    const { ids, repeats } = this.#store;
    if (ids !== undefined) return ids[row] ?? '';
    const { chrom, start, end, strand } = this.#window(row, 0, false);
    const place = `${chrom}:${String(start)}-${String(end)}(${strand ?? '+'})`;
    const before = repeats.get(row);
    return before === undefined ? place : `${place} #${String(before + 1)}`;
  }

  #row(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new UsageError({
        where: 'dataset, example',
        found: `index ${String(index)}`,
        expected: `a whole number from 0 to ${String(this.length - 1)}`,
      });
    }
    return this.#rows?.[index] ?? index;
  }
}

/**
 * A dataset of windows of a genome: the intervals of a BED file, say, and the FASTA file that they
 * lie on. Sequences are read when they are wanted, so that a genome and millions of windows need
 * no memory; `batches` and `trainModel` read one batch ahead.
 *
 * @returns examples with one input of tokens `[length]`
 * @throws InputError for unknown contigs (naming the one that may be meant), windows outside their
 *   contig, intervals of several lengths without `length`; UsageError for unknown options
 *
 * @example
 * const peaks = await intervalDataset({
 *   genome: 'hg38.fa',
 *   intervals: 'peaks.bed.gz',
 *   length: 1000,
 *   maxShift: 20,
 *   reverseComplement: true,
 * });
 * const order = new Random(1).permutation(peaks.length); // shuffled by seed 1
 * for await (const batch of batches(peaks, { size: 64, order })) {
 *   // … batch.inputs[0] is an int32 tensor [64, 1000]
 *   disposeBatch(batch);
 * }
 */
export async function intervalDataset(options: IntervalDatasetOptions): Promise<IntervalDataset> {
  checkIntervalDatasetOptions(options);
  const augmentation = resolveAugmentation(options);
  const { intervals: source, bedColumns, ignoreStrand = false, inputName = 'sequence' } = options;
  const where = typeof source === 'string' ? source : 'intervalDataset, intervals';
  const intervals =
    typeof source === 'string' ? await readBed(source, { columns: bedColumns }) : source;
  checkExampleCounts(options, intervals.length);
  const opened = typeof options.genome === 'string';
  const genome =
    typeof options.genome === 'string' ? await openFasta(options.genome) : options.genome;
  try {
    const windows = windowsOf(intervals, genome, options, where);
    const { targetNames = [], targets, weights } = options;
    const contigs = new Map<string, number>();
    const places = {
      contigOf: new Uint32Array(windows.length),
      starts: new Float64Array(windows.length),
      reverse: new Uint8Array(windows.length),
    };
    for (const [row, { chrom, start, strand }] of windows.entries()) {
      const contig = contigs.get(chrom) ?? contigs.size;
      contigs.set(chrom, contig);
      places.contigOf[row] = contig;
      places.starts[row] = start;
      places.reverse[row] = strand === '-' && !ignoreStrand ? 1 : 0;
    }
    const ids = options.ids ?? uniqueNames(intervals);
    return new IntervalDataset({
      genome,
      contigs: [...contigs.keys()],
      ...places,
      ids,
      repeats: ids === undefined ? repeatedWindows(places) : new Map(),
      length: (windows[0]?.end ?? 0) - (windows[0]?.start ?? 0),
      inputName,
      augmentation,
      targetNames,
      targets,
      weights,
    });
  } catch (error) {
    if (opened) genome.close();
    throw error;
  }
}

/** The intervals' names, if all have one and none is repeated. */
function uniqueNames(intervals: readonly Interval[]): string[] | undefined {
  const names = new Set<string>();
  for (const { name } of intervals) {
    if (name === undefined || names.has(name)) return undefined;
    names.add(name);
  }
  return [...names];
}

/** How many windows before it are the same, of windows that have such. */
function repeatedWindows({
  contigOf,
  starts,
  reverse,
}: Pick<Store, 'contigOf' | 'starts' | 'reverse'>): Map<number, number> {
  const seen = new Map<number, number>();
  const repeats = new Map<number, number>();
  // The rows of one contig after the other, so that start and strand alone are the key.
  const rows = contigOf
    .map((_, row) => row)
    .sort((a, b) => (contigOf[a] ?? 0) - (contigOf[b] ?? 0) || a - b);
  let contig = -1;
  for (const row of rows) {
    if (contigOf[row] !== contig) {
      seen.clear();
      contig = contigOf[row] ?? 0;
    }
    const key = 2 * (starts[row] ?? 0) + (reverse[row] ?? 0);
    const before = seen.get(key) ?? 0;
    if (before > 0) repeats.set(row, before);
    seen.set(key, before + 1);
  }
  return repeats;
}
