import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { TokenizerFacts } from './architecture.ts';
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
  /** The tokenizer whose tokens are the input; absent where bases are. */
  readonly tokenizer?: TokenizerFacts;
}

type Keys = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `over` in place of values of `under`; objects in both are merged in the same way. */
function merge(under: Keys, over: Keys): Keys {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value;
  }
  return merged;
}

/** Names of the keys at a place of a config. */
function keysAt(config: unknown, path: readonly PropertyKey[]): string[] {
  let place = config;
  for (const key of path) place = isObject(place) ? place[String(key)] : undefined;
  return isObject(place) ? Object.keys(place) : [];
}

/**
 * The config of an architecture: its preset, replaced by given values, fitted to the data.
 *
 * @throws UsageError for an unknown preset or key, or a value of the wrong type
 */
export function resolveArchitectureConfig(choice: ArchitectureChoice, data: DataShape): unknown {
  const { presets, configSchema, fitTokenizer } = architecture(choice.type);
  const preset = choice.preset === undefined ? {} : presets[choice.preset];
  if (preset === undefined) {
    throw new UsageError({
      where: `model ${choice.type}`,
      found: `unknown preset '${choice.preset ?? ''}'`,
      fix: suggestion(choice.preset ?? '', Object.keys(presets)),
    });
  }
  const { tokenizer, ...shape } = data;
  const merged = { ...merge(preset as Keys, choice.config ?? {}), ...shape };
  if (tokenizer !== undefined && fitTokenizer === undefined) {
    throw new UsageError({
      where: `model ${choice.type}`,
      found: 'a tokenizer',
      expected: 'none: this network reads bases',
    });
  }
  const fitted = tokenizer === undefined ? merged : fitTokenizer?.(merged, tokenizer);
  const result = configSchema.safeParse(fitted);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const place = issue?.path.join('.') ?? '';
  if (unknownKey === undefined) {
    throw new UsageError({
      where: `config of model ${choice.type}`,
      found: `${place}: ${issue?.message ?? 'invalid'}`,
    });
  }
  const known = keysAt(Object.values(presets)[0], issue?.path ?? []);
  throw new UsageError({
    where: `config of model ${choice.type}`,
    found: `unknown key '${place === '' ? '' : `${place}.`}${unknownKey}'`,
    fix: suggestion(unknownKey, known),
  });
}
