import { Displayable, type MimeBundle } from './display.ts';
import { escapeHtml } from './escape-html.ts';

/** A value of a cell of a table that is shown. */
export type CellValue = string | number | boolean | null | undefined;

/** One row by column name; a column that it lacks is an empty cell. */
export type TableViewRow = Readonly<Record<string, CellValue>>;

/** What a table says beside its cells. */
export interface TableViewOptions {
  /** A line under the table, for example how an interval was computed. Default none. */
  readonly note?: string;
}

/** What a value of a column named `status` stands for. */
type Status = 'ok' | 'warning' | 'error';

const STATUS_WORDS: ReadonlyMap<string, Status> = new Map([
  ['ok', 'ok'],
  ['pass', 'ok'],
  ['passed', 'ok'],
  ['warning', 'warning'],
  ['error', 'error'],
  ['fail', 'error'],
  ['failed', 'error'],
]);

/** The sign says the same as the colour, for those who do not see it. */
const STATUS_SIGNS: Readonly<Record<Status, string>> = { ok: '✓', warning: '!', error: '✗' };

/** Dark text on its own light ground, readable (contrast above 7) on a light and on a dark page. */
const STATUS_COLOURS: Readonly<Record<Status, string>> = {
  ok: 'background:#d8f0de;color:#0c4a20',
  warning: 'background:#fdeebc;color:#553d00',
  error: 'background:#fbdcda;color:#7a130d',
};

/**
 * A small table that a person reads: a data card, a check table, a metrics table. Numbers are
 * aligned to the right with equal decimals down a column; values of a column `status` (`ok`,
 * `warning`, `error`) carry a sign and a colour.
 *
 * @example
 * new TableView('Baselines', ['model', 'pearson'], [
 *   { model: 'ridge on features', pearson: 0.4589 },
 *   { model: 'both', pearson: 0.53 },
 * ]).show();
 */
export class TableView extends Displayable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly TableViewRow[];
  readonly note: string | undefined;

  constructor(
    title: string,
    columns: readonly string[],
    rows: readonly TableViewRow[],
    options: TableViewOptions = {},
  ) {
    super();
    this.title = title;
    this.columns = columns;
    this.rows = rows;
    this.note = options.note;
  }

  override mimeBundle(): MimeBundle {
    return { 'text/plain': this.toText(), 'text/html': this.toHtml() };
  }

  /** Aligned columns for a terminal. */
  toText(): string {
    const columns = this.#layout();
    const widths = columns.map(({ name, texts }) =>
      Math.max(displayWidth(name), ...texts.map(displayWidth)),
    );
    const line = (cells: readonly string[]) =>
      cells
        .map((cell, i) => padTo(cell, widths[i] ?? 0, columns[i]?.numeric ?? false))
        .join('  ')
        .trimEnd();
    const lines = [
      line(columns.map(({ name }) => name)),
      widths.map((width) => '─'.repeat(width)).join('  '),
      ...this.rows.map((_, row) => line(columns.map(({ texts }) => oneLine(texts[row] ?? '')))),
    ];
    if (this.title !== '') lines.unshift(this.title);
    if (this.note !== undefined) lines.push(this.note);
    return lines.join('\n');
  }

  /** An HTML table with a caption and header cells, without scripts or style sheets. */
  toHtml(): string {
    const columns = this.#layout();
    const align = (numeric: boolean) =>
      numeric ? 'text-align:right;font-variant-numeric:tabular-nums' : 'text-align:left';
    const head = columns.map(
      ({ name, numeric }) => `<th scope="col" style="${align(numeric)}">${escapeHtml(name)}</th>`,
    );
    const body = this.rows.map((_, row) => {
      const cells = columns.map(({ numeric, texts, statuses }, i) => {
        const text = escapeHtml(texts[row] ?? '').replaceAll('\n', '<br>');
        const status = statuses?.[row];
        const content =
          status === undefined
            ? text
            : `<span style="${STATUS_COLOURS[status]};padding:1px 8px;border-radius:9px;white-space:nowrap">${text}</span>`;
        return i === 0 && !numeric
          ? `<th scope="row" style="${align(false)};font-weight:normal">${content}</th>`
          : `<td style="${align(numeric)}">${content}</td>`;
      });
      return `<tr>${cells.join('')}</tr>`;
    });
    const caption =
      this.title === ''
        ? ''
        : `<caption style="text-align:left;font-weight:600;padding:4px 0;caption-side:top">${escapeHtml(this.title)}</caption>`;
    const note =
      this.note === undefined
        ? ''
        : `<tfoot><tr><td colspan="${columns.length}" style="text-align:left;opacity:.75">${escapeHtml(this.note)}</td></tr></tfoot>`;
    return `<table style="border-collapse:collapse">${caption}<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody>${note}</table>`;
  }

  /** A GitHub-flavoured Markdown table, for a model card or a report. */
  toMarkdown(): string {
    const columns = this.#layout();
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const lines = [
      line(columns.map(({ name }) => escapeMarkdown(name))),
      line(columns.map(({ numeric }) => (numeric ? '---:' : '---'))),
      ...this.rows.map((_, row) =>
        line(columns.map(({ texts }) => escapeMarkdown(texts[row] ?? ''))),
      ),
    ];
    if (this.title !== '') lines.unshift(`**${escapeMarkdown(this.title)}**`, '');
    if (this.note !== undefined) lines.push('', escapeMarkdown(this.note));
    return lines.join('\n');
  }

  #layout(): ColumnLayout[] {
    return this.columns.map((name) =>
      layOut(
        name,
        this.rows.map((row) => row[name]),
      ),
    );
  }
}

