import { parseConfigText, type TextRange } from 'tatabox/runs/schema/config-text.ts';
import { configEntries } from './config-entries.ts';

/** A key of a run config for the outline and the breadcrumbs. */
export interface OutlineItem {
  readonly name: string;
  /** The value, where it is short. */
  readonly detail: string;
  readonly kind: 'mapping' | 'list' | 'scalar';
  readonly range: TextRange;
  readonly selection: TextRange;
  readonly children: readonly OutlineItem[];
}

/** Letters of a value that are shown. */
const SHOWN = 60;

/** The keys of a run config as a tree. */
export function configOutline(text: string): OutlineItem[] {
  const { document } = parseConfigText(text);
  const top: OutlineItem[] = [];
  const byPath = new Map<string, OutlineItem[]>([['[]', top]]);
  for (const { path, key, value, whole, kind, scalar } of configEntries(document)) {
    const siblings = byPath.get(JSON.stringify(path.slice(0, -1)));
    if (siblings === undefined || (key === undefined && kind === 'scalar')) continue;
    const written = value === undefined ? '' : text.slice(value.start, value.end);
    const first = key === undefined ? /[^\s{},:]+:\s*[^,}\n]+/.exec(written)?.[0] : undefined;
    const children: OutlineItem[] = [];
    byPath.set(JSON.stringify(path), children);
    siblings.push({
      name: first ?? String(path.at(-1)),
      detail: kind === 'scalar' && scalar !== null ? written.slice(0, SHOWN) : '',
      kind,
      range: whole,
      selection: key ?? { start: whole.start, end: whole.start },
      children,
    });
  }
  return top;
}
