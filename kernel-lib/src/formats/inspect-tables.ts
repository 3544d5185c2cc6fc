import type { ColumnTable } from 'arquero';
import { readArrow } from './arrow.ts';
import { streamDelimited } from './delimited-records.ts';
import { MOST_ROWS, type Inspection, type InspectedColumn } from './inspect-report.ts';
import { shortened, someOf } from './inspect-views.ts';
import { readParquet } from './parquet.ts';

const MISSING = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(inity)?$/i;
const MOST_DISTINCT = 1000;
/** Values of all columns together that are held to count different ones. */
const MOST_VALUES = 1_000_000;

/** Integers beyond 2^53 as text, with all digits. */
function exactly(value: number, big: bigint | undefined): number | string {
  return big === undefined || Number.isSafeInteger(value) ? value : String(big);
}

/** Type, range and missing values of a column, in flat memory. */
class ColumnSummary {
  readonly name: string;
  readonly #mostDistinct: number;
  #missing = 0;
  #empty = 0;
  #numbers = 0;
  #fractions = 0;
  #infinite = 0;
  #texts = 0;
  #others = new Map<string, number>();
  #least = Infinity;
  #largest = -Infinity;
  #leastBig: bigint | undefined;
  #largestBig: bigint | undefined;
  readonly #values = new Set<string>();
  firstText = '';
  firstTextLine = 0;

  /** @param columns of the table, which share the memory for different values */
  constructor(name: string, columns: number) {
    this.name = name;
    this.#mostDistinct = Math.min(MOST_DISTINCT, Math.floor(MOST_VALUES / columns));
  }

  /** @param line of the value, where there is one */
  addText(text: string, line: number): void {
    if (MISSING.has(text)) {
      this.#missing++;
      if (text === '') this.#empty++;
      return;
    }
    this.#note(text);
    // Leading zeros are those of an identifier.
    if (NUMBER.test(text) && !/^[+-]?0\d/.test(text)) this.#addNumber(Number(text));
    else if (INFINITE.test(text)) this.#infinite++;
    else {
      if (this.#texts === 0) {
        this.firstText = text;
        this.firstTextLine = line;
      }
      this.#texts++;
    }
  }

