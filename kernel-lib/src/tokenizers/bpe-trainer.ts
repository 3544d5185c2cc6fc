import { PairQueue } from './pair-queue.ts';

/** Words of a training text as symbols. */
export interface TrainingWords {
  /** Symbols (ids of letters) of all words, with a mark of {@link marksOf} around each word. */
  readonly symbols: Uint16Array | Uint32Array;
  /**
   * Parts of `symbols` whose words stand equally often in the text, in order: where each ends, and
   * how often its words stand there.
   */
  readonly parts: readonly { readonly end: number; readonly weight: number }[];
}

/** A vocabulary that grows. */
export interface TrainerVocabulary {
  /** Tokens so far, by id: special ones and letters. */
  readonly tokens: string[];
  /** Id of each token. */
  readonly ids: Map<string, number>;
}

/** The symbols that stand between words, and inside of tokens of three symbols and more. */
export function marksOf(
  symbols: Uint16Array | Uint32Array,
): readonly [gap: number, inside: number] {
  return symbols instanceof Uint16Array ? [0xffff, 0xfffe] : [0xffffffff, 0xfffffffe];
}

/** Positions of a token, in order; those that it has lost are dropped when they are met. */
interface Places {
  positions: Int32Array;
  count: number;
}

/** How often each token was met. */
class Tally {
  readonly counts: Float64Array;
  readonly #met: number[] = [];

  constructor(tokens: number) {
    this.counts = new Float64Array(tokens);
  }

  add(token: number, weight: number): void {
    const count = this.counts[token] ?? 0;
    if (count === 0) this.#met.push(token);
    this.counts[token] = count + weight;
  }

  /** Visits the tokens that were met, and forgets them. */
  drain(visit: (token: number, count: number) => void): void {
    for (const token of this.#met) {
      visit(token, this.counts[token] ?? 0);
      this.counts[token] = 0;
    }
    this.#met.length = 0;
  }
}

/** Letters that are rarer than one in so many get a list of their places. */
const RARE = 16;

/**
 * Byte-pair training (Sennrich, Haddow and Birch 2016) by the rules of `tokenizers`: the commonest
 * pair is merged, of equally common ones that with the lowest ids; pairs are counted as they stand,
 * so that AAA counts A A twice.
 *
 * A token is written at its first and at its last symbol, so that both neighbours are found without
 * links; what is between is marked. Where a pair stands is not kept: it can only stand where the
 * rarer of its tokens does. Pairs of old tokens only become rarer, so that those below the least
 * frequency need not be known.
 */
export class BpeTrainer {
  /** Merges so far. */
  readonly merges: [string, string][] = [];
  readonly #symbols: Uint16Array | Uint32Array;
  readonly #parts: TrainingWords['parts'];
  readonly #vocabulary: TrainerVocabulary;
  readonly #gap: number;
  readonly #inside: number;
  readonly #minFrequency: number;
  /** Symbols of each token. */
  readonly #lengths: Int32Array;
  /** Positions that each token has. */
  readonly #live: Int32Array;
  readonly #places: (Places | undefined)[] = [];
  readonly #pairs = new PairQueue();
  readonly #before: Tally;
  readonly #behind: Tally;

