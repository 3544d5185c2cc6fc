import { TataboxError } from 'tatabox/core/errors.ts';
import type { InvalidLine } from './track-types.ts';

/** Lines that are kept. */
const KEPT = 1000;
/** Letters of a line that are kept. */
const SHOWN = 200;

/** What is wrong with a line: the library's words without file and line, which are shown beside it. */
export function reasonOf(error: unknown, place: string): string {
  if (!(error instanceof TataboxError))
    return error instanceof Error ? error.message : String(error);
  const { where } = error.details;
  const rest = where.startsWith(place) ? where.slice(place.length).replace(/^, /, '') : where;
  const words = error.message.startsWith(`${where}: `)
    ? error.message.slice(where.length + 2)
    : error.message;
  return (rest === '' ? words : `${rest}: ${words}`).slice(0, 1000);
}

/** Collects the lines that are no records: the first ones, and how many there are. */
export class InvalidLines {
  readonly kept: InvalidLine[] = [];
  #count = 0;
  #first: unknown;

  get count(): number {
    return this.#count;
  }

  /** The error of the first of them. */
  get firstError(): unknown {
    return this.#first;
  }

  /** @param place what the error says of the place, for example `peaks.bed, line 7` */
  add(line: number, error: unknown, place: string, text: string): void {
    if (this.#count++ === 0) this.#first = error;
    if (this.kept.length >= KEPT) return;
    const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    // A copy: a piece of a text keeps all of it alive.
    this.kept.push({
      line,
      reason: reasonOf(error, place),
      text: Buffer.from(cut).toString(),
    });
  }
}
