import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Document } from 'yaml';
import type { TextRange } from 'tatabox/runs/schema/config-text.ts';

/** A key of a run config with its value, or an item of a list, and where it is written. */
export interface ConfigEntry {
  /** Keys and positions that lead to it; the last is its own. */
  readonly path: readonly (string | number)[];
  /** The key; undefined for an item of a list. */
  readonly key: TextRange | undefined;
  /** The value; undefined where there is none yet. */
  readonly value: TextRange | undefined;
  /** Everything, from the key or the item to the end of the value. */
  readonly whole: TextRange;
  readonly kind: 'mapping' | 'list' | 'scalar';
  /** Text, number or truth of a scalar. */
  readonly scalar: unknown;
  /** The mapping or list that it is in is written with brackets. */
  readonly inFlow: boolean;
}

/** Deeper nests are none of a run config, and recursion has its limit. */
const DEEPEST = 50;
/** Entries at most: a larger file is something else. */
const MOST = 20_000;

function rangeOf(node: unknown): TextRange | undefined {
  return isNode(node) && node.range ? { start: node.range[0], end: node.range[1] } : undefined;
}

/** All keys and items of a document in the order of the text; mappings before what is in them. */
export function configEntries(document: Document): ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  const visit = (node: unknown, path: readonly (string | number)[]): void => {
    if (path.length >= DEEPEST || !(isMap(node) || isSeq(node))) return;
    for (const [index, item] of (node.items as unknown[]).entries()) {
      if (entries.length >= MOST) return;
      const inMap = isMap(node) && isPair(item);
      const value: unknown = inMap ? item.value : item;
      const key = inMap ? rangeOf(item.key) : undefined;
      const range = rangeOf(value);
      const start = key?.start ?? range?.start;
      if (start === undefined || isAlias(value)) continue;
      const own = [...path, inMap ? String(item.key) : index];
      entries.push({
        path: own,
        key,
        value: range !== undefined && range.end > range.start ? range : undefined,
        whole: { start, end: Math.max(range?.end ?? start, key?.end ?? start) },
        kind: isMap(value) ? 'mapping' : isSeq(value) ? 'list' : 'scalar',
        scalar: isScalar(value) ? value.value : undefined,
        inFlow: node.flow === true,
      });
      visit(value, own);
    }
  };
  visit(document.contents, []);
  return entries;
}

/** Whether a place lies in a range; its end counts, as a cursor stands between letters. */
export function isIn(range: TextRange | undefined, offset: number): boolean {
  return range !== undefined && range.start <= offset && offset <= range.end;
}
