import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { streamBed } from '../formats/bed.ts';
import { openFasta, streamFasta } from '../formats/fasta.ts';
import { numericColumn, readTable, requireColumns } from '../formats/table.ts';
import type { Predictor } from '../prediction/predictor.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import { formatInterval } from '../sequence/parse-interval.ts';

/** Where sequences come from: exactly one of FASTA, table, or BED with a genome. */
export interface ExampleSource {
  readonly fasta?: string;
  readonly table?: string;
  /** Column of the table that holds the sequences. */
  readonly sequenceColumn?: string;
  /** Column of the table with names. Default: its first column. */
  readonly idColumn?: string;
  /** Columns of the table that hold the model's features. */
  readonly featureColumns?: readonly string[];
  /** BED of windows of the model's length; `-` is read from the other strand. */
  readonly intervals?: string;
  /** FASTA of the genome that the intervals lie on. */
  readonly genome?: string;
}

/** Some of the examples, in the order of the file. */
export interface ExampleChunk {
  readonly names: readonly string[];
  readonly sequences: readonly SequenceLike[];
  /** Raw feature columns by the model's names; undefined where none were given. */
  readonly features?: Readonly<Record<string, ArrayLike<number>>>;
}

const CHUNK = 512;

function checkSource(source: ExampleSource): void {
  const { fasta, table, intervals, genome, sequenceColumn, featureColumns } = source;
  const given = Object.entries({ fasta, table, intervals }).filter(
    ([, file]) => file !== undefined,
  );
  if (given.length !== 1) {
    throw new UsageError({
      where: 'sequences',
      found: given.length === 0 ? 'no source' : given.map(([name]) => `--${name}`).join(' and '),
      expected: 'exactly one of --fasta, --table and --intervals',
    });
  }
  const needs: [boolean, string][] = [
    [table !== undefined && sequenceColumn === undefined, '--table needs --sequence-column'],
    [intervals !== undefined && genome === undefined, '--intervals needs --genome'],
    [genome !== undefined && intervals === undefined, '--genome needs --intervals'],
    [
      table === undefined && (featureColumns !== undefined || sequenceColumn !== undefined),
      '--sequence-column and --feature-columns need --table',
    ],
  ];
  for (const [wrong, rule] of needs) {
    if (wrong) throw new UsageError({ where: 'sequences', found: rule });
  }
}

/**
 * Pairs given columns with the model's features: by name where the model knows all of them, else
 * in order where there are as many.
 */
export function matchFeatureColumns(
  given: readonly string[],
  features: readonly string[],
): ReadonlyMap<string, string> {
  const unknown = given.find((name) => !features.includes(name));
  if (unknown === undefined) return new Map(given.map((name) => [name, name]));
  if (given.length === features.length) {
    return new Map(features.map((name, index) => [name, given[index] ?? name]));
  }
  throw new UsageError({
    where: '--feature-columns',
    found:
      features.length === 0
        ? `${given.join(', ')}, but the model takes no features`
        : `'${unknown}', which is no feature of the model, in a list of ${given.length}`,
    expected:
      features.length === 0
        ? 'none'
        : `names among ${features.join(', ')}, or ${features.length} columns in that order`,
    fix: suggestion(unknown, features),
  });
}

async function* inChunks(
  records: AsyncIterable<{ name: string; sequence: SequenceLike }>,
): AsyncGenerator<ExampleChunk> {
  let names: string[] = [];
  let sequences: SequenceLike[] = [];
  for await (const { name, sequence } of records) {
    names.push(name);
    sequences.push(sequence);
    if (names.length === CHUNK) {
      yield { names, sequences };
      names = [];
      sequences = [];
    }
  }
  if (names.length > 0) yield { names, sequences };
}

async function* readTableExamples(
  source: ExampleSource,
  model: Pick<Predictor, 'features'>,
): AsyncGenerator<ExampleChunk> {
  const file = source.table ?? '';
  const table = await readTable(file);
  const sequenceColumn = source.sequenceColumn ?? '';
  const idColumn = source.idColumn ?? table.columnNames()[0] ?? '';
  const columns =
    source.featureColumns === undefined
      ? undefined
      : matchFeatureColumns(source.featureColumns, model.features);
  requireColumns(table, [idColumn, sequenceColumn, ...(columns?.values() ?? [])], file);
  const names = Array.from(table.array(idColumn) as ArrayLike<unknown>, String);
  const sequences = Array.from(table.array(sequenceColumn) as ArrayLike<unknown>, (value) =>
    String(value ?? ''),
  );
  const features =
    columns === undefined
      ? undefined
      : [...columns].map(
          ([name, column]) =>
            [name, numericColumn(table, column, { allowMissing: true, where: file })] as const,
        );
  for (let start = 0; start < names.length; start += CHUNK) {
    const end = start + CHUNK;
    yield {
      names: names.slice(start, end),
      sequences: sequences.slice(start, end),
      ...(features === undefined
        ? {}
        : {
            features: Object.fromEntries(
              features.map(([name, values]) => [name, values.subarray(start, end)]),
            ),
          }),
    };
  }
}

async function* readIntervalExamples(source: ExampleSource): AsyncGenerator<ExampleChunk> {
  const genome = await openFasta(source.genome ?? '');
  try {
    yield* inChunks(
      (async function* () {
        for await (const record of streamBed(source.intervals ?? '')) {
          yield {
            name: record.name ?? formatInterval(record),
            sequence: await genome.fetch(record),
          };
        }
      })(),
    );
  } finally {
    genome.close();
  }
}

/**
 * Reads sequences to predict from, a few hundred at a time.
 *
 * @throws UsageError when the source is not clear; InputError when a file is wrong
 */
export async function* readExamples(
  source: ExampleSource,
  model: Pick<Predictor, 'features'>,
): AsyncGenerator<ExampleChunk> {
  checkSource(source);
  if (source.fasta !== undefined) yield* inChunks(streamFasta(source.fasta));
  else if (source.table !== undefined) yield* readTableExamples(source, model);
  else yield* readIntervalExamples(source);
}
