import { InputError } from '../core/errors.ts';

/** A token that is found in text as a whole, before anything is cut or merged. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Left out by `decode`. */
  readonly special: boolean;
  /** Found only where no letter or digit touches it. Default false. */
  readonly singleWord?: boolean;
  /** Takes the spaces before it with it. Default false. */
  readonly leftStrip?: boolean;
  /** Takes the spaces behind it with it. Default false. */
  readonly rightStrip?: boolean;
  /** Looked for in the normalized text. Default: not for special ones. */
  readonly normalized?: boolean;
}

/** An added token in a text, or the text between two of them. */
export interface TextPart {
  readonly start: number;
  readonly end: number;
  /** Id of the added token; undefined for text. */
  readonly id: number | undefined;
}

const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** Cuts text at added tokens, as `tokenizers` does: of those that begin first the longest. */
export class AddedTokenFinder {
  readonly #tokens: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp | undefined;
  /** Whether a text of letters alone can hold none. */
  readonly #haveSigns: boolean;

  /** @throws InputError for an added token without letters */
  constructor(tokens: readonly AddedToken[], where: string) {
    this.#tokens = new Map(tokens.map((token) => [token.content, token]));
    if (this.#tokens.has('')) {
      throw new InputError({ where, found: 'an added token without letters', expected: 'a text' });
    }
    const contents = [...this.#tokens.keys()].sort((a, b) => b.length - a.length);
    this.#haveSigns = contents.every((content) => /[^A-Za-z]/.test(content));
    this.#pattern =
      contents.length === 0 ? undefined : new RegExp(contents.map(escaped).join('|'), 'gu');
  }

  /** Whether a text of letters alone cannot hold any of the tokens. */
  get needsSigns(): boolean {
    return this.#haveSigns;
  }

  /** The parts of a text in their order, empty ones left out. */
  split(text: string): TextPart[] {
    if (this.#pattern === undefined) return wholeOf(text);
    const parts: TextPart[] = [];
    let done = 0;
    for (const match of text.matchAll(this.#pattern)) {
      const token = this.#tokens.get(match[0]);
      if (token === undefined) continue;
      let start = match.index;
      let end = start + match[0].length;
      if (token.singleWord === true && touchesWord(text, start, end)) continue;
      if (token.leftStrip === true) {
        start = Math.max(done, text.slice(0, start).replace(/\p{White_Space}+$/u, '').length);
      }
      if (token.rightStrip === true) {
        end = text.length - text.slice(end).replace(/^\p{White_Space}+/u, '').length;
      }
      if (start < done) continue;
      if (start > done) parts.push({ start: done, end: start, id: undefined });
      parts.push({ start, end, id: token.id });
      done = end;
    }
    if (done < text.length) parts.push({ start: done, end: text.length, id: undefined });
    return parts;
  }
}

function wholeOf(text: string): TextPart[] {
  return text === '' ? [] : [{ start: 0, end: text.length, id: undefined }];
}

function touchesWord(text: string, start: number, end: number): boolean {
  const before = Array.from(text.slice(Math.max(0, start - 2), start)).at(-1) ?? '';
  const after = Array.from(text.slice(end, end + 2))[0] ?? '';
  return WORD.test(before) || WORD.test(after);
}
