import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { ModelConfig } from './model-config.ts';
import { readsTokens } from './model-tokenizer.ts';

/**
 * Bases and scaled features of all examples, in the order of the model's inputs.
 *
 * @throws UsageError for a model that reads tokens, or inputs that the dataset lacks
 */
export function datasetArrays(
  dataset: Dataset,
  config: ModelConfig,
): { tokens: Uint8Array; features: Float32Array | undefined } {
  if (readsTokens(config)) {
    throw new UsageError({
      where: `model ${config.model_type}`,
      found: 'a model that reads tokens of a tokenizer',
      expected: 'a model with a window of bases',
      fix: 'Such models are scored by predict on the changed sequences, which are cut into tokens anew.',
    });
  }
  const [sequence, other] = ['tokens', 'features'].map((kind) =>
    config.inputs.find((input) => input.kind === kind),
  );
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const tokenSize = size(sequence?.shape ?? [0]);
  const featureSize = size(other?.shape ?? [0]);
  const tokens = new Uint8Array(dataset.length * tokenSize);
  const features = other === undefined ? undefined : new Float32Array(dataset.length * featureSize);
  for (const input of [sequence, other]) {
    if (input !== undefined && dataset.inputs[input.name] === undefined) {
      throw new UsageError({
        where: 'dataset',
        found: `no input '${input.name}'`,
        expected: `the inputs of the model: ${config.inputs.map(({ name }) => name).join(', ')}`,
        fix: suggestion(input.name, Object.keys(dataset.inputs)),
      });
    }
  }
  for (let index = 0; index < dataset.length; index++) {
    const { inputs } = dataset.example(index);
    const bases = inputs[sequence?.name ?? ''];
    if (bases?.length !== tokenSize) {
      throw new UsageError({
        where: `dataset, example ${index}`,
        found: `${bases?.length ?? 0} bases`,
        expected: `${tokenSize}, the window of the model`,
      });
    }
    tokens.set(bases, index * tokenSize);
    if (other !== undefined) features?.set(inputs[other.name] ?? [], index * featureSize);
  }
  return { tokens, features };
}

/**
 * Token ids of all examples of a dataset for a model that reads tokens, `examples × length`.
 *
 * @throws UsageError when the dataset has no such input, or of another length or vocabulary
 */
export function datasetTokenIds(dataset: Dataset, config: ModelConfig): Int32Array {
  const input = config.inputs.find(({ vocabularySize }) => vocabularySize !== undefined);
  const name = input?.name ?? '';
  const [length = 0] = input?.shape ?? [];
  const vocabulary = input?.vocabularySize ?? 0;
  if (dataset.inputs[name] === undefined) {
    throw new UsageError({
      where: 'dataset',
      found: `no input '${name}'`,
      expected: 'token ids, which the model reads',
      fix: suggestion(name, Object.keys(dataset.inputs)),
    });
  }
  const all = new Int32Array(dataset.length * length);
  for (let index = 0; index < dataset.length; index++) {
    const ids = dataset.example(index).inputs[name];
    const wrong = ids?.length === length ? ids.find((id) => id < 0 || id >= vocabulary) : undefined;
    if (ids?.length !== length || wrong !== undefined) {
      throw new UsageError({
        where: `dataset, example ${String(index)}`,
        found:
          wrong === undefined ? `${String(ids?.length ?? 0)} tokens` : `token ${String(wrong)}`,
        expected: `${String(length)} tokens below ${String(vocabulary)}, as the model has them`,
      });
    }
    all.set(ids, index * length);
  }
  return all;
}
