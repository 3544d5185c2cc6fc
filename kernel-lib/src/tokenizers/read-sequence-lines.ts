import { streamFasta } from '../formats/fasta-records.ts';
import type { FileSource } from '../formats/byte-source.ts';
import { streamBytes } from '../formats/read-bytes.ts';
import { streamLines } from '../formats/stream-lines.ts';

/** What becomes of small letters, which soft-masked genomes have and vocabularies have not. */
export type LetterCase = 'upper' | 'as-is';

/** Sequences read in one go. */
const BATCH = 256;

const GREATER_THAN = 62;

/** Whether a file, decompressed, begins as FASTA does. */
async function isFasta(source: FileSource): Promise<boolean> {
  for await (const bytes of streamBytes(source))
    if (bytes.length > 0) return bytes[0] === GREATER_THAN;
  return false;
}

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
  if (!(await isFasta(source))) {
    for await (const { lines } of streamLines(source)) yield lines.map(cased);
    return;
  }
  let batch: string[] = [];
  for await (const { sequence } of streamFasta(source)) {
    batch.push(cased(sequence));
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
