import { parse } from 'yaml';
import type { TextRange } from 'tatabox/runs/schema/config-text.ts';
import {
  choicesFor,
  keysAt,
  schemasAt,
  type SchemaNode,
} from 'tatabox/runs/schema/schema-choices.ts';
import { configCursor, type ConfigCursor } from './config-cursor.ts';
import { knownModels } from './known-models.ts';
import { defaultText, keyDocumentation, typeText, wordsOf } from './schema-text.ts';

/** Something in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** What may be written at a cursor. */
export interface ConfigCompletion {
  readonly kind: 'key' | 'word' | 'mapping' | 'file' | 'folder';
  readonly label: string;
  /** Text beside the label. */
  readonly detail: string;
  /** Markdown. */
  readonly documentation: string;
  /** A snippet of VS Code, with all letters that mean something there escaped. */
  readonly snippet: string;
  /** Letters of the text that it replaces. */
  readonly range: TextRange;
  /** More is to be chosen at once: values of a key, files of a folder. */
  readonly goesOn: boolean;
}

/** What {@link completeConfig} looks up. */
export interface CompletionSources {
  /** `runConfigSchemaNode()`. */
  readonly schema: SchemaNode;
  /** What is in a folder, by its path from the folder of the config; empty where there is none. */
  readonly listFolder: (folder: string) => Promise<readonly FolderEntry[]>;
}

/** Entries of a folder that are offered at most. */
const MOST_FILES = 500;

const escaped = (text: string): string => text.replaceAll(/[\\$}]/g, '\\$&');

/** A text as YAML needs it: in quotes where it would be something else without. */
export function yamlText(text: string): string {
  // Also right between brackets, and not a number, a truth or nothing.
  const isPlain =
    /^[\p{L}\p{N}_./~][\p{L}\p{N}_./~ @+%=()-]*$/u.test(text) &&
    !text.endsWith(' ') &&
    parse(text) === text;
  return isPlain ? text : JSON.stringify(text);
}

function isMappingOnly(schemas: readonly SchemaNode[]): boolean {
  const typed = schemas.filter(({ type }) => type !== undefined);
  return typed.length > 0 && typed.every(({ type }) => type === 'object');
}

function isListOnly(schemas: readonly SchemaNode[]): boolean {
  const typed = schemas.filter(({ type }) => type !== undefined);
  return typed.length > 0 && typed.every(({ type }) => type === 'array');
}

/** What follows the colon of a new key. */
function valueSnippet(
  schemas: readonly SchemaNode[],
  { inFlow, indent }: Pick<ConfigCursor, 'inFlow' | 'indent'>,
): { text: string; goesOn: boolean } {
  const inner = `\n${' '.repeat(indent + 2)}`;
  if (isMappingOnly(schemas)) {
    return { text: inFlow ? ' { $0 }' : `${inner}$0`, goesOn: true };
  }
  if (isListOnly(schemas)) {
    const items = schemas.flatMap(({ items: item }) =>
      item === undefined || 'length' in item ? [] : choicesFor(item as SchemaNode, undefined),
    );
    const isPlain = inFlow || !isMappingOnly(items);
    return { text: isPlain ? ' [$0]' : `${inner}- $0`, goesOn: true };
  }
  if (wordsOf(schemas).length > 0) return { text: ' ', goesOn: true };
  const value = schemas.find((schema) => typeof schema.default === 'number')?.default;
  if (value !== undefined) return { text: ` \${1:${escaped(String(value))}}`, goesOn: false };
  return { text: ' ', goesOn: schemas.some(({ path }) => path !== undefined) };
}

/** Keys that choose between several kinds of one mapping, as `by` of a split. */
function choosingKeys(choices: readonly SchemaNode[]): string[] {
  const mappings = choices.flatMap(({ properties }) =>
    properties === undefined ? [] : [properties],
  );
  if (mappings.length < 2) return [];
  return Object.keys(mappings[0] ?? {}).filter((key) =>
    mappings.every((properties) => properties[key]?.const !== undefined),
  );
}

function keyCompletions(cursor: ConfigCursor, schema: SchemaNode): ConfigCompletion[] {
  const choices = schemasAt(schema, cursor.path, cursor.content);
  const required = new Set(choices.flatMap((choice) => choice.required ?? []));
  const choosing = choosingKeys(choices).filter((key) => !cursor.present.has(key));
  const keys = [...keysAt(schema, cursor.path, cursor.content)]
    .filter(
      ([key]) => !cursor.present.has(key) && (choosing.length === 0 || choosing.includes(key)),
    )
    .sort(([a], [b]) => Number(required.has(b)) - Number(required.has(a)));
  return keys.map(([key, schemas]) => {
    const all = schemas.flatMap((each) => choicesFor(each, undefined));
    const value = cursor.hasColon ? { text: '', goesOn: false } : valueSnippet(all, cursor);
    const byDefault = defaultText(schemas);
    const isRequired = required.has(key);
    return {
      kind: 'key' as const,
      label: key,
      detail: isRequired ? 'required' : byDefault === undefined ? typeText(schemas) : byDefault,
      documentation: keyDocumentation(schemas, { required: isRequired }),
      snippet: `${escaped(key)}${cursor.hasColon ? '' : ':'}${value.text}`,
      range: cursor.range,
      goesOn: value.goesOn,
    };
  });
}

