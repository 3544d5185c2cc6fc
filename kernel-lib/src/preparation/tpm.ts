import { InputError } from '../core/errors.ts';

/**
 * Transcripts per million: `count / length / Σ(count / length) · 10⁶` (Wagner, Kin and Lynch 2012,
 * Theory in Biosciences 131:281). The values of a sample add up to a million. What divides by the
 * counts alone is reads per kilobase and million (RPKM), another unit.
 *
 * @param counts reads or read pairs of each gene
 * @param lengths exon bases of each gene
 * @param where the sample, for messages
 * @throws InputError for counts below 0 or infinite, lengths that are not above 0, lists of different
 *   size, and a sample without a single read on a gene
 * @example
 * transcriptsPerMillion([10, 20], [1000, 4000]); // [666666.7, 333333.3]
 */
export function transcriptsPerMillion(
  counts: ArrayLike<number>,
  lengths: ArrayLike<number>,
  where = 'TPM',
): Float64Array {
  if (counts.length !== lengths.length) {
    throw new InputError({
      where,
      found: `${String(counts.length)} counts and ${String(lengths.length)} lengths`,
      expected: 'one length for each count',
    });
  }
  const rates = Float64Array.from({ length: counts.length }, (_, gene) => {
    const [count, length] = [counts[gene] ?? NaN, lengths[gene] ?? NaN];
    if (!(count >= 0 && count < Infinity)) {
      throw new InputError({
        where: `${where}, gene ${String(gene)} (from 0)`,
        found: `a count of ${String(count)}`,
        expected: 'a number from 0',
      });
    }
    if (!(length > 0 && length < Infinity)) {
      throw new InputError({
        where: `${where}, gene ${String(gene)} (from 0)`,
        found: `a length of ${String(length)}`,
        expected: 'a number above 0',
      });
    }
    return count / length;
  });
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  if (total === 0) {
    throw new InputError({
      where,
      found: 'no read on any gene',
      expected: 'at least one, for TPM are shares of a total',
      fix: 'Check that genome, annotation and reads belong together.',
    });
  }
  return rates.map((rate) => (rate / total) * 1e6);
}
