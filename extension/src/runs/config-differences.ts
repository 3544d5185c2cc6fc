import { parseDocument } from 'yaml';
import { yamlFault } from 'tatabox/core/yaml-limits.ts';

/** A key of a config and its value in each run, as text; undefined where a run lacks it. */
export interface ConfigDifference {
  /** Path of the key, as `training.epochs`. */
  readonly key: string;
  readonly values: readonly (string | undefined)[];
}

function flatten(value: unknown, key: string, into: Map<string, string>): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value)) {
      flatten(inner, key === '' ? name : `${key}.${name}`, into);
    }
  } else if (key !== '') {
    into.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  }
}

/** The values of a config by their paths; empty for what is no YAML mapping. */
export function flattenConfig(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (yamlFault(text) !== undefined) return values;
  try {
    flatten(parseDocument(text).toJS({ maxAliasCount: 100 }), '', values);
  } catch {
    // Half-written: the next look finds it whole.
  }
  return values;
}

/** The keys in which the configs of several runs differ, in the order of the first that has them. */
export function configDifferences(
  configs: readonly ReadonlyMap<string, string>[],
): readonly ConfigDifference[] {
  const keys = new Set(configs.flatMap((config) => [...config.keys()]));
  return [...keys]
    .map((key) => ({ key, values: configs.map((config) => config.get(key)) }))
    .filter(({ values }) => new Set(values).size > 1);
}
