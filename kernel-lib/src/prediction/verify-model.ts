import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { decodeTokens } from '../sequence/encode-sequence.ts';
import type { SequenceLike } from './encode-inputs.ts';
import { MODEL_FILES } from './model-folder.ts';
import { Predictor, type Predictions } from './predictor.ts';

const inputSchema = z.strictObject({
  names: z.array(z.string()),
  sequences: z.array(z.string()).min(1),
  features: z.record(z.string(), z.array(z.number().nullable())),
});

const expectedSchema = z.strictObject({
  outputs: z.array(z.string()),
  values: z.array(z.array(z.number())),
  tolerance: z.number().positive(),
});

/** Result of running a model folder's example again. */
export interface ModelVerification {
  /** Number of example sequences. */
  readonly examples: number;
  /** Largest absolute difference from the expected output. */
  readonly largestDifference: number;
  /** What is allowed, absolute. */
  readonly tolerance: number;
}

/** Examples that are written beside a model. */
export interface ModelExample {
  readonly names: readonly string[];
  readonly sequences: readonly SequenceLike[];
  /** Raw feature columns, NaN where missing. */
  readonly features?: Readonly<Record<string, ArrayLike<number>>>;
}

/** What a model gives for an example: its predictions, or vectors where it predicts no values. */
async function outputOf(model: Predictor, example: ModelExample): Promise<Predictions> {
  const { names, sequences, features } = example;
  if (model.predictsValues) {
    return model.predict(sequences, {
      ...(model.features.length === 0 || features === undefined ? {} : { features }),
      names,
    });
  }
  const { rows, size, values } = await model.embed(sequences);
  const outputs = Array.from({ length: size }, (_, index) => `hidden_${String(index)}`);
  return { outputs, rows, values };
}

/**
 * Writes an example input and what the model in the folder predicts for it, so that whoever
 * receives the folder can check that it computes the same.
 */
export async function writeModelExample(folder: string, example: ModelExample): Promise<void> {
  const model = await Predictor.load(folder);
  try {
    const features = example.features ?? {};
    const { outputs, rows, values } = await outputOf(model, { ...example, features });
    const input = {
      names: example.names,
      sequences: example.sequences.map((sequence) =>
        typeof sequence === 'string' ? sequence : decodeTokens(sequence),
      ),
      features: Object.fromEntries(
        Object.entries(features).map(([name, column]) => [
          name,
          Array.from(column, (value) => (Number.isNaN(value) ? null : value)),
        ]),
      ),
    };
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-3);
    const expected = {
      outputs,
      values: Array.from({ length: rows }, (_, row) =>
        Array.from(values.subarray(row * outputs.length, (row + 1) * outputs.length)),
      ),
      tolerance: Number((scale * 1e-4).toPrecision(3)),
    };
    await writeFileAtomically(
      path.join(folder, MODEL_FILES.exampleInput),
      `${JSON.stringify(input, null, 1)}\n`,
    );
    await writeFileAtomically(
      path.join(folder, MODEL_FILES.exampleOutput),
      `${JSON.stringify(expected, null, 1)}\n`,
    );
  } finally {
    model.dispose();
  }
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new InputError(
      {
        where: file,
        found: 'the file is missing',
        expected: 'the example that model folders carry',
        fix: 'Ask the author of the model to publish it again with its example.',
      },
      { cause },
    );
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const found =
      cause instanceof z.ZodError
        ? `${cause.issues[0]?.path.join('.') ?? ''}: ${cause.issues[0]?.message ?? ''}`
        : (cause as Error).message;
    throw new InputError({ where: file, found }, { cause });
  }
}

/**
 * Runs the example of a model folder again and compares with what its author got.
 *
 * @throws InputError when the example is missing or the predictions differ by more than allowed
 */
export async function verifyModel(folder: string): Promise<ModelVerification> {
  const model = await Predictor.load(folder);
  try {
    const input = await readJson(path.join(folder, MODEL_FILES.exampleInput), inputSchema);
    const expectedFile = path.join(folder, MODEL_FILES.exampleOutput);
    const expected = await readJson(expectedFile, expectedSchema);
    const features = Object.fromEntries(
      Object.entries(input.features).map(([name, column]) => [
        name,
        column.map((value) => value ?? NaN),
      ]),
    );
    const { values, outputs } = await outputOf(model, { ...input, features });
    if (expected.values.length * outputs.length !== values.length) {
      throw new InputError({
        where: expectedFile,
        found: `${expected.values.length} rows`,
        expected: `${input.sequences.length}, one a sequence of the example`,
      });
    }
    let largestDifference = 0;
    for (const [index, value] of expected.values.flat().entries()) {
      const difference = Math.abs(value - (values[index] ?? NaN));
      largestDifference = difference <= largestDifference ? largestDifference : difference;
    }
    if (!(largestDifference <= expected.tolerance)) {
      throw new InputError({
        where: folder,
        found: `predictions that differ from the expected ones by up to ${largestDifference}`,
        expected: `at most ${expected.tolerance}`,
        fix: 'The weights are damaged or were made for another version: pull the model again.',
      });
    }
    return {
      examples: input.sequences.length,
      largestDifference,
      tolerance: expected.tolerance,
    };
  } finally {
    model.dispose();
  }
}
