import type { Document, YAMLMap, YAMLSeq } from 'yaml';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { InputError } from '../core/errors.ts';
import { yamlFault } from '../core/yaml-limits.ts';
import { cleaned, metricsTable, slug, type ModelCardMetric } from './model-card.ts';

/** Options of `fillCardResults`. */
export interface FillCardResultsOptions {
  /** The card, `README.md`, as it is. */
  readonly card: string;
  /** What was measured last; metrics of the card with other names or subsets stay as they are. */
  readonly metrics: readonly ModelCardMetric[];
  /** Where the card is, for messages. Default `README.md`. */
  readonly where?: string;
}

const typeOf = (metric: ModelCardMetric): string => metric.type ?? slug(metric.name);
const subsetOf = (metric: ModelCardMetric): string => metric.subset ?? 'test';

function textOf(map: unknown, ...path: string[]): string | undefined {
  const value: unknown = isMap(map) ? map.getIn(path) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** The sequence under a key, made where it is missing or something else. */
function sequenceIn(document: Document, map: YAMLMap, key: string): YAMLSeq {
  const found = map.get(key, true);
  if (isSeq(found)) return found;
  const made = document.createNode([]) as YAMLSeq;
  map.set(key, made);
  return made;
}

/** Writes metrics of one subset into `model-index[0].results`. */
function fillResult(document: Document, root: YAMLMap, metrics: readonly ModelCardMetric[]): void {
  const [first] = metrics;
  if (first === undefined) return;
  const index = sequenceIn(document, root, 'model-index');
  if (!isMap(index.items[0])) index.items.unshift(document.createNode({ name: 'model' }));
  const results = sequenceIn(document, index.items[0] as YAMLMap, 'results');
  const subset = subsetOf(first);
  let result = results.items.find((each) => textOf(each, 'dataset', 'split') === subset);
  // A card written by hand often has one result without a split.
  result ??=
    results.items.length === 1 && textOf(results.items[0], 'dataset', 'split') === undefined
      ? results.items[0]
      : undefined;
  if (!isMap(result)) {
    const other = results.items.find(isMap);
    const name = textOf(other, 'dataset', 'name') ?? subset;
    const type = textOf(other, 'dataset', 'type') ?? slug(name);
    const task = { type: 'other', name: textOf(other, 'task', 'name') ?? 'regression' };
    result = document.createNode({ task, dataset: { type, name, split: subset }, metrics: [] });
    results.add(result);
  }
  const listed = sequenceIn(document, result as YAMLMap, 'metrics');
  for (const metric of metrics) {
    const type = typeOf(metric);
    const same = (each: unknown, exact: boolean): boolean =>
      textOf(each, 'type') === type && (!exact || textOf(each, 'name') === metric.name);
    const ofType = listed.items.filter((each) => same(each, false));
    const found =
      listed.items.find((each) => same(each, true)) ??
      (ofType.length === 1 ? ofType[0] : undefined);
    if (isMap(found)) found.set('value', metric.value);
    else listed.add(document.createNode({ type, name: metric.name, value: metric.value }));
  }
}

/** The names of metrics in the front matter, those that are new added at the end. */
function fillNames(document: Document, root: YAMLMap, metrics: readonly ModelCardMetric[]): void {
  const names = sequenceIn(document, root, 'metrics');
  const there = new Set(names.items.map((item) => String(isScalar(item) ? item.value : item)));
  for (const type of new Set(metrics.map(typeOf))) {
    if (!there.has(type)) names.add(document.createNode(type));
  }
}

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

/** The lines of a table before and the new rows: what was not measured anew stays. */
function mergeTables(old: readonly string[], made: readonly string[]): string[] {
  const [oldHead = '', newHead = ''] = [old[0] ?? '', made[0] ?? ''];
  const columns = [...new Set([...cells(newHead), ...cells(oldHead)])];
  const rows = new Map<string, Map<string, string>>();
  const read = (lines: readonly string[]): void => {
    const names = cells(lines[0] ?? '');
    for (const line of lines.slice(2)) {
      const row = new Map(cells(line).map((cell, at) => [names[at] ?? '', cell]));
      const key = `${row.get('Metric') ?? ''}|${row.get('Subset') ?? ''}`;
      const before = rows.get(key);
      // An interval and baselines belong to the value beside which they stand.
      if (before?.get('This model') === row.get('This model')) {
        rows.set(key, new Map([...(before ?? []), ...[...row].filter(([, cell]) => cell !== '')]));
      } else rows.set(key, row);
    }
  };
  read(old);
  read(made);
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...[...rows.values()].map((row) => line(columns.map((name) => row.get(name) ?? ''))),
  ];
}

