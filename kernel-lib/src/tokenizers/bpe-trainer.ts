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
  /** The part of the text that is walked through, where it ends and what its words weigh. */
  #part = 0;
  #partEnd = 0;
  #weight = 1;

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
    this.#countPairs(left, right, made);
    const old = this.#places[made];
    if (old === undefined) this.#places[made] = places;
    else {
      // A token that was there before has other places and pairs too.
      this.#places[made] = union(old, places);
      this.#recount(made);
    }
    return true;
  }

  /** Puts the pairs right after a merge, from what stood beside it. */
  #countPairs(left: number, right: number, made: number): void {
    const least = this.#minFrequency;
    // Where two merges follow each other, the second took the place of the first's neighbour.
    const twice = this.#before.counts[made] ?? 0;
    this.#before.drain((token, times) => {
      this.#pairs.decrease(token, left, times);
      if (times >= least) this.#pairs.set(token, made, times);
    });
    this.#behind.drain((token, times) => {
      this.#pairs.decrease(right, token, times);
      const still = token === left ? times - twice : times;
      if (still >= least) this.#pairs.set(made, token, still);
    });
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
          this.#live[letter] = (this.#live[letter] ?? 0) + 1;
          if (last !== this.#gap) {
            const pair = last * size + letter;
            counts[pair] = (counts[pair] ?? 0) + weight;
          }
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
    const useLeft = this.#toLookAt(left) <= this.#toLookAt(right);
    const list = this.#placesOf(useLeft ? left : right);
    const positions = new Int32Array(Math.min(count, list?.count ?? this.#symbols.length));
    const found =
      list === undefined
        ? this.#mergeLetters(left, right, made, positions)
        : useLeft
          ? this.#mergeAtLeft(list, left, right, made, positions)
          : this.#mergeAtRight(list, left, right, made, positions);
    const live = this.#live;
    live[left] = (live[left] ?? 0) - found;
    live[right] = (live[right] ?? 0) - found;
    live[made] = (live[made] ?? 0) + found;
    const isTight = found * 1.25 > positions.length;
    return { positions: isTight ? positions : positions.slice(0, found), count: found };
  }

  /** Merges two common letters. */
  #mergeLetters(left: number, right: number, made: number, positions: Int32Array): number {
    const symbols = this.#symbols;
    const last = symbols.length - 1;
    let found = 0;
    this.#rewind();
    for (let at = 0; at < last; at++) {
      if (symbols[at] !== left || symbols[at + 1] !== right) continue;
      this.#mergeAt(at, at + 1, at + 2, made);
      positions[found++] = at++;
    }
    return found;
  }

  /** Merges a pair, looked for where its first token is. */
  #mergeAtLeft(
    list: Places,
    left: number,
    right: number,
    made: number,
    positions: Int32Array,
  ): number {
    const symbols = this.#symbols;
    const places = list.positions;
    const candidates = list.count;
    const leftLength = this.#lengths[left] ?? 1;
    const rightLength = this.#lengths[right] ?? 1;
    let found = 0;
    let kept = 0;
    this.#rewind();
    for (let i = 0; i < candidates; i++) {
      const start = places[i] ?? 0;
      if (symbols[start] !== left) continue;
      const middle = start + leftLength;
      if (symbols[middle] === right) {
        this.#mergeAt(start, middle, middle + rightLength, made);
        positions[found++] = start;
      } else places[kept++] = start;
    }
    list.count = kept;
    return found;
  }

  /** Merges a pair, looked for where its second token is. */
  #mergeAtRight(
    list: Places,
    left: number,
    right: number,
    made: number,
    positions: Int32Array,
  ): number {
    const symbols = this.#symbols;
    const places = list.positions;
    const candidates = list.count;
    const leftLength = this.#lengths[left] ?? 1;
    const rightLength = this.#lengths[right] ?? 1;
    let found = 0;
    let kept = 0;
    this.#rewind();
    for (let i = 0; i < candidates; i++) {
      const middle = places[i] ?? 0;
      if (symbols[middle] !== right) continue;
      if (symbols[middle - 1] === left) {
        this.#mergeAt(middle - leftLength, middle, middle + rightLength, made);
        positions[found++] = middle - leftLength;
      } else places[kept++] = middle;
    }
    list.count = kept;
    return found;
  }

  /** Merges the tokens at `start` and `middle`. */
  #mergeAt(start: number, middle: number, end: number, made: number): void {
    const symbols = this.#symbols;
    this.#tally(symbols[start - 1] ?? 0, symbols[end] ?? 0, start);
    symbols[middle - 1] = this.#inside;
    symbols[middle] = this.#inside;
    symbols[start] = made;
    symbols[end - 1] = made;
  }

  /** Tallies the tokens on both sides of a position; positions come in order. */
  #tally(before: number, behind: number, position: number): void {
    while (position >= this.#partEnd) this.#nextPart();
    const weight = this.#weight;
    if (before !== this.#gap) this.#before.add(before, weight);
    if (behind !== this.#gap) this.#behind.add(behind, weight);
  }

  /** Goes back to the first part of the text. */
  #rewind(): void {
    this.#part = -1;
    this.#nextPart();
  }

  #nextPart(): void {
    const next = this.#parts[++this.#part];
    this.#partEnd = next?.end ?? this.#symbols.length;
    this.#weight = next?.weight ?? 1;
  }

  /** Counts the pairs of a token anew. */
  #recount(token: number): void {
    const places = this.#places[token];
    if (places === undefined) return;
    const symbols = this.#symbols;
    const { positions, count } = places;
    const length = this.#lengths[token] ?? 1;
    this.#rewind();
    for (let i = 0; i < count; i++) {
      const at = positions[i] ?? 0;
      if (symbols[at] === token) {
        this.#tally(symbols[at - 1] ?? 0, symbols[at + length] ?? 0, at);
      }
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

  /** How many positions have to be looked at to find a token. */
  #toLookAt(token: number): number {
    const known = this.#places[token];
    if (known !== undefined) return known.count;
    const live = this.#live[token] ?? 0;
    return live * RARE > this.#symbols.length ? this.#symbols.length : live;
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
