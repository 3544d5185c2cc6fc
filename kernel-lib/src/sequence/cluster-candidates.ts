import { LONGEST_SEQUENCE, SEED_LENGTH, type Seeds } from './cluster-seeds.ts';

/** A sequence that shares seeds with the one looked up. */
export interface Candidate {
  /** Number that the sequence was added under. */
  readonly sequence: number;
  /** Whether the seeds agree with the reverse complement of the one looked up. */
  readonly reverse: boolean;
  /** Seeds that lie in the band. */
  readonly hits: number;
  /** Smallest and largest place in the sequence minus place in the one looked up. */
  readonly firstDiagonal: number;
  readonly lastDiagonal: number;
  /** The diagonal with most of them. */
  readonly modeDiagonal: number;
}

/** Diagonals that the seeds of one alignment spread over at most. */
const BAND = 64;
const FIRST_ENTRIES = 1 << 12;

/** Looks up which of the sequences added share seeds on neighbouring diagonals with another one. */
export class SeedIndex {
  #codes = new Uint32Array(FIRST_ENTRIES);
  #places = new Uint32Array(FIRST_ENTRIES);
  #sequences = new Uint32Array(FIRST_ENTRIES);
  /** Entry before, of the same bucket, + 1; 0 at the end. */
  #before = new Uint32Array(FIRST_ENTRIES);
  #buckets = new Uint32Array(FIRST_ENTRIES);
  #count = 0;
  #keys = new Float64Array(1 << 10);

  add(sequence: number, { codes, places }: Seeds): void {
    if (this.#count + codes.length > this.#codes.length) this.#grow(this.#count + codes.length);
    for (let i = 0; i < codes.length; i++) {
      const entry = this.#count++;
      this.#codes[entry] = codes[i] as number;
      this.#places[entry] = places[i] as number;
      this.#sequences[entry] = sequence;
      this.#link(entry);
    }
  }

  /**
   * The sequences that share seeds with one, the one with most first.
   *
   * @param length letters of the one looked up
   * @param bothStrands whether its reverse complement is looked up, too
   * @param fewestHits seeds that a sequence must share; Infinity where it is of no interest
   */
  lookUp(
    { codes, places }: Seeds,
    length: number,
    bothStrands: boolean,
    fewestHits: (sequence: number) => number,
  ): Candidate[] {
    const hits = this.#collect(codes, places, length, bothStrands);
    const keys = this.#keys.subarray(0, hits).sort();
    const candidates: Candidate[] = [];
    for (let start = 0; start < hits;) {
      const group = Math.floor((keys[start] as number) / DIAGONALS);
      let end = start + 1;
      while (end < hits && (keys[end] as number) < (group + 1) * DIAGONALS) end++;
      const sequence = Math.floor(group / 2);
      if (end - start >= fewestHits(sequence)) {
        const candidate = densestBand(keys, start, end, group);
        if (candidate.hits >= fewestHits(sequence)) candidates.push(candidate);
      }
      start = end;
    }
    return candidates.sort((a, b) => b.hits - a.hits || a.sequence - b.sequence);
  }

  /** Puts a key for each common seed into `#keys`: sequence, strand, diagonal. @returns how many */
  #collect(codes: Uint32Array, places: Uint32Array, length: number, bothStrands: boolean): number {
    const mask = this.#buckets.length - 1;
    let hits = 0;
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] as number;
      const place = places[i] as number;
      const own = place >>> 1;
      let next = this.#buckets[bucketOf(code) & mask] as number;
      while (next !== 0) {
        const entry = next - 1;
        next = this.#before[entry] as number;
        if (this.#codes[entry] !== code) continue;
        const other = this.#places[entry] as number;
        const reverse = (other ^ place) & 1;
        if (reverse === 1 && !bothStrands) continue;
        const query = reverse === 1 ? length - SEED_LENGTH - own : own;
        const diagonal = (other >>> 1) - query + LONGEST_SEQUENCE;
        if (hits === this.#keys.length) {
          const keys = new Float64Array(2 * hits);
          keys.set(this.#keys);
          this.#keys = keys;
        }
        this.#keys[hits++] =
          ((this.#sequences[entry] as number) * 2 + reverse) * DIAGONALS + diagonal;
      }
    }
    return hits;
  }

  #link(entry: number): void {
    const bucket = bucketOf(this.#codes[entry] as number) & (this.#buckets.length - 1);
    this.#before[entry] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = entry + 1;
  }

  #grow(needed: number): void {
    let size = this.#codes.length;
    while (size < needed) size *= 2;
    const [codes, places, sequences] = [this.#codes, this.#places, this.#sequences];
    this.#codes = new Uint32Array(size);
    this.#codes.set(codes);
    this.#places = new Uint32Array(size);
    this.#places.set(places);
    this.#sequences = new Uint32Array(size);
    this.#sequences.set(sequences);
    this.#before = new Uint32Array(size);
    this.#buckets = new Uint32Array(size);
    for (let entry = 0; entry < this.#count; entry++) this.#link(entry);
  }
}

const DIAGONALS = 2 * LONGEST_SEQUENCE;

function bucketOf(code: number): number {
  const mixed = Math.imul(code ^ (code >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 12)) >>> 0;
}

/** The band of diagonals that holds most of the hits `start` … `end`. */
function densestBand(keys: Float64Array, start: number, end: number, group: number): Candidate {
  let best = 0;
  let from = start;
  let bestFrom = start;
  for (let to = start; to < end; to++) {
    while ((keys[to] as number) - (keys[from] as number) > BAND) from++;
    if (to - from + 1 > best) {
      best = to - from + 1;
      bestFrom = from;
    }
  }
  const base = group * DIAGONALS + LONGEST_SEQUENCE;
  let mode = bestFrom;
  let most = 0;
  for (let at = bestFrom, run = 0; at < bestFrom + best; at++) {
    run = keys[at] === keys[at - 1] && at > bestFrom ? run + 1 : 1;
    if (run > most) {
      most = run;
      mode = at;
    }
  }
  return {
    sequence: Math.floor(group / 2),
    reverse: group % 2 === 1,
    hits: best,
    firstDiagonal: (keys[bestFrom] as number) - base,
    lastDiagonal: (keys[bestFrom + best - 1] as number) - base,
    modeDiagonal: (keys[mode] as number) - base,
  };
}
