import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Architecture } from './architecture.ts';
import { bert } from './bert.ts';
import { esm } from './esm.ts';
import { promoterRegions } from './promoter-regions.ts';
import { roberta } from './roberta-architecture.ts';
import { xpresso } from './xpresso.ts';

const architectures = new Map<string, Architecture<unknown>>(
  [xpresso, promoterRegions, roberta, bert, esm].map((entry) => [
    entry.modelType,
    entry as unknown as Architecture<unknown>,
  ]),
);

/** Names of the architectures that can be built. */
export function architectureNames(): string[] {
  return [...architectures.keys()];
}

/**
 * The architecture of a model type.
 *
 * @throws UsageError for an unknown name, with the nearest known one
 */
export function architecture(modelType: string): Architecture<unknown> {
  const found = architectures.get(modelType);
  if (found === undefined) {
    throw new UsageError({
      where: 'model',
      found: `unknown type '${modelType}'`,
      fix: suggestion(modelType, architectures.keys()),
    });
  }
  return found;
}

/**
 * The architecture of a checkpoint that transformers wrote.
 *
 * @param modelType `model_type` of its `config.json`
 * @param where the file, for error messages
 * @throws InputError where there is none
 */
export function architectureOfHuggingFace(
  modelType: unknown,
  where: string,
): Architecture<unknown> {
  const known: string[] = [];
  for (const entry of architectures.values()) {
    if (entry.huggingFace === undefined) continue;
    if (entry.huggingFace.modelType === modelType) return entry;
    known.push(entry.huggingFace.modelType);
  }
  throw new InputError({
    where: `${where}, model_type`,
    found: modelType === undefined ? 'nothing' : JSON.stringify(modelType).slice(0, 200),
    expected: known.join(', '),
    fix: 'Models of other types are not supported.',
  });
}
