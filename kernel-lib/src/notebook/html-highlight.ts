import { escapeHtml } from '../core/escape-html.ts';

/** What a piece of TypeScript is, and the class that the page's style sheet colours. */
type TokenClass = 'comment' | 'string' | 'number' | 'keyword' | 'constant' | 'type' | 'function';

const KEYWORDS = new Set(
  `abstract as asserts async await break case catch class const continue debugger declare default
  delete do else enum export extends finally for from function get if implements import in infer
  instanceof interface is keyof let namespace new of override private protected public readonly
  return satisfies set static super switch this throw try type typeof unique var void while with
  yield`.split(/\s+/),
);
const CONSTANTS = new Set(['true', 'false', 'null', 'undefined', 'NaN', 'Infinity']);
const PRIMITIVES = new Set(
  'any bigint boolean never number object string symbol unknown'.split(' '),
);

const TOKEN =
  /(?<comment>\/\/[^\n]*|\/\*[^]*?(?:\*\/|$))|(?<string>"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?)|(?<number>\b(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)n?\b)|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<space>\s+)|(?<template>`)|(?<slash>\/)|(?<other>[^])/uy;

const REGULAR_EXPRESSION = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;

/** After these a slash begins a regular expression; after a value it divides. */
const BEFORE_VALUE = /(?:^|[=(,:;!&|?{}[+\-*%<>~^]|=>|\b(?:return|typeof|case|of|in|await|yield))$/;

/**
 * TypeScript as HTML with a `<span class="tok-…">` around what is worth a colour. It looks at tokens
 * only, not at grammar: enough for reading.
 */
export function highlightTypeScript(source: string): string {
  return new Highlighter(source).run(source.length);
}

class Highlighter {
  readonly #source: string;
  #position = 0;
  #before = '';

  constructor(source: string) {
    this.#source = source;
  }

  /** Goes on until the end, or until the brace that closes a template's `${`. */
  run(end: number, inTemplate = false): string {
    let html = '';
    let depth = 0;
    while (this.#position < end) {
      TOKEN.lastIndex = this.#position;
      const match = TOKEN.exec(this.#source);
      const text = match?.[0] ?? '';
      const kind = match?.groups ?? {};
      if (inTemplate && text === '{') depth += 1;
      if (inTemplate && text === '}' && depth-- === 0) break;
      if (kind['template'] !== undefined) html += this.#template();
      else if (kind['slash'] !== undefined) html += this.#slash();
      else {
        this.#position += Math.max(1, text.length);
        html += span(this.#classOf(kind), text);
        if (kind['comment'] === undefined && kind['space'] === undefined) this.#before = text;
      }
    }
    return html;
  }

  #classOf(kind: Record<string, string | undefined>): TokenClass | undefined {
    for (const name of ['comment', 'string', 'number'] as const) {
      if (kind[name] !== undefined) return name;
    }
    const { word } = kind;
    if (word === undefined) return undefined;
    // After a dot every word is a name: `promise.catch`, `map.delete`.
    const isMember = this.#before === '.';
    if (!isMember && CONSTANTS.has(word)) return 'constant';
    if (!isMember && KEYWORDS.has(word)) return 'keyword';
    if (/^\s*(?:<[^<>()]*>)?\(/.test(this.#source.slice(this.#position, this.#position + 80))) {
      return 'function';
    }
    return PRIMITIVES.has(word) || /^\p{Lu}/u.test(word) ? 'type' : undefined;
  }

  #slash(): string {
    REGULAR_EXPRESSION.lastIndex = this.#position;
    const match = BEFORE_VALUE.test(this.#before)
      ? REGULAR_EXPRESSION.exec(this.#source)?.[0]
      : undefined;
    const text = match ?? '/';
    this.#position += text.length;
    this.#before = match === undefined ? '/' : ')';
    return span(match === undefined ? undefined : 'string', text);
  }

  /** A template literal: its text as a string, what is inside `${}` as code. */
  #template(): string {
    let html = '';
    let start = this.#position;
    this.#position += 1;
    while (this.#position < this.#source.length) {
      const character = this.#source[this.#position];
      if (character === '\\') this.#position += 2;
      else if (character === '`') {
        this.#position += 1;
        break;
      } else if (this.#source.startsWith('${', this.#position)) {
        this.#position += 2;
        html += span('string', this.#source.slice(start, this.#position));
        this.#before = '{';
        html += this.run(this.#source.length, true);
        start = this.#position;
      } else this.#position += 1;
    }
    this.#position = Math.min(this.#position, this.#source.length);
    this.#before = ')';
    return html + span('string', this.#source.slice(start, this.#position));
  }
}

function span(kind: TokenClass | undefined, text: string): string {
  const escaped = escapeHtml(text);
  return kind === undefined || text === ''
    ? escaped
    : `<span class="tok-${kind}">${escaped}</span>`;
}
