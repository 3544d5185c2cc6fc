import { InputError, UsageError } from '../core/errors.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** Sequences to explain: one array of tokens an example, or all of them end to end in one array. */
export type TokenExamples = Uint8Array | readonly Uint8Array[];

/**
 * Splits a flat array of tokens into examples, and checks lengths and tokens.
 *
 * @param length length that every example must have; a scorer's `length`
 * @throws InputError on a wrong length or a token above 4
 */
export function toExamples(length: number, tokens: TokenExamples, where: string): Uint8Array[] {
  const examples: Uint8Array[] = [];
  if (tokens instanceof Uint8Array) {
    if (tokens.length % length !== 0) {
      throw new InputError({
        where,
        found: `${tokens.length} tokens`,
        expected: `a multiple of the model's length, ${length}`,
        fix: 'Give one array of tokens for each sequence to see which one differs.',
      });
    }
    for (let at = 0; at < tokens.length; at += length) {
      examples.push(tokens.subarray(at, at + length));
    }
  } else {
    examples.push(...tokens);
  }
  examples.forEach((example, index) => {
    if (example.length !== length) {
      throw new InputError({
        where: `${where}, sequence ${index}`,
        found: `${example.length} bases`,
        expected: `${length}, the length that the model takes`,
        fix: 'Cut or pad the sequences to the length of the model.',
      });
    }
    const unknown = example.findIndex((token) => token > 4);
    if (unknown >= 0) {
      throw new InputError({
        where: `${where}, sequence ${index}, position ${unknown}`,
        found: `token ${example[unknown] ?? ''}`,
        expected: '0–3 for A, C, G, T or 4 for an unknown base',
        fix: 'Encode text with encodeSequence first.',
      });
    }
  });
  return examples;
}

/** Which row of the model's other inputs each example uses: `rows` or 0 … n−1. */
export function exampleRows(
  count: number,
  rows: readonly number[] | undefined,
  where: string,
): readonly number[] {
  if (rows === undefined) return Array.from({ length: count }, (_, index) => index);
  if (rows.length !== count) {
    throw new UsageError({
      where,
      found: `${rows.length} rows for ${count} sequences`,
      expected: 'one row for each sequence',
    });
  }
  return rows;
}

/** Refuses what is not a whole number of at least `minimum`. */
export function checkCount(value: number, minimum: number, name: string, where: string): void {
  if (!Number.isInteger(value) || value < minimum) {
    throw new UsageError({
      where,
      found: `${name} ${value}`,
      expected: `a whole number of at least ${minimum}`,
    });
  }
}

/** The half-open window `[start, end)` of an option pair, checked against the length. */
export function checkWindow(
  start: number,
  end: number,
  length: number,
  where: string,
): { start: number; end: number } {
  const whole = Number.isInteger(start) && Number.isInteger(end);
  if (!whole || start < 0 || end > length || start >= end) {
    throw new UsageError({
      where,
      found: `window [${start}, ${end})`,
      expected: `0 <= start < end <= ${length} (0-based, end excluded)`,
    });
  }
  return { start, end };
}

/** Writes one example as one-hot, 4 floats a base; an unknown base is a row of zeros. */
export function writeOneHot(tokens: Uint8Array, target: Float32Array, offset: number): void {
  target.fill(0, offset, offset + tokens.length * 4);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? 4;
    if (token < 4) target[offset + i * 4 + token] = 1;
  }
}

/** Scores of all examples by the fast path, in batches. */
export async function scoreExamples(
  scorer: SequenceScorer,
  examples: readonly Uint8Array[],
  rows: readonly number[],
  batchSize: number,
): Promise<Float32Array> {
  const scores = new Float32Array(examples.length);
  for (let first = 0; first < examples.length; first += batchSize) {
    const batch = examples.slice(first, first + batchSize);
    const tokens = new Uint8Array(batch.length * scorer.length);
    batch.forEach((example, index) => {
      tokens.set(example, index * scorer.length);
    });
    scores.set(await scorer.scoreTokens(tokens, rows.slice(first, first + batch.length)), first);
  }
  return scores;
}
