/** A field that a bigBed file declares. */
export interface AutoSqlField {
  /** Its type as it is declared, for example `uint`, `string`, `int[blockCount]`. */
  readonly type: string;
  readonly name: string;
  readonly comment: string;
}

/** A declaration of records: name, comment and fields of a table. */
export interface AutoSqlTable {
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly AutoSqlField[];
}

/** Text, brackets, signs and words; what lies between them separates. */
const TOKEN = /"([^"]*)"|[()[\];,]|[^\s()[\];,"]+/g;

/**
 * Parses an autoSql declaration (Kent and Brumbaugh 2002, "autoSql and autoXml: code generators from the
 * genome project"), which bigBed files carry.
 *
 * @returns undefined for text that is no declaration
 *
 * @example
 * parseAutoSql('table bed3 "Places" (string chrom; "Contig" uint chromStart; "Start" uint chromEnd; "End")');
 */
export function parseAutoSql(text: string): AutoSqlTable | undefined {
  const tokens = [...text.matchAll(TOKEN)].map((match) => ({
    text: match[1] ?? match[0],
    isQuoted: match[1] !== undefined,
  }));
  let at = 0;
  const next = () => tokens[at++];
  const isSign = (sign: string) => tokens[at]?.text === sign && !tokens[at]?.isQuoted;
  const quoted = () => (tokens[at]?.isQuoted ? (next()?.text ?? '') : '');
  const kind = next()?.text;
  if (kind !== 'table' && kind !== 'object' && kind !== 'simple') return undefined;
  const name = next()?.text;
  if (name === undefined) return undefined;
  // Options such as `primary` and `index` may come before the comment.
  while (at < tokens.length && !tokens[at]?.isQuoted && !isSign('(')) at++;
  const comment = quoted();
  if (!isSign('(')) return undefined;
  at++;
  const fields: AutoSqlField[] = [];
  while (at < tokens.length && !isSign(')')) {
    const words: string[] = [];
    // A type may have a size in brackets, or a list of values in parentheses.
    for (let depth = 0; at < tokens.length; at++) {
      const token = tokens[at];
      if (token === undefined || token.isQuoted) break;
      if (token.text === ';' && depth === 0) break;
      if (token.text === '(' || token.text === '[') depth++;
      if (token.text === ')' || token.text === ']') depth--;
      if (depth < 0) break;
      words.push(token.text);
    }
    if (!isSign(';')) return undefined;
    at++;
    const field = fieldOf(words, quoted());
    if (field === undefined) return undefined;
    fields.push(field);
  }
  return isSign(')') ? { name, comment, fields } : undefined;
}

function fieldOf(words: readonly string[], comment: string): AutoSqlField | undefined {
  const open = words.findIndex((word) => word === '[' || word === '(');
  const isObject = words[0] === 'table' || words[0] === 'object' || words[0] === 'simple';
  const end =
    open < 0
      ? isObject
        ? 2
        : 1
      : words.findIndex((word, i) => i > open && word === (words[open] === '[' ? ']' : ')')) + 1;
  const name = words[end];
  if (end === 0 || name === undefined) return undefined;
  return { type: words.slice(0, end).join(''), name, comment };
}

const WHOLE = /^(?:u?int|u?short|u?byte|bigint)$/;
const DECIMAL = /^(?:float|double)$/;

/** What a field's text stands for. */
export type AutoSqlValue = number | string | readonly number[] | readonly string[];

/**
 * The value of a field's text by its type: numbers, lists (`int[3]`, `string[count]`, `set(…)`), else
 * the text.
 *
 * @returns undefined for text that is no number where one is declared
 */
export function parseAutoSqlValue(type: string, text: string): AutoSqlValue | undefined {
  if (type.startsWith('set(')) return splitList(text);
  const [base = '', size] = type.split('[');
  const isNumber = WHOLE.test(base) || DECIMAL.test(base);
  if (size !== undefined && base !== 'char') {
    const parts = splitList(text);
    if (!isNumber) return parts;
    const numbers = parts.map((part) => parseNumber(base, part));
    return numbers.includes(undefined) ? undefined : (numbers as number[]);
  }
  return isNumber ? parseNumber(base, text) : text;
}

/** Parts of a list with commas between them; one at the end separates nothing. */
function splitList(text: string): string[] {
  const parts = text.split(',');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}

function parseNumber(type: string, text: string): number | undefined {
  const plain = text.trim();
  const isNumber = WHOLE.test(type)
    ? /^[-+]?\d+$/.test(plain)
    : /^[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|inf(?:inity)?|nan)$/i.test(plain);
  if (!isNumber) return undefined;
  if (/nan/i.test(plain)) return NaN;
  if (/inf/i.test(plain)) return plain.startsWith('-') ? -Infinity : Infinity;
  return Number(plain);
}
