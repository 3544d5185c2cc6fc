import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMap, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { InputError } from '../../core/errors.ts';
import { suggestion } from '../../core/nearest.ts';
import { applyOverrides } from './apply-overrides.ts';
import { runConfigSchema, trainRunSchema, type RunConfig } from './run-config.ts';

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

function describeIssue(
  issue: z.core.$ZodIssue,
  where: string,
  document: Document,
  lines: LineCounter,
): InputError {
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const keys = unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
  const line = lineOf(document, lines, keys);
  const place = line === undefined ? where : `${where}, line ${line}`;
  const name = keys.map(String).join('.');
  if (unknownKey !== undefined) {
    return new InputError({
      where: place,
      found: `unknown key '${name}'`,
      fix: suggestion(unknownKey, keysAt(trainRunSchema, issue.path)),
    });
  }
  return new InputError({
    where: place,
    found: name === '' ? issue.message : `${name}: ${issue.message}`,
    fix: 'Run `tatabox schema` for all keys, their types and defaults.',
  });
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
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line ?? 1;
    throw new InputError({
      where: `${where}, line ${line}`,
      found: problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '',
      expected: 'valid YAML',
    });
  }
  const content = document.toJS({ maxAliasCount: 100 }) as unknown;
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new InputError({
      where,
      found: content === null ? 'nothing' : `a ${Array.isArray(content) ? 'list' : typeof content}`,
      expected: 'a mapping with the keys mode, name, data, …',
      fix: 'Start from notebooks/quickstart.tatabox.yaml.',
    });
  }
  const result = runConfigSchema.safeParse(
    applyOverrides(content as Record<string, unknown>, overrides),
  );
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue === undefined) throw result.error;
  throw describeIssue(issue, where, document, lines);
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
    throw new InputError(
      {
        where: file,
        found: code === 'EISDIR' ? 'a folder' : `no such file (${code ?? 'unreadable'})`,
        expected: 'a run config (NAME.tatabox.yaml)',
      },
      { cause },
    );
  }
  return { config: parseRunConfig(text, file, overrides), file: path.resolve(file) };
}
