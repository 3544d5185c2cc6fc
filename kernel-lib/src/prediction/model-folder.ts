import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { readSafetensors, writeSafetensors } from '../formats/safetensors.ts';
import type { SafetensorsTensor } from '../formats/safetensors.ts';
import type { WeightsByName, WeightValues } from '../layers/named-weights.ts';
import { architecture } from '../models/registry.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { parseModelConfig, type ModelConfig } from './model-config.ts';
import { checkTokenizer, loadFolderTokenizer, readsTokens } from './model-tokenizer.ts';

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
  /** Of a model that reads tokens; absent where its folder has none. */
  readonly tokenizer?: Tokenizer;
}

/** Name of a weight in the file: of a single network as it is, of an ensemble by member. */
function tensorName(member: number, members: number, weight: string): string {
  return members === 1 ? weight : `member_${member}/${weight}`;
}

/**
 * Writes `config.json`, `model.safetensors` and the files of the tokenizer, each complete or absent,
 * the config last. Models of an architecture that transformers has, too, get its keys, names and
 * layout of weights, so that Python loads the folder (of an ensemble: see `exportHuggingFace`).
 */
export async function writeModelFolder(folder: string, model: ModelFolder): Promise<void> {
  const { config, members, tokenizer } = model;
  const { configSchema, huggingFace } = architecture(config.model_type);
  const network = huggingFace === undefined ? undefined : configSchema.parse(config.architecture);
  const stored =
    huggingFace === undefined
      ? members
      : members.map((weights) => huggingFace.toWeights(weights, network));
  const tensors = Object.fromEntries(
    stored.flatMap((weights, member) =>
      Object.entries(weights).map(([name, { shape, data }]) => [
        tensorName(member, members.length, name),
        { dtype: 'F32' as const, shape: [...shape], data },
      ]),
    ),
  );
  // transformers refuses files that do not say that they come from one of the libraries it knows.
  const format = huggingFace !== undefined && members.length === 1 ? 'pt' : 'tatabox';
  await writeSafetensors(path.join(folder, MODEL_FILES.weights), tensors, {
    format,
    model_type: config.model_type,
  });
  if (tokenizer !== undefined) {
    const { saveTokenizer } = await import('../tokenizers/save-tokenizer.ts');
    await saveTokenizer(tokenizer, folder);
  }
  const json = { ...huggingFace?.toConfig(network), ...config };
  await writeFileAtomically(
    path.join(folder, MODEL_FILES.config),
    `${JSON.stringify(json, null, 2)}\n`,
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

/** The tensors of one member by name, without the member's prefix. */
function memberWeights(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  prefix: string,
  where: string,
): WeightsByName {
  const weights: Record<string, WeightValues> = {};
  for (const [name, { shape, data }] of tensors) {
    if (!name.startsWith(prefix)) continue;
    if (!(data instanceof Float32Array)) {
      throw new InputError({ where, found: `weight '${name}' is not float32` });
    }
    weights[name.slice(prefix.length)] = { shape, data };
  }
  return weights;
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
  let members = Array.from({ length: config.members }, (_, member) =>
    memberWeights(tensors, tensorName(member, config.members, ''), weightsFile),
  );
  if (!readsTokens(config)) return { config, members };
  const { configSchema, huggingFace } = architecture(config.model_type);
  if (huggingFace !== undefined) {
    const parsed = configSchema.safeParse(config.architecture);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new InputError({
        where: `${configFile}, architecture.${issue?.path.join('.') ?? ''}`,
        found: issue?.message ?? 'an invalid value',
      });
    }
    members = members.map((weights) =>
      huggingFace.fromWeights(weights, parsed.data, { where: weightsFile }),
    );
  }
  const tokenizer = await loadFolderTokenizer(folder);
  if (tokenizer === undefined) return { config, members };
  checkTokenizer(config, tokenizer, folder);
  return { config, members, tokenizer };
}
