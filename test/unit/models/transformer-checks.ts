import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { expect } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { namedVariables, readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import type { WeightsByName } from '../../../kernel-lib/src/layers/named-weights.ts';
import type { Architecture } from '../../../kernel-lib/src/models/architecture.ts';

/** Rows of tokens as a model takes them. */
export const tensor = (ids: number[][]): tf.Tensor2D => tf.tensor2d(ids, undefined, 'int32');

/** Checks shapes of the outputs and of the embedder, and the names of the weights. */
export function checkHead<Config extends { task: string; length: number }>(
  architecture: Architecture<Config>,
  config: Config,
  ids: number[][],
  { hidden, vocabulary }: { hidden: number; vocabulary: number },
): void {
  const model = architecture.build(config);
  const embedder = architecture.embedder!(model, config);
  const before = tf.memory().numTensors;
  const [output, vectors] = tf.tidy(() => [
    (model.predict(tensor(ids)) as tf.Tensor).shape,
    (embedder.predict(tensor(ids)) as tf.Tensor).shape,
  ]);
  expect(tf.memory().numTensors).toBe(before);
  expect(vectors).toEqual([ids.length, hidden]);
  const outputs = architecture.outputs(config);
  if (config.task !== 'masked-language') expect(output).toEqual([ids.length, outputs.length]);
  else {
    expect(output).toEqual([ids.length, config.length, vocabulary]);
    expect(outputs).toEqual(['token_scores']);
  }
  const names = Object.keys(architecture.originalWeightNames(config)).sort();
  expect(names).toEqual([...namedVariables(model).keys()].sort());
  model.dispose();
}

/**
 * Checks that a network gives the same on embeddings from outside, and that it refuses bases.
 *
 * @param inspect looks further at the network on embeddings
 */
export function checkOnEmbeddings<Config>(
  architecture: Architecture<Config>,
  config: Config,
  rows: number[][],
  inspect: (network: tfl.LayersModel, ids: tf.Tensor, given: tf.Tensor) => void = () => undefined,
): void {
  const [model, onEmbeddings] = [
    architecture.build(config, { seed: 4 }),
    architecture.buildOnEmbeddings!(config, { seed: 4 }),
  ];
  tf.tidy(() => {
    const ids = tensor(rows);
    const given = tf.gather(namedVariables(model).get('embeddings/tokens')!.read(), ids);
    const expected = (model.predict(ids) as tf.Tensor).dataSync();
    const found = (onEmbeddings.predict([ids, given]) as tf.Tensor).dataSync();
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    inspect(onEmbeddings, ids, given);
  });
  expect(() => architecture.build(config, { sequenceInput: 'one-hot' })).toThrow(
    /buildOnEmbeddings/,
  );
  for (const each of [model, onEmbeddings]) each.dispose();
}

/** Checks that any `config.json` is read, and written so that it is read again, or refused. */
export function checkAnyConfig<Config>(
  { modelType, huggingFace }: Architecture<Config>,
  encoder: object,
  className: string,
): void {
  const value = fc.oneof(
    fc.integer({ min: -2, max: 64 }),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, 'gelu', 'relu', 'absolute', 'rotary', modelType, [], {}, 1e15),
  );
  const keys = [...Object.keys(encoder), 'model_type', 'auto_map', 'is_decoder'];
  const change = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 });
  const { fromConfig, toConfig } = huggingFace!;
  let read = 0;
  fc.assert(
    fc.property(change, (over) => {
      const json = { ...encoder, architectures: [className], ...over };
      const options = { where: 'config.json', length: 4 };
      try {
        const found = fromConfig(json, options);
        expect(fromConfig(toConfig(found), options)).toEqual(found);
        read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(TataboxError);
      }
    }),
    { numRuns: 500, seed: 1 },
  );
  expect(read).toBeGreaterThan(50);
}

/** Weights of a new network under the names of transformers. */
export async function newCheckpoint<Config>(
  architecture: Architecture<Config>,
  config: Config,
): Promise<WeightsByName> {
  const model = architecture.build(config);
  const theirs = architecture.huggingFace!.toWeights(await readWeights(model), config);
  model.dispose();
  return theirs;
}

/** Checks that a checkpoint that lacks a weight is refused by the weight's name. */
export function checkMissingWeight<Config>(
  { huggingFace }: Architecture<Config>,
  config: Config,
  weights: WeightsByName,
  name: string,
): void {
  const missing = Object.fromEntries(Object.entries(weights).filter(([each]) => each !== name));
  expect(() => huggingFace!.fromWeights(missing, config, { where: 'model.safetensors' })).toThrow(
    `no weight '${name}'`,
  );
}
