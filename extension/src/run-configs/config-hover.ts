import { parseConfigText, type TextRange } from 'tatabox/runs/schema/config-text.ts';
import { schemasAt, type SchemaNode } from 'tatabox/runs/schema/schema-choices.ts';
import { configEntries, isIn } from './config-entries.ts';
import { plainOf } from './plain-of.ts';
import { keyDocumentation } from './schema-text.ts';

/** What is told of a place in a run config. */
export interface ConfigHover {
  readonly range: TextRange;
  /** Markdown. */
  readonly text: string;
}

/** What a schema says of a word that was chosen: the description of its kind of mapping. */
function choiceText(schemas: readonly SchemaNode[], word: unknown): string | undefined {
  return schemas.find(
    ({ properties, description }) =>
      description !== undefined &&
      Object.values(properties ?? {}).some(
        ({ const: name }) => name !== undefined && name === word,
      ),
  )?.description;
}

/** Documentation of the key or value at a place; undefined where there is none. */
export function configHover(
  text: string,
  offset: number,
  schema: SchemaNode,
): ConfigHover | undefined {
  const { document } = parseConfigText(text);
  const entry = configEntries(document).findLast(
    ({ key, value, kind }) => isIn(key, offset) || (kind === 'scalar' && isIn(value, offset)),
  );
  if (entry === undefined) return undefined;
  const content = plainOf(document);
  const isKey = isIn(entry.key, offset);
  const range = isKey ? entry.key : entry.value;
  if (range === undefined) return undefined;
  const schemas = schemasAt(schema, entry.path, content);
  if (schemas.length === 0) return undefined;
  const last = String(entry.path.at(-1));
  const parents = schemasAt(schema, entry.path.slice(0, -1), content);
  const required =
    parents.length > 0 &&
    parents.every(
      ({ properties, required: keys }) => properties === undefined || keys?.includes(last) === true,
    );
  const chosen = isKey
    ? undefined
    : (choiceText(parents, entry.scalar) ?? choiceText(schemas, entry.scalar));
  const parts = [
    `**${entry.path.filter((part) => typeof part === 'string').join('.')}**`,
    ...(chosen === undefined ? [] : [`\`${String(entry.scalar)}\`: ${chosen}`]),
    keyDocumentation(schemas, { required }),
  ];
  return { range, text: parts.join('\n\n') };
}
