import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import { readSafetensors } from '../formats/safetensors.ts';
import { readTorchCheckpoint } from '../formats/torch-checkpoint.ts';
import type { WeightsByName, WeightValues } from '../layers/named-weights.ts';

/** Weights of a checkpoint and the file that they come from. */
export interface CheckpointWeights {
  readonly file: string;
  readonly weights: WeightsByName;
}

const SAFETENSORS = ['model.safetensors', 'model.safetensors.index.json'];
const TORCH = 'pytorch_model.bin';
const TORCH_INDEX = 'pytorch_model.bin.index.json';

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

/** Of the values that are no float32 (counters, positions) nothing is needed. */
function floats(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: unknown }>,
): Record<string, WeightValues> {
  const weights: Record<string, WeightValues> = {};
  for (const [name, { shape, data }] of tensors) {
    if (data instanceof Float32Array) weights[name] = { shape, data };
    else if (data instanceof Float64Array) weights[name] = { shape, data: Float32Array.from(data) };
  }
  return weights;
}

/** The files that the index of a checkpoint in several files names. */
async function shardsOf(index: string): Promise<string[]> {
  const json = parseJson(await readFile(index, 'utf8'), index, {
    expected: 'the index of a checkpoint',
  });
  const map = (json as { weight_map?: unknown } | null)?.weight_map;
  const names =
    typeof map === 'object' && map !== null
      ? [...new Set(Object.values(map as Record<string, unknown>))]
      : [];
  const wrong = names.find((name) => typeof name !== 'string' || path.basename(name) !== name);
  if (names.length === 0 || wrong !== undefined) {
    throw new InputError({
      where: index,
      found: names.length === 0 ? 'no weight_map' : `the file ${JSON.stringify(wrong)}`,
      expected: 'names of files beside it',
    });
  }
  return names.map((name) => path.join(path.dirname(index), String(name)));
}

/**
 * Reads the weights in a folder that transformers wrote: `model.safetensors` or `pytorch_model.bin`,
 * whole or in several files. Of the pickle in the latter nothing is run.
 *
 * @throws InputError when there are no weights, or a file is damaged or holds more than weights
 */
export async function readCheckpointWeights(folder: string): Promise<CheckpointWeights> {
  for (const name of SAFETENSORS) {
    const file = path.join(folder, name);
    if (!(await exists(file))) continue;
    const { tensors } = await readSafetensors(file);
    return { file, weights: floats(tensors) };
  }
  const whole = path.join(folder, TORCH);
  if (await exists(whole)) {
    const { tensors } = await readTorchCheckpoint(whole);
    return { file: whole, weights: floats(tensors) };
  }
  const index = path.join(folder, TORCH_INDEX);
  if (await exists(index)) {
    const weights: Record<string, WeightValues> = {};
    for (const file of await shardsOf(index)) {
      const { tensors } = await readTorchCheckpoint(file);
      Object.assign(weights, floats(tensors));
    }
    return { file: index, weights };
  }
  throw new InputError({
    where: folder,
    found: 'no weights',
    expected: `${SAFETENSORS.join(', ')}, ${TORCH} or ${TORCH_INDEX}`,
    fix: 'Give the folder of a model, with its config.json.',
  });
}
