import type { TokenisedSequence } from './token-model.ts';

/**
 * Values of tokens given to the letters that they stand for: each token's value in equal parts, so
 * that the letters of a sequence sum to what its tokens sum to. Where tokens overlap, as overlapping
 * k-mers do, a letter has the parts of all of them.
 *
 * @param values one for each entry of `ids`
 * @returns one value a letter; 0 for letters in no token
 */
export function spreadOverLetters(
  { text, ids, offsets }: Pick<TokenisedSequence, 'text' | 'ids' | 'offsets'>,
  values: ArrayLike<number>,
): Float32Array {
  const sums = new Float64Array(text.length);
  for (let entry = 0; entry < ids.length; entry++) {
    const [start = 0, end = 0] = [offsets[2 * entry], offsets[2 * entry + 1]];
    if (end <= start) continue;
    const share = (values[entry] ?? 0) / (end - start);
    for (let letter = start; letter < end; letter++) {
      sums[letter] = (sums[letter] ?? 0) + share;
    }
  }
  return Float32Array.from(sums);
}
