import { InputError, UsageError } from '../core/errors.ts';
import { contigNameAdvice } from '../sequence/contig-names.ts';
import type { BigWigItem } from './big-wig.ts';
import type { Contig } from './fasta-file.ts';

/** Values of neighbouring stretches of one length. */
export interface BigWigRun {
  readonly chrom: string;
  /** 0-based start of the first value. */
  readonly start: number;
  /** One value a stretch; NaN where there is none. */
  readonly values: Float32Array | Float64Array | readonly number[];
  /** Bases of each stretch. Default 1; the bin size for values of bins. */
  readonly span?: number;
}

/** What `writeBigWig` takes: stretches with one value, or runs of values. */
export type BigWigInput = BigWigItem | BigWigRun;

/** A checked input. */
export interface CheckedInput {
  /** Number of the contig, in the order of their first values. */
  readonly id: number;
  /** Whether it is the first one of its contig. */
  readonly isNewContig: boolean;
}

const LONGEST = 2 ** 32 - 1;

/** Throws `UsageError` for contigs that a bigWig file cannot have. */
export function checkContigs(contigs: readonly Contig[], where: string): void {
  if (contigs.length === 0) {
    throw new UsageError({ where, found: 'no contigs', expected: 'names and lengths of contigs' });
  }
  const names = new Set<string>();
  for (const { name, length } of contigs) {
    if (typeof name !== 'string' || name === '' || name.includes('\0')) {
      throw new UsageError({
        where,
        found: `a contig of the name '${String(name)}'`,
        expected: 'a name of at least one letter, without NUL',
      });
    }
    if (names.has(name)) {
      throw new UsageError({
        where,
        found: `two contigs of the name '${name}'`,
        expected: 'each name once',
      });
    }
    names.add(name);
    if (!Number.isSafeInteger(length) || length < 1 || length > LONGEST) {
      throw new UsageError({
        where: `${where}, contig '${name}'`,
        found: `a length of ${String(length)}`,
        expected: `1 to ${String(LONGEST)} bases`,
      });
    }
  }
}

/** Checks inputs one after the other: their order, their contigs, their values. */
export class BigWigInputChecker {
  readonly #where: string;
  readonly #lengths: ReadonlyMap<string, number>;
  /** Contigs in the order of their first values. */
  readonly #ids = new Map<string, number>();
  #chrom: string | undefined;
  #length = 0;
  #id = -1;
  #last = 0;
  #number = 0;

  constructor(contigs: readonly Contig[], where: string) {
    this.#where = where;
    this.#lengths = new Map(contigs.map(({ name, length }) => [name, length]));
  }

  /** Names of the contigs with values, in the order of their numbers. */
  get order(): string[] {
    return [...this.#ids.keys()];
  }

  /**
   * Checks where an input lies.
   *
   * @throws InputError for an unknown contig, places that are no whole numbers or outside of it, what
   *   begins before the last one ended, a contig that comes again
   */
  check(chrom: string, start: number, end: number): CheckedInput {
    this.#number++;
    const isNewContig = chrom !== this.#chrom;
    if (isNewContig) this.#startContig(chrom);
    const isWhole = Number.isSafeInteger(start) && Number.isSafeInteger(end);
    if (!isWhole || start < 0 || end <= start || end > this.#length) {
      throw this.#error(
        chrom,
        start,
        end,
        isWhole && start >= 0 && end > start ? `reaches beyond ${chrom}` : 'is no stretch of bases',
        `whole numbers with 0 ≤ start < end ≤ ${String(this.#length)}`,
      );
    }
    if (start < this.#last) {
      throw this.#error(
        chrom,
        start,
        end,
        `begins before base ${String(this.#last)}, where the one before ended`,
        'ascending stretches that do not overlap',
        'Sort them by start, and merge those that overlap.',
      );
    }
    this.#last = end;
    return { id: this.#id, isNewContig };
  }

  /** Throws `InputError` for a value that no 32-bit number can hold. */
  checkValue(value: number, chrom: string, start: number, end: number): void {
    if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return;
    throw this.#error(
      chrom,
      start,
      end,
      `has the value ${String(value)}`,
      'a finite number of 32 bits',
      'Leave out what has no value.',
    );
  }

  #startContig(chrom: string): void {
    const length = this.#lengths.get(chrom);
    if (length === undefined) {
      throw new InputError({
        where: `${this.#where}, value ${String(this.#number)}`,
        found: `no contig '${chrom}' in the list of contigs`,
        fix: contigNameAdvice(chrom, [...this.#lengths.keys()]),
      });
    }
    if (this.#ids.has(chrom)) {
      throw new InputError({
        where: `${this.#where}, value ${String(this.#number)}`,
        found: `${chrom} again, after ${this.#chrom ?? 'other contigs'}`,
        expected: 'all values of a contig together',
        fix: 'Sort them by contig and start.',
      });
    }
    this.#chrom = chrom;
    this.#length = length;
    this.#last = 0;
    this.#id = this.#ids.size;
    this.#ids.set(chrom, this.#id);
  }

  #error(
    chrom: string,
    start: number,
    end: number,
    found: string,
    expected: string,
    fix?: string,
  ): InputError {
    return new InputError({
      where: `${this.#where}, value ${String(this.#number)}`,
      found: `${chrom}:[${String(start)}, ${String(end)}) ${found}`,
      expected,
      ...(fix === undefined ? {} : { fix }),
    });
  }
}
