import type { z } from 'zod';
import { InputError, type ErrorDetails } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { YamlFault } from '../../core/yaml-limits.ts';
import { requirePortableName } from '../run-name.ts';
import {
  describeNoMapping,
  describeYamlProblem,
  parseConfigText,
  placeOf,
  plainContent,
  type ConfigText,
  type TextRange,
} from './config-text.ts';
import { describeIssue, SCHEMA_FIX, valueAt } from './describe-issue.ts';
import { runConfigSchema } from './run-config.ts';
import { runConfigSchemaNode, type SchemaNode } from './schema-choices.ts';

/**
 * What is wrong: the YAML itself, a key that is not known, one that is missing, a value, or a rule
 * that only this library knows and the JSON Schema does not say.
 */
export type RunConfigProblemKind = 'yaml' | 'unknown-key' | 'missing-key' | 'value' | 'rule';

/** One thing that is wrong with a run config, and where. */
export interface RunConfigProblem extends Pick<ErrorDetails, 'found' | 'expected' | 'fix'> {
  readonly kind: RunConfigProblemKind;
  /** Keys that lead to it, positions in lists among them. */
  readonly path: readonly string[];
  /** Letters of the text that are to be marked. */
  readonly range: TextRange;
  /** Line of the first of them, from 1. */
  readonly line: number;
  /** Column of the first of them, from 1. */
  readonly column: number;
  /** The nearest known key or word, which may stand in place of the marked letters. */
  readonly replacement?: string;
}

/** Problems at most: a file of another kind has one in each line. */
const MOST = 200;

type Part = Omit<RunConfigProblem, 'range' | 'line' | 'column'>;

function problemAt({ lines }: ConfigText, range: TextRange, part: Part): RunConfigProblem {
  const { line, col } = lines.linePos(range.start);
  return { ...part, range, line, column: col };
}

/** Up to the end of the first line: a mark over a whole file says nothing. */
function firstLine(text: string, { start, end }: TextRange): TextRange {
  const newline = text.indexOf('\n', start);
  return { start, end: Math.max(start, newline === -1 || newline > end ? end : newline) };
}

function yamlProblems(written: ConfigText): RunConfigProblem[] {
  const { document, text } = written;
  return [...document.errors, ...document.warnings].slice(0, MOST).map((problem) => {
    const start = Math.min(problem.pos[0], text.length);
    const word = problem.code === 'DUPLICATE_KEY' ? /^[^\s:]*/.exec(text.slice(start))?.[0] : '';
    const end = Math.max(problem.pos[1], start + Math.max(1, word?.length ?? 0));
    const range = firstLine(text, { start, end: Math.min(end, text.length) });
    const description = describeYamlProblem(problem, text);
    return problemAt(written, range, { kind: 'yaml', path: [], ...description });
  });
}

/**
 * The issues of a choice between a word and a mapping, where the value is a mapping: those of the
 * mapping, which name the key, in place of one for the whole.
 */
function innerIssues(issue: z.core.$ZodIssue, config: unknown): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || typeof valueAt(config, issue.path) !== 'object') {
    return [issue];
  }
  const fitting = issue.errors.filter(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  const [inner] = fitting;
  if (inner === undefined || fitting.length > 1 || inner.length === 0) return [issue];
  return inner
    .map((each) => ({ ...each, path: [...issue.path, ...each.path] }))
    .flatMap((each) => innerIssues(each, config));
}