interface ColumnLayout {
  readonly name: string;
  readonly numeric: boolean;
  readonly texts: readonly string[];
  readonly statuses?: readonly (Status | undefined)[];
}

function layOut(name: string, values: readonly CellValue[]): ColumnLayout {
  const present = values.filter((value) => value !== null && value !== undefined);
  const numbers = present.filter((value): value is number => typeof value === 'number');
  const numeric = numbers.length > 0 && numbers.length === present.length;
  if (name.toLowerCase() === 'status') {
    const statuses = values.map((value) =>
      typeof value === 'string' ? STATUS_WORDS.get(value.toLowerCase()) : undefined,
    );
    const texts = values.map((value, row) => {
      const status = statuses[row];
      return status === undefined ? formatCell(value) : `${STATUS_SIGNS[status]} ${String(value)}`;
    });
    return { name, numeric, texts, statuses };
  }
  const decimals = numeric ? sharedDecimals(numbers) : undefined;
  const texts = values.map((value) =>
    typeof value === 'number' && decimals !== undefined && Number.isFinite(value)
      ? value.toFixed(decimals)
      : formatCell(value),
  );
  return { name, numeric, texts };
}

/**
 * The number of decimals that shows every fraction of a column with two to about four significant
 * figures; undefined where magnitudes differ too much for one number of decimals.
 */
function sharedDecimals(numbers: readonly number[]): number | undefined {
  const sizes = numbers.filter((n) => Number.isFinite(n) && n !== 0).map(Math.abs);
  if (numbers.every((n) => Number.isInteger(n)) || sizes.length === 0) return undefined;
  const largest = Math.max(...sizes);
  if (largest >= 1000 || largest < 1e-3) return undefined;
  const decimals = Math.min(4, Math.max(1, 3 - Math.floor(Math.log10(largest))));
  return Math.min(...sizes) < 10 ** (1 - decimals) ? undefined : decimals;
}

/** Four significant figures for fractions, thousands separators for whole numbers. */
export function formatCell(value: CellValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value)) {
    return Math.abs(value) < 1e15 ? value.toLocaleString('en-US') : String(value);
  }
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return value.toExponential(3);
  return size >= 1000
    ? value.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
    : value.toPrecision(4);
}

function escapeMarkdown(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(/[|*_`<[\]]/g, (character) => `\\${character}`)
    .replaceAll('\n', '<br>');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\u{1f300}-\u{1faff}]/u;

/** Columns that a text takes in a terminal: combining marks none, East Asian wide characters two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of oneLine(text)) {
    if (!/\p{Mark}/u.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

function padTo(text: string, width: number, right: boolean): string {
  const padding = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? padding + text : text + padding;
}
