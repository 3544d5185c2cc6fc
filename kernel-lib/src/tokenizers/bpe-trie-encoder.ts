import type { BpeEncoder } from './bpe-encoder.ts';
import type { BpeMerges } from './bpe-merges.ts';
import { BpeLookahead } from './bpe-lookahead.ts';
import { BpeQueueEncoder } from './bpe-queue-encoder.ts';
import { bpeTokenBorders, type BpeTokenBorders } from './bpe-token-borders.ts';
import { buildBpeTrie, type BpeTrie } from './bpe-trie.ts';

/** Letters of all tokens at most. */
const MOST_LETTERS = 1 << 22;
/** Ids at most: numbers of pairs stay exact, and the table of borders small. */
const MOST_IDS = 1 << 15;

/**
 * Byte-pair encoding from left to right: at each position the longest token that may stand behind
 * the one before, taking tokens back where none follows. Two tokens may stand beside each other
 * only if no merge over their border comes before those that made them, and there is only one way
 * to cut a word so that all its pairs are such: the encoding. (H. Prokopec and A. Neubeck, "So many
 * tokens, so little time", GitHub 2024.) Time grows with the length of the word alone.
 *
 * The rule needs merges as training gives them: each token from one merge, parts before what is
 * made of them. {@link BpeTrieEncoder.tryFrom} looks whether they are.
 */
export class BpeTrieEncoder implements BpeEncoder {
  /** Which tokens may stand beside each other. */
  readonly #borders: BpeTokenBorders;
  readonly #trie: BpeTrie;
  readonly #ahead: BpeLookahead;
  /** Columns of the next letters of each position, as one number. */
  #codes = new Uint16Array(1024);
  #columns = new Uint8Array(1024);
  #tokens = new Int32Array(1024);
  /** Positions from which there is no way to the end. */
  #isClosed = new Uint8Array(1024);

  private constructor(borders: BpeTokenBorders, trie: BpeTrie) {
    this.#borders = borders;
    this.#trie = trie;
    this.#ahead = new BpeLookahead(borders, trie);
  }

  /**
   * An encoder for these merges, or undefined where they are not as the rule needs them.
   *
   * @param size number of ids
   */
  static tryFrom(merges: BpeMerges, size: number): BpeTrieEncoder | undefined {
    if (size >= MOST_IDS || merges.result.length === 0) return undefined;
    const letters = lettersOfTokens(merges, size);
    if (letters === undefined) return undefined;
    // A token that its own letters do not give back can never be chosen.
    const exact = new BpeQueueEncoder(merges);
    for (const word of letters.values()) {
      const symbols = Int32Array.from(word);
      if (exact.encode(symbols, word.length, new Int32Array(word.length)) !== 1) return undefined;
    }
    const borders = bpeTokenBorders(merges, size);
    const trie = buildBpeTrie(letters, size);
    if (borders === undefined || trie === undefined) return undefined;
    return new BpeTrieEncoder(borders, trie);
  }

  encode(symbols: Int32Array, count: number, lengths: Int32Array): number {
    this.#prepare(symbols, count);
    const { matrix, rowOf, columnOf } = this.#borders;
    const { length, prefix, width, next } = this.#trie;
    const { letters, codes: codesAhead, jumps, dead, deadRowOf } = this.#ahead;
    const codes = this.#codes;
    const columns = this.#columns;
    const tokens = this.#tokens;
    const isClosed = this.#isClosed;
    let wasClosed = false;
    let done = 0;
    let position = 0;
    let before = -1;
    let token = -1;
    while (position < count) {
      if (token < 0) {
        // The longest token that begins here.
        const code = (codes[position] ?? 0) * codesAhead + (codes[position + letters] ?? 0);
        let node = jumps[code] ?? 0;
        if (node > 0) {
          for (let at = position + 2 * letters; at < count; at++) {
            const following = next[node + (columns[at] ?? 0)] ?? 0;
            if (following === 0) break;
            node = following;
          }
          token = next[node + width] ?? 0;
        } else token = node === 0 ? (symbols[position] ?? 0) : -node - 1;
      }
      const end = position + (length[token] ?? 1);
      const code = codes[end] ?? 0;
      const column = columnOf[token] ?? 0;
      const isAllowed =
        (((dead[(deadRowOf[token] ?? 0) + (code >> 5)] ?? 0) >>> (code & 31)) & 1) === 0 &&
        isClosed[end] === 0 &&
        (before < 0 ||
          (((matrix[(rowOf[before] ?? 0) + (column >> 5)] ?? 0) >>> (column & 31)) & 1) === 0);
      if (isAllowed) {
        tokens[done++] = token;
        position = end;
        before = token;
        token = -1;
        continue;
      }
      token = prefix[token] ?? -1;
      if (token >= 0) continue;
      // No token can stand here: the one before must be another.
      isClosed[position] = 1;
      wasClosed = true;
      token = before;
      position -= length[token] ?? 1;
      done--;
      before = done > 0 ? (tokens[done - 1] ?? 0) : -1;
    }
    if (wasClosed) isClosed.fill(0, 0, count + 1);
    for (let i = 0; i < done; i++) {
      const id = tokens[i] ?? 0;
      symbols[i] = id;
      lengths[i] = length[id] ?? 1;
    }
    return done;
  }

  /** Makes room, and writes the codes of all positions. */
  #prepare(symbols: Int32Array, count: number): void {
    const { letters, codes: base } = this.#ahead;
    const { columnOf, width } = this.#trie;
    // A code is read at most as far behind the end as a look ahead goes.
    if (this.#tokens.length < count + letters + 1) {
      const room = 2 * (count + letters + 1);
      this.#codes = new Uint16Array(room);
      this.#columns = new Uint8Array(room);
      this.#tokens = new Int32Array(room);
      this.#isClosed = new Uint8Array(room);
    }
    const columns = this.#columns;
    const codes = this.#codes;
    for (let at = 0; at < count; at++) columns[at] = columnOf[symbols[at] ?? 0] ?? 0;
    columns.fill(0, count, count + letters);
    // A code drops its first letter when the next one comes in.
    let code = 0;
    for (let at = 0; at < letters - 1; at++) code = code * width + (columns[at] ?? 0);
    const high = base / width;
    for (let at = 0; at <= count; at++) {
      code = code * width + (columns[at + letters - 1] ?? 0);
      codes[at] = code;
      code -= (columns[at] ?? 0) * high;
    }
    codes.fill(0, count, count + letters + 1);
  }
}

/** Letters of each merged token by id; undefined where a token has two merges or is a part before. */
function lettersOfTokens(
  { left, right, result }: BpeMerges,
  size: number,
): ReadonlyMap<number, readonly number[]> | undefined {
  const letters = new Map<number, readonly number[]>();
  const isLetter = new Uint8Array(size);
  let total = 0;
  for (const [rank, id] of result.entries()) {
    const parts = [left[rank] ?? 0, right[rank] ?? 0].map((part) => {
      const word = letters.get(part);
      if (word !== undefined) return word;
      isLetter[part] = 1;
      return [part];
    });
    const word = parts.flat();
    total += word.length;
    if (letters.has(id) || isLetter[id] === 1 || total > MOST_LETTERS) return undefined;
    letters.set(id, word);
  }
  return letters;
}