function issueProblem(
  written: ConfigText,
  issue: z.core.$ZodIssue,
  config: unknown,
  schema: SchemaNode,
  unknownKey?: string,
): RunConfigProblem {
  const { path, choices, ...what } = describeIssue(issue, config, { unknownKey, schema });
  const place = placeOf(written.document, path);
  const { found, expected, fix } = what;
  const value = valueAt(config, issue.path);
  const kind =
    what.unknownKey !== undefined
      ? 'unknown-key'
      : value === undefined
        ? 'missing-key'
        : issue.code === 'custom'
          ? 'rule'
          : 'value';
  const isValue = place?.whole === true && (kind === 'value' || kind === 'rule');
  const range = isValue ? (place.value ?? place.key) : place?.key;
  const wrong = what.unknownKey ?? value;
  const replacement =
    typeof wrong === 'string' && choices.length > 0 ? nearest(wrong, choices) : undefined;
  return problemAt(written, firstLine(written.text, range ?? firstKey(written)), {
    kind,
    path,
    found,
    ...(expected === undefined ? {} : { expected }),
    // An editor completes and explains the keys itself.
    ...(fix === undefined || fix === SCHEMA_FIX ? {} : { fix }),
    ...(replacement === undefined ? {} : { replacement }),
  });
}

/** What makes a text one that is not parsed at all. */
function faultProblem(text: string, { found, expected, offset }: YamlFault): RunConfigProblem {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return {
    kind: 'yaml',
    path: [],
    found,
    expected,
    range: firstLine(text, { start: offset, end: text.length }),
    line: text.slice(0, offset).split('\n').length,
    column: offset - start + 1,
  };
}

/** The first line with something in it: what is missing is marked there. */
function firstKey({ document, text }: ConfigText): TextRange {
  const start = document.contents?.range?.[0] ?? 0;
  return { start, end: text.length };
}

function nameProblem(written: ConfigText, config: unknown): RunConfigProblem[] {
  const name = valueAt(config, ['name']);
  const place = placeOf(written.document, ['name']);
  if (typeof name !== 'string' || place === undefined) return [];
  try {
    requirePortableName(name, 'name');
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { found, expected, fix } = error.details;
    const part = { kind: 'rule', path: ['name'], found, expected, fix } as const;
    return [problemAt(written, place.value ?? place.key, part)];
  }
}

/**
 * All that is wrong with the text of a run config, in the order of the text; empty where
 * `parseRunConfig` takes it. Files are not looked at.
 *
 * @param schema `runConfigSchemaNode()`, where it is at hand
 * @example
 * for (const { line, found } of runConfigProblems(text)) console.log(line, found);
 */
export function runConfigProblems(
  text: string,
  schema: SchemaNode = runConfigSchemaNode(),
): RunConfigProblem[] {
  const written = parseConfigText(text);
  if (written.fault !== undefined) return [faultProblem(text, written.fault)];
  const problems = yamlProblems(written);
  const { errors } = written.document;
  // With broken YAML the content is a guess; a repeated key changes nothing around it.
  if (errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return problems;
  let content: unknown;
  try {
    content = plainContent(written.document, '');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { found, expected } = error.details;
    const range = firstLine(text, firstKey(written));
    return [...problems, problemAt(written, range, { kind: 'yaml', path: [], found, expected })];
  }
  const noMapping = describeNoMapping(content);
  if (noMapping !== undefined) {
    const range = firstLine(text, firstKey(written));
    return [...problems, problemAt(written, range, { kind: 'value', path: [], ...noMapping })];
  }
  const { error } = runConfigSchema.safeParse(content);
  for (const issue of (error?.issues ?? []).flatMap((each) => innerIssues(each, content))) {
    const unknownKeys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    for (const key of unknownKeys) {
      if (problems.length >= MOST) break;
      problems.push(issueProblem(written, issue, content, schema, key));
    }
  }
  problems.push(...nameProblem(written, content));
  return problems.sort((a, b) => a.range.start - b.range.start).slice(0, MOST);
}

/** A problem in one sentence or two, as an error would say it. */
export function runConfigProblemText(problem: RunConfigProblem): string {
  const { found, expected, fix, path, kind } = problem;
  // The path stands at the mark already; only the last key is said again.
  const short = kind === 'unknown-key' ? `Unknown key '${path.at(-1) ?? ''}'` : found;
  const sentence = expected === undefined ? short : `${short}; expected ${expected}`;
  if (fix === undefined) return sentence;
  return `${sentence}${/[.?!]$/.test(sentence) ? '' : '.'} ${fix}`;
}
