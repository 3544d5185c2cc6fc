import type { BpeMerges } from './bpe-merges.ts';

/** Bits of the matrix at most: 32 MB. */
const MOST_BITS = 2 ** 28;

/**
 * Which tokens may stand beside each other in an encoding: those where no merge over their border
 * comes before the merges that made them.
 *
 * A merge of x and y at its time joins every token that ends with x and is then no longer to every
 * one that begins with y and is then no longer. So what may stand behind a token is told by the
 * merges of its ends while these were tokens, and many tokens are alike in that: a vocabulary of
 * 5,261 has 1,400 kinds of tokens as the first of two and as many as the second, and their matrix
 * of bits stays in a processor's cache.
 *
 * The merges must be as training gives them: each token from one merge, parts before what is made
 * of them.
 */
export interface BpeTokenBorders {
  /** By id: where the row of `matrix` begins for it as the first of two tokens. */
  readonly rowOf: Int32Array;
  /** By id: its bit in a row as the second of two tokens. */
  readonly columnOf: Int32Array;
  /** Rows of `words` whole numbers; bit 1 where two tokens may not stand so. */
  readonly matrix: Uint32Array;
  readonly words: number;
}

/**
 * Finds which tokens may stand beside each other.
 *
 * @param size number of ids
 * @returns undefined where the matrix would be too large
 */
export function bpeTokenBorders(merges: BpeMerges, size: number): BpeTokenBorders | undefined {
  const { left, right, result } = merges;
  const madeBy = new Int32Array(size).fill(-1);
  result.forEach((id, rank) => (madeBy[id] = rank));
  const byLeft = new MergeLists(left, size);
  const byRight = new MergeLists(right, size);
  // A merge of equal rank over the border of the second token is left of the token's own: it comes
  // first. One over the border of the first is right of it.
  const rows = kindsOf(size, madeBy, right, byLeft, 0);
  const columns = kindsOf(size, madeBy, left, byRight, 1);
  const words = Math.ceil(columns.count / 32);
  if (rows.count * words * 32 > MOST_BITS) return undefined;
  const tree = numberByBeginning(merges, size, madeBy, byLeft);
  // A token of each kind of column, by number.
  const samples = new Int32Array(columns.count);
  columns.kindOf.forEach((kind, id) => (samples[kind] = tree.numbers[id] ?? 0));
  const matrix = new Uint32Array(rows.count * words);
  const full = new Uint32Array(Math.ceil(size / 32));
  const isDone = new Uint8Array(rows.count);
  for (let id = 0; id < size; id++) {
    const kind = rows.kindOf[id] ?? 0;
    if (isDone[kind] === 1) continue;
    isDone[kind] = 1;
    full.fill(0);
    let limit = result.length;
    for (let end = id; limit >= 0;) {
      const first = byLeft.starts[end] ?? 0;
      const last = first + byLeft.countBefore(end, limit);
      for (let i = first; i < last; i++) {
        const rank = byLeft.list[i] ?? 0;
        setBits(full, tree.from[rank] ?? 0, tree.to[rank] ?? 0);
      }
      limit = madeBy[end] ?? -1;
      end = right[limit] ?? 0;
    }
    for (let column = 0; column < columns.count; column++) {
      const number = samples[column] ?? 0;
      const bit = ((full[number >> 5] ?? 0) >>> (number & 31)) & 1;
      const at = kind * words + (column >> 5);
      matrix[at] = (matrix[at] ?? 0) | (bit << (column & 31));
    }
  }
  const rowOf = rows.kindOf.map((kind) => kind * words);
  return { rowOf, columnOf: columns.kindOf, matrix, words };
}

/** Ranks of the merges of each part, in order: `list[starts[id] … starts[id + 1]]`. */
class MergeLists {
  readonly starts: Int32Array;
  readonly list: Int32Array;

  constructor(parts: Int32Array, size: number) {
    const starts = new Int32Array(size + 1);
    for (const id of parts) starts[id + 1] = (starts[id + 1] ?? 0) + 1;
    for (let id = 0; id < size; id++) starts[id + 1] = (starts[id + 1] ?? 0) + (starts[id] ?? 0);
    const next = starts.slice();
    const list = new Int32Array(parts.length);
    parts.forEach((id, rank) => {
      const at = next[id] ?? 0;
      list[at] = rank;
      next[id] = at + 1;
    });
    this.starts = starts;
    this.list = list;
  }

