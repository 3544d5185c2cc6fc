import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { Random } from '../core/random.ts';
import { dinucleotideShuffle } from '../sequence/shuffle-sequence.ts';
import type { Attribution } from './attribution.ts';
import { checkCount, writeOneHot } from './examples.ts';

/**
 * What a sequence is compared with: all zeros, 0.25 of each base, or shuffles of the sequence that
 * keep its dinucleotide counts (what Shrikumar et al. 2017 recommend for DNA).
 */
export type ReferenceKind = 'zero' | 'uniform' | 'dinucleotide-shuffle';

/** Options of methods that compare a sequence with references. */
export interface ReferenceOptions {
  /** Default `dinucleotide-shuffle`. */
  readonly reference?: ReferenceKind;
  /** Shuffles an example; default 10. The other references are one each. */
  readonly references?: number;
  /** Seed of the shuffles; default 0. Each depends on seed, row and number alone. */
  readonly seed?: number;
}

/** Option names of `ReferenceOptions`. */
export const referenceOptionNames: readonly string[] = ['reference', 'references', 'seed'];

/** The references of a set of examples. */
export interface References {
  /** References an example. */
  readonly each: number;
  /** Writes one reference as one-hot `[length, 4]` at `offset`. */
  write(example: number, number: number, target: Float32Array, offset: number): void;
}

const kinds: readonly ReferenceKind[] = ['zero', 'uniform', 'dinucleotide-shuffle'];

/** Prepares the references that the options ask for. */
export function makeReferences(
  examples: readonly Uint8Array[],
  rows: readonly number[],
  options: ReferenceOptions,
  where: string,
): References {
  const { reference = 'dinucleotide-shuffle', seed = 0 } = options;
  if (!kinds.includes(reference)) {
    throw new UsageError({
      where,
      found: `unknown reference '${String(reference)}'`,
      fix: suggestion(String(reference), kinds),
    });
  }
  const each = options.references ?? (reference === 'dinucleotide-shuffle' ? 10 : 1);
  checkCount(each, 1, 'references', where);
  if (reference !== 'dinucleotide-shuffle') {
    if (each !== 1) {
      throw new UsageError({
        where,
        found: `references ${each} with reference '${reference}'`,
        expected: '1, because they would all be equal',
        fix: "Use reference: 'dinucleotide-shuffle' for several references.",
      });
    }
    const value = reference === 'zero' ? 0 : 0.25;
    return {
      each,
      write: (example, _number, target, offset) => {
        target.fill(value, offset, offset + (examples[example]?.length ?? 0) * 4);
      },
    };
  }
  return {
    each,
    write: (example, number, target, offset) => {
      const random = new Random(seed).derive(rows[example] ?? example, number);
      const tokens = examples[example] ?? new Uint8Array(0);
      writeOneHot(dinucleotideShuffle(tokens, random), target, offset);
    },
  };
}

/** Multipliers of one pair of an example and a reference, as a method found them. */
export interface PairMultipliers {
  readonly example: number;
  /** `[length, 4]`: contribution a unit of difference from the reference. */
  readonly multipliers: ArrayLike<number>;
  /** The reference, one-hot `[length, 4]`. */
  readonly reference: Float32Array;
  readonly exampleScore: number;
  readonly referenceScore: number;
}

/**
 * Averages pairs into an attribution. The hypothetical contribution of base b is the sum over
 * channels of (one-hot b − reference) × multiplier; that of the base that is there is the
 * contribution itself, so that each pair's contributions sum to the difference of the scores.
 */
export class PairAverage {
  readonly #examples: readonly Uint8Array[];
  readonly #length: number;
  readonly #each: number;
  readonly #scores: Float64Array;
  readonly #contributions: Float64Array;
  readonly #exampleScores: Float32Array;
  readonly #referenceScores: Float64Array;
  readonly #deltas: Float32Array;
  #pairsOff = 0;
  #worst = 0;

  constructor(examples: readonly Uint8Array[], length: number, each: number) {
    this.#examples = examples;
    this.#length = length;
    this.#each = each;
    this.#scores = new Float64Array(examples.length * length * 4);
    this.#contributions = new Float64Array(examples.length * length);
    this.#exampleScores = new Float32Array(examples.length);
    this.#referenceScores = new Float64Array(examples.length);
    this.#deltas = new Float32Array(examples.length);
  }

  add({ example, multipliers, reference, exampleScore, referenceScore }: PairMultipliers): void {
    const tokens = this.#examples[example] ?? new Uint8Array(0);
    let sum = 0;
    for (let i = 0; i < this.#length; i++) {
      const at = example * this.#length + i;
      let ofReference = 0;
      for (let base = 0; base < 4; base++) {
        ofReference += (reference[i * 4 + base] ?? 0) * (multipliers[i * 4 + base] ?? 0);
      }
      for (let base = 0; base < 4; base++) {
        const hypothetical = (multipliers[i * 4 + base] ?? 0) - ofReference;
        this.#scores[at * 4 + base] =
          (this.#scores[at * 4 + base] ?? 0) + hypothetical / this.#each;
      }
      const token = tokens[i] ?? 4;
      const contribution = (token < 4 ? (multipliers[i * 4 + token] ?? 0) : 0) - ofReference;
      sum += contribution;
      this.#contributions[at] = (this.#contributions[at] ?? 0) + contribution / this.#each;
    }
    this.#exampleScores[example] = exampleScore;
    this.#referenceScores[example] =
      (this.#referenceScores[example] ?? 0) + referenceScore / this.#each;
    this.#addDelta(example, sum - (exampleScore - referenceScore), exampleScore, referenceScore);
  }

  #addDelta(example: number, delta: number, score: number, referenceScore: number): void {
    const before = this.#deltas[example] ?? 0;
    if (!(Math.abs(delta) <= Math.abs(before))) this.#deltas[example] = delta;
    const difference = Math.abs(score - referenceScore);
    // Where both scores are nearly equal, float32 rounding alone exceeds a relative bound.
    const rounding = 1e-5 * (Math.abs(score) + Math.abs(referenceScore)) + 1e-6;
    if (Math.abs(delta) > 1e-3 * difference + rounding || Number.isNaN(delta)) {
      this.#pairsOff++;
      this.#worst = Math.max(this.#worst, Math.abs(delta));
    }
  }

  /** @param cause what a large delta means for the method, and what to do */
  finish(method: string, cause: string): Attribution {
    const count = this.#examples.length;
    const pairs = count * this.#each;
    const warnings =
      this.#pairsOff === 0
        ? []
        : [
            `${method}: in ${this.#pairsOff} of ${pairs} pairs of sequence and reference the ` +
              'contributions do not add up to the difference of the scores (largest convergence ' +
              `delta ${this.#worst.toPrecision(3)}). ${cause}`,
          ];
    return {
      method,
      count,
      length: this.#length,
      start: 0,
      end: this.#length,
      scores: Float32Array.from(this.#scores),
      contributions: Float32Array.from(this.#contributions),
      exampleScores: this.#exampleScores,
      deltas: this.#deltas,
      referenceScores: Float32Array.from(this.#referenceScores),
      warnings,
    };
  }
}
