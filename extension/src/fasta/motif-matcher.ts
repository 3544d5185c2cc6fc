import { UsageError } from 'tatabox/core/errors.ts';
import { LETTER_SETS, type LetterSets } from './letter-sets.ts';
import type { Alphabet } from './sequence-types.ts';

/** Letters of a motif at most. */
const LONGEST_MOTIF = 1000;
/** Bits of a word that are used. */
const WORD = 31;

/** Is told where a motif begins in the letters, and on which strand. */
export type FoundMotif = (start: number, strand: '+' | '-') => void;

/**
 * Finds a motif of IUPAC codes in letters, overlapping places too. A letter fits where all that it
 * may stand for is allowed: N of a sequence fits N of a motif, but not A.
 *
 * The first letters of the motif on both strands are followed in the bits of one word, one step a
 * letter (Baeza-Yates and Gonnet 1992, Communications of the ACM 35:74); the others are then compared.
 */
export class MotifMatcher {
  /** Letters of the motif. */
  readonly length: number;
  readonly #steps = new Int32Array(256);
  readonly #begin: number;
  readonly #forward: number;
  readonly #backward: number;
  readonly #prefix: number;
  /** For each place after the prefix the bits of `#allowed` that tell what fits, by strand. */
  readonly #forwardRest: readonly Uint8Array[];
  readonly #backwardRest: readonly Uint8Array[];

  /** @throws UsageError for an empty or too long motif, or a letter that is no code of the alphabet */
  constructor(motif: string, alphabet: Alphabet, bothStrands: boolean) {
    const sets = LETTER_SETS[alphabet];
    const codes = motifCodes(motif, alphabet, sets);
    this.length = codes.length;
    const other = bothStrands ? reverseCodes(codes) : undefined;
    const isOwnReverse = other?.every((code, i) => code === codes[i]) ?? true;
    const strands = other === undefined || isOwnReverse ? [codes] : [codes, other];
    this.#prefix = Math.min(codes.length, Math.floor(WORD / strands.length));
    let begin = 0;
    const accepting = strands.map((strand, which) => {
      const first = which * this.#prefix;
      begin |= 1 << first;
      for (let i = 0; i < this.#prefix; i++) {
        const table = fitting(strand[i] ?? 0, sets);
        for (const [letter, fits] of table.entries()) {
          if (fits === 1) this.#steps[letter] = (this.#steps[letter] ?? 0) | (1 << (first + i));
        }
      }
      return 1 << (first + this.#prefix - 1);
    });
    this.#begin = begin;
    this.#forward = accepting[0] ?? 0;
    this.#backward = accepting[1] ?? 0;
    const tables = new Map<number, Uint8Array>();
    const rest = (strand: Uint32Array | undefined): readonly Uint8Array[] =>
      Array.from(strand?.subarray(this.#prefix) ?? [], (code) => {
        const table = tables.get(code) ?? fitting(code, sets);
        tables.set(code, table);
        return table;
      });
    this.#forwardRest = rest(strands[0]);
    this.#backwardRest = rest(strands[1]);
  }

  /**
   * Tells of each place of the motif that lies in the first `end` letters, by start, `+` before `-`.
   */
  search(letters: Uint8Array, end: number, found: FoundMotif): void {
    const forward = this.#forward;
    const backward = this.#backward;
    const toStart = this.#prefix - 1;
    const last = end - this.length + toStart;
    let state = 0;
    for (let i = 0; ; i++) {
      const next = nextMatch(letters, i, last, this.#steps, this.#begin, forward | backward, state);
      if (next === undefined) return;
      ({ state } = next);
      i = next.at;
      if ((state & forward) !== 0 && follows(letters, i + 1, this.#forwardRest)) {
        found(i - toStart, '+');
      }
      if ((state & backward) !== 0 && follows(letters, i + 1, this.#backwardRest)) {
        found(i - toStart, '-');
      }
    }
  }
}

/** The hot loop, on its own so that nothing but it is compiled: the next letter that ends a prefix. */
function nextMatch(
  letters: Uint8Array,
  from: number,
  last: number,
  steps: Int32Array,
  begin: number,
  accept: number,
  before: number,
): { readonly at: number; readonly state: number } | undefined {
  let state = before;
  for (let at = from; at <= last; at++) {
    state = ((state << 1) | begin) & (steps[letters[at] ?? 0] ?? 0);
    if ((state & accept) !== 0) return { at, state };
  }
  return undefined;
}

function follows(letters: Uint8Array, at: number, tables: readonly Uint8Array[]): boolean {
  for (let i = 0; i < tables.length; i++) {
    if (tables[i]?.[letters[at + i] ?? 0] !== 1) return false;
  }
  return true;
}

/** 1 for each byte that fits a set of letters. */
function fitting(allowed: number, sets: LetterSets): Uint8Array {
  const table = new Uint8Array(256);
  for (const [letter, set] of sets.sets) {
    const fits = set !== 0 && (set & ~allowed) === 0;
    if (!fits) continue;
    table[letter.charCodeAt(0)] = 1;
    table[letter.toLowerCase().charCodeAt(0)] = 1;
  }
  return table;
}

/** What each letter of a motif may stand for. */
function motifCodes(motif: string, alphabet: Alphabet, { sets, codes }: LetterSets): Uint32Array {
  const text = motif.replace(/\s+/g, '').toUpperCase();
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  if (text.length === 0 || text.length > LONGEST_MOTIF) {
    throw new UsageError({
      where: 'motif',
      found: text.length === 0 ? 'no letter' : `${String(text.length)} letters`,
      expected: `1 to ${String(LONGEST_MOTIF)} letters, for example ${alphabet === 'protein' ? 'RGD' : 'TATAWAW'}`,
    });
  }
  return Uint32Array.from([...text], (letter, place) => {
    const set = sets.get(letter);
    if (set === undefined || set === 0) {
      throw new UsageError({
        where: `motif '${shown}'`,
        found: `the letter '${letter}' at place ${String(place + 1)}`,
        expected: `IUPAC codes of ${alphabet}: ${codes}`,
      });
    }
    return set;
  });
}

/** The motif on the other strand: A and T, and C and G, change places. */
function reverseCodes(codes: Uint32Array): Uint32Array {
  const bit = (code: number, from: number, to: number): number => ((code >>> from) & 1) << to;
  return Uint32Array.from(
    codes,
    (code) => bit(code, 0, 3) | bit(code, 1, 2) | bit(code, 2, 1) | bit(code, 3, 0),
  ).reverse();
}
