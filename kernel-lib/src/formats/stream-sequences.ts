import type { FileSource } from './byte-source.ts';
import { streamFasta } from './fasta-records.ts';
import { streamBytes } from './read-bytes.ts';
import { streamLines } from './stream-lines.ts';

/** A sequence of a text file. */
export interface TextSequence {
  /** Of FASTA the name of the record, else `line-N`. */
  readonly name: string;
  /** Number of its record or line, from 1. */
  readonly number: number;
  /** Where messages say that it stands: `record 'NAME'` or `line N`. */
  readonly place: string;
  /** Its letters as they are; empty for an empty line. */
  readonly sequence: string;
}

/** Records of FASTA that are handed out in one go. */
const BATCH = 256;

const GREATER_THAN = 62;
const SPACE = 32;

/** Whether the first letter of a file, decompressed, is that of FASTA. */
export async function isFasta(source: FileSource): Promise<boolean> {
  for await (const bytes of streamBytes(source)) {
    const first = bytes.find((byte) => byte > SPACE);
    if (first !== undefined) return first === GREATER_THAN;
  }
  return false;
}

/**
 * The sequences of a file in batches: FASTA, or text with one a line; plain or gzip.
 *
 * @throws InputError
 */
export async function* streamSequences(
  source: FileSource,
): AsyncGenerator<readonly TextSequence[], void, undefined> {
  if (!(await isFasta(source))) {
    for await (const { firstLine, lines } of streamLines(source)) {
      yield lines.map((sequence, index) => {
        const number = firstLine + index;
        const text = String(number);
        return { name: `line-${text}`, number, place: `line ${text}`, sequence };
      });
    }
    return;
  }
  let batch: TextSequence[] = [];
  let number = 0;
  for await (const { name, sequence } of streamFasta(source)) {
    number += 1;
    batch.push({ name, number, place: `record '${name}'`, sequence });
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
