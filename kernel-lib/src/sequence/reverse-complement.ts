import { UsageError } from '../core/errors.ts';
import { DNA } from './alphabet.ts';

/**
 * The other strand, read in its own direction: reversed, A↔T and C↔G exchanged, unknown kept.
 *
 * @param tokens DNA or RNA tokens
 * @throws UsageError for a token above 4 (a protein has no reverse complement)
 *
 * @example
 * decodeTokens(reverseComplement(encodeSequence('AACGN'))); // 'NCGTT'
 */
export function reverseComplement(tokens: Uint8Array): Uint8Array {
  const { length } = tokens;
  const result = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const token = tokens[i] ?? 0;
    if (token > DNA.unknownToken) {
      throw new UsageError({
        where: `reverseComplement, token at position ${String(i)}`,
        found: String(token),
        expected: 'nucleotide tokens 0 to 4',
      });
    }
    result[length - 1 - i] = token === DNA.unknownToken ? token : 3 - token;
  }
  return result;
}
