import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { StandardScaler, type FeatureColumns } from '../datasets/standard-scaler.ts';
import { transformNumber } from '../datasets/target-transform.ts';
import { encodeSequence } from '../sequence/encode-sequence.ts';
import type { ModelConfig } from './model-config.ts';

/** A sequence as text or as tokens. */
export type SequenceLike = string | Uint8Array;

/**
 * Tokens of sequences, one after the other.
 *
 * @param names what to call each sequence in an error
 * @returns `sequences × length` tokens
 * @throws InputError when a sequence has not the model's length
 */
export function encodeSequences(
  sequences: readonly SequenceLike[],
  length: number,
  names?: readonly string[],
): Uint8Array {
  const tokens = new Uint8Array(sequences.length * length);
  for (const [index, sequence] of sequences.entries()) {
    const where = `sequence ${names?.[index] === undefined ? index + 1 : `'${names[index]}'`}`;
    if (sequence.length !== length) {
      throw new InputError({
        where,
        found: `${sequence.length} bases`,
        expected: `${length}, the window of the model`,
        fix: 'Cut the window around the transcription start site that config.json names.',
      });
    }
    tokens.set(
      typeof sequence === 'string' ? encodeSequence(sequence, { where }) : sequence,
      index * length,
    );
  }
  return tokens;
}

/** Names of the raw columns that an input of features is made of, in order. */
export function featureColumns(config: ModelConfig, input: string): string[] {
  const columns = config.preprocessing.features?.[input]?.columns.map(({ column }) => column);
  if (columns !== undefined) return columns;
  const names = config.architecture['features'];
  return Array.isArray(names) ? names.map(String) : [];
}

/** What to do where an input that the model has is not given. */
export type MissingInputs = 'error' | 'mean';

/**
 * Scales raw feature columns as the model's training data were; without a saved scaler the values
 * are taken as they are (imported models: z-scored by their authors).
 *
 * @param columns raw values by column name, NaN where missing; undefined if the call has none
 * @param rows number of examples
 * @param missing `mean` takes the training mean (0 after scaling) for columns that are not given
 * @returns `rows × columns` scaled values
 */
export function encodeFeatures(
  config: ModelConfig,
  input: string,
  columns: FeatureColumns | undefined,
  rows: number,
  missing: MissingInputs,
): Float32Array {
  const names = featureColumns(config, input);
  const steps = config.preprocessing.features?.[input];
  for (const name of Object.keys(columns ?? {})) {
    if (!names.includes(name)) {
      throw new UsageError({
        where: `features of input '${input}'`,
        found: `column '${name}', which the model does not take`,
        fix: suggestion(name, names),
      });
    }
  }
  const raw: Record<string, ArrayLike<number>> = {};
  for (const [index, name] of names.entries()) {
    const values = columns?.[name];
    if (values === undefined) {
      if (missing === 'error') {
        throw new InputError({
          where: `features of input '${input}'`,
          found: `no column '${name}'`,
          expected: `the columns ${names.join(', ')}`,
          fix: "Give them, or take the training mean for what is missing: --missing-inputs mean, in code missingInputs: 'mean'.",
        });
      }
      raw[name] = new Float64Array(rows).fill(NaN);
      continue;
    }
    if (values.length !== rows) {
      throw new UsageError({
        where: `feature column '${name}'`,
        found: `${values.length} values`,
        expected: `${rows}, one a sequence`,
      });
    }
    const step = steps?.columns[index];
    raw[name] =
      step === undefined
        ? values
        : Float64Array.from(values, (value, row) =>
            transformNumber(
              Number.isNaN(value) && step.missing === 'zero' ? 0 : value,
              step.transform,
              step.pseudocount,
              `feature '${name}', row ${row + 1}`,
            ),
          );
  }
  if (steps !== undefined) return StandardScaler.fromJSON(steps.scaler).transform(raw);
  const plain = new Float32Array(rows * names.length);
  for (const [column, name] of names.entries()) {
    for (let row = 0; row < rows; row++) {
      const value = raw[name]?.[row] ?? NaN;
      plain[row * names.length + column] = Number.isNaN(value) ? 0 : value;
    }
  }
  return plain;
}
