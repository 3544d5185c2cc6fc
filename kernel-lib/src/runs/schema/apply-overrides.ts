import { parse } from 'yaml';
import { UsageError } from '../../core/errors.ts';
import { yamlFault } from '../../core/yaml-limits.ts';

/**
 * Sets values of a config by path, as `--set training.epochs=5` does. Values are read as YAML;
 * a number in a path is a position in a list.
 *
 * @throws UsageError for something that is not `path=value` or a path through a value
 */
export function applyOverrides(
  config: Readonly<Record<string, unknown>>,
  overrides: readonly string[],
): Record<string, unknown> {
  const result = structuredClone(config) as Record<string, unknown>;
  for (const override of overrides) {
    const separator = override.indexOf('=');
    const keys = override.slice(0, separator).split('.');
    if (separator < 1 || keys.some((key) => key === '' || key === '__proto__')) {
      throw new UsageError({
        where: '--set',
        found: `'${override}'`,
        expected: 'path=value, for example training.epochs=5',
      });
    }
    let parent: Record<string, unknown> = result;
    for (const key of keys.slice(0, -1)) {
      parent[key] ??= {};
      const child = parent[key];
      if (typeof child !== 'object' || child === null) {
        throw new UsageError({
          where: `--set ${override}`,
          found: `'${key}' is a value`,
          expected: 'a mapping or a list on the way to the last key',
        });
      }
      parent = child as Record<string, unknown>;
    }
    parent[keys.at(-1) ?? ''] = parseValue(override, separator);
  }
  return result;
}

function parseValue(override: string, separator: number): unknown {
  const value = override.slice(separator + 1);
  const fault = yamlFault(value);
  if (fault !== undefined) {
    const { found, expected } = fault;
    throw new UsageError({ where: `--set ${override.slice(0, 80)}…`, found, expected });
  }
  try {
    return parse(value) as unknown;
  } catch (cause) {
    const [reason = ''] = (cause as Error).message.split('\n');
    throw new UsageError(
      {
        where: `--set ${override}`,
        found: reason.replace(/ at line \d+, column \d+:?$/, ''),
        expected: 'a value in YAML, for example 5, [1, 2] or text',
      },
      { cause },
    );
  }
}
