import path from 'node:path';
import { Random } from '../core/random.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { modelCard } from '../hub/model-card.ts';
import { importKeras } from '../prediction/import-keras.ts';
import type { ModelConfig } from '../prediction/model-config.ts';
import { MODEL_FILES, writeModelFolder } from '../prediction/model-folder.ts';
import { writeModelExample } from '../prediction/verify-model.ts';
import { describeModel } from './describe-model.ts';

/** A model that was imported. */
export interface ImportedModel {
  readonly config: ModelConfig;
  readonly parameters: number;
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
  const { config, members } = model;
  const parameters = Object.values(members[0] ?? {}).reduce(
    (sum, { data }) => sum + data.length,
    0,
  );
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
