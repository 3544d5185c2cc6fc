import { suggestion } from '../core/nearest.ts';
import { InputError, UsageError } from '../core/errors.ts';

/** The three parts of a split, in the order in which tables show them. */
export const splitParts = Object.freeze(['train', 'validation', 'test'] as const);

/** Name of one part of a split. */
export type SplitPart = (typeof splitParts)[number];

/** Which examples a model trains on, is selected on, and is judged by; indices in rising order. */
export interface Split {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/** Shares of the examples; what is left trains. */
export interface SplitFractions {
  /** Default 0. */
  readonly validation?: number;
  /** Default 0. */
  readonly test?: number;
}

/**
 * A split from the part of each example; `undefined` leaves an example out of all parts.
 *
 * @param wanted parts that must not be empty
 */
export function splitFromParts(
  where: string,
  parts: readonly (SplitPart | undefined)[],
  wanted: readonly SplitPart[],
): Split {
  const indices: Record<SplitPart, number[]> = { train: [], validation: [], test: [] };
  for (const [index, part] of parts.entries()) if (part !== undefined) indices[part].push(index);
  const split = {
    train: Uint32Array.from(indices.train),
    validation: Uint32Array.from(indices.validation),
    test: Uint32Array.from(indices.test),
  };
  for (const part of wanted) {
    if (split[part].length === 0) {
      throw new InputError({
        where,
        found: `no example for the ${part} part among ${parts.length}`,
        expected: 'at least one',
        fix: 'Give that part more, or the others less.',
      });
    }
  }
  return split;
}

/** The part of each of `length` examples; undefined for examples in none. */
export function partOfExamples(split: Split, length: number): (SplitPart | undefined)[] {
  const parts = new Array<SplitPart | undefined>(length).fill(undefined);
  for (const part of splitParts) for (const index of split[part]) parts[index] = part;
  return parts;
}

/**
 * Checks a split that a user made: indices within the examples, no example in two parts or twice,
 * something to train on.
 */
export function checkSplit(split: Split, length: number): void {
  const seen = new Map<number, SplitPart>();
  for (const part of splitParts) {
    for (const index of split[part]) {
      if (index >= length) {
        throw new UsageError({
          where: `split, ${part}`,
          found: `index ${index}`,
          expected: `indices below ${length}, the number of examples`,
        });
      }
      const other = seen.get(index);
      if (other !== undefined) {
        throw new UsageError({
          where: `split, ${part}`,
          found: `example ${index}, which is already in ${other}`,
          expected: 'every example in one part only',
        });
      }
      seen.set(index, part);
    }
  }
  if (split.train.length === 0) {
    throw new UsageError({ where: 'split, train', found: 'no example', expected: 'at least one' });
  }
}

/** Checks fractions and adds the train share. */
export function checkFractions(
  where: string,
  { validation = 0, test = 0 }: SplitFractions,
): Readonly<Record<SplitPart, number>> {
  for (const [part, fraction] of Object.entries({ validation, test })) {
    if (!(fraction >= 0 && fraction < 1)) {
      throw new UsageError({
        where: `${where}, ${part} fraction`,
        found: String(fraction),
        expected: 'a share from 0 up to, but not, 1',
      });
    }
  }
  if (validation + test >= 1) {
    throw new UsageError({
      where: `${where}, fractions`,
      found: `validation ${validation} and test ${test}, which leave nothing to train on`,
      expected: 'a sum below 1',
    });
  }
  return { train: 1 - validation - test, validation, test };
}

/** Which words of a column stand for which part. */
export interface ColumnSplitOptions {
  /** Default `train`, `training`. */
  readonly train?: readonly string[];
  /** Default `validation`, `valid`, `val`, `dev`. */
  readonly validation?: readonly string[];
  /** Default `test`, `testing`. */
  readonly test?: readonly string[];
}

const defaultWords: Readonly<Record<SplitPart, readonly string[]>> = Object.freeze({
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test', 'testing'],
});

/**
 * The split that a column of the table names for each example. Upper and lower case are equal.
 *
 * @throws InputError for a word that names no part, and when nothing is left to train on
 *
 * @example
 * splitByColumn(['train', 'test', 'train']); // { train: [0, 2], validation: [], test: [1] }
 */
export function splitByColumn(values: readonly string[], options: ColumnSplitOptions = {}): Split {
  const partOf = new Map<string, SplitPart>();
  for (const part of splitParts) {
    for (const word of options[part] ?? defaultWords[part]) partOf.set(word.toLowerCase(), part);
  }
  const parts = values.map((value, index) => {
    const part = partOf.get(String(value).trim().toLowerCase());
    if (part === undefined) {
      throw new InputError({
        where: `splitByColumn, row ${index}`,
        found: `'${value}'`,
        expected: 'the name of a part',
        fix: suggestion(String(value), partOf.keys()),
      });
    }
    return part;
  });
  return splitFromParts('splitByColumn', parts, ['train']);
}
