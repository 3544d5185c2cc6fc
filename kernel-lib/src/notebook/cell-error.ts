import { InputError } from '../core/errors.ts';

/** Why a cell failed. */
export type CellFailure = 'error' | 'time-limit' | 'kernel-ended';

/** Which cell failed, and what it says. */
export interface CellErrorDetails {
  readonly file: string;
  /** Position in the notebook's cells, from 0. */
  readonly index: number;
  /** Position among the code cells that run, from 1, and how many those are. */
  readonly number: number;
  readonly total: number;
  readonly title: string;
  readonly source: string;
  readonly failure: CellFailure;
  /** What the kernel said. */
  readonly errorText: string;
}

const SOURCE_LINES = 12;

/** A cell of a notebook failed; the message has its number, its source and the error. */
export class CellError extends InputError {
  readonly index: number;
  readonly number: number;
  readonly source: string;
  readonly failure: CellFailure;
  readonly errorText: string;

  constructor(details: CellErrorDetails, options?: { cause?: unknown }) {
    const { file, index, number, total, title, source, failure, errorText } = details;
    super(
      {
        where: `${file}, code cell ${number} of ${total}${title === '' ? '' : ` (${title})`}`,
        found: `${HEADLINES[failure]}\n\n${excerpt(source, errorText)}\n\n${errorText}`.trimEnd(),
      },
      options,
    );
    this.index = index;
    this.number = number;
    this.source = source;
    this.failure = failure;
    this.errorText = errorText;
  }
}

const HEADLINES: Readonly<Record<CellFailure, string>> = {
  error: 'the cell failed',
  'time-limit': 'the cell ran longer than its time limit',
  'kernel-ended': 'the kernel ended while the cell ran',
};

/** The source with line numbers; of a long one the lines around the one that the error names. */
function excerpt(source: string, errorText: string): string {
  const lines = source.replace(/\n+$/, '').split('\n');
  const width = String(lines.length).length;
  // tslab's compiler says "LINE:COLUMN - message"; errors at run time name no line of the cell.
  const named = Number(/^(\d+):\d+ - /m.exec(errorText)?.[1] ?? 1);
  const start = Math.max(0, Math.min(named - SOURCE_LINES / 2, lines.length - SOURCE_LINES));
  const shown = lines.slice(start, start + SOURCE_LINES).map((line, i) => {
    const number = start + i + 1;
    const mark = number === named && /^\d+:\d+ - /m.test(errorText) ? '>' : ' ';
    return `${mark} ${String(number).padStart(width)} | ${line}`;
  });
  if (start > 0) shown.unshift(`  ${'…'.padStart(width)} |`);
  if (start + SOURCE_LINES < lines.length) shown.push(`  ${'…'.padStart(width)} |`);
  return shown.join('\n');
}
