import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../kernel-lib/src/formats/safetensors.ts';
import { readTorchCheckpoint } from '../../kernel-lib/src/formats/torch-checkpoint.ts';
import {
  readWeights,
  writeWeights,
  type WeightsByName,
  type WeightValues,
} from '../../kernel-lib/src/layers/named-weights.ts';
import type { Architecture } from '../../kernel-lib/src/models/architecture.ts';

/** What `make` of test/oracles/huggingface-bert-esm.py writes. */
export interface Expected {
  readonly input_ids: number[][];
  readonly hidden_states: number[][];
  readonly logits?: number[];
  readonly pooler_output?: number[];
}

export function goldenFolder(kind: 'bert' | 'esm', name: string): string {
  return path.join(import.meta.dirname, 'golden', `huggingface-${kind}`, name);
}

export function readJson(folder: string, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, unknown>;
}

export function readExpected(folder: string): Expected {
  return readJson(folder, 'expected.json') as unknown as Expected;
}

/** Weights of a folder, from either of the two formats. */
export async function readCheckpointFolder(folder: string): Promise<WeightsByName> {
  const safe = path.join(folder, 'model.safetensors');
  const { tensors } = existsSync(safe)
    ? await readSafetensors(safe)
    : await readTorchCheckpoint(path.join(folder, 'pytorch_model.bin'));
  const weights: Record<string, WeightValues> = {};
  for (const [name, { shape, data }] of tensors) {
    if (data instanceof Float32Array) weights[name] = { shape, data };
  }
  return weights;
}

/** A network of a folder that Python wrote. */
export async function loadFolder<Config>(
  architecture: Architecture<Config>,
  folder: string,
  options: { length: number; task?: string; over?: Partial<Config> },
): Promise<{ model: tfl.LayersModel; config: Config }> {
  const { over, ...given } = options;
  const read = architecture.huggingFace!.fromConfig(readJson(folder, 'config.json'), {
    where: folder,
    ...given,
  });
  const config = { ...read, ...over };
  const model = architecture.build(config);
  const weights = await readCheckpointFolder(folder);
  writeWeights(
    model,
    architecture.huggingFace!.fromWeights(weights, config, { where: folder }),
    folder,
  );
  return { model, config };
}

/** Largest difference as a fraction of the largest of the expected values. */
export function relativeDifference(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  let difference = 0;
  let scale = 0;
  expected.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - found[i]!));
    scale = Math.max(scale, Math.abs(value));
  });
  return difference / scale;
}

export function predict(model: tfl.LayersModel, ids: number[][]): Float32Array {
  return tf.tidy(
    () =>
      (model.predict(tf.tensor2d(ids, undefined, 'int32')) as tf.Tensor).dataSync() as Float32Array,
  );
}

/** A model of the outputs of some layers, with the weights of the given one. */
export function layerOutputs(
  model: tfl.LayersModel,
  names: readonly string[],
  ids: number[][],
): Float32Array[] {
  return names.map((name) => {
    const outputs = model.getLayer(name).output as tfl.SymbolicTensor;
    return predict(
      new (model.constructor as typeof tfl.LayersModel)({
        inputs: model.inputs,
        outputs,
        name: 'part',
      }),
      ids,
    );
  });
}

/** Writes a network as a folder of Hugging Face, with its output for `check` of the oracle. */
export async function writeFolder<Config>(
  architecture: Architecture<Config>,
  model: tfl.LayersModel,
  config: Config,
  ids: number[][],
  folder: string,
  output: ArrayLike<number>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const format = architecture.huggingFace!;
  const json = JSON.stringify(format.toConfig(config));
  await writeFile(path.join(folder, 'config.json'), json);
  const weights = format.toWeights(await readWeights(model), config);
  // transformers refuses files without this
  await writeSafetensors(path.join(folder, 'model.safetensors'), weights, { format: 'pt' });
  const ours = { input_ids: ids, output: Array.from(output) };
  await writeFile(path.join(folder, 'tatabox.json'), JSON.stringify(ours));
}

/** An interpreter with torch and transformers, for the tests that run the oracle. */
export const transformersPython = process.env['TATABOX_TRANSFORMERS_PYTHON'];

/** What the oracle says of all folders in a folder; throws where one is not equal. */
export function checkWithTransformers(folder: string): string {
  const oracle = path.join(import.meta.dirname, '..', 'oracles', 'huggingface-bert-esm.py');
  return execFileSync(transformersPython!, [oracle, 'check', folder], { encoding: 'utf8' });
}
