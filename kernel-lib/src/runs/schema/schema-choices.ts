import { z } from 'zod';
import { fileKeys } from './run-keys.ts';
import { runConfigSchema } from './run-config.ts';

/** What this library's JSON Schemas are made of. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  /** The text is a path: of a file or folder that is read, or of one that is written. */
  readonly path?: 'input' | 'output';
}

/** The JSON Schema of run configs in which texts that are paths are marked; for editors. */
export function runConfigSchemaNode(): SchemaNode {
  return z.toJSONSchema(runConfigSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      const path = fileKeys.get(zodSchema as unknown as z.ZodType)?.path;
      if (path !== undefined) Object.assign(jsonSchema, { path });
    },
  }) as SchemaNode;
}

/** A schema and all choices in it, whatever the value is. */
export function allChoices(schema: SchemaNode): SchemaNode[] {
  return [schema, ...[...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].flatMap(allChoices)];
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a mapping has another word than the one that a choice is known by, as `by` or `mode`. */
function isAnother(choice: SchemaNode, value: unknown): boolean {
  if (!isMapping(value)) return false;
  return Object.entries(choice.properties ?? {}).some(
    ([key, { const: word }]) =>
      word !== undefined && typeof value[key] === 'string' && value[key] !== word,
  );
}

/**
 * The schemas that may hold for a value: of choices that are known by a word (`mode`, `by`, `name`)
 * the one that the value names; all of them where it names none or one that is not known.
 */
export function choicesFor(schema: SchemaNode, value: unknown): SchemaNode[] {
  const all = allChoices(schema);
  const fitting = all.filter((choice) => !isAnother(choice, value));
  return fitting.some(({ properties }) => properties !== undefined) ? fitting : all;
}

function childSchemas(choice: SchemaNode, key: PropertyKey): SchemaNode[] {
  const { properties, items, additionalProperties: others } = choice;
  const name = String(key);
  if (properties !== undefined && Object.hasOwn(properties, name)) {
    return [properties[name] ?? {}];
  }
  if (items !== undefined && /^\d+$/.test(name)) {
    if (!Array.isArray(items)) return [items as SchemaNode];
    const item = (items as readonly SchemaNode[])[Number(name)];
    return item === undefined ? [] : [item];
  }
  return typeof others === 'object' ? [others] : [];
}

/**
 * The schemas that may hold at a path of a config, with their choices.
 *
 * @param content the whole config so far, which says which choices are meant
 * @example
 * schemasAt(runConfigSchemaNode(), ['training', 'optimizer'], { mode: 'train' });
 */
export function schemasAt(
  root: SchemaNode,
  path: readonly PropertyKey[],
  content: unknown,
): SchemaNode[] {
  let schemas = [root];
  let value = content;
  for (const key of path) {
    const here = value;
    schemas = schemas
      .flatMap((schema) => choicesFor(schema, here))
      .flatMap((choice) => childSchemas(choice, key));
    value =
      typeof here === 'object' && here !== null && Object.hasOwn(here, key)
        ? (here as Record<PropertyKey, unknown>)[key]
        : undefined;
  }
  const end = value;
  return schemas.flatMap((schema) => choicesFor(schema, end));
}

/** The keys that may be in the mapping at a path, each with its schemas. */
export function keysAt(
  root: SchemaNode,
  path: readonly PropertyKey[],
  content: unknown,
): Map<string, SchemaNode[]> {
  const keys = new Map<string, SchemaNode[]>();
  for (const { properties } of schemasAt(root, path, content)) {
    for (const [key, schema] of Object.entries(properties ?? {})) {
      keys.set(key, [...(keys.get(key) ?? []), schema]);
    }
  }
  return keys;
}