  /** How many merges of a part come before a rank. */
  countBefore(id: number, rank: number): number {
    const first = this.starts[id] ?? 0;
    let low = first;
    let high = this.starts[id + 1] ?? 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle] ?? 0) < rank) low = middle + 1;
      else high = middle;
    }
    return low - first;
  }
}

/**
 * Kinds of tokens by what may stand on one side. The first end of a token that had merges while it
 * was a token tells, by how many of its merges came in time: what ends are inside of it and how
 * long they lasted is the same for all tokens with that end.
 *
 * @param inner by rank: the part that is the end of the merged token
 * @param late 1 where a merge of equal rank is in time
 */
function kindsOf(
  size: number,
  madeBy: Int32Array,
  inner: Int32Array,
  merges: MergeLists,
  late: 0 | 1,
): { kindOf: Int32Array; count: number } {
  const kinds = new Map<number, number>();
  const kindOf = new Int32Array(size);
  const most = merges.list.length;
  for (let id = 0; id < size; id++) {
    let key = 0;
    let limit = most;
    for (let end = id; limit >= 0;) {
      const count = merges.countBefore(end, limit + late);
      if (count > 0) {
        key = 1 + end * most + (count - 1);
        break;
      }
      limit = madeBy[end] ?? -1;
      end = inner[limit] ?? 0;
    }
    let kind = kinds.get(key);
    if (kind === undefined) {
      kind = kinds.size;
      kinds.set(key, kind);
    }
    kindOf[id] = kind;
  }
  return { kindOf, count: kinds.size };
}

/** Tokens in the order of what they begin with. */
interface BeginningOrder {
  /** By id. */
  readonly numbers: Int32Array;
  /** By rank: the run of numbers of the tokens that the merge keeps from standing behind it. */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/**
 * Numbers tokens so that those which begin with a token are one run behind it, and of these the
 * later made first: those that a merge joins are then a run as well.
 */
function numberByBeginning(
  { left, right, result }: BpeMerges,
  size: number,
  madeBy: Int32Array,
  byLeft: MergeLists,
): BeginningOrder {
  const { starts, list } = byLeft;
  // Tokens that begin with a token, itself included.
  const beginners = new Int32Array(size).fill(1);
  for (let rank = result.length - 1; rank >= 0; rank--) {
    const first = left[rank] ?? 0;
    beginners[first] = (beginners[first] ?? 0) + (beginners[result[rank] ?? 0] ?? 0);
  }
  const numbers = new Int32Array(size);
  const layOut = (id: number): void => {
    let next = (numbers[id] ?? 0) + 1;
    for (let i = (starts[id + 1] ?? 0) - 1; i >= (starts[id] ?? 0); i--) {
      const longer = result[list[i] ?? 0] ?? 0;
      numbers[longer] = next;
      next += beginners[longer] ?? 0;
    }
  };
  let next = 0;
  for (let id = 0; id < size; id++) {
    if ((madeBy[id] ?? -1) >= 0) continue;
    numbers[id] = next;
    next += beginners[id] ?? 0;
    layOut(id);
  }
  for (const id of result) layOut(id);
  const from = new Int32Array(result.length);
  const to = new Int32Array(result.length);
  right.forEach((second, rank) => {
    const number = numbers[second] ?? 0;
    // Behind the tokens of later merges come those of earlier ones, the latest first.
    const earlier = byLeft.countBefore(second, rank);
    const end = list[(starts[second] ?? 0) + earlier - 1] ?? 0;
    from[rank] = number;
    to[rank] = earlier === 0 ? number + (beginners[second] ?? 0) : (numbers[result[end] ?? 0] ?? 0);
  });
  return { numbers, from, to };
}

function setBits(bits: Uint32Array, from: number, to: number): void {
  const first = from >> 5;
  const last = (to - 1) >> 5;
  const firstMask = -1 << (from & 31);
  const lastMask = -1 >>> (31 - ((to - 1) & 31));
  if (first === last) {
    bits[first] = (bits[first] ?? 0) | (firstMask & lastMask);
    return;
  }
  bits[first] = (bits[first] ?? 0) | firstMask;
  bits.fill(0xffffffff, first + 1, last);
  bits[last] = (bits[last] ?? 0) | lastMask;
}
