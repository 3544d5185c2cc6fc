import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { readSafetensors, writeSafetensors } from '../../kernel-lib/src/formats/safetensors.ts';
import { readTorchCheckpoint } from '../../kernel-lib/src/formats/torch-checkpoint.ts';
import {
  readWeights,
  writeWeights,
  type WeightsByName,
  type WeightValues,
} from '../../kernel-lib/src/layers/named-weights.ts';
import type { Architecture } from '../../kernel-lib/src/models/architecture.ts';
import { hasNativeTensorFlow, useNativeTensorFlow } from '../unit/native-tensorflow.ts';

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

/** The backends on which networks are compared with Python's, and whether they are skipped here. */
export const comparedBackends = (['wasm', 'cpu', 'tensorflow'] as const).map((backend) => ({
  backend,
  skipped: backend === 'tensorflow' && !hasNativeTensorFlow,
}));

export async function useComparedBackend(
  backend: 'wasm' | 'cpu' | 'tensorflow',
  skipped: boolean,
): Promise<void> {
  if (skipped) return;
  if (backend === 'tensorflow') await useNativeTensorFlow();
  else await useBackend(backend);
}

/** The networks of one kind that Python wrote, and how they are compared with ours. */
export function goldenNetworks<Config extends { task: string }>(
  architecture: Architecture<Config>,
  kind: 'bert' | 'esm',
) {
  const masked = goldenFolder(kind, 'masked-language');
  const expected = readExpected(masked);
  const ids = expected.input_ids;
  const length = ids[0]!.length;
  const load = (name: string, over: Partial<Config> = {}) =>
    loadFolder(architecture, goldenFolder(kind, name), { length, over });
  return {
    masked,
    expected,
    ids,
    length,
    load,
    /** A network that was found to give Python's scores. */
    async loadEqual(name: string, logits = expected.logits!) {
      const loaded = await load(name);
      expect(relativeDifference(predict(loaded.model, ids), logits)).toBeLessThan(1e-4);
      return loaded;
    },
    /** Compares outputs of layers with the hidden states of Python. */
    checkHiddenStates(model: tfl.LayersModel, layers: readonly string[]): void {
      layerOutputs(model, layers, ids).forEach((values, i) => {
        expect(relativeDifference(values, expected.hidden_states[i]!)).toBeLessThan(1e-4);
      });
    },
    /** Writes a new network of a config, and reads it again with the same numbers. */
    async checkReadAgain(
      config: Config,
      folder: string,
      { last, over = {} }: { last: string; over?: Partial<Config> },
    ): Promise<void> {
      const model = architecture.build(config, { seed: 3 });
      const output =
        config.task === 'embedding' ? layerOutputs(model, [last], ids)[0]! : predict(model, ids);
      await writeFolder(architecture, model, config, ids, folder, output);
      const { fromConfig, fromWeights } = architecture.huggingFace!;
      const read = {
        ...fromConfig(readJson(folder, 'config.json'), { where: folder, length }),
        ...over,
      };
      expect(read).toEqual(config);
      const again = architecture.build(read, { seed: 4 });
      const weights = await readCheckpointFolder(folder);
      writeWeights(again, fromWeights(weights, read, { where: folder }), folder);
      expect(predict(again, ids)).toEqual(predict(model, ids));
      for (const each of [model, again]) each.dispose();
    },
    /** Checks that loading, embedding and predicting leave no tensor behind. */
    async checkLeaks(): Promise<void> {
      const before = tf.memory().numTensors;
      const { model, config } = await load('masked-language');
      architecture.embedder!(model, config);
      predict(model, ids);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  };
}

/** Checks folders in a folder with transformers; those in `heads` are no class of it. */
export async function checkFolders(folder: string, count: number): Promise<void> {
  await rm(path.join(folder, 'heads'), { recursive: true });
  const said = checkWithTransformers(folder);
  expect(said.match(/: ok$/gm)).toHaveLength(count);
  process.stdout.write(said);
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
