/** Entries of the tree at most: a vocabulary of texts in many letters uses the queue instead. */
const MOST_ENTRIES = 1 << 22;

/** Tokens as a tree of their letters. */
export interface BpeTrie {
  /** Letters of each token. */
  readonly length: Int32Array;
  /** The longest shorter token that each token begins with, −1 for letters. */
  readonly prefix: Int32Array;
  /** By id of a letter: its column, 0 where no token but itself has it. */
  readonly columnOf: Uint8Array;
  /** Columns of letters, 0 included. */
  readonly width: number;
  /**
   * Rows of `width + 1`, one a node: where the row of the node behind each letter begins, 0 for
   * none, as it always is for column 0; last the longest token on the way here, itself included.
   */
  readonly next: Int32Array;
}

/**
 * Builds the tree.
 *
 * @param letters ids of the letters of each merged token, by id
 * @param size number of ids
 * @returns undefined where the tokens have too many letters
 */
export function buildBpeTrie(
  letters: ReadonlyMap<number, readonly number[]>,
  size: number,
): BpeTrie | undefined {
  const length = new Int32Array(size).fill(1);
  const prefix = new Int32Array(size).fill(-1);
  const columnOf = new Uint8Array(size);
  let width = 1;
  for (const word of letters.values()) {
    for (const letter of word) {
      if (columnOf[letter] !== 0) continue;
      if (width > 255) return undefined;
      columnOf[letter] = width++;
    }
  }
  const stride = width + 1;
  let next = new Int32Array(256 * stride);
  let used = stride;
  next[width] = -1;
  const step = (node: number, letter: number): number => {
    const entry = node + (columnOf[letter] ?? 0);
    const found = next[entry] ?? 0;
    if (found > 0) return found;
    if (used + stride > next.length) {
      const larger = new Int32Array(next.length * 2);
      larger.set(next);
      next = larger;
    }
    next[entry] = used;
    next[used + width] = next[node + width] ?? -1;
    used += stride;
    return used - stride;
  };
  for (let letter = 0; letter < size; letter++) {
    if (columnOf[letter] !== 0) next[step(0, letter) + width] = letter;
  }
  // Shorter tokens first, so that those which others begin with are there before them.
  const words = [...letters].sort(([, a], [, b]) => a.length - b.length);
  for (const [id, word] of words) {
    length[id] = word.length;
    let node = 0;
    for (const letter of word) node = step(node, letter);
    if (used > MOST_ENTRIES) return undefined;
    prefix[id] = next[node + width] ?? -1;
    next[node + width] = id;
  }
  return { length, prefix, columnOf, width, next: next.slice(0, used) };
}
