import type { Embeddings } from '../prediction/predictor.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import { encodeSequence } from '../sequence/encode-sequence.ts';
import { kmerCounts } from '../sequence/kmers.ts';
import { sequenceText } from './token-model.ts';

/**
 * k-mer composition: the share of each k-mer among those of a sequence. The baseline for embeddings:
 * what it tells apart, a model need not have learnt anything for.
 *
 * @param k length of the k-mers, 1 to 8. Default 1: shares of A, C, G and T
 * @returns `sequences × 4^k`; zeros for a sequence without any k-mer of A, C, G and T
 */
export function kmerComposition(sequences: readonly SequenceLike[], k = 1): Embeddings {
  const size = 4 ** k;
  const values = new Float32Array(sequences.length * size);
  sequences.forEach((sequence, row) => {
    const counts = kmerCounts(encodeSequence(sequenceText(sequence), { onInvalid: 'unknown' }), {
      k,
    });
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total > 0)
      values.set(
        counts.map((count) => count / total),
        row * size,
      );
  });
  return { rows: sequences.length, size, values };
}
