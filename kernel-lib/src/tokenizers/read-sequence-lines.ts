import type { FileSource } from '../formats/byte-source.ts';
import { streamSequences } from '../formats/stream-sequences.ts';

/** What becomes of small letters, which soft-masked genomes have and vocabularies have not. */
export type LetterCase = 'upper' | 'as-is';

/**
 * The sequences of a file in batches: FASTA, or text with one sequence a line; plain or gzip. A
 * line without letters is an empty sequence.
 *
 * @throws InputError
 */
export async function* readSequenceLines(
  source: FileSource,
  letterCase: LetterCase = 'upper',
): AsyncGenerator<readonly string[], void, undefined> {
  const cased = (text: string): string => (letterCase === 'upper' ? text.toUpperCase() : text);
  for await (const batch of streamSequences(source)) {
    yield batch.map(({ sequence }) => cased(sequence));
  }
}
