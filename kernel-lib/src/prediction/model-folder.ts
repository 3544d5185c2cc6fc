import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { readSafetensors, writeSafetensors } from '../formats/safetensors.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import { parseModelConfig, type ModelConfig } from './model-config.ts';

/** Names of the files of a model folder. */
export const MODEL_FILES = Object.freeze({
  config: 'config.json',
  weights: 'model.safetensors',
  card: 'README.md',
  exampleInput: 'example/input.json',
  exampleOutput: 'example/expected.json',
});

/** Everything that a model folder holds to predict with. */
export interface ModelFolder {
  readonly config: ModelConfig;
  /** Weights of each member. */
  readonly members: readonly WeightsByName[];
}

/** Name of a weight in the file: of a single network as it is, of an ensemble by member. */
function tensorName(member: number, members: number, weight: string): string {
  return members === 1 ? weight : `member_${member}/${weight}`;
}

/** Writes `config.json` and `model.safetensors`, each complete or absent, the config last. */
export async function writeModelFolder(folder: string, model: ModelFolder): Promise<void> {
  const { config, members } = model;
  const tensors = Object.fromEntries(
    members.flatMap((weights, member) =>
      Object.entries(weights).map(([name, { shape, data }]) => [
        tensorName(member, members.length, name),
        { dtype: 'F32' as const, shape: [...shape], data },
      ]),
    ),
  );
  await writeSafetensors(path.join(folder, MODEL_FILES.weights), tensors, {
    format: 'tatabox',
    model_type: config.model_type,
  });
  await writeFileAtomically(
    path.join(folder, MODEL_FILES.config),
    `${JSON.stringify(config, null, 2)}\n`,
  );
}

async function requireFile(file: string, folder: string): Promise<void> {
  try {
    await access(file);
  } catch {
    throw new InputError({
      where: folder,
      found: `no ${path.basename(file)}`,
      expected: `a model folder with ${MODEL_FILES.config} and ${MODEL_FILES.weights}`,
      fix: 'Give the folder that `tatabox run` or `tatabox pull` printed.',
    });
  }
}

/**
 * Reads a model folder.
 *
 * @throws InputError when a file is missing or does not fit the others
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const configFile = path.join(folder, MODEL_FILES.config);
  const weightsFile = path.join(folder, MODEL_FILES.weights);
  await requireFile(configFile, folder);
  await requireFile(weightsFile, folder);
  const config = parseModelConfig(await readFile(configFile, 'utf8'), configFile);
  const { tensors } = await readSafetensors(weightsFile);
  const members = Array.from({ length: config.members }, (_, member) => {
    const prefix = tensorName(member, config.members, '');
    const weights: Record<string, { shape: readonly number[]; data: Float32Array }> = {};
    for (const [name, { shape, data }] of tensors) {
      if (!name.startsWith(prefix)) continue;
      if (!(data instanceof Float32Array)) {
        throw new InputError({ where: weightsFile, found: `weight '${name}' is not float32` });
      }
      weights[name.slice(prefix.length)] = { shape, data };
    }
    return weights;
  });
  return { config, members };
}
