import { InputError, type ErrorDetails } from '../core/errors.ts';

/** A column of a table without heading, for messages: its number from 1 and its name. */
export type Column = readonly [number: number, name: string];

/**
 * Where a reader is in a text file. One object goes along from line to line; the text for a message
 * is made only when there is something to say.
 */
export class LinePlace {
  readonly file: string;
  /** The number of the line, from 1, or of what `unit` says. */
  line = 0;
  readonly #unit: string;

  /** @param unit what `line` counts, for messages */
  constructor(file: string, unit = 'line') {
    this.file = file;
    this.#unit = unit;
  }

  /** One that stays at this line. */
  copy(): LinePlace {
    const copy = new LinePlace(this.file, this.#unit);
    copy.line = this.line;
    return copy;
  }

  /** For example `peaks.bed, line 12, column 5 (score)`. */
  where(column?: Column): string {
    const line = `${this.file}, ${this.#unit} ${String(this.line)}`;
    return column === undefined ? line : `${line}, column ${String(column[0])} (${column[1]})`;
  }

  error(details: Omit<ErrorDetails, 'where'>, column?: Column): InputError {
    return new InputError({ where: this.where(column), ...details });
  }

  /** A whole number from `least`; throws `InputError` for any other text. */
  wholeNumber(text: string, column: Column, least = 0): number {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    const isHeading = /^[a-z_][a-z_0-9]*$/i.test(text);
    throw this.error(
      {
        found: quoted(text),
        expected: `a whole number from ${String(least)}`,
        fix: isHeading ? 'If it is a heading line, begin it with #.' : undefined,
      },
      column,
    );
  }

  /** A finite number in decimal notation; throws `InputError` for any other text. */
  number(text: string, column: Column): number {
    const value = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (Number.isFinite(value)) return value;
    throw this.error({ found: quoted(text), expected: 'a number' }, column);
  }
}

/** A text as messages show it: the beginning of a long one. */
export function quoted(text: string): string {
  return text.length > 60 ? `'${text.slice(0, 60)}…'` : `'${text}'`;
}
