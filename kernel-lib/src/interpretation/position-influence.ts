import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { Random } from '../core/random.ts';
import { kmerFlip, type KmerFlip } from '../datasets/kmer-flip.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { checkCount } from './examples.ts';
import { encodeRows, requireOutputValues, sequenceText, tokenModel } from './token-model.ts';
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
}

const where = 'influence by position';
const optionNames = ['ks', 'repeats', 'seed', 'downstream', 'batchSize', 'signal', 'progress'];

/** Sequences whose changes are predicted together, so that batches are full. */
const TOGETHER = 16;

/**
 * Replaces random k-mers by others at random places and predicts again (the perturbation by which
 * Levy et al. 2022 ask where in a promoter FloraBERT looks). Every place of a sequence is equally
 * likely, and the new k-mer always differs from the old one.
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
  const { signal, progress } = options;
  const downstream = options.downstream ?? predictor.config.window?.downstream ?? 0;
  for (const k of ks) checkCount(k, 1, 'k', where);
  checkCount(repeats, 1, 'repeats', where);
  checkCount(batchSize, 1, 'batchSize', where);
  checkCount(downstream, 0, 'downstream', where);
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
  for (let first = 0; first < sequences.length; first += TOGETHER) {
    throwIfAborted(signal, where);
    const texts = sequences.slice(first, first + TOGETHER).map(sequenceText);
    const before = found.length;
    texts.forEach((text, i) => {
      const random = new Random(seed).derive(first + i);
      for (const k of ks) {
        if (k > text.length) continue;
        for (let repeat = 0; repeat < repeats; repeat++) {
          const flip = differentFlip(text, k, random);
          const distance = text.length - downstream - (flip.index + (k - 1) / 2);
          found.push({ sequence: first + i, k, distance, flip });
        }
      }
    });
    const own = found.slice(before);
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
  };
}

/** A substitution that changes something: a k-mer of one letter would else be kept in a quarter. */
function differentFlip(text: string, k: number, random: Random): KmerFlip {
  for (;;) {
    const flip = kmerFlip(text, { k, random });
    if (flip.from !== flip.to) return flip;
  }
}
