import { CST, Lexer } from 'yaml';

/** Letters that a text of ours has at most; what is longer was not written by a person. */
const LONGEST = 1_000_000;
/** Keys, values and signs at most: some mistakes take the parser quadratic time in these. */
const MOST_PARTS = 20_000;
/** Mappings and lists within each other at most; the parser recurses. */
const DEEPEST = 100;

/** What makes a text one that must not be parsed. */
export interface YamlFault {
  readonly found: string;
  readonly expected: string;
  /** Letters before the place where the limit was reached. */
  readonly offset: number;
}

/** What begins something that may be nested, by its column. */
const INDICATORS: ReadonlySet<string | null> = new Set([
  'seq-item-ind',
  'explicit-key-ind',
  'map-value-ind',
]);
/** Indicators behind which a block may begin on the same line. */
const OPENERS: ReadonlySet<string | null> = new Set(['seq-item-ind', 'explicit-key-ind']);
/** Marks that the lexer puts in; they stand for no letters of the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);
const BLANK: ReadonlySet<string | null> = new Set([
  'space',
  'newline',
  'comment',
  'byte-order-mark',
]);

/**
 * Looks whether YAML is of a size that its parser can take. The parser recurses: a hundred thousand
 * brackets or dashes end the whole process, with no error that could be caught. The lexer, which is
 * all that is used here, is linear and keeps nothing.
 *
 * @returns undefined where it may be parsed
 */
export function yamlFault(text: string): YamlFault | undefined {
  if (text.length > LONGEST) {
    return {
      found: `${text.length.toLocaleString('en')} letters`,
      expected: `a text of ${LONGEST.toLocaleString('en')} letters at most`,
      offset: 0,
    };
  }
  // Columns at which the blocks begin that the present line is in, each within the one before.
  const blocks: number[] = [];
  let brackets = 0;
  let parts = 0;
  let offset = 0;
  let column = 0;
  let isLineStart = true;
  let mark = '';
  for (const token of new Lexer().lex(text)) {
    // What follows the mark is a scalar, whatever it looks like.
    const type = mark === CST.SCALAR ? 'scalar' : CST.tokenType(token);
    mark = type !== 'scalar' && MARKS.has(token) ? token : '';
    if (mark !== '') continue;
    if (type === 'flow-seq-start' || type === 'flow-map-start') brackets++;
    else if (type === 'flow-seq-end' || type === 'flow-map-end')
      brackets = Math.max(0, brackets - 1);
    if (!BLANK.has(type)) {
      parts++;
      if (brackets === 0 && (isLineStart || INDICATORS.has(type))) {
        while ((blocks.at(-1) ?? -1) >= column) blocks.pop();
        blocks.push(column);
      }
      isLineStart = OPENERS.has(type);
    }
    if (brackets + blocks.length > DEEPEST) {
      return {
        found: 'lists and mappings that are nested too deep',
        expected: `at most ${String(DEEPEST / 2)} within each other`,
        offset,
      };
    }
    if (parts > MOST_PARTS) {
      return {
        found: `more than ${MOST_PARTS.toLocaleString('en')} keys, values and signs`,
        expected: `${MOST_PARTS.toLocaleString('en')} of them at most`,
        offset,
      };
    }
    offset += token.length;
    const newline = token.lastIndexOf('\n');
    column = newline === -1 ? column + token.length : token.length - newline - 1;
    if (newline !== -1) isLineStart = true;
  }
  return undefined;
}
