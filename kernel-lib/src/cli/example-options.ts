import { Option, type Command } from 'commander';
import type { ExampleSource } from '../runs/read-examples.ts';
import type { MissingInputs } from '../prediction/encode-inputs.ts';

/** Options of the commands that read sequences. */
export interface ExampleOptions {
  readonly fasta?: string;
  readonly table?: string;
  readonly sequenceColumn?: string;
  readonly idColumn?: string;
  readonly featureColumns?: string;
  readonly intervals?: string;
  readonly genome?: string;
  readonly missingInputs: MissingInputs;
}

/** Adds the options that say where sequences and features come from. */
export function addExampleOptions(command: Command): Command {
  return command
    .option('--fasta <file>', 'sequences of the window length of the model (plain or gzip)')
    .option('--table <file>', 'table with a column of sequences (TSV or CSV, plain or gzip)')
    .option('--sequence-column <name>', 'column of the table with the sequences')
    .option('--id-column <name>', 'column of the table with names (default: its first)')
    .option('--feature-columns <names>', 'columns with the features of the model, comma-separated')
    .option('--intervals <file>', 'BED of windows; with --genome')
    .option('--genome <file>', 'indexed FASTA that the intervals lie on')
    .addOption(
      new Option('--missing-inputs <how>', 'what to do without the features of the model')
        .choices(['error', 'mean'])
        .default('error'),
    );
}

/** The options as the library takes them. */
export function exampleSource(options: ExampleOptions): ExampleSource {
  const { featureColumns, fasta, table, sequenceColumn, idColumn, intervals, genome } = options;
  return {
    fasta,
    table,
    sequenceColumn,
    idColumn,
    intervals,
    genome,
    featureColumns: featureColumns?.split(',').map((name) => name.trim()),
  };
}
