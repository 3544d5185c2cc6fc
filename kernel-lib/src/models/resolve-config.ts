import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { architecture } from './registry.ts';

/** An architecture named with a preset and values that replace the preset's. */
export interface ArchitectureChoice {
  readonly type: string;
  readonly preset?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** What follows from the data that a model is trained on. */
export interface DataShape {
  /** Length of the sequence window in bases. */
  readonly length: number;
  /** Names of the feature columns; empty for sequence alone. */
  readonly features: readonly string[];
  /** Names of the outputs. */
  readonly outputs: readonly string[];
}

/**
 * The config of an architecture: its preset, replaced by given values, fitted to the data.
 *
 * @throws UsageError for an unknown preset or key, or a value of the wrong type
 */
export function resolveArchitectureConfig(choice: ArchitectureChoice, data: DataShape): unknown {
  const { presets, configSchema } = architecture(choice.type);
  const preset = choice.preset === undefined ? {} : presets[choice.preset];
  if (preset === undefined) {
    throw new UsageError({
      where: `model ${choice.type}`,
      found: `unknown preset '${choice.preset ?? ''}'`,
      fix: suggestion(choice.preset ?? '', Object.keys(presets)),
    });
  }
  const merged = { ...(preset as object), ...choice.config, ...data };
  const result = configSchema.safeParse(merged);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const known = Object.keys((Object.values(presets)[0] ?? {}) as object);
  throw new UsageError({
    where: `config of model ${choice.type}`,
    found:
      unknownKey === undefined
        ? `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`
        : `unknown key '${unknownKey}'`,
    ...(unknownKey === undefined ? {} : { fix: suggestion(unknownKey, known) }),
  });
}
