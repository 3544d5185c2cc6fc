import type { LongWorkOptions } from '../core/progress.ts';
import { parseModelReference } from '../hub/model-reference.ts';
import { pullModel } from '../hub/pull-model.ts';
import { Predictor } from '../prediction/predictor.ts';

/**
 * The folder of a model: a local one as it is, one on the Hub after pulling it into the cache.
 *
 * @param reference a folder, `owner/name`, `owner/name@revision` or a Hub address
 */
export async function resolveModel(
  reference: string,
  options: LongWorkOptions = {},
): Promise<string> {
  const parsed = await parseModelReference(reference);
  if (parsed.kind === 'folder') return parsed.folder;
  const { signal, progress } = options;
  const { folder } = await pullModel({
    repo: parsed.repo,
    revision: parsed.revision,
    signal,
    progress,
  });
  return folder;
}

/**
 * Loads a model from a folder or the Hub.
 *
 * @example
 * const model = await load('runs/quickstart/model');
 * await model.predict([sequence], { missingInputs: 'mean' });
 */
export async function load(reference: string, options: LongWorkOptions = {}): Promise<Predictor> {
  return Predictor.load(await resolveModel(reference, options));
}
