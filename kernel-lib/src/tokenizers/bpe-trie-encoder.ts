import type { BpeEncoder } from './bpe-encoder.ts';
import type { BpeMerges } from './bpe-merges.ts';
import { BpeQueueEncoder } from './bpe-queue-encoder.ts';

/** Entries of the trie at most: a vocabulary of texts in many letters uses the queue instead. */
const MOST_ENTRIES = 1 << 22;
/** Ids at most: a pair of them and one bit are a whole number of 31 bits. */
const MOST_IDS = 1 << 15;
/** Answers that are remembered. */
const ANSWERS = 1 << 17;
const ANSWER_SHIFT = 32 - 17;

/**
 * Byte-pair encoding from left to right: at each position the longest token whose pair with the
 * one before is as the merges would leave it, taking tokens back where none follows. Two tokens
 * stand beside each other only if no merge over their border comes before those that made them,
 * and there is only one way to cut a word so that all its pairs are such: the encoding. (H. Prokopec
 * and A. Neubeck, "So many tokens, so little time", GitHub 2024.) Time grows with the length of the
 * word alone.
 *
 * The rule needs merges as training gives them: each token from one merge, parts before what is
 * made of them. {@link BpeTrieEncoder.tryFrom} looks whether they are.
 */
export class BpeTrieEncoder implements BpeEncoder {
  readonly #merges: BpeMerges;
  /** By id: 0 for a letter, else the rank of its merge + 1. */
  readonly #order: Int32Array;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  /** Letters of each token. */
  readonly #length: Int32Array;
  /** By id: the longest shorter token that it begins with, −1 for letters. */
  readonly #prefix: Int32Array;
  /** By id of a letter: its column in the trie, −1 where no token but itself has it. */
  readonly #column: Int32Array;
  readonly #columns: number;
  /** `nodes × columns`: the node behind a letter, 0 for none. */
  readonly #trie: Int32Array;
  /** By node: its token, −1 for none. */
  readonly #tokenAt: Int32Array;
  #tokens = new Int32Array(0);
  #isOpen = new Uint8Array(0);
  readonly #size: number;
  /** Pairs that were asked about: twice the pair, and 1 where they may stand so. */
  readonly #answers = new Int32Array(ANSWERS).fill(-1);

  private constructor(merges: BpeMerges, size: number, parts: TrieParts) {
    this.#merges = merges;
    this.#size = size;
    this.#order = new Int32Array(size);
    this.#left = new Int32Array(size);
    this.#right = new Int32Array(size);
    merges.result.forEach((id, rank) => {
      this.#order[id] = rank + 1;
      this.#left[id] = merges.left[rank] ?? 0;
      this.#right[id] = merges.right[rank] ?? 0;
    });
    this.#length = parts.length;
    this.#prefix = parts.prefix;
    this.#column = parts.column;
    this.#columns = parts.columns;
    this.#trie = parts.trie;
    this.#tokenAt = parts.tokenAt;
  }

  /**
   * An encoder for these merges, or undefined where they are not as the rule needs them.
   *
   * @param size number of ids
   */
  static tryFrom(merges: BpeMerges, size: number): BpeTrieEncoder | undefined {
    const letters = size < MOST_IDS ? lettersOfTokens(merges, size) : undefined;
    if (letters === undefined) return undefined;
    // A token that its own letters do not give back can never be chosen.
    const exact = new BpeQueueEncoder(merges);
    for (const word of letters.values()) {
      const symbols = Int32Array.from(word);
      if (exact.encode(symbols, word.length, new Int32Array(word.length)) !== 1) return undefined;
    }
    const parts = buildTrie(letters, size);
    return parts === undefined ? undefined : new BpeTrieEncoder(merges, size, parts);
  }