  /** @param mostTokens ids that the vocabulary will have at most */
  constructor(
    words: TrainingWords,
    vocabulary: TrainerVocabulary,
    minFrequency: number,
    mostTokens: number,
  ) {
    this.#symbols = words.symbols;
    this.#parts = words.parts;
    this.#vocabulary = vocabulary;
    [this.#gap, this.#inside] = marksOf(words.symbols);
    this.#minFrequency = Math.max(1, minFrequency);
    const size = Math.max(mostTokens, vocabulary.tokens.length) + 1;
    this.#lengths = new Int32Array(size).fill(1);
    this.#live = new Int32Array(size);
    this.#before = new Tally(size);
    this.#behind = new Tally(size);
    this.#countLetters();
  }

  /** Makes one merge. @returns false where no pair stands often enough */
  step(): boolean {
    const top = this.#pairs.pop(this.#minFrequency);
    if (top === undefined) return false;
    const [left, right, count] = top;
    const { tokens, ids } = this.#vocabulary;
    const [leftText, rightText] = [tokens[left] ?? '', tokens[right] ?? ''];
    const text = leftText + rightText;
    const known = ids.get(text);
    const made = known ?? tokens.length;
    if (known === undefined) {
      tokens.push(text);
      ids.set(text, made);
    }
    this.merges.push([leftText, rightText]);
    this.#lengths[made] = (this.#lengths[left] ?? 1) + (this.#lengths[right] ?? 1);
    const places = this.#merge(left, right, made, count);
    this.#before.drain((token, by) => {
      this.#pairs.decrease(token, left, by);
    });
    this.#behind.drain((token, by) => {
      this.#pairs.decrease(right, token, by);
    });
    // A token that there was before, a special one or one made otherwise, has other places too.
    const old = this.#places[made];
    this.#places[made] = old === undefined ? places : union(old, places);
    this.#countNeighbours(made);
    return true;
  }

  /** Counts the letters and their pairs. */
  #countLetters(): void {
    const size = this.#vocabulary.tokens.length;
    const counts = new Float64Array(size * size);
    let start = 0;
    for (const { end, weight } of this.#parts) {
      let last = this.#gap;
      for (let at = start; at < end; at++) {
        const letter = this.#symbols[at] ?? 0;
        if (letter !== this.#gap) {
          this.#live[letter]++;
          if (last !== this.#gap) counts[last * size + letter] += weight;
        }
        last = letter;
      }
      start = end;
    }
    for (const [pair, count] of counts.entries()) {
      if (count >= this.#minFrequency) {
        this.#pairs.set(Math.floor(pair / size), pair % size, count);
      }
    }
  }

  /** Merges a pair wherever it stands, and tallies what stood beside it. */
  #merge(left: number, right: number, made: number, count: number): Places {
    const symbols = this.#symbols;
    const gap = this.#gap;
    const inside = this.#inside;
    const leftLength = this.#lengths[left] ?? 1;
    const rightLength = this.#lengths[right] ?? 1;
    const useLeft = (this.#live[left] ?? 0) <= (this.#live[right] ?? 0);
    const rarer = useLeft ? left : right;
    const list = this.#placesOf(rarer);
    const candidates = list?.count ?? symbols.length;
    const positions = new Int32Array(Math.min(count, candidates));
    let found = 0;
    let kept = 0;
    let part = 0;
    let { end: partEnd = 0, weight = 1 } = this.#parts[0] ?? {};
    for (let i = 0; i < candidates; i++) {
      const at = list === undefined ? i : (list.positions[i] ?? 0);
      if (symbols[at] !== rarer) continue;
      const start = useLeft ? at : at - leftLength;
      const middle = start + leftLength;
      if (useLeft ? symbols[middle] !== right : symbols[middle - 1] !== left) {
        if (list !== undefined) list.positions[kept++] = at;
        continue;
      }
      while (start >= partEnd) {
        part++;
        ({ end: partEnd = Infinity, weight = 1 } = this.#parts[part] ?? {});
      }
      const end = middle + rightLength;
      const before = symbols[start - 1] ?? gap;
      const behind = symbols[end] ?? gap;
      if (before !== gap) this.#before.add(before, weight);
      if (behind !== gap) this.#behind.add(behind, weight);
      symbols[middle - 1] = inside;
      symbols[middle] = inside;
      symbols[start] = made;
      symbols[end - 1] = made;
      positions[found++] = start;
    }
    if (list !== undefined) list.count = kept;
    this.#live[left] -= found;
    this.#live[right] -= found;
    this.#live[made] += found;
    const isTight = found * 1.25 > positions.length;
    return { positions: isTight ? positions : positions.slice(0, found), count: found };
  }

  /** Counts the pairs that a token is in. */
  #countNeighbours(token: number): void {
    const symbols = this.#symbols;
    const { positions, count } = this.#places[token] ?? { positions: [], count: 0 };
    const length = this.#lengths[token] ?? 1;
    let part = 0;
    let { end: partEnd = 0, weight = 1 } = this.#parts[0] ?? {};
    for (let i = 0; i < count; i++) {
      const at = positions[i] ?? 0;
      if (symbols[at] !== token) continue;
      while (at >= partEnd) {
        part++;
        ({ end: partEnd = Infinity, weight = 1 } = this.#parts[part] ?? {});
      }
      const before = symbols[at - 1] ?? this.#gap;
      const behind = symbols[at + length] ?? this.#gap;
      if (before !== this.#gap) this.#before.add(before, weight);
      if (behind !== this.#gap) this.#behind.add(behind, weight);
    }
    const least = this.#minFrequency;
    this.#before.drain((other, times) => {
      // A token beside itself is met from both sides.
      if (times >= least && other !== token) this.#pairs.set(other, token, times);
    });
    this.#behind.drain((other, times) => {
      if (times >= least) this.#pairs.set(token, other, times);
    });
  }

  /** Positions of a token; undefined for common letters, which are looked for everywhere. */
  #placesOf(token: number): Places | undefined {
    const known = this.#places[token];
    if (known !== undefined) return known;
    const count = this.#live[token] ?? 0;
    if (count * RARE > this.#symbols.length) return undefined;
    const positions = new Int32Array(count);
    let found = 0;
    for (let at = this.#symbols.indexOf(token); at >= 0 && found < count;) {
      positions[found++] = at;
      at = this.#symbols.indexOf(token, at + 1);
    }
    const places = { positions, count: found };
    this.#places[token] = places;
    return places;
  }
}

/** Two lists of positions as one, in order. */
function union(a: Places, b: Places): Places {
  const positions = new Int32Array(a.count + b.count);
  positions.set(a.positions.subarray(0, a.count));
  positions.set(b.positions.subarray(0, b.count), a.count);
  positions.sort();
  return { positions, count: positions.length };
}
