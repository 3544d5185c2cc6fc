import { createHash } from 'node:crypto';
import { reverseComplement } from './reverse-complement.ts';

/**
 * The first 128 bits of SHA-256 of a sequence, as text: equal for equal sequences, and for no others
 * that anybody will meet. Tokens have no case, so that lower-case letters count as equal.
 */
export function sequenceDigest(tokens: Uint8Array): string {
  return createHash('sha256').update(tokens).digest('binary').slice(0, 16);
}

/**
 * The first sequence that is equal to each one, or to its reverse complement.
 *
 * @param pause is awaited now and then
 * @returns index of the first equal sequence for each sequence
 */
export async function groupEqualSequences(
  sequences: readonly Uint8Array[],
  bothStrands: boolean,
  pause: (done: number) => Promise<void>,
): Promise<Uint32Array> {
  const firsts = new Map<string, number>();
  const groupOf = new Uint32Array(sequences.length);
  for (const [index, tokens] of sequences.entries()) {
    const own = sequenceDigest(tokens);
    const other = bothStrands ? sequenceDigest(reverseComplement(tokens)) : own;
    const digest = other < own ? other : own;
    const first = firsts.get(digest) ?? index;
    firsts.set(digest, first);
    groupOf[index] = first;
    await pause(0);
  }
  return groupOf;
}