  addValue(value: unknown): void {
    if (value === null || value === undefined) {
      this.#missing++;
      return;
    }
    if (typeof value === 'number') {
      this.#note(String(value));
      if (Number.isNaN(value)) this.#missing++;
      else if (Number.isFinite(value)) this.#addNumber(value);
      else this.#infinite++;
      return;
    }
    if (typeof value === 'bigint') {
      this.#note(String(value));
      this.#addNumber(Number(value));
      if (this.#leastBig === undefined || value < this.#leastBig) this.#leastBig = value;
      if (this.#largestBig === undefined || value > this.#largestBig) this.#largestBig = value;
      return;
    }
    if (typeof value === 'string') {
      this.#note(value);
      this.#texts++;
      return;
    }
    const kind = typeof value === 'boolean' ? 'boolean' : value instanceof Date ? 'date' : 'list';
    this.#others.set(kind, (this.#others.get(kind) ?? 0) + 1);
  }

  /** A column of numbers with fractions that has a few other values: where the first of them is. */
  strayText(): { text: string; line: number; texts: number; numbers: number } | undefined {
    const isStray = this.#texts > 0 && this.#fractions > 0 && this.#texts * 20 <= this.#numbers;
    return isStray
      ? {
          text: this.firstText,
          line: this.firstTextLine,
          texts: this.#texts,
          numbers: this.#numbers,
        }
      : undefined;
  }

  get infinite(): number {
    return this.#infinite;
  }

  row(): InspectedColumn {
    const type = this.#type();
    const isNumber = type === 'number' || type === 'integer';
    // In a column of texts NA is a text like others.
    const missing =
      type === 'text' && this.#numbers + this.#empty > 0 ? this.#empty : this.#missing;
    return {
      name: this.name,
      type,
      missing: isNumber || this.#empty === 0 ? this.#missing : missing,
      ...(isNumber && this.#least <= this.#largest
        ? {
            least: exactly(this.#least, this.#leastBig),
            largest: exactly(this.#largest, this.#largestBig),
          }
        : {}),
      ...(this.#values.size > 0 && this.#values.size <= this.#mostDistinct
        ? { distinct: this.#values.size }
        : {}),
    };
  }

  #type(): string {
    const kinds = [...this.#others.keys()];
    const plain = this.#numbers + this.#infinite;
    if (kinds.length > 0)
      return kinds.length === 1 && plain + this.#texts === 0 ? (kinds[0] ?? '') : 'mixed';
    if (this.#texts > 0) return 'text';
    if (plain === 0) return 'empty';
    return this.#fractions > 0 || this.#infinite > 0 ? 'number' : 'integer';
  }

  #addNumber(value: number): void {
    this.#numbers++;
    if (!Number.isInteger(value)) this.#fractions++;
    if (value < this.#least) this.#least = value;
    if (value > this.#largest) this.#largest = value;
  }

  #note(value: string): void {
    if (this.#values.size <= this.#mostDistinct) this.#values.add(value.slice(0, 100));
  }
}

function delimiterOf(name: string, heading: string): string {
  const ending = /\.(csv|tsv|tab)(\.b?gz)?$/i.exec(name)?.[1]?.toLowerCase();
  const expected = ending === undefined ? undefined : ending === 'csv' ? ',' : '\t';
  if (expected !== undefined && heading.includes(expected)) return expected;
  return ['\t', ',', ';'].find((delimiter) => heading.includes(delimiter)) ?? expected ?? '\t';
}

const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  '\t': 'tab',
  ',': 'comma',
  ';': 'semicolon',
};

/** The columns of a delimited table; rows of another width are problems, and are passed over. */
export async function inspectTable(inspection: Inspection): Promise<void> {
  const { name } = inspection;
  let columns: ColumnSummary[] | undefined;
  let rows = 0;
  let delimiter = '';
  const choose = (heading: string): string => (delimiter = delimiterOf(name, heading));
  await inspection.attempt(async () => {
    for await (const { line, fields } of streamDelimited(inspection.source, choose)) {
      if (columns === undefined) {
        columns = fields.map((field) => new ColumnSummary(field, fields.length));
        checkHeading(inspection, fields, delimiter);
        continue;
      }
      rows++;
      if (fields.length !== columns.length) {
        inspection.problem({
          where: `${name}, line ${String(line)}`,
          found: `${String(fields.length)} ${fields.length === 1 ? 'field' : 'fields'}`,
          expected: `${String(columns.length)} as in the heading`,
        });
      } else for (const [i, column] of columns.entries()) column.addText(fields[i] ?? '', line);
      if (rows % 1024 === 0) await inspection.step(rows, 'rows');
    }
    if (columns === undefined) {
      inspection.problem({ where: name, found: 'an empty file', expected: 'a heading line' });
    }
  });
  if (columns === undefined) return;
  inspection.fact('delimiter', DELIMITER_NAMES[delimiter] ?? delimiter);
  finishColumns(inspection, columns, rows);
  for (const column of columns) {
    const stray = column.strayText();
    if (stray === undefined) continue;
    inspection.problem({
      where: `${name}, line ${String(stray.line)}, column '${shortened(column.name)}'`,
      found: `'${shortened(stray.text)}'${stray.texts > 1 ? ` and ${String(stray.texts - 1)} more that are no numbers` : ''}`,
      expected: `a number as in ${stray.numbers.toLocaleString('en-US')} other rows`,
      fix: 'Correct it, or name it in the option missing of readTable.',
    });
  }
}

function checkHeading(inspection: Inspection, names: readonly string[], delimiter: string): void {
  const where = `${inspection.name}, line 1`;
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (name === '' && names.length > 1) {
      inspection.problem({ where, found: `no name for column ${String(i + 1)}` });
    } else if (seen.has(name)) {
      inspection.problem({
        where,
        found: `the column name '${shortened(name)}' for a second time`,
        expected: 'each name once',
      });
    }
    seen.add(name);
  }
  if (names.length > 1 && names.every((name) => NUMBER.test(name))) {
    inspection.problem({
      where,
      found: 'numbers alone',
      expected: 'a heading line with the names of the columns',
    });
  }
  const ending = /\.(csv|tsv|tab)(\.b?gz)?$/i.exec(inspection.name)?.[1]?.toLowerCase();
  if (ending !== undefined && names.length > 1 && (ending === 'csv') !== (delimiter === ',')) {
    inspection.problem({
      where,
      found: `a heading with ${DELIMITER_NAMES[delimiter] ?? delimiter}s`,
      expected: `a .${ending} file`,
      fix: `Rename the file, or read it with the option delimiter: ${JSON.stringify(delimiter)}.`,
    });
  }
}

function finishColumns(
  inspection: Inspection,
  columns: readonly ColumnSummary[],
  rows: number,
): void {
  inspection.records = rows;
  inspection.fact('rows', rows);
  inspection.fact('columns', columns.length);
  const infinite = columns.filter((column) => column.infinite > 0).map(({ name }) => name);
  if (infinite.length > 0) inspection.fact('infinite values', `in ${someOf(infinite)}`);
  inspection.lists.columns = columns.slice(0, MOST_ROWS).map((column) => column.row());
}

function summarise(table: ColumnTable, name: string): ColumnSummary {
  const summary = new ColumnSummary(name, table.numCols());
  const column = table.column(name);
  for (let row = 0; row < table.totalRows(); row++) summary.addValue(column?.at(row));
  return summary;
}

/** The columns of an Arrow file. */
export async function inspectArrow(inspection: Inspection): Promise<void> {
  const table = await readArrow(inspection.source, { integers: 'bigint' });
  const columns: ColumnSummary[] = [];
  for (const name of table.columnNames()) {
    columns.push(summarise(table, name));
    await inspection.step(columns.length, 'columns');
  }
  finishColumns(inspection, columns, table.totalRows());
}

/** The columns of a Parquet file, one in memory at a time. */
export async function inspectParquet(inspection: Inspection): Promise<void> {
  const { source } = inspection;
  const names = (await readParquet(source, { limit: 0 })).columnNames();
  const columns: ColumnSummary[] = [];
  let rows: number | undefined;
  for (const name of names) {
    await inspection.attempt(async () => {
      const table = await readParquet(source, { columns: [name], integers: 'bigint' });
      rows = table.totalRows();
      columns.push(summarise(table, name));
    });
    await inspection.step(columns.length, 'columns');
  }
  if (rows === undefined && names.length > 0) inspection.fact('columns', names.length);
  else finishColumns(inspection, columns, rows ?? 0);
}
