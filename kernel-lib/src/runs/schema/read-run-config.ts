import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { InputError, UsageError } from '../../core/errors.ts';
import { fileError } from '../../formats/file-error.ts';
import { applyOverrides } from './apply-overrides.ts';
import {
  describeNoMapping,
  describeYamlProblem,
  parseConfigText,
  placeOf,
  plainContent,
  type ConfigText,
} from './config-text.ts';
import { describeIssue } from './describe-issue.ts';
import { runConfigSchema, type RunConfig } from './run-config.ts';

/** A run config and where it lies. */
export interface RunConfigFile {
  readonly config: RunConfig;
  /** Absolute path of the file; paths in the config start from its folder. */
  readonly file: string;
}

/** The `--set` that a path of keys comes from. */
function overrideOf(keys: readonly string[], overrides: readonly string[]): string | undefined {
  if (keys.length === 0) return undefined;
  return overrides.findLast((override) => {
    const path = override.slice(0, override.indexOf('=')).split('.');
    return path.every((key, index) => keys[index] === undefined || keys[index] === key);
  });
}

/** An issue of the schema as the error that is thrown. */
function issueError(
  issue: z.core.$ZodIssue,
  config: unknown,
  where: string,
  { document, lines }: ConfigText,
  overrides: readonly string[],
): InputError | UsageError {
  const { path: keys, found, expected, fix } = describeIssue(issue, config);
  const override = overrideOf(keys, overrides);
  if (override !== undefined) {
    return new UsageError({ where: `--set ${override}`, found, expected, fix });
  }
  const place = placeOf(document, keys);
  const line = place === undefined ? '' : `, line ${String(lines.linePos(place.key.start).line)}`;
  return new InputError({ where: `${where}${line}`, found, expected, fix });
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
  const written = parseConfigText(text);
  const { document, fault } = written;
  if (fault !== undefined) {
    const line = text.slice(0, fault.offset).split('\n').length;
    const { found, expected } = fault;
    throw new InputError({ where: `${where}, line ${String(line)}`, found, expected });
  }
  // A tag that is not known would be passed over.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line ?? 1;
    throw new InputError({
      where: `${where}, line ${String(line)}`,
      ...describeYamlProblem(problem, text),
    });
  }
  const content = plainContent(document, where);
  const noMapping = describeNoMapping(content);
  if (noMapping !== undefined) throw new InputError({ where, ...noMapping });
  const config = applyOverrides(content as Record<string, unknown>, overrides);
  const result = runConfigSchema.safeParse(config);
  if (result.success) return result.data;
  // An unknown key first: it is why another one is missing.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) throw result.error;
  throw issueError(issue, config, where, written, overrides);
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
