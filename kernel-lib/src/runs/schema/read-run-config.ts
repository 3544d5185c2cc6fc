import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMap, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { InputError, UsageError, type ErrorDetails } from '../../core/errors.ts';
import { nearest, suggestion } from '../../core/nearest.ts';
import { fileError } from '../../formats/file-error.ts';
import { applyOverrides } from './apply-overrides.ts';
import { runConfigSchema, runModeSchema, type RunConfig } from './run-config.ts';

/** A run config and where it lies. */
export interface RunConfigFile {
  readonly config: RunConfig;
  /** Absolute path of the file; paths in the config start from its folder. */
  readonly file: string;
}

/** Line of the node that a path of keys leads to, or of the deepest one on the way. */
function lineOf(
  document: Document,
  lines: LineCounter,
  keys: readonly PropertyKey[],
): number | undefined {
  let offset: number | undefined;
  let node: unknown = document.contents;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === String(key));
      if (pair === undefined) break;
      offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, keys: readonly PropertyKey[]): string[] {
  let json = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
  for (const key of keys) {
    const choices: JsonSchema[] = [json, ...(json.oneOf ?? []), ...(json.anyOf ?? [])];
    json =
      choices.map((choice) => choice.properties?.[String(key)] ?? choice.items).find(Boolean) ?? {};
  }
  return [json, ...(json.oneOf ?? []), ...(json.anyOf ?? [])].flatMap((choice) =>
    Object.keys(choice.properties ?? {}),
  );
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
}

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

function valueAt(config: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | null | undefined)?.[key],
    config,
  );
}

/** What was wrong with a value: what is there, what was expected, and the nearest choice. */
function describeWrongValue(
  issue: z.core.$ZodIssue,
  config: unknown,
): Pick<ErrorDetails, 'found' | 'expected' | 'fix'> {
  const fix = 'Run `tatabox schema` for all keys, their types and defaults.';
  const name = issue.path.map(String).join('.');
  const value = valueAt(config, issue.path);
  const expected = /\bexpected (.+?)(?:, received .*)?$/i.exec(issue.message)?.[1];
  if (issue.code === 'invalid_format') {
    return { found: `${name} is ${describeValue(value)}`, expected: issue.message, fix };
  }
  if (expected === undefined) return { found: `${name}: ${issue.message}`, fix };
  // A choice of words: zod lists them as "a"|"b", a discriminator as 'a' | 'b'.
  const words = [...expected.matchAll(/["']([^"']*)["']/g)].map(([, word]) => word ?? '');
  return {
    found: `${name} is ${describeValue(value)}`,
    expected: words.length > 0 ? words.join(', ') : (kinds[expected] ?? expected),
    fix:
      words.length > 0 && typeof value === 'string' && nearest(value, words) !== undefined
        ? suggestion(value, words)
        : fix,
  };
}

/** The `--set` that a path of keys comes from. */
function overrideOf(keys: readonly string[], overrides: readonly string[]): string | undefined {
  if (keys.length === 0) return undefined;
  return overrides.findLast((override) => {
    const path = override.slice(0, override.indexOf('=')).split('.');
    return path.every((key, index) => keys[index] === undefined || keys[index] === key);
  });
}

function describeIssue(
  issue: z.core.$ZodIssue,
  config: unknown,
  { where, document, lines, overrides }: ConfigText,
): InputError | UsageError {
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const keys = (unknownKey === undefined ? issue.path : [...issue.path, unknownKey]).map(String);
  const what =
    unknownKey === undefined
      ? describeWrongValue(issue, config)
      : {
          found: `unknown key '${keys.join('.')}'`,
          fix: suggestion(unknownKey, keysAt(runModeSchema(valueAt(config, ['mode'])), issue.path)),
        };
  const override = overrideOf(keys, overrides);
  if (override !== undefined) return new UsageError({ where: `--set ${override}`, ...what });
  const line = lineOf(document, lines, keys);
  return new InputError({ where: line === undefined ? where : `${where}, line ${line}`, ...what });
}

/** A config as it was written. */
interface ConfigText {
  readonly where: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly overrides: readonly string[];
}

/** What the parser says, in its first line, without the place. */
function yamlProblem({ message }: Error): string {
  if (/call stack/.test(message)) return 'lists and mappings that are nested too deep';
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
}

/** The content as plain values; aliases may be unresolved or explode. */
function plainContent(document: Document, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    throw new InputError(
      { where, found: yamlProblem(cause as Error), expected: 'YAML without broken aliases' },
      { cause },
    );
  }
}

/**
 * Checks the text of a run config and fills in the defaults.
 *
 * @param overrides values by path, as `training.epochs=5`
 * @throws InputError with file and line for invalid YAML, an unknown key (names the nearest) or a
 *   value of the wrong type
 */
export function parseRunConfig(
  text: string,
  where: string,
  overrides: readonly string[] = [],
): RunConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  // A tag that is not known would be passed over.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line ?? 1;
    const isDuplicate = problem.code === 'DUPLICATE_KEY';
    const key = /^[^\s:]*/.exec(text.slice(problem.pos[0]))?.[0] ?? '';
    throw new InputError({
      where: `${where}, line ${line}`,
      found: isDuplicate ? `the key '${key}' for the second time` : yamlProblem(problem),
      expected: isDuplicate ? 'each key once' : 'valid YAML',
    });
  }
  const content = plainContent(document, where);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new InputError({
      where,
      found: content === null ? 'nothing' : `a ${Array.isArray(content) ? 'list' : typeof content}`,
      expected: 'a mapping with the keys mode, name, data, …',
      fix: 'Start from notebooks/quickstart.tatabox.yaml.',
    });
  }
  const config = applyOverrides(content as Record<string, unknown>, overrides);
  const result = runConfigSchema.safeParse(config);
  if (result.success) return result.data;
  // An unknown key first: it is why another one is missing.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) throw result.error;
  throw describeIssue(issue, config, { where, document, lines, overrides });
}

/** Reads a run config file; see `parseRunConfig`. */
export async function readRunConfig(
  file: string,
  overrides: readonly string[] = [],
): Promise<RunConfigFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EISDIR') {
      const expected = 'a run config (NAME.tatabox.yaml)';
      throw new InputError({ where: file, found: 'a folder', expected }, { cause });
    }
    throw await fileError(file, cause);
  }
  return { config: parseRunConfig(text, file, overrides), file: path.resolve(file) };
}
