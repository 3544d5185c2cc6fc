import { InputError, UsageError } from '../core/errors.ts';

/** Type of a column of a table file. */
export type ColumnType = 'number' | 'string' | 'boolean';

const DEFAULT_MISSING = ['NA', 'N/A', 'NaN', 'nan', 'null', 'NULL'];
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?(inf|infinity)$/i;
const TRUE = new Set(['true', 't', 'yes', '1']);
const FALSE = new Set(['false', 'f', 'no', '0']);

function parseNumber(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return undefined;
}

/** Whether a number keeps all that its text says: no leading zeros, no digits beyond float64. */
function isLossless(text: string): boolean {
  if (/^[+-]?0\d/.test(text)) return false;
  return !/^[+-]?\d{16,}$/.test(text) || String(Number(text)) === text.replace('+', '');
}

/** Numbers where all values are numbers or missing, else texts; missing values are null. */
export function inferColumn(
  texts: readonly string[],
  missing: readonly string[] | undefined,
): ArrayLike<unknown> {
  const missingNumbers = new Set(['', ...(missing ?? DEFAULT_MISSING)]);
  const numbers = new Array<number | null>(texts.length);
  let someMissing = false;
  let someNumber = false;
  for (const [row, text] of texts.entries()) {
    const isMissing = missingNumbers.has(text);
    const number = isMissing ? null : parseNumber(text);
    if (number === undefined || (number !== null && !isLossless(text))) {
      return textColumn(texts, missing);
    }
    numbers[row] = number;
    someMissing ||= isMissing;
    someNumber ||= !isMissing;
  }
  if (!someNumber) return textColumn(texts, missing);
  return someMissing ? numbers : Float64Array.from(numbers as number[]);
}

function textColumn(
  texts: readonly string[],
  missing: readonly string[] | undefined,
): (string | null)[] {
  const missingTexts = new Set(['', ...(missing ?? [])]);
  return texts.map((text) => (missingTexts.has(text) ? null : text));
}

/**
 * Values of a column whose type is given.
 *
 * @param where names a row (from 0) for the message
 * @throws InputError for a value that is not of that type
 */
export function parseColumn(
  texts: readonly string[],
  type: ColumnType,
  missing: readonly string[] | undefined,
  where: (row: number) => string,
): ArrayLike<unknown> {
  if (type === 'string') return textColumn(texts, missing);
  if (type !== 'number' && type !== 'boolean') {
    throw new UsageError({
      where: 'option columns',
      found: `the type '${String(type)}'`,
      expected: "'number', 'string' or 'boolean'",
    });
  }
  const missingTexts = new Set(['', ...(missing ?? DEFAULT_MISSING)]);
  const parse = type === 'number' ? parseNumber : parseBoolean;
  const values = texts.map((text, row) => {
    if (missingTexts.has(text)) return null;
    const value = parse(text);
    if (value !== undefined) return value;
    throw new InputError({
      where: where(row),
      found: `'${text}'`,
      expected: type === 'number' ? 'a number' : 'true or false',
      fix: 'Correct it, or name it in the option missing.',
    });
  });
  const complete = type === 'number' && !values.includes(null);
  return complete ? Float64Array.from(values as number[]) : values;
}

function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (TRUE.has(lower)) return true;
  return FALSE.has(lower) ? false : undefined;
}
