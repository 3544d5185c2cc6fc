import { parseConfigText, type TextRange } from 'tatabox/runs/schema/config-text.ts';
import { schemasAt, type SchemaNode } from 'tatabox/runs/schema/schema-choices.ts';
import { configEntries } from './config-entries.ts';
import { plainOf } from './plain-of.ts';

/** A file or folder that a run config reads. */
export interface ConfigPath {
  /** As it is written, from the folder of the config. */
  readonly file: string;
  readonly key: string;
  readonly range: TextRange;
  /** Names beside it that stand for it as well: a HISAT2 index is named without its endings. */
  readonly endings: readonly string[];
}

/** Paths of what a run config reads, without web addresses. */
export function configPaths(text: string, schema: SchemaNode): ConfigPath[] {
  const { document } = parseConfigText(text);
  const content = plainOf(document);
  return configEntries(document).flatMap(({ path, kind, scalar, value }) => {
    if (kind !== 'scalar' || typeof scalar !== 'string' || scalar === '') return [];
    if (value === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(scalar)) return [];
    const isRead = schemasAt(schema, path, content).some((each) => each.path === 'input');
    if (!isRead) return [];
    const key = path.findLast((part) => typeof part === 'string') ?? '';
    const isIndex = key === 'index';
    return [
      {
        file: scalar,
        key: String(key),
        range: value,
        endings: isIndex ? ['.1.ht2', '.1.ht2l'] : [],
      },
    ];
  });
}
