import { UsageError } from '../core/errors.ts';
import { DNA, type Alphabet } from './alphabet.ts';

/**
 * Moves a sequence within its window; what leaves the window is lost, vacated positions are
 * unknown.
 *
 * @param offset positions towards the 3' end; negative: towards the 5' end
 * @returns tokens of the same length
 *
 * @example
 * decodeTokens(shiftTokens(encodeSequence('ACGT'), 1)); // 'NACG'
 */
export function shiftTokens(
  tokens: Uint8Array,
  offset: number,
  options: { readonly alphabet?: Alphabet } = {},
): Uint8Array {
  if (!Number.isInteger(offset)) {
    throw new UsageError({
      where: 'shiftTokens, offset',
      found: String(offset),
      expected: 'a whole number of positions',
    });
  }
  const { alphabet = DNA } = options;
  const result = new Uint8Array(tokens.length).fill(alphabet.unknownToken);
  if (Math.abs(offset) >= tokens.length) return result;
  if (offset >= 0) result.set(tokens.subarray(0, tokens.length - offset), offset);
  else result.set(tokens.subarray(-offset), 0);
  return result;
}
