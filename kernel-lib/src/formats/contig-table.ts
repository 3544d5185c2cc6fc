import { InputError, UsageError } from '../core/errors.ts';
import { checkInterval, describeInterval } from '../sequence/check-interval.ts';
import { contigNameAdvice } from '../sequence/contig-names.ts';
import type { Interval } from '../sequence/interval.ts';
import type { Contig } from './fasta-file.ts';

/** A contig with its place in the file's list. */
export interface NumberedContig extends Contig {
  readonly id: number;
}

/** The contigs of a binary file, by name. */
export class ContigTable<T extends Contig = Contig> {
  readonly file: string;
  readonly list: readonly T[];
  readonly #byName: ReadonlyMap<string, T>;

  /** @throws InputError for a name that comes twice */
  constructor(file: string, list: readonly T[]) {
    this.file = file;
    this.list = list;
    const byName = new Map<string, T>();
    for (const contig of list) {
      if (byName.has(contig.name)) {
        throw new InputError({
          where: file,
          found: `two contigs of the name '${contig.name}'`,
          expected: 'each name once',
        });
      }
      byName.set(contig.name, contig);
    }
    this.#byName = byName;
  }

  /** @throws InputError for a contig that the file does not have, with the one that may be meant */
  get(name: string): T {
    const contig = this.#byName.get(name);
    if (contig === undefined) {
      throw new InputError({
        where: this.file,
        found: `no contig '${name}'`,
        fix: contigNameAdvice(name, [...this.#byName.keys()]),
      });
    }
    return contig;
  }

  /**
   * The contig of an interval, after its checks.
   *
   * @param padded whether the interval may reach beyond the ends of its contig
   * @param fix what to do about an interval that does
   * @throws InputError
   */
  check(interval: Interval, padded: boolean, fix: string): T {
    checkInterval(interval, this.file);
    const contig = this.get(interval.chrom);
    if (!padded && (interval.start < 0 || interval.end > contig.length)) {
      throw new InputError({
        where: this.file,
        found: `${describeInterval(interval)} reaches beyond ${contig.name}`,
        expected: `0 ≤ start and end ≤ ${String(contig.length)}`,
        fix,
      });
    }
    return contig;
  }
}

/** Throws `UsageError` unless an option has one of its values. */
export function checkOneOf(value: unknown, known: readonly string[], option: string): void {
  if (typeof value === 'string' && known.includes(value)) return;
  throw new UsageError({
    where: `option ${option}`,
    found: `'${String(value)}'`,
    expected: known.map((each) => `'${each}'`).join(' or '),
  });
}

/** Values that one array may have: 4 GB of numbers of four bytes. */
const LARGEST = 2 ** 30;

/** Throws `UsageError` for a result that no array can hold. */
export function checkResultLength(length: number, where: string): void {
  if (length <= LARGEST) return;
  throw new UsageError({
    where,
    found: `${String(length)} values in one result`,
    expected: `at most ${String(LARGEST)}`,
    fix: 'Read shorter intervals, one after the other.',
  });
}

/** Throws `UsageError` for a file that was closed. */
export function checkOpen(isClosed: boolean, file: string): void {
  if (!isClosed) return;
  throw new UsageError({ where: file, found: 'the file was closed', fix: 'Open it again.' });
}
