import { DNA, type Alphabet } from './alphabet.ts';

/**
 * Fraction of G and C among the known bases (0 … 1); NaN where no base is known.
 *
 * @example
 * gcContent(encodeSequence('GCAN')); // 2 / 3
 */
export function gcContent(tokens: Uint8Array): number {
  let known = 0;
  let gc = 0;
  for (const token of tokens) {
    if (token >= DNA.unknownToken) continue;
    known++;
    if (token === 1 || token === 2) gc++;
  }
  return known === 0 ? NaN : gc / known;
}

/** How many tokens are unknown. */
export function countUnknown(
  tokens: Uint8Array,
  options: { readonly alphabet?: Alphabet } = {},
): number {
  const { unknownToken } = options.alphabet ?? DNA;
  let count = 0;
  for (const token of tokens) if (token >= unknownToken) count++;
  return count;
}