/** Words beside those of the schema: architectures and presets, which only their registry knows. */
function modelWords(cursor: ConfigCursor): [word: string, description: string][] {
  const [first, second] = cursor.path;
  if (first !== 'model' || cursor.path.length !== 2) return [];
  const { mode, model } = (cursor.content ?? {}) as { mode?: unknown; model?: { type?: unknown } };
  const fitting = knownModels.filter(({ modes }) => modes.includes(String(mode)));
  if (second === 'type') return fitting.map(({ type, description }) => [type, description]);
  if (second !== 'preset') return [];
  const chosen = typeof model?.type === 'string' ? model.type : fitting[0]?.type;
  return fitting
    .filter(({ type }) => type === chosen)
    .flatMap(({ type, presets }) =>
      presets.map((preset): [string, string] => [preset, `preset of ${type}`]),
    );
}

function wordCompletions(
  cursor: ConfigCursor,
  schemas: readonly SchemaNode[],
  space: string,
): ConfigCompletion[] {
  const byDefault = defaultText(schemas);
  const descriptions = new Map(
    schemas.flatMap(({ properties, description }) =>
      Object.values(properties ?? {}).flatMap(({ const: word }) =>
        word === undefined || description === undefined ? [] : [[String(word), description]],
      ),
    ) as [string, string][],
  );
  const words: [string, string][] = [
    ...wordsOf(schemas.filter(({ properties }) => properties === undefined)).map(
      (word): [string, string] => [word, descriptions.get(word) ?? ''],
    ),
    ...modelWords(cursor),
  ];
  return words.map(([word, description]) => ({
    kind: 'word' as const,
    label: word,
    detail: word === byDefault ? 'default' : '',
    documentation: description,
    snippet: space + escaped(word),
    range: cursor.range,
    goesOn: false,
  }));
}

/** One mapping in brackets a choice, with the keys that it needs. */
function mappingCompletions(
  cursor: ConfigCursor,
  schemas: readonly SchemaNode[],
  space: string,
): ConfigCompletion[] {
  const mappings = schemas.filter(({ properties }) => properties !== undefined);
  const [choosing] = choosingKeys(mappings);
  if (choosing === undefined) return [];
  return mappings.map(({ properties = {}, required = [], description = '' }) => {
    const word = String(properties[choosing]?.const);
    let stop = 0;
    const parts = required.map((key) => {
      const schema = properties[key] ?? {};
      if (key === choosing) return `${key}: ${word}`;
      const place = `$${String(++stop)}`;
      return schema.type === 'array' ? `${key}: [${place}]` : `${key}: ${place}`;
    });
    return {
      kind: 'mapping' as const,
      label: `{ ${choosing}: ${word} }`,
      detail: '',
      documentation: description,
      snippet: `${space}{ ${parts.join(', ')}${required.length > 1 ? '' : '$1'} }`,
      range: cursor.range,
      goesOn: false,
    };
  });
}

async function fileCompletions(
  cursor: ConfigCursor,
  { listFolder }: CompletionSources,
  space: string,
): Promise<ConfigCompletion[]> {
  if (/^[a-z]+:\/\//i.test(cursor.prefix)) return [];
  const folder = cursor.prefix.slice(0, cursor.prefix.lastIndexOf('/') + 1);
  const entries = [...(await listFolder(folder === '' ? '.' : folder))]
    .filter(({ name }) => !name.startsWith('.') || /\/\.[^/]*$/.test(cursor.prefix))
    .sort((a, b) => Number(a.isFolder) - Number(b.isFolder) || a.name.localeCompare(b.name))
    .slice(0, MOST_FILES);
  return entries.map(({ name, isFolder }) => {
    const file = `${folder}${name}${isFolder ? '/' : ''}`;
    const written = cursor.isQuoted ? JSON.stringify(file).slice(1, -1) : yamlText(file);
    return {
      kind: isFolder ? ('folder' as const) : ('file' as const),
      label: file,
      detail: '',
      documentation: '',
      snippet: space + escaped(written),
      range: cursor.range,
      goesOn: isFolder,
    };
  });
}

/**
 * What may be written at a place of a run config: keys that are not there yet, words, kinds of
 * mappings, and files by their path from the config. Empty where nothing is known.
 */
export async function completeConfig(
  text: string,
  offset: number,
  sources: CompletionSources,
): Promise<ConfigCompletion[]> {
  const cursor = configCursor(text, offset);
  if (cursor === undefined) return [];
  if (cursor.kind === 'key') return keyCompletions(cursor, sources.schema);
  const schemas = schemasAt(sources.schema, cursor.path, cursor.content);
  const space = cursor.needsSpace ? ' ' : '';
  const completions = [
    ...wordCompletions(cursor, schemas, space),
    ...(cursor.isQuoted ? [] : mappingCompletions(cursor, schemas, space)),
    ...(schemas.some(({ path }) => path !== undefined)
      ? await fileCompletions(cursor, sources, space)
      : []),
  ];
  // An item of a list of mappings may begin with a key.
  const mayBeKey = cursor.kind === 'item' && !cursor.inFlow && !cursor.isQuoted;
  return mayBeKey ? [...completions, ...keyCompletions(cursor, sources.schema)] : completions;
}
