import * as tf from '@tensorflow/tfjs-core';
import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Random } from '../core/random.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import type { Dataset, Example, ExampleInput } from './dataset.ts';

/** A batch of examples as tensors. Whoever asked for it gives it to `disposeBatch`. */
export interface Batch {
  /** One tensor an input, in the order of the names asked for: int32 tokens, float32 features. */
  readonly inputs: tf.Tensor[];
  /** float32 `[batch, targets]`; undefined where the examples have no target. */
  readonly targets: tf.Tensor2D | undefined;
  /** float32 `[batch]`; undefined where no example of the batch has a weight. */
  readonly weights: tf.Tensor1D | undefined;
  /** The sum of the examples' weights: the batch size where there are none. */
  readonly totalWeight: number;
  /** The examples' indices in the dataset. */
  readonly indices: Uint32Array;
}

/** How a dataset is cut into batches. */
export interface BatchOptions {
  /** Examples a batch. */
  readonly size: number;
  /** Indices of the examples in the order in which they come; all in their order by default. */
  readonly order?: Uint32Array;
  /**
   * Switches augmentation on. Example `i` draws from `random.derive(i)` only, so that what it
   * draws depends neither on the batch size nor on where the loop began.
   */
  readonly random?: Random;
  /** Leaves out a last batch that is not full (default false). */
  readonly dropLast?: boolean;
  /**
   * Batches that are read ahead while the caller works on one, of a dataset that reads from a disk
   * (see `Dataset.examples`). The batches are the same whatever the number. Default 1.
   */
  readonly prefetch?: number;
  /** The inputs wanted and their order; all in the dataset's order by default. */
  readonly inputNames?: readonly string[];
}

/**
 * Cuts a dataset into batches of tensors.
 *
 * @throws UsageError when the size is no positive whole number or an input is not known
 * @throws InputError when an example has not the shape that the dataset tells
 * @example
 * for await (const batch of batches(dataset, { size: 32 })) {
 *   // … use batch.inputs and batch.targets
 *   disposeBatch(batch);
 * }
 */
export async function* batches(
  dataset: Dataset,
  {
    size,
    order,
    random,
    dropLast = false,
    prefetch = 1,
    inputNames = Object.keys(dataset.inputs),
  }: BatchOptions,
): AsyncGenerator<Batch, void, undefined> {
  checkWholeNumber(size, 'batches, size', 1);
  checkWholeNumber(prefetch, 'batches, prefetch', 0);
  const inputs = inputNames.map((name) => ({ name, input: knownInput(dataset, name) }));
  const length = order?.length ?? dataset.length;
  const end = dropLast ? length - (length % size) : length;
  const reading: Reading[] = [];
  let next = 0;
  const readNext = () => {
    const indices = new Uint32Array(Math.min(size, end - next));
    for (let i = 0; i < indices.length; i++) indices[i] = order?.[next + i] ?? next + i;
    const examples = readExamples(dataset, indices, random);
    // An error is thrown where the batch is wanted, or never where the caller stops before.
    if (examples instanceof Promise) examples.catch(() => undefined);
    reading.push({ indices, examples });
    next += size;
  };
  // Examples that are made at once gain nothing by being made early.
  const ahead = dataset.examples === undefined ? 0 : prefetch;
  while (next < end || reading.length > 0) {
    while (next < end && reading.length <= ahead) readNext();
    const current = reading.shift();
    if (current !== undefined) yield makeBatch(inputs, current.indices, await current.examples);
  }
}

/** A batch whose examples are being read. Tensors are made when it is wanted, so that none is lost. */
interface Reading {
  readonly indices: Uint32Array;
  readonly examples: Example[] | Promise<Example[]>;
}

function readExamples(
  dataset: Dataset,
  indices: Uint32Array,
  random: Random | undefined,
): Example[] | Promise<Example[]> {
  return dataset.examples === undefined
    ? Array.from(indices, (index) => dataset.example(index, random?.derive(index)))
    : dataset.examples(indices, random);
}

/** Frees the tensors of a batch. */
export function disposeBatch({ inputs, targets, weights }: Batch): void {
  tf.dispose(inputs);
  targets?.dispose();
  weights?.dispose();
}

interface NamedInput {
  readonly name: string;
  readonly input: ExampleInput;
}

function knownInput(dataset: Dataset, name: string): ExampleInput {
  const input = dataset.inputs[name];
  if (input !== undefined) return input;
  throw new UsageError({
    where: 'batches',
    found: `the dataset has no input '${name}'`,
    fix: suggestion(name, Object.keys(dataset.inputs)),
  });
}

function makeBatch(
  inputs: readonly NamedInput[],
  indices: Uint32Array,
  examples: readonly Example[],
): Batch {
  const targetLength = examples[0]?.target?.length;
  const targets =
    targetLength === undefined ? undefined : new Float32Array(examples.length * targetLength);
  const weighted = examples.some(({ weight }) => weight !== undefined);
  const weights = weighted ? new Float32Array(examples.length) : undefined;
  let totalWeight = 0;
  examples.forEach((example, row) => {
    if (example.target?.length !== targetLength) {
      throw new InputError({
        where: `example '${example.id}'`,
        found: `${String(example.target?.length ?? 0)} target values`,
        expected: `${String(targetLength ?? 0)} as in the batch's first example`,
      });
    }
    if (example.target !== undefined) targets?.set(example.target, row * example.target.length);
    const weight = example.weight ?? 1;
    if (weights !== undefined) weights[row] = weight;
    totalWeight += weight;
  });
  return {
    inputs: inputs.map((input) => stack(input, examples)),
    targets:
      targets === undefined
        ? undefined
        : tf.tensor2d(targets, [examples.length, targetLength ?? 0], 'float32'),
    weights: weights === undefined ? undefined : tf.tensor1d(weights, 'float32'),
    totalWeight,
    indices,
  };
}

function stack({ name, input }: NamedInput, examples: readonly Example[]): tf.Tensor {
  const width = input.shape.reduce((product, side) => product * side, 1);
  const values =
    input.kind === 'tokens'
      ? new Int32Array(examples.length * width)
      : new Float32Array(examples.length * width);
  examples.forEach((example, row) => {
    const row0 = example.inputs[name];
    if (row0?.length !== width) {
      throw new InputError({
        where: `example '${example.id}', input '${name}'`,
        found: row0 === undefined ? 'nothing' : `${String(row0.length)} values`,
        expected: `${String(width)} (shape [${input.shape.join(', ')}])`,
      });
    }
    values.set(row0, row * width);
  });
  const dtype = input.kind === 'tokens' ? 'int32' : 'float32';
  return tf.tensor(values, [examples.length, ...input.shape], dtype);
}
