import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamDelimited } from '../formats/delimited-records.ts';

/** Promoters with the measured expression of their genes. */
export interface LabelledPromoters {
  /** The file, for messages. */
  readonly source: string;
  /** One name a promoter: the gene, or `row 1`, … where the table names none. */
  readonly ids: readonly string[];
  /** Upper case. */
  readonly sequences: readonly string[];
  /** Names of the targets: columns without `tpm_`, or of the places of a list. */
  readonly targetNames: readonly string[];
  /** `promoters × targets`, row-major. */
  readonly targets: Float64Array;
  /** Fold of each promoter; undefined where the table has no such column. */
  readonly folds: readonly string[] | undefined;
  /** Cultivar of each promoter; undefined where the table has no such column. */
  readonly cultivars: readonly string[] | undefined;
}

/** Options of {@link readLabelledPromoters}. */
export interface ReadLabelledPromotersOptions extends LongWorkOptions {
  /** Default `sequence`, `promoter` or `seq`. */
  readonly sequenceColumn?: string;
  /** Default `gene_id`, `gene`, `id` or `name`; where there is none, rows are counted. */
  readonly idColumn?: string;
  /**
   * Columns of numbers to be predicted, in this order. Default: those that begin with `tpm_`, or
   * where there is a column `labels`, all places of its lists.
   */
  readonly targetColumns?: readonly string[];
  /** Names of the places in the lists of a column `labels`. Default `label_0`, `label_1`, … */
  readonly labelNames?: readonly string[];
  /** Default `fold`, where there is one. */
  readonly foldColumn?: string;
}

const LABELS = 'labels';

/** Where the fields of a row are. */
interface Columns {
  readonly sequence: number;
  readonly id: number | undefined;
  readonly fold: number | undefined;
  readonly cultivar: number | undefined;
  /** Of one column a target; undefined where there are lists. */
  readonly targets: readonly number[] | undefined;
  readonly labels: number | undefined;
}

/**
 * Numbers of a list as Python writes it: `[1.0, 2.5, -9.96]`.
 *
 * @throws InputError for anything else
 */
export function parseLabels(text: string, where: string): number[] {
  const inner = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1];
  const fields = inner === undefined || inner.trim() === '' ? [] : inner.split(',');
  return fields.length === 0
    ? failLabels(text, where)
    : fields.map((field) => parseTarget(field.trim(), where));
}

function failLabels(text: string, where: string): never {
  throw new InputError({
    where,
    found: `'${text.slice(0, 60)}'`,
    expected: 'a list of numbers, for example [1.0, 2.5]',
  });
}

function parseTarget(text: string, where: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return value;
  throw new InputError({
    where,
    found: text === '' ? 'an empty cell' : `'${text.slice(0, 60)}'`,
    expected: 'a finite number',
    fix: 'Leave out genes with missing values: `tatabox expression` does.',
  });
}

function findColumns(
  names: readonly string[],
  options: ReadLabelledPromotersOptions,
  where: string,
): Columns {
  const named = (name: string) => {
    const column = names.indexOf(name);
    if (column >= 0) return column;
    throw new InputError({ where, found: `no column '${name}'`, fix: suggestion(name, names) });
  };
  const firstOf = (wanted: readonly string[]) => {
    const column = wanted.map((name) => names.indexOf(name)).find((at) => at >= 0);
    return column;
  };
  const { sequenceColumn, idColumn, targetColumns, foldColumn } = options;
  const sequence =
    sequenceColumn === undefined ? firstOf(['sequence', 'promoter', 'seq']) : named(sequenceColumn);
  if (sequence === undefined) {
    throw new InputError({
      where,
      found: `the columns ${names.slice(0, 12).join(', ')}`,
      expected: 'a column sequence, promoter or seq',
      fix: 'Name the column with the sequences (option sequenceColumn).',
    });
  }
  const labels = names.indexOf(LABELS);
  const asColumns = targetColumns?.every((name) => names.includes(name)) ?? labels < 0;
  const numbered = [...names.keys()].filter((column) => names[column]?.startsWith('tpm_'));
  const targets = asColumns ? (targetColumns?.map(named) ?? numbered) : undefined;
  if (targets?.length === 0 || (targets === undefined && labels < 0)) {
    for (const name of targetColumns ?? []) named(name);
    throw new InputError({
      where,
      found: `the columns ${names.slice(0, 12).join(', ')}`,
      expected: 'columns tpm_<tissue>, or a column labels with lists',
      fix: 'Name the columns to be predicted (option targetColumns).',
    });
  }
  return {
    sequence,
    id: idColumn === undefined ? firstOf(['gene_id', 'gene', 'id', 'name']) : named(idColumn),
    fold: foldColumn === undefined ? firstOf(['fold']) : named(foldColumn),
    cultivar: firstOf(['cultivar']),
    targets,
    labels: labels < 0 ? undefined : labels,
  };
}

/**
 * Reads promoters with expression, TSV or CSV, plain or gzip: one column a tissue (`tpm_root`, …) as
 * `writeLabelledPromoters` writes it, or a column `labels` with lists as the original study's
 * `train.tsv`. Sequences become upper case.
 *
 * @throws InputError for a missing column, a duplicate name, a target that is no finite number, lists
 *   of different length
 *
 * @example
 * const promoters = await readLabelledPromoters('maize_nam_promoters_tpm.tsv.gz');
 */
