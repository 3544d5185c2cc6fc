import { UsageError } from '../core/errors.ts';
import { openSequenceCorpus } from '../datasets/sequence-corpus.ts';
import { readTable, requireColumns } from '../formats/table.ts';
import type { SequenceChunk } from '../interpretation/embed-export.ts';
import type { EmbeddingMetadata } from '../interpretation/projector.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { readExamples, type ExampleSource } from './read-examples.ts';

/** Where sequences with labels come from: one of FASTA, table, BED with a genome, and `input`. */
export interface LabelledSource extends ExampleSource {
  /** FASTA, or text with one sequence a line; plain or gzip. */
  readonly input?: string;
  /** Columns of the table that are kept as labels. */
  readonly labelColumns?: readonly string[];
  /** Columns of the table with numbers: the name of the highest becomes the label `highest`. */
  readonly highestOf?: readonly string[];
}

const CHUNK = 512;
const where = 'sequences';

/** Name of the label that `highestOf` makes. */
export const HIGHEST = 'highest';

/**
 * Reads sequences with labels, a few hundred at a time.
 *
 * @throws UsageError when the source is not clear; InputError when a file is wrong
 */
export async function* readLabelledExamples(
  source: LabelledSource,
  model: Pick<Predictor, 'features'>,
): AsyncGenerator<SequenceChunk> {
  const { input, labelColumns, highestOf, ...examples } = source;
  const hasLabels = labelColumns !== undefined || highestOf !== undefined;
  if (hasLabels && source.table === undefined) {
    throw new UsageError({ where, found: 'columns of labels need --table' });
  }
  if (input === undefined) {
    if (hasLabels) yield* readLabelledTable(source);
    else yield* readExamples(examples, model);
    return;
  }
  const other = Object.entries(examples).find(([, value]) => value !== undefined);
  if (other !== undefined) {
    throw new UsageError({
      where,
      found: `--input and ${other[0]}`,
      expected: 'one source of sequences',
    });
  }
  const corpus = await openSequenceCorpus([input]);
  try {
    for (let start = 0; start < corpus.length; start += CHUNK) {
      const numbers = Array.from(
        { length: Math.min(CHUNK, corpus.length - start) },
        (_, i) => start + i,
      );
      yield {
        names: numbers.map((index) => corpus.id(index)),
        sequences: numbers.map((index) => corpus.sequence(index)),
      };
    }
  } finally {
    corpus.close();
  }
}

async function* readLabelledTable(source: LabelledSource): AsyncGenerator<SequenceChunk> {
  const { table: file = '', sequenceColumn, labelColumns = [], highestOf = [] } = source;
  if (sequenceColumn === undefined) {
    throw new UsageError({ where, found: '--table needs --sequence-column' });
  }
  const table = await readTable(file);
  const idColumn = source.idColumn ?? table.columnNames()[0] ?? '';
  requireColumns(table, [idColumn, sequenceColumn, ...labelColumns, ...highestOf], file);
  const column = (name: string): string[] =>
    Array.from(table.array(name) as ArrayLike<unknown>, (value) => String(value ?? ''));
  const [names, sequences] = [column(idColumn), column(sequenceColumn)];
  const metadata: Record<string, string[]> = Object.fromEntries(
    labelColumns.map((name) => [name, column(name)]),
  );
  if (highestOf.length > 0) {
    const values = highestOf.map((name) => column(name).map(Number));
    metadata[HIGHEST] = names.map((_, row) => highest(highestOf, values, row));
  }
  for (let start = 0; start < names.length; start += CHUNK) {
    const end = start + CHUNK;
    yield {
      names: names.slice(start, end),
      sequences: sequences.slice(start, end),
      metadata: Object.fromEntries(
        Object.entries(metadata).map(([name, values]) => [name, values.slice(start, end)]),
      ),
    };
  }
}

/** Name of the column with the highest value, without the prefix that all have; empty where none is known. */
function highest(
  columns: readonly string[],
  values: readonly (readonly number[])[],
  row: number,
): string {
  let best = -1;
  for (const [i, own] of values.entries()) {
    const value = own[row] ?? NaN;
    if (Number.isFinite(value) && !(value <= (values[best]?.[row] ?? -Infinity))) best = i;
  }
  return (columns[best] ?? '').replace(/^tpm_/i, '');
}

/** All examples at once, of at most so many. */
export interface LabelledExamples {
  readonly names: readonly string[];
  readonly sequences: readonly (string | Uint8Array)[];
  readonly metadata: EmbeddingMetadata;
}

/**
 * The first examples of a source.
 *
 * @param limit most examples; default: all
 */
export async function firstExamples(
  source: LabelledSource,
  model: Pick<Predictor, 'features'>,
  limit = Infinity,
): Promise<LabelledExamples> {
  const chunks: SequenceChunk[] = [];
  let rows = 0;
  for await (const chunk of readLabelledExamples(source, model)) {
    chunks.push(chunk);
    rows += chunk.names.length;
    if (rows >= limit) break;
  }
  const columns = Object.keys(chunks[0]?.metadata ?? {});
  const cut = <T>(values: readonly T[]): T[] => values.slice(0, Math.min(limit, rows));
  return {
    names: cut(chunks.flatMap(({ names }) => names)),
    sequences: cut(chunks.flatMap(({ sequences }) => sequences)),
    metadata: Object.fromEntries(
      columns.map((name) => [name, cut(chunks.flatMap(({ metadata }) => metadata?.[name] ?? []))]),
    ),
  };
}
