import { throwIfAborted } from 'tatabox/core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from 'tatabox/core/progress.ts';
import { LinePlace } from 'tatabox/formats/line-place.ts';
import { endOfRecords } from 'tatabox/formats/stream-records.ts';
import {
  chooseIntervalFormat,
  type IntervalFormat,
  type IntervalRecord,
} from '../tracks/interval-format.ts';
import { InvalidLines } from '../tracks/invalid-lines.ts';
import type { LineProblem } from './line-problem.ts';

/** Lines that are read without a pause. */
const TURN = 2000;

/** What {@link checkIntervals} finds. */
export interface CheckedIntervals {
  readonly format: IntervalFormat;
  /** By line: the first 1,000 invalid ones, then at most one line out of order and one repetition. */
  readonly problems: readonly LineProblem[];
  /** All of them. */
  readonly count: number;
}

/** Checks the lines of a text of intervals as the library reads them. */
export async function checkIntervals(
  name: string,
  lines: readonly string[],
  { signal }: Pick<LongWorkOptions, 'signal'> = {},
): Promise<CheckedIntervals> {
  const format = chooseIntervalFormat(name, lines);
  const parse = format.parser();
  const place = new LinePlace(name);
  const invalid = new InvalidLines();
  const order = new LineOrder(format);
  for (const [index, line] of lines.entries()) {
    place.line = index + 1;
    try {
      const record = parse(line, place);
      if (record === endOfRecords) break;
      if (record !== undefined) order.add(record, line, place.line);
    } catch (error) {
      invalid.add(place.line, error, place.where(), line);
    }
    if (index % TURN === TURN - 1) {
      await yieldToEventLoop();
      throwIfAborted(signal, `checking ${name}`);
    }
  }
  const warnings = order.problems();
  return {
    format,
    problems: [...invalid.kept.map(withColumns), ...warnings],
    count: invalid.count + warnings.length,
  };
}

/** Marks the column that the reason names: `column 5 (score): …`. */
function withColumns(problem: LineProblem): LineProblem {
  const column = Number(/^column (\d+) /.exec(problem.reason)?.[1] ?? 0);
  if (column === 0) return problem;
  const cells = problem.text.split('\t');
  const cell = cells[column - 1];
  if (cell === undefined || cell === '') return problem;
  const from = cells.slice(0, column - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return { ...problem, columns: [from, from + cell.length] };
}

/** Finds the first line that is out of order, and the first that repeats another. */
class LineOrder {
  readonly #mustBeSorted: boolean;
  readonly #seen = new Set<string>();
  readonly #texts = new Map<string, number>();
  #chrom = '';
  #start = 0;
  #unsorted = 0;
  #firstUnsorted: LineProblem | undefined;
  #repeated = 0;
  #firstRepeated: LineProblem | undefined;

  constructor({ kind }: IntervalFormat) {
    // Genes of GTF and GFF3 files come with their parts, pairs lie at two places.
    this.#mustBeSorted = kind === 'bed' || kind === 'bedGraph';
  }

  add({ chrom, start }: IntervalRecord, text: string, line: number): void {
    if (this.#mustBeSorted) {
      const isNew = chrom !== this.#chrom;
      if (isNew ? this.#seen.has(chrom) : start < this.#start) {
        const reason = isNew
          ? `${shown(chrom)} comes again after another chromosome`
          : `start ${String(start)} after ${String(this.#start)}`;
        if (this.#unsorted++ === 0) {
          const columns = [0, (/^[^\t ]*[\t ]+\d*/.exec(text)?.[0] ?? text).length] as const;
          this.#firstUnsorted = { line, reason, text, columns };
        }
      }
      this.#seen.add(chrom);
      this.#chrom = chrom;
      this.#start = start;
    }
    const before = this.#texts.get(text);
    if (before === undefined) this.#texts.set(text, line);
    else if (this.#repeated++ === 0) {
      this.#firstRepeated = { line, reason: `the same as line ${String(before)}`, text };
    }
  }

  problems(): LineProblem[] {
    const problems: LineProblem[] = [];
    const more = (count: number): string =>
      count === 1 ? '' : ` (${(count - 1).toLocaleString('en')} more lines like this)`;
    if (this.#firstRepeated !== undefined) {
      const { reason, ...rest } = this.#firstRepeated;
      problems.push({
        ...rest,
        reason: `A repeated line: ${reason}${more(this.#repeated)}.`,
        severity: 'warning',
      });
    }
    if (this.#firstUnsorted !== undefined) {
      const { reason, ...rest } = this.#firstUnsorted;
      problems.push({
        ...rest,
        reason: `Not sorted by chromosome and start: ${reason}${more(this.#unsorted)}. Programs that index the file need sort -k1,1 -k2,2n.`,
        severity: 'information',
      });
    }
    return problems;
  }
}

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
