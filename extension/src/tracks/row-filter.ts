import { UsageError } from 'tatabox/core/errors.ts';
import { nearest } from 'tatabox/core/nearest.ts';
import type { Column } from './track-types.ts';

/** What a term of a filter asks of a row. */
export interface FilterTerm {
  /** Column by its place; an attribute or `length` by name; undefined for any text of the line. */
  readonly column: number | undefined;
  readonly attribute?: string;
  readonly isLength: boolean;
  readonly operator: Operator;
  readonly text: string;
  /** The text as a number; NaN where it is none. */
  readonly number: number;
}

type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~' | '!~';

const OPERATORS: readonly Operator[] = ['!=', '!~', '>=', '<=', '=', '~', '>', '<'];
/** Other names of columns that people use. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  chrom: ['seqname', 'seqid', 'chrom1'],
  chr: ['chrom', 'seqname', 'seqid', 'chrom1'],
  chromosome: ['chrom', 'seqname', 'seqid', 'chrom1'],
  chromstart: ['start', 'start1'],
  chromend: ['end', 'end1'],
  start: ['start1'],
  end: ['end1'],
  strand: ['strand1'],
  type: ['feature'],
  feature: ['type'],
};

/**
 * The terms of a filter: `chrom=chrI score>500 name~TATA "any text"`. A term without operator is looked
 * for in the whole line; `~` means contains, whatever the case.
 *
 * @param attributes names that GTF and GFF3 attributes have
 * @throws UsageError that names column and operators
 */
export function parseFilter(
  filter: string,
  columns: readonly Column[],
  attributes: ReadonlySet<string> = new Set(),
): FilterTerm[] {
  return termsOf(filter).map(({ name, operator, text }) => {
    const term = { isLength: false, operator, text, number: numberOf(text), column: undefined };
    if (name === '') return term;
    const column = columnOf(name, columns);
    const kind = columns[column]?.kind;
    if (column >= 0 || name.toLowerCase() === 'length') {
      const isNumber = column < 0 || kind === 'whole' || kind === 'number';
      const compares = /[<>]/.test(operator);
      if ((compares || (isNumber && /^!?=$/.test(operator))) && Number.isNaN(term.number)) {
        // A column of numbers may hold a '.', too.
        if (compares || column < 0 || text !== '.') throw noNumber(name, operator, text);
      }
      if (compares && !isNumber && kind !== 'text') throw wrongOperator(name, operator);
      return column >= 0 ? { ...term, column } : { ...term, isLength: true };
    }
    if (attributes.has(name)) return { ...term, attribute: name };
    throw noColumn(name, columns, attributes);
  });
}

function columnOf(name: string, columns: readonly Column[]): number {
  const wanted = name.toLowerCase();
  const names = columns.map((column) => column.name.toLowerCase());
  const exact = names.indexOf(wanted);
  if (exact >= 0 || !Object.hasOwn(ALIASES, wanted)) return exact;
  return (ALIASES[wanted] ?? []).map((alias) => names.indexOf(alias)).find((at) => at >= 0) ?? -1;
}

interface TextTerm {
  readonly name: string;
  readonly operator: Operator;
  readonly text: string;
}

function termsOf(filter: string): TextTerm[] {
  const terms: TextTerm[] = [];
  for (let at = 0; ;) {
    while (/\s/.test(filter.charAt(at))) at++;
    if (at >= filter.length) return terms;
    const [, name = ''] = /^([\w.-]+)(?=[!<>=~])/.exec(filter.slice(at, at + 100)) ?? [];
    const operator = OPERATORS.find((each) => filter.startsWith(each, at + name.length));
    const isNamed = name !== '' && operator !== undefined;
    if (isNamed) at += name.length + operator.length;
    let text: string;
    if (filter.charAt(at) === '"') {
      const end = filter.indexOf('"', at + 1);
      if (end < 0) {
        throw new UsageError({
          where: 'filter',
          found: `a " without an end in '${filter.slice(at, at + 60)}'`,
          expected: 'name="a text with spaces"',
        });
      }
      text = filter.slice(at + 1, end);
      at = end + 1;
    } else {
      const from = at;
      while (at < filter.length && !/\s/.test(filter.charAt(at))) at++;
      text = filter.slice(from, at);
    }
    if (isNamed) terms.push({ name, operator, text });
    else if (text !== '') terms.push({ name: '', operator: '~', text });
  }
}

function numberOf(text: string): number {
  const plain = /^-?\d{1,3}(,\d{3})+$/.test(text) ? text.replaceAll(',', '') : text;
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

const HOW = '= (is), != (is not), ~ (contains), !~ (does not contain), > >= < <= (numbers)';

function noNumber(name: string, operator: string, text: string): UsageError {
  return new UsageError({
    where: `filter, ${name}`,
    found: `'${name}${operator}${text}'`,
    expected: `a number, for example ${name}${operator}500`,
    fix: `Operators: ${HOW}.`,
  });
}

function wrongOperator(name: string, operator: string): UsageError {
  return new UsageError({
    where: `filter, ${name}`,
    found: `'${operator}' for a column that holds no numbers`,
    expected: '= != ~ or !~',
  });
}

function noColumn(
  name: string,
  columns: readonly Column[],
  attributes: ReadonlySet<string>,
): UsageError {
  const names = [...columns.map((column) => column.name), 'length'];
  const close = nearest(name, [...names, ...attributes]);
  const more = [...attributes].slice(0, 12);
  return new UsageError({
    where: 'filter',
    found: `no column '${name.slice(0, 60)}'`,
    expected: [
      `one of ${names.join(', ')}`,
      ...(more.length === 0 ? [] : [`or an attribute: ${more.join(', ')}`]),
    ].join('; '),
    fix: `${close === undefined ? '' : `Did you mean '${close}'? `}Operators: ${HOW}.`,
  });
}

/** Whether a cell is as a term asks; `number` is its number, NaN for none. */
export function cellFits(term: FilterTerm, cell: string, number: number): boolean {
  const { operator, text } = term;
  switch (operator) {
    case '=':
    case '!=': {
      const isEqual = cell === text || (!Number.isNaN(term.number) && number === term.number);
      return isEqual === (operator === '=');
    }
    case '~':
    case '!~':
      return cell.toLowerCase().includes(text.toLowerCase()) === (operator === '~');
    case '>':
      return number > term.number;
    case '>=':
      return number >= term.number;
    case '<':
      return number < term.number;
    case '<=':
      return number <= term.number;
  }
}
