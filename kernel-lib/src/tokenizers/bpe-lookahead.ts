import type { BpeTokenBorders } from './bpe-token-borders.ts';
import type { BpeTrie } from './bpe-trie.ts';

/** Codes of the letters ahead at most. */
const MOST_CODES = 512;

/**
 * What the next letters tell of tokens. Letters are columns of the trie; a code is the number that
 * some of them make, the first its highest digit.
 */
export class BpeLookahead {
  /** Letters of a code. */
  readonly letters: number;
  /** Number of codes. */
  readonly codes: number;
  /**
   * By the code of the next letters times `codes` plus that of those behind them: the node of the
   * trie that all of them lead to, or minus the longest token that begins so, minus 1, where the
   * trie ends before. 0 where no merged token begins with the first letter.
   */
  readonly jumps: Int32Array;
  /** By token: where its row of `dead` begins. */
  readonly deadRowOf: Int32Array;
  /** Bits by code: 1 where no token may stand behind this one and before those letters. */
  readonly dead: Uint32Array;

  constructor(borders: BpeTokenBorders, trie: BpeTrie) {
    const { width } = trie;
    let letters = 1;
    let codes = width;
    while (codes * width <= MOST_CODES) {
      letters++;
      codes *= width;
    }
    this.letters = letters;
    this.codes = codes;
    this.jumps = new Int32Array(codes * codes);
    this.#fillJumps(trie, 0, 0, 2 * letters);
    const words = Math.ceil(codes / 32);
    this.deadRowOf = borders.rowOf.map((row) => (row / borders.words) * words);
    this.dead = this.#deadEnds(borders, trie, words);
  }

  /** Fills the jumps of all codes that begin with the letters of a node. */
  #fillJumps(trie: BpeTrie, node: number, code: number, left: number): void {
    const { width, next } = trie;
    if (left === 0) {
      this.jumps[code] = node;
      return;
    }
    const each = width ** (left - 1);
    const ended = node === 0 ? 0 : -(next[node + width] ?? 0) - 1;
    for (let column = 0; column < width; column++) {
      const begin = code + column * each;
      const following = next[node + column] ?? 0;
      if (following === 0) this.jumps.fill(ended, begin, begin + each);
      else this.#fillJumps(trie, following, begin, left - 1);
    }
  }

  #deadEnds(
    { matrix, words, columnOf }: BpeTokenBorders,
    trie: BpeTrie,
    ours: number,
  ): Uint32Array {
    const rows = matrix.length / words;
    const dead = new Uint32Array(rows * ours);
    const allowed = new Uint32Array(words);
    const places = new Int32Array(words);
    this.#visitCodes(trie, (code, tokens) => {
      allowed.fill(0);
      for (const token of tokens) {
        const column = columnOf[token] ?? 0;
        allowed[column >> 5] = (allowed[column >> 5] ?? 0) | (1 << (column & 31));
      }
      let parts = 0;
      for (let place = 0; place < words; place++) {
        if (allowed[place] !== 0) places[parts++] = place;
      }
      for (let row = 0; row < rows; row++) {
        let part = 0;
        for (; part < parts; part++) {
          const place = places[part] ?? 0;
          if (((allowed[place] ?? 0) & ~(matrix[row * words + place] ?? 0)) !== 0) break;
        }
        if (part < parts) continue;
        const entry = row * ours + (code >> 5);
        dead[entry] = (dead[entry] ?? 0) | (1 << (code & 31));
      }
    });
    return dead;
  }

  /** Visits the codes without column 0, with the tokens that can begin there. */
  #visitCodes(trie: BpeTrie, visit: (code: number, tokens: readonly number[]) => void): void {
    const { width, next } = trie;
    for (let code = 0; code < this.codes; code++) {
      const columns: number[] = [];
      for (let rest = code; columns.length < this.letters; rest = Math.floor(rest / width)) {
        columns.unshift(rest % width);
      }
      if (columns.includes(0)) continue;
      // The tokens on the way, then all that are below.
      const tokens = new Set<number>();
      let node = 0;
      for (const column of columns) {
        node = next[node + column] ?? 0;
        if (node === 0) break;
        tokens.add(next[node + width] ?? 0);
      }
      const waiting = node === 0 ? [] : [node];
      for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
        tokens.add(next[below + width] ?? 0);
        for (let column = 1; column < width; column++) {
          const following = next[below + column] ?? 0;
          if (following !== 0) waiting.push(following);
        }
      }
      visit(code, [...tokens]);
    }
  }
}
