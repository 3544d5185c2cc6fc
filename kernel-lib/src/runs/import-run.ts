import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../core/errors.ts';
import { Random } from '../core/random.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { modelCard } from '../hub/model-card.ts';
import { architecture } from '../models/registry.ts';
import { exportHuggingFace } from '../prediction/export-hugging-face.ts';
import {
  importHuggingFace,
  type ImportHuggingFaceOptions,
} from '../prediction/import-hugging-face.ts';
import { importKeras } from '../prediction/import-keras.ts';
import type { ModelConfig } from '../prediction/model-config.ts';
import {
  MODEL_FILES,
  readModelFolder,
  writeModelFolder,
  type ModelFolder,
} from '../prediction/model-folder.ts';
import { writeModelExample } from '../prediction/verify-model.ts';
import { describeModel } from './describe-model.ts';

/** A model that was imported. */
export interface ImportedModel {
  readonly config: ModelConfig;
  readonly parameters: number;
}

function parametersOf({ members }: ModelFolder): number {
  return Object.values(members[0] ?? {}).reduce((sum, { data }) => sum + data.length, 0);
}

/**
 * Imports a folder that transformers wrote into a whole model folder: config, weights, tokenizer, card
 * and, where there is a tokenizer, an example with what the imported network gives.
 *
 * @throws InputError where the folder holds no model of an architecture of this library; see
 *   `importHuggingFace`
 */
export async function importHuggingFaceToFolder(
  source: string,
  folder: string,
  options: ImportHuggingFaceOptions = {},
): Promise<ImportedModel> {
  await requireOtherFolder(source, folder);
  const model = await importHuggingFace(source, options);
  const parameters = parametersOf(model);
  await writeModelFolder(folder, model);
  if (model.tokenizer !== undefined) {
    const random = new Random(1);
    const names = ['random-1', 'random-2'];
    await writeModelExample(folder, {
      names,
      sequences: names.map(() => Uint8Array.from({ length: 500 }, () => random.integer(4))),
    });
  }
  await writeFileAtomically(
    path.join(folder, MODEL_FILES.card),
    modelCard({
      ...describeModel(model.config, path.basename(path.resolve(folder)), parameters),
      license: 'other',
      summary: `Imported from the transformers folder ${path.basename(path.resolve(source))}.`,
      trainingData: { name: 'not recorded in the imported folder' },
      limitations: ['License and training data are those of the imported model: look there.'],
    }),
  );
  return { config: model.config, parameters };
}

/** A model that was exported. */
export interface ExportedModel {
  readonly modelType: string;
  /** Class of transformers, or of FloraBERT, that the folder is for. */
  readonly className: string;
}

/**
 * Writes one network of a model folder into a folder that transformers reads.
 *
 * @param options.member which network of an ensemble
 */
export async function exportHuggingFaceToFolder(
  source: string,
  folder: string,
  options: { readonly member?: number } = {},
): Promise<ExportedModel> {
  await requireOtherFolder(source, folder);
  const model = await readModelFolder(source);
  await exportHuggingFace(model, folder, options);
  const { configSchema, huggingFace } = architecture(model.config.model_type);
  const json = huggingFace?.toConfig(configSchema.parse(model.config.architecture)) ?? {};
  const [className = ''] = (json['architectures'] ?? []) as readonly string[];
  return { modelType: model.config.model_type, className };
}

/** Files of the source must not be overwritten with other contents. */
async function requireOtherFolder(source: string, folder: string): Promise<void> {
  const places = await Promise.all(
    [source, folder].map((each) => realpath(each).catch(() => path.resolve(each))),
  );
  if (places[0] !== places[1]) return;
  throw new UsageError({
    where: folder,
    found: 'the folder that is read',
    expected: 'another folder to write to',
  });
}

/**
 * Imports a Keras file into a whole model folder: config, weights, card and an example whose
 * expected output is what the imported network gives.
 */
export async function importToFolder(
  file: string,
  architecture: string,
  folder: string,
): Promise<ImportedModel> {
  const model = await importKeras(file, { as: architecture });
  const { config } = model;
  const parameters = parametersOf(model);
  await writeModelFolder(folder, model);
  const length = config.inputs.find(({ kind }) => kind === 'tokens')?.shape[0] ?? 0;
  const random = new Random(1);
  const names = ['random-1', 'random-2'];
  const features = config.inputs.find(({ kind }) => kind === 'features')?.shape[0] ?? 0;
  await writeModelExample(folder, {
    names,
    sequences: names.map(() => Uint8Array.from({ length }, () => random.integer(4))),
    features: Object.fromEntries(
      Array.from({ length: features }, (_, index) => [
        `half_life_${index + 1}`,
        names.map(() => Number(random.normal().toFixed(3))),
      ]),
    ),
  });
  await writeFileAtomically(
    path.join(folder, MODEL_FILES.card),
    modelCard({
      ...describeModel(config, path.basename(path.resolve(folder)), parameters),
      summary: `Imported from the Keras file ${path.basename(file)}.`,
      trainingData: { name: 'not recorded in the imported file' },
    }),
  );
  return { config, parameters };
}
