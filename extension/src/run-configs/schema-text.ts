import type { SchemaNode } from 'tatabox/runs/schema/schema-choices.ts';
import { allChoices } from 'tatabox/runs/schema/schema-choices.ts';

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value).replaceAll('"', '');

/** The words that a value may be: those of enumerations and of choices; none for free values. */
export function wordsOf(schemas: readonly SchemaNode[]): string[] {
  const words = schemas.flatMap(allChoices).flatMap(({ const: word, enum: choices, type }) => {
    if (choices !== undefined) return choices.map(shown);
    if (word !== undefined) return [shown(word)];
    return type === 'boolean' ? ['true', 'false'] : [];
  });
  return [...new Set(words)];
}

function limits(schema: SchemaNode): string {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const parts = [
    above === undefined ? undefined : `above ${String(above)}`,
    // JSON Schema gives whole numbers the bounds of what JavaScript can hold; they say nothing.
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER
      ? undefined
      : `at least ${String(minimum)}`,
    below === undefined ? undefined : `below ${String(below)}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
      ? undefined
      : `at most ${String(maximum)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** Types of a schema in the words of a person. */
function typeNames(schema: SchemaNode): string[] {
  const { type, path, items, oneOf, anyOf } = schema;
  const inner = [...(oneOf ?? []), ...(anyOf ?? [])];
  if (inner.length > 0) return inner.flatMap(typeNames);
  if (schema.const !== undefined || schema.enum !== undefined) return ['one of the choices'];
  if (type === 'array') {
    if (items === undefined) return ['list'];
    if ('length' in items) return [`list of ${String(items.length)}`];
    return [`list of ${[...new Set(typeNames(items as SchemaNode))].join(' or ')}`];
  }
  if (type === 'string') {
    return [path === 'input' ? 'file' : path === 'output' ? 'folder that is written' : 'text'];
  }
  if (type === 'integer') return [`whole number${limits(schema)}`];
  if (type === 'number') return [`number${limits(schema)}`];
  if (type === 'boolean') return ['true or false'];
  return [type === 'object' ? 'mapping' : 'any value'];
}

/** What a value may be, in a few words, for example `whole number (at least 1)`. */
export function typeText(schemas: readonly SchemaNode[]): string {
  return [...new Set(schemas.flatMap(typeNames))].join(' or ');
}

/** What holds where a value is not given; undefined where nothing does. */
export function defaultText(schemas: readonly SchemaNode[]): string | undefined {
  const value = schemas.find((schema) => schema.default !== undefined)?.default;
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return shown(value);
  if (Object.keys(value).length === 0) return Array.isArray(value) ? 'none' : undefined;
  return JSON.stringify(value)
    .replaceAll('"', '')
    .replaceAll(/([,:])/g, '$1 ');
}

/** Documentation of a key in Markdown: what it is, type, default, choices. */
export function keyDocumentation(
  schemas: readonly SchemaNode[],
  { required = false }: { readonly required?: boolean } = {},
): string {
  const description = schemas.find((schema) => schema.description !== undefined)?.description ?? '';
  const words = schemas.some(({ type }) => type === 'object' || type === 'array')
    ? []
    : wordsOf(schemas);
  const byDefault = defaultText(schemas);
  const sentence = description.charAt(0).toUpperCase() + description.slice(1);
  const lines = [
    sentence,
    `Type: ${typeText(schemas)}${required ? ' — required' : ''}`,
    byDefault === undefined ? '' : `Default: \`${byDefault}\``,
    words.length === 0 ? '' : `Choices: ${words.map((word) => `\`${word}\``).join(', ')}`,
  ];
  return lines.filter((line) => line !== '').join('\n\n');
}
