import { createHash } from 'node:crypto';
import { UsageError } from '../core/errors.ts';
import type { Sequences } from './masked-language-dataset.ts';

/** Sequences to train on, and those that are kept apart. */
export interface ContentSplit {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

/**
 * Keeps a share of sequences apart by what they are: a sequence goes where a hash of its letters
 * says, so that equal sequences stay on one side, and a corpus that grows keeps its split.
 *
 * @param share of the distinct sequences, above 0 and below 1, that is kept for validation
 * @throws UsageError when one of the sides is empty
 */
export function splitByContent(
  sequences: Sequences,
  { share, seed = 1 }: { readonly share: number; readonly seed?: number },
): ContentSplit {
  const train: number[] = [];
  const validation: number[] = [];
  for (let index = 0; index < sequences.length; index++) {
    const digest = createHash('sha1')
      .update(`${String(seed)}:${sequences.sequence(index)}`)
      .digest();
    (digest.readUInt32BE(0) / 2 ** 32 < share ? validation : train).push(index);
  }
  if (train.length === 0 || validation.length === 0) {
    throw new UsageError({
      where: 'split of the sequences',
      found: `${String(train.length)} to train on, ${String(validation.length)} to validate on`,
      expected: 'some on both sides',
      fix: 'Change the share or the seed, or name files for validation.',
    });
  }
  return { train: Uint32Array.from(train), validation: Uint32Array.from(validation) };
}

/** Some of the sequences, in the given order. */
export function someSequences(sequences: Sequences, rows: Uint32Array): Sequences {
  const row = (index: number): number => rows[index] ?? 0;
  return {
    length: rows.length,
    sequence: (index) => sequences.sequence(row(index)),
    id: (index) => sequences.id(row(index)),
  };
}
