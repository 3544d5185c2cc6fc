import { isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import { yamlFault } from 'tatabox/core/yaml-limits.ts';
import type { TextRange } from 'tatabox/runs/schema/config-text.ts';

/** What a cursor in a run config is about to write. */
export interface ConfigCursor {
  /** A key of a mapping, the value of a key, or an item of a list. */
  readonly kind: 'key' | 'value' | 'item';
  /** Leads to the mapping of a key, or to the value or the item itself. */
  readonly path: readonly (string | number)[];
  /** The config around it, which may be half-written. */
  readonly content: unknown;
  /** Keys that the mapping of a key has already. */
  readonly present: ReadonlySet<string>;
  /** Inside brackets. */
  readonly inFlow: boolean;
  /** The word that is being written; it is replaced. */
  readonly range: TextRange;
  /** The part of that word before the cursor. */
  readonly prefix: string;
  /** A colon follows the word already. */
  readonly hasColon: boolean;
  /** The word stands between quotes. */
  readonly isQuoted: boolean;
  /** The colon of the key touches the cursor: a space is still missing. */
  readonly needsSpace: boolean;
  /** Spaces before a new line of the same mapping. */
  readonly indent: number;
}

/** Stands for the word under the cursor; no config has it. */
const MARKER = 'cursor\u{e000}';
const DEEPEST = 50;
const EMPTY: ReadonlySet<string> = new Set();

type Found = Pick<ConfigCursor, 'kind' | 'path' | 'present' | 'inFlow'>;

function find(
  node: unknown,
  path: readonly (string | number)[],
  isItem: boolean,
  inFlow: boolean,
): Found | undefined {
  if (path.length > DEEPEST) return undefined;
  if (isScalar(node)) {
    if (node.value !== MARKER) return undefined;
    return { kind: isItem ? 'item' : 'value', path, present: EMPTY, inFlow };
  }
  if (isMap(node)) {
    const flow = node.flow === true;
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      if (key === MARKER) {
        const present = new Set(node.items.map((item) => String(item.key)));
        present.delete(MARKER);
        return { kind: 'key', path, present, inFlow: flow };
      }
      const found = find(pair.value, [...path, String(pair.key)], false, flow);
      if (found !== undefined) return found;
    }
  }
  if (isSeq(node)) {
    const flow = node.flow === true;
    for (const [index, item] of node.items.entries()) {
      const found = find(isPair(item) ? item.value : item, [...path, index], true, flow);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** What parses around a cursor: where the marker is, and the config without it. */
function probe(text: string): (Found & { readonly content: unknown }) | undefined {
  if (yamlFault(text) !== undefined) return undefined;
  try {
    const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' });
    const found = find(document.contents, [], false, false);
    if (found === undefined) return undefined;
    return { ...found, content: document.toJS({ maxAliasCount: 100 }) as unknown };
  } catch {
    // Nested too deep, or aliases that explode: nothing to offer there.
    return undefined;
  }
}

/** Whether a place of a line is behind a `#` that begins a comment. */
function isComment(line: string): boolean {
  let quote = '';
  for (let index = 0; index < line.length; index++) {
    const letter = line.charAt(index);
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") {
      if (/[\s,[{:]$|^$/.test(line.slice(0, index))) quote = letter;
    } else if (letter === '#' && /\s$|^$/.test(line.slice(0, index))) return true;
  }
  return false;
}

/** The word around a cursor in its line, and the quote before it. */
function wordAt(line: string, column: number): { start: number; end: number; quote: string } {
  const quoted = /(^|[\s,[{:])(["'])((?:(?!\2).)*)$/.exec(line.slice(0, column));
  if (quoted !== null) {
    const quote = quoted[2] ?? '';
    const close = line.indexOf(quote, column);
    const start = column - (quoted[3] ?? '').length;
    return { start, end: close === -1 ? column : close, quote };
  }
  const before = /(?:[^\s,[\]{}:"']|:(?=\S))*$/.exec(line.slice(0, column))?.[0] ?? '';
  const after = /^(?:[^\s,[\]{}:"']|:(?=[^\s,\]}]))*/.exec(line.slice(column))?.[0] ?? '';
  return { start: column - before.length, end: column + after.length, quote: '' };
}

/**
 * What the cursor is about to write: found by parsing the text with a marker in place of the word
 * under the cursor, so that the rest may be half-written. Undefined in comments and where the text
 * around says nothing.
 */
export function configCursor(text: string, offset: number): ConfigCursor | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', offset) === -1 ? text.length : text.indexOf('\n', offset);
  const line = text.slice(lineStart, lineEnd).replace(/\r$/, '');
  const column = Math.min(offset - lineStart, line.length);
  if (isComment(line.slice(0, column))) return undefined;
  const word = wordAt(line, column);
  const isQuoted = word.quote !== '';
  const lead = line.slice(0, word.start - (isQuoted ? 1 : 0));
  const range = { start: lineStart + word.start, end: lineStart + word.end };
  const hasColon = /^["']?\s*:(\s|$)/.test(line.slice(word.end));
  const needsSpace = /:$/.test(lead);
  const before = `${text.slice(0, range.start)}${needsSpace ? ' ' : ''}${MARKER}`;
  const after = text.slice(range.end);
  const closing = isQuoted && !after.startsWith(word.quote) ? word.quote : '';
  const isFreshLine = /^\s*$/.test(lead);
  // In a block a word alone would go on with the line above; with a colon it is a key. In brackets
  // it is an item or a key as it stands.
  const asWord = probe(`${before}${closing}${after}`);
  const found =
    isFreshLine && !hasColon && asWord?.inFlow !== true
      ? probe(`${before}${closing}:${after}`)
      : asWord;
  if (found === undefined) return undefined;
  return {
    ...found,
    range,
    prefix: line.slice(word.start, column),
    hasColon,
    isQuoted,
    needsSpace,
    indent: /^(\s|- )*/.exec(lead)?.[0].length ?? 0,
  };
}
