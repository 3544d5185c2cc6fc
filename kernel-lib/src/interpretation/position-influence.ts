import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { Random } from '../core/random.ts';
import { kmerFlip, type KmerFlip } from '../datasets/kmer-flip.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { checkCount } from './examples.ts';
import {
  encodeRows,
  requireOutputValues,
  sequenceText,
  tokeniseSequences,
  tokenModel,
  type TokenisedSequence,
} from './token-model.ts';
import { predictTokenRows } from './token-predictions.ts';

/** Options of `substituteKmers`. */
export interface SubstituteKmersOptions extends LongWorkOptions {
  /** Lengths of the k-mers that are replaced. Default 1 to 6. */
  readonly ks?: readonly number[];
  /** Substitutions of each length in each sequence. Default 10. */
  readonly repeats?: number;
  /** Equal seeds give equal substitutions, whatever the other sequences are. Default 0. */
  readonly seed?: number;
  /**
   * Letters at the end of each sequence that lie behind the transcription start site. Default: what
   * the model says of its window, else 0, the site being right behind the last letter.
   */
  readonly downstream?: number;
  /**
   * Only letters up to this distance upstream of the site are changed (and those behind it). Give the
   * letters that the model sees where sequences are longer. Default: all letters.
   */
  readonly upstream?: number;
  /** Rows of tokens that enter the model at once. Default 32. */
  readonly batchSize?: number;
}

/** Random substitutions of k-mers and what they changed, one entry each. */
export interface KmerSubstitutions {
  readonly outputs: readonly string[];
  /** Sequences that were changed; too short ones have no substitutions. */
  readonly sequences: number;
  readonly count: number;
  /** `[count]`: index of the sequence. */
  readonly sequence: Int32Array;
  /** `[count]`: length of the k-mer. */
  readonly k: Uint8Array;
  /** `[count]`: first letter of the k-mer (0-based). */
  readonly position: Int32Array;
  /**
   * `[count]`: letters from the middle of the k-mer to the transcription start site: 1 for the last
   * letter in front of it, growing upstream; 0 and below behind it.
   */
  readonly distance: Float32Array;
  /** `[count]`: what was there, and what was put there; they differ. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** `[count, outputs]`: prediction after minus before. */
  readonly effects: Float32Array;
  /** What the reader should know before trusting the numbers. */
  readonly warnings: readonly string[];
}

const where = 'influence by position';
const optionNames = [
  ...['ks', 'repeats', 'seed', 'downstream', 'upstream', 'batchSize', 'signal', 'progress'],
];

/** Sequences whose changes are predicted together, so that batches are full. */
const TOGETHER = 16;

/**
 * Replaces random k-mers by others at random places and predicts again (the perturbation by which
 * Levy et al. 2022 ask where in a promoter FloraBERT looks). Every place of a sequence, or of its last
 * `upstream` letters, is equally likely, and the new k-mer always differs from the old one. Letters
 * that the model does not see, because the sequence has more tokens than it takes, have no effect;
 * `warnings` says how many substitutions that concerns.
 *
 * @throws UsageError for a model that reads bases or predicts no values, or a bad option;
 *   InterruptedError when aborted
 * @example
 * const substitutions = await substituteKmers(model, promoters, { repeats: 20, seed: 1 });
 * const influence = await positionInfluence(substitutions);
 */