/** The text of the card with its table of results brought up to date. */
function fillText(text: string, metrics: readonly ModelCardMetric[]): string {
  const lines = text.split('\n');
  const made = metricsTable(metrics).split('\n');
  const heading = lines.findIndex((line) => /^## Results\s*$/.test(line));
  if (heading < 0) {
    const before = lines.findIndex((line) => /^## (Training|Limitations|Citation)\s*$/.test(line));
    const section = ['## Results', '', ...made, ''];
    if (before >= 0) lines.splice(before, 0, ...section);
    else lines.splice(lines.length, 0, ...(lines.at(-1) === '' ? [] : ['']), ...section);
    return lines.join('\n');
  }
  const next = lines.findIndex((line, at) => at > heading && /^#{1,2} /.test(line));
  const end = next < 0 ? lines.length : next;
  const isHead = (at: number): boolean =>
    /^\|\s*Metric\s*\|/.test(lines[at] ?? '') && /^\|[\s:|-]+\|\s*$/.test(lines[at + 1] ?? '');
  let start = heading + 1;
  while (start < end && !isHead(start)) start++;
  if (start >= end) {
    lines.splice(heading + 1, 0, '', ...made);
    return lines.join('\n');
  }
  let after = start;
  while (after < end && (lines[after] ?? '').startsWith('|')) after++;
  lines.splice(start, after - start, ...mergeTables(lines.slice(start, after), made));
  return lines.join('\n');
}

/**
 * Brings the results of a model card up to date: the front matter that the Hub reads (`metrics`,
 * `model-index`) and the table under `## Results`. All else stays as its author wrote it.
 *
 * @throws InputError for a card without front matter or with one that is no YAML, and for a number
 *   that is not finite; UsageError for something that looks like a token
 */
export function fillCardResults({
  card,
  metrics: given,
  where = 'README.md',
}: FillCardResultsOptions): string {
  const metrics = cleaned(given, 'metrics');
  if (metrics.length === 0) return card;
  const [whole, front] = /^---\r?\n([^]*?)\r?\n---(?=\r?\n|$)/.exec(card) ?? [];
  if (whole === undefined || front === undefined) {
    throw new InputError({
      where,
      found: "no front matter between '---' lines",
      expected: "a model card that begins with '---', license and library_name",
    });
  }
  const fault = yamlFault(front);
  if (fault !== undefined) {
    const { found, expected } = fault;
    throw new InputError({ where: `${where}, front matter`, found, expected });
  }
  const document = parseDocument(front);
  if (document.errors.length > 0 || !isMap(document.contents)) {
    const { message = 'no mapping' } = document.errors[0] ?? {};
    throw new InputError({
      where: `${where}, front matter`,
      found: message.split('\n')[0] ?? message,
      expected: 'a YAML mapping',
    });
  }
  const root = document.contents as YAMLMap;
  fillNames(document, root, metrics);
  for (const subset of new Set(metrics.map(subsetOf))) {
    fillResult(
      document,
      root,
      metrics.filter((metric) => subsetOf(metric) === subset),
    );
  }
  const newFront = document.toString({ lineWidth: 0 }).trimEnd();
  return `---\n${newFront}\n---${fillText(card.slice(whole.length), metrics)}`;
}
