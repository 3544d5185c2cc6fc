import { DNA } from './alphabet.ts';

/** Length of the k-mers that seeds are. Rare enough by chance, still kept by most 80 % relatives. */
export const SEED_LENGTH = 12;
/** Length of the words inside of a k-mer that choose the seeds: about one k-mer in four is one. */
const WORD_LENGTH = 5;
/** Places of one seed in one sequence that are kept; a tandem repeat has hundreds of them. */
const MOST_PLACES = 4;
/** A k-mer with fewer distinct triplets than this is a simple repeat (poly-A, CACACA…). */
const FEWEST_TRIPLETS = 5;

/** Sequences shorter than this are few words: each of their k-mers is a seed. */
const ALL_KMERS_BELOW = 400;
/** Share of the k-mers that are seeds in longer sequences. */
export const SEED_DENSITY = 2 / (SEED_LENGTH - WORD_LENGTH + 1);
/** Longest sequence: a place takes 29 bits, one of them for the strand. */
export const LONGEST_SEQUENCE = 2 ** 28;

const WORDS = SEED_LENGTH - WORD_LENGTH + 1;
const WORD_MASK = 4 ** WORD_LENGTH - 1;

/** The seeds of one sequence, in rising order of `codes`, then of `places`. */
export interface Seeds {
  /** k-mer as a number, the smaller of the two strands. */
  readonly codes: Uint32Array;
  /**
   * Start of the k-mer (0-based) × 2, + 1 where the other strand's reading is the smaller one.
   */
  readonly places: Uint32Array;
}

/** A 32-bit mix of a word (splitmix32 finaliser), so that no word is preferred for its letters. */
function mix(word: number): number {
  let mixed = Math.imul(word ^ 0x5bd1e995, 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** Order of each word, equal for a word and its reverse complement. */
const wordOrder = (() => {
  const order = new Uint32Array(4 ** WORD_LENGTH);
  for (let word = 0; word < order.length; word++) {
    let complement = 0;
    for (let i = 0, rest = word; i < WORD_LENGTH; i++, rest >>>= 2) {
      complement = (complement << 2) | (3 - (rest & 3));
    }
    order[word] = mix(Math.min(word, complement));
  }
  return order;
})();

/** Whether the smallest word of a k-mer stands first or last in it. */
function isSyncmer(code: number): boolean {
  const last = wordOrder[code & WORD_MASK] as number;
  const first = wordOrder[code >>> (2 * (WORDS - 1))] as number;
  const smaller = Math.min(first, last);
  for (let at = 1; at < WORDS - 1; at++) {
    if ((wordOrder[(code >>> (2 * at)) & WORD_MASK] as number) < smaller) return false;
  }
  return true;
}

function isSimpleRepeat(code: number): boolean {
  let low = 0;
  let high = 0;
  for (let i = 0, rest = code; i < SEED_LENGTH - 2; i++, rest >>>= 2) {
    const triplet = rest & 63;
    if (triplet < 32) low |= 1 << triplet;
    else high |= 1 << (triplet - 32);
  }
  let count = 0;
  for (; low !== 0; low &= low - 1) count++;
  for (; high !== 0; high &= high - 1) count++;
  return count < FEWEST_TRIPLETS;
}

/**
 * The seeds of a sequence: k-mers whose smallest word stands first or last in them (closed
 * syncmers: Edgar 2021, PeerJ 9:e10805). Whether a k-mer is one depends on the k-mer alone, not on
 * its neighbours, so that relatives of 80 % identity share more of them than of minimisers. Simple
 * repeats and k-mers with an unknown base give none.
 *
 * @param tokens DNA tokens
 */
export function findSeeds(tokens: Uint8Array): Seeds {
  const mask = 4 ** SEED_LENGTH - 1;
  const all = tokens.length < ALL_KMERS_BELOW;
  const topShift = 2 * (SEED_LENGTH - 1);
  // Code × 2^29 + place fits a double; places stay below 2^29.
  const found: number[] = [];
  let known = 0;
  let code = 0;
  let complement = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as number;
    if (token >= DNA.unknownToken) {
      known = 0;
      continue;
    }
    code = ((code << 2) | token) & mask;
    complement = (complement >>> 2) | ((3 - token) << topShift);
    known++;
    if (known < SEED_LENGTH) continue;
    if (!(all || isSyncmer(code)) || isSimpleRepeat(code)) continue;
    const place = i - SEED_LENGTH + 1;
    found.push(Math.min(code, complement) * 2 ** 29 + place * 2 + (complement < code ? 1 : 0));
  }
  const sorted = Float64Array.from(found).sort();
  const codes = new Uint32Array(sorted.length);
  const places = new Uint32Array(sorted.length);
  let count = 0;
  let repeats = 0;
  for (const entry of sorted) {
    const seed = Math.floor(entry / 2 ** 29);
    repeats = count > 0 && codes[count - 1] === seed ? repeats + 1 : 0;
    if (repeats >= MOST_PLACES) continue;
    codes[count] = seed;
    places[count++] = entry - seed * 2 ** 29;
  }
  return { codes: codes.slice(0, count), places: places.slice(0, count) };
}
