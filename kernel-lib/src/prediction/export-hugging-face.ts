import { UsageError } from '../core/errors.ts';
import { architecture } from '../models/registry.ts';
import { writeModelFolder, type ModelFolder } from './model-folder.ts';

/** Options of `exportHuggingFace`. */
export interface ExportHuggingFaceOptions {
  /** Which network of an ensemble: transformers has no ensembles. Needed where there are several. */
  readonly member?: number;
}

/**
 * Writes one network into a folder that transformers' `from_pretrained` reads: `config.json` with its
 * keys, `model.safetensors` with its names, and the files of the tokenizer. (A model folder with a
 * single network is such a folder already.)
 *
 * @throws UsageError for an architecture that transformers does not have, or an ensemble without `member`
 */
export async function exportHuggingFace(
  model: ModelFolder,
  folder: string,
  { member }: ExportHuggingFaceOptions = {},
): Promise<void> {
  const { config, members, tokenizer } = model;
  if (architecture(config.model_type).huggingFace === undefined) {
    throw new UsageError({
      where: 'export to Hugging Face',
      found: `a model of type ${config.model_type}`,
      expected: 'a model that transformers has, such as roberta',
      fix: 'Push the model folder to the Hub as it is.',
    });
  }
  const weights = members[member ?? (members.length === 1 ? 0 : -1)];
  if (weights === undefined) {
    throw new UsageError({
      where: 'export to Hugging Face, member',
      found: member === undefined ? `an ensemble of ${String(members.length)}` : String(member),
      expected: `a number from 0 to ${String(members.length - 1)}`,
    });
  }
  await writeModelFolder(folder, {
    config: { ...config, members: 1 },
    members: [weights],
    ...(tokenizer === undefined ? {} : { tokenizer }),
  });
}