export async function readLabelledPromoters(
  source: FileSource,
  options: ReadLabelledPromotersOptions = {},
): Promise<LabelledPromoters> {
  checkOptionNames(
    options,
    [
      ...['sequenceColumn', 'idColumn', 'targetColumns', 'labelNames', 'foldColumn'],
      ...['signal', 'progress'],
    ],
    'readLabelledPromoters',
  );
  const file = sourceName(source);
  const { targetColumns, labelNames, signal, progress } = options;
  let heading: readonly string[] | undefined;
  let columns: Columns | undefined;
  let names: readonly string[] | undefined;
  const ids: string[] = [];
  const seen = new Set<string>();
  const sequences: string[] = [];
  const folds: string[] = [];
  const cultivars: string[] = [];
  const values: number[] = [];
  const choose = (line: string) => (line.includes('\t') || !line.includes(',') ? '\t' : ',');
  for await (const { line, fields } of streamDelimited(source, choose)) {
    const where = `${file}, line ${String(line)}`;
    if (heading === undefined || columns === undefined) {
      heading = fields;
      columns = findColumns(heading, options, where);
      continue;
    }
    if (fields.length !== heading.length) {
      throw new InputError({
        where,
        found: `${String(fields.length)} fields`,
        expected: `${String(heading.length)} as in the heading`,
      });
    }
    const row = columns.targets?.map((column) =>
      parseTarget(fields[column] ?? '', `${where}, column '${heading?.[column] ?? ''}'`),
    );
    const list =
      row ?? parseLabels(fields[columns.labels ?? -1] ?? '', `${where}, column 'labels'`);
    names ??=
      columns.targets?.map((column) => (heading?.[column] ?? '').replace(/^tpm_/, '')) ??
      namesOfLists(labelNames, list.length);
    if (list.length !== names.length) {
      throw new InputError({
        where: `${where}, column 'labels'`,
        found: `${String(list.length)} numbers`,
        expected: `${String(names.length)}, as in the rows before`,
      });
    }
    const id =
      columns.id === undefined ? `row ${String(ids.length + 1)}` : (fields[columns.id] ?? '');
    if (seen.has(id) || id === '') {
      throw new InputError({
        where,
        found: id === '' ? 'no name' : `'${id}' for a second time`,
        expected: 'one name a promoter',
        fix: 'Name the column with unique names (option idColumn).',
      });
    }
    seen.add(id);
    ids.push(id);
    sequences.push(sequenceOf(fields[columns.sequence] ?? '', where));
    for (const value of list) values.push(value);
    if (columns.fold !== undefined) folds.push(fields[columns.fold] ?? '');
    if (columns.cultivar !== undefined) cultivars.push(fields[columns.cultivar] ?? '');
    if (ids.length % 1000 === 0) {
      throwIfAborted(signal, `reading ${file}`);
      progress?.({ task: `reading ${file}`, done: ids.length, unit: 'promoters' });
    }
  }
  if (columns === undefined || names === undefined) {
    throw new InputError({
      where: file,
      found: columns === undefined ? 'an empty file' : 'a heading and no rows',
      expected: 'a heading line and a row a promoter',
    });
  }
  const table: LabelledPromoters = {
    source: file,
    ids,
    sequences,
    targetNames: names,
    targets: Float64Array.from(values),
    folds: columns.fold === undefined ? undefined : folds,
    cultivars: columns.cultivar === undefined ? undefined : cultivars,
  };
  return columns.targets !== undefined || targetColumns === undefined
    ? table
    : selectTargets(table, targetColumns);
}

function namesOfLists(names: readonly string[] | undefined, length: number): readonly string[] {
  if (names === undefined) return Array.from({ length }, (_, i) => `label_${String(i)}`);
  if (names.length === length) return names;
  throw new UsageError({
    where: 'option labelNames',
    found: `${String(names.length)} names`,
    expected: `${String(length)}, one for each number of the lists`,
  });
}

function sequenceOf(text: string, where: string): string {
  const strange = /[^A-Za-z]/.exec(text)?.[0];
  if (strange === undefined) return text.toUpperCase();
  throw new InputError({
    where: `${where}, sequence`,
    found: JSON.stringify(strange),
    expected: 'letters only',
  });
}

/**
 * Some of the targets, in another order.
 *
 * @throws UsageError for a name that is no target
 */
export function selectTargets(
  promoters: LabelledPromoters,
  names: readonly string[],
): LabelledPromoters {
  const width = promoters.targetNames.length;
  const columns = names.map((name) => {
    const column = promoters.targetNames.indexOf(name.replace(/^tpm_/, ''));
    if (column >= 0) return column;
    throw new UsageError({
      where: `${promoters.source}, targets`,
      found: `'${name}'`,
      expected: 'one of the targets',
      fix: suggestion(name, promoters.targetNames),
    });
  });
  const targets = new Float64Array(promoters.ids.length * columns.length);
  for (let row = 0; row < promoters.ids.length; row++) {
    for (const [j, column] of columns.entries()) {
      targets[row * columns.length + j] = promoters.targets[row * width + column] ?? NaN;
    }
  }
  return { ...promoters, targetNames: columns.map((c) => promoters.targetNames[c] ?? ''), targets };
}
