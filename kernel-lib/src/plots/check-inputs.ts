import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { figureOptionNames } from './figure-defaults.ts';

/** Throws a UsageError for an option that the plot does not have, or a size that is no size. */
export function checkOptions(where: string, options: object, ownNames: readonly string[]): void {
  const names = [...figureOptionNames, ...ownNames];
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new UsageError({
        where: `${where} option '${name}'`,
        found: 'no such option',
        fix: suggestion(name, names),
      });
    }
  }
  for (const name of ['width', 'height'] as const) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !(value >= 40 && value <= 10_000)) {
      throw new UsageError({
        where: `${where} option ${name}`,
        found: String(value),
        expected: 'pixels between 40 and 10000',
      });
    }
  }
}

/** Throws a UsageError that names the nearest mode, unless `value` is one of `modes`. */
export function checkMode<Mode extends string>(
  where: string,
  value: string,
  modes: readonly Mode[],
): Mode {
  const found = modes.find((mode) => mode === value);
  if (found === undefined) {
    throw new UsageError({
      where: `${where} mode`,
      found: `'${value}'`,
      expected: modes.join(', '),
      fix: suggestion(value, modes),
    });
  }
  return found;
}

/** The values as an array, or an InputError for none of them or for one that is not finite. */
export function checkValues(where: string, name: string, values: ArrayLike<number>): number[] {
  const result = Array.from(values);
  if (result.length === 0) {
    throw new InputError({ where, found: `${name} is empty`, expected: 'at least one value' });
  }
  const bad = result.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError({
      where,
      found: `${name}[${bad}] is ${String(result[bad])}`,
      expected: 'finite numbers',
      fix: 'Drop the rows with missing values before plotting.',
    });
  }
  return result;
}

/** Throws an InputError unless both have the same length. */
export function checkSameLength(
  where: string,
  a: readonly [name: string, length: number],
  b: readonly [name: string, length: number],
): void {
  if (a[1] !== b[1]) {
    throw new InputError({
      where,
      found: `${a[1]} values in ${a[0]} and ${b[1]} in ${b[0]}`,
      expected: 'the same number of values',
    });
  }
}

/** Throws an InputError for an empty list of rows. */
export function checkNotEmpty(where: string, name: string, items: ArrayLike<unknown>): void {
  if (items.length === 0) {
    throw new InputError({ where, found: `no ${name}`, expected: `at least one` });
  }
}

/**
 * A `length × columns` matrix as row-major numbers, from nested rows or a flat array.
 *
 * @throws InputError when a row has another length, the flat length does not divide, or a value is
 *   not finite
 */
export function checkMatrix(
  where: string,
  name: string,
  matrix: ArrayLike<number> | readonly ArrayLike<number>[],
  columns: number,
): Float64Array {
  checkNotEmpty(where, name, matrix);
  const flat: number[] = [];
  for (let i = 0; i < matrix.length; i++) {
    const row = matrix[i];
    if (typeof row === 'number') {
      flat.push(row);
    } else if (row === undefined || row.length !== columns) {
      throw new InputError({
        where,
        found: `${name}[${i}] has ${row?.length ?? 0} values`,
        expected: `${columns} values a position`,
      });
    } else {
      flat.push(...Array.from(row));
    }
  }
  if (flat.length % columns !== 0) {
    throw new InputError({
      where,
      found: `${flat.length} values in ${name}`,
      expected: `a multiple of ${columns} (length × ${columns}, row-major)`,
    });
  }
  return Float64Array.from(checkValues(where, name, flat));
}