export async function substituteKmers(
  predictor: Predictor,
  sequences: readonly SequenceLike[],
  options: SubstituteKmersOptions = {},
): Promise<KmerSubstitutions> {
  checkOptionNames(options, optionNames, where);
  const { ks = [1, 2, 3, 4, 5, 6], repeats = 10, seed = 0, batchSize = 32 } = options;
  const { upstream, signal, progress } = options;
  const downstream = options.downstream ?? predictor.config.window?.downstream ?? 0;
  for (const k of ks) checkCount(k, 1, 'k', where);
  checkCount(repeats, 1, 'repeats', where);
  checkCount(batchSize, 1, 'batchSize', where);
  checkCount(downstream, 0, 'downstream', where);
  if (upstream !== undefined) checkCount(upstream, Math.max(1, ...ks), 'upstream', where);
  const stretch = upstream === undefined ? undefined : upstream + downstream;
  tokenModel(predictor, where);
  requireOutputValues(predictor, where);
  if (ks.length === 0 || sequences.length === 0) {
    throw new UsageError({
      where,
      found: ks.length === 0 ? 'no k' : 'no sequences',
      expected: 'at least one',
    });
  }
  const { outputs } = predictor;
  const found: { sequence: number; k: number; distance: number; flip: KmerFlip }[] = [];
  const effects: Float32Array[] = [];
  const seen = new SeenLetters(downstream);
  for (let first = 0; first < sequences.length; first += TOGETHER) {
    throwIfAborted(signal, where);
    const texts = sequences.slice(first, first + TOGETHER).map(sequenceText);
    const before = found.length;
    texts.forEach((text, i) => {
      const random = new Random(seed).derive(first + i);
      for (const k of ks) {
        if (k > text.length) continue;
        for (let repeat = 0; repeat < repeats; repeat++) {
          const flip = differentFlip(text, k, random, stretch);
          const distance = text.length - downstream - (flip.index + (k - 1) / 2);
          found.push({ sequence: first + i, k, distance, flip });
        }
      }
    });
    const own = found.slice(before);
    const tokens = tokeniseSequences(predictor, texts, where);
    for (const { sequence, k, flip } of own) seen.add(tokens[sequence - first], flip.index, k);
    const changed = own.map(({ flip }) => flip.sequence);
    const rows = encodeRows(predictor, [...texts, ...changed], where);
    const { values } = await predictTokenRows(predictor, rows, { batchSize, signal, where });
    own.forEach(({ sequence }, i) => {
      const change = new Float32Array(outputs.length);
      for (let output = 0; output < outputs.length; output++) {
        const after = values[(texts.length + i) * outputs.length + output] ?? NaN;
        change[output] = after - (values[(sequence - first) * outputs.length + output] ?? NaN);
      }
      effects.push(change);
    });
    progress?.({
      task: where,
      done: first + texts.length,
      total: sequences.length,
      unit: 'sequences',
    });
  }
  const count = found.length;
  if (count === 0) {
    throw new UsageError({
      where,
      found: 'sequences shorter than every k',
      expected: 'at least one that a k-mer fits into',
    });
  }
  const all = new Float32Array(count * outputs.length);
  effects.forEach((change, i) => {
    all.set(change, i * outputs.length);
  });
  return {
    outputs,
    sequences: sequences.length,
    count,
    sequence: Int32Array.from(found, ({ sequence }) => sequence),
    k: Uint8Array.from(found, ({ k }) => k),
    position: Int32Array.from(found, ({ flip }) => flip.index),
    distance: Float32Array.from(found, ({ distance }) => distance),
    from: found.map(({ flip }) => flip.from),
    to: found.map(({ flip }) => flip.to),
    effects: all,
    warnings: seen.warnings(),
  };
}

/** Counts the substitutions that the model cannot see. */
class SeenLetters {
  readonly #downstream: number;
  #substitutions = 0;
  #unseen = 0;
  /** The least distance upstream up to which every letter of some sequence is seen. */
  #reach = Infinity;

  constructor(downstream: number) {
    this.#downstream = downstream;
  }

  add(own: TokenisedSequence | undefined, index: number, k: number): void {
    this.#substitutions++;
    if (own === undefined || own.lettersSeen === own.text.length) return;
    let [first, last] = [Infinity, 0];
    for (let entry = own.start; entry < own.end; entry++) {
      const [start = 0, end = 0] = own.offsets.subarray(2 * entry, 2 * entry + 2);
      if (end > start) [first, last] = [Math.min(first, start), Math.max(last, end)];
    }
    if (index + k <= first || index >= last) this.#unseen++;
    const isSiteSeen = last === own.text.length;
    const reach = isSiteSeen ? own.text.length - this.#downstream - first : 0;
    this.#reach = Math.min(this.#reach, Math.max(0, reach));
  }

  warnings(): string[] {
    if (this.#unseen === 0) return [];
    const share = Math.ceil((100 * this.#unseen) / this.#substitutions);
    const fix = this.#reach > 0 ? `: give upstream, ${String(this.#reach)} or less` : '';
    return [
      `${String(share)} % of the substitutions lie beyond the tokens that the model takes and have no effect, so that what it sees gets a larger share${fix}`,
    ];
  }
}

/** A substitution that changes something: a k-mer of one letter would else be kept in a quarter. */
function differentFlip(
  text: string,
  k: number,
  random: Random,
  stretch: number | undefined,
): KmerFlip {
  // A bucket takes a draw of its own, which a stretch as long as the sequence need not have.
  const buckets =
    stretch === undefined || stretch >= text.length ? {} : { buckets: [[0, stretch] as const] };
  for (;;) {
    const flip = kmerFlip(text, { k, random, countFrom: 'tss', ...buckets });
    if (flip.from !== flip.to) return flip;
  }
}
