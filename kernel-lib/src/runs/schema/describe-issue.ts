import type { z } from 'zod';
import type { ErrorDetails } from '../../core/errors.ts';
import { nearest, suggestion } from '../../core/nearest.ts';
import { keysAt, runConfigSchemaNode, type SchemaNode } from './schema-choices.ts';

/** What zod calls a kind of value, in the words of YAML. */
const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** What to do where there is no nearer advice. */
export const SCHEMA_FIX = 'Run `tatabox schema` for all keys, their types and defaults.';

/** Letters of a value that a message shows. */
const SHOWN = 80;

function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return String(value as number | boolean);
  return value.length > SHOWN ? `'${value.slice(0, SHOWN)}…'` : `'${value}'`;
}

/** The value at a path of a config. */
export function valueAt(config: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | null | undefined)?.[key],
    config,
  );
}

/** What was wrong with a value: what is there, what was expected, and the nearest choice. */
function describeWrongValue(
  issue: z.core.$ZodIssue,
  config: unknown,
): Omit<IssueDescription, 'path'> {
  const fix = SCHEMA_FIX;
  const name = issue.path.map(String).join('.');
  const value = valueAt(config, issue.path);
  const expected = /\bexpected (.+?)(?:, received .*)?$/i.exec(issue.message)?.[1];
  if (issue.code === 'invalid_format') {
    return {
      found: `${name} is ${describeValue(value)}`,
      expected: issue.message,
      fix,
      choices: [],
    };
  }
  if (expected === undefined) return { found: `${name}: ${issue.message}`, fix, choices: [] };
  // A choice of words: zod lists them as "a"|"b", a discriminator as 'a' | 'b'.
  const words = [...expected.matchAll(/["']([^"']*)["']/g)].map(([, word]) => word ?? '');
  return {
    found: `${name} is ${describeValue(value)}`,
    expected: words.length > 0 ? words.join(', ') : (kinds[expected] ?? expected),
    fix:
      words.length > 0 && typeof value === 'string' && nearest(value, words) !== undefined
        ? suggestion(value, words)
        : fix,
    choices: words,
  };
}

/** What is wrong with a run config by one issue of its schema. */
export interface IssueDescription extends Pick<ErrorDetails, 'found' | 'expected' | 'fix'> {
  /** Where it is; of an unknown key, the path of the key itself. */
  readonly path: readonly string[];
  /** The key that is not known. */
  readonly unknownKey?: string;
  /** What could stand in place of the key or the value. */
  readonly choices: readonly string[];
}

/**
 * Describes an issue; of several unknown keys of one mapping the one that is asked for.
 *
 * @param schema `runConfigSchemaNode()`, where it is at hand
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  config: unknown,
  {
    unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined,
    schema,
  }: { readonly unknownKey?: string | undefined; readonly schema?: SchemaNode } = {},
): IssueDescription {
  if (unknownKey === undefined) {
    return { path: issue.path.map(String), ...describeWrongValue(issue, config) };
  }
  const path = [...issue.path, unknownKey].map(String);
  const choices = [...keysAt(schema ?? runConfigSchemaNode(), issue.path, config).keys()];
  const found = `unknown key '${path.join('.')}'`;
  return { path, unknownKey, choices, found, fix: suggestion(unknownKey, choices) };
}