  encode(symbols: Int32Array, count: number, lengths: Int32Array): number {
    if (this.#tokens.length < count) {
      this.#tokens = new Int32Array(count * 2);
      this.#isOpen = new Uint8Array(count * 2 + 1);
    }
    const tokens = this.#tokens;
    const isOpen = this.#isOpen;
    isOpen.fill(1, 0, count + 1);
    const length = this.#length;
    const prefix = this.#prefix;
    let done = 0;
    let position = 0;
    let token = this.#longest(symbols, 0, count);
    while (position < count) {
      const last = done > 0 ? (tokens[done - 1] ?? 0) : -1;
      for (;;) {
        const end = position + (length[token] ?? 1);
        if (isOpen[end] === 1 && (last < 0 || this.#canFollow(last, token))) {
          tokens[done++] = token;
          position = end;
          if (position < count) token = this.#longest(symbols, position, count);
          break;
        }
        token = prefix[token] ?? -1;
        if (token < 0) {
          isOpen[position] = 0;
          done--;
          position -= length[last] ?? 1;
          token = last;
          break;
        }
      }
    }
    for (let i = 0; i < done; i++) {
      const id = tokens[i] ?? 0;
      symbols[i] = id;
      lengths[i] = length[id] ?? 1;
    }
    return done;
  }

  #longest(symbols: Int32Array, from: number, count: number): number {
    const trie = this.#trie;
    const columns = this.#columns;
    let best = symbols[from] ?? 0;
    let node = 0;
    for (let at = from; at < count; at++) {
      const column = this.#column[symbols[at] ?? 0] ?? -1;
      if (column < 0) break;
      node = trie[node * columns + column] ?? 0;
      if (node === 0) break;
      const token = this.#tokenAt[node] ?? -1;
      if (token >= 0) best = token;
    }
    return best;
  }

  /** {@link BpeTrieEncoder.#mayFollow}, from the answers that were given before. */
  #canFollow(first: number, second: number): boolean {
    const pair = first * this.#size + second;
    const place = (Math.imul(pair, 0x9e3779b1) >>> ANSWER_SHIFT) & (ANSWERS - 1);
    const answer = this.#answers[place] ?? -1;
    if (answer >> 1 === pair) return (answer & 1) === 1;
    const result = this.#mayFollow(first, second);
    this.#answers[place] = pair * 2 + (result ? 1 : 0);
    return result;
  }

  /** Whether no merge over the border of two tokens comes before the merges that made them. */
  #mayFollow(first: number, second: number): boolean {
    const order = this.#order;
    const { ranks } = this.#merges;
    let limit = 0x7fffffff;
    for (;;) {
      const rank = ranks.get(first, second);
      if (rank >= 0 && rank + 1 < limit) return false;
      const firstOrder = order[first] ?? 0;
      const secondOrder = order[second] ?? 0;
      if (firstOrder > secondOrder) {
        limit = firstOrder;
        first = this.#right[first] ?? 0;
      } else if (secondOrder > 0) {
        // Of equal merges the left one comes first.
        limit = secondOrder + 1;
        second = this.#left[second] ?? 0;
      } else return true;
    }
  }
}

interface TrieParts {
  readonly length: Int32Array;
  readonly prefix: Int32Array;
  readonly column: Int32Array;
  readonly columns: number;
  readonly trie: Int32Array;
  readonly tokenAt: Int32Array;
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
    if (letters.has(id) || isLetter[id] === 1 || total > MOST_ENTRIES) return undefined;
    letters.set(id, word);
  }
  return letters;
}

function buildTrie(
  letters: ReadonlyMap<number, readonly number[]>,
  size: number,
): TrieParts | undefined {
  const length = new Int32Array(size).fill(1);
  const prefix = new Int32Array(size).fill(-1);
  const column = new Int32Array(size).fill(-1);
  let columns = 0;
  let entries = 1;
  for (const [id, word] of letters) {
    length[id] = word.length;
    entries += word.length;
    for (const letter of word) {
      if (column[letter] === -1) column[letter] = columns++;
    }
  }
  const mostNodes = Math.min(entries + columns, Math.floor(MOST_ENTRIES / Math.max(1, columns)));
  let trie = new Int32Array(1024 * columns);
  const tokenAt: number[] = [-1];
  const step = (node: number, letter: number): number => {
    const entry = node * columns + (column[letter] ?? 0);
    const found = trie[entry] ?? 0;
    if (found > 0) return found;
    const made = tokenAt.push(-1) - 1;
    if ((made + 1) * columns > trie.length) {
      const larger = new Int32Array(trie.length * 2);
      larger.set(trie);
      trie = larger;
    }
    trie[entry] = made;
    return made;
  };
  for (let letter = 0; letter < size; letter++) {
    if (column[letter] !== -1) tokenAt[step(0, letter)] = letter;
  }
  // Shorter tokens first, so that those which others begin with are there before them.
  const words = [...letters].sort(([, a], [, b]) => a.length - b.length);
  for (const [id, word] of words) {
    let node = 0;
    for (const letter of word) {
      const before = tokenAt[node] ?? -1;
      if (before >= 0) prefix[id] = before;
      node = step(node, letter);
      if (tokenAt.length > mostNodes) return undefined;
    }
    tokenAt[node] = id;
  }
  return { length, prefix, column, columns, trie, tokenAt: Int32Array.from(tokenAt) };
}
