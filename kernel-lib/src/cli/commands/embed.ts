import { Option, type Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { addExampleOptions, exampleSource, type ExampleOptions } from '../example-options.ts';
import { requiredOption } from '../required-option.ts';

interface EmbedOptions extends GlobalOptions, ExampleOptions {
  readonly input?: string;
  readonly labelColumns?: string;
  readonly highestOf?: string;
  readonly pooling: 'head' | 'mean' | 'start';
  readonly layer?: number;
  readonly member?: number;
  readonly out?: string;
  readonly maps?: string;
  readonly k: number;
  readonly seed: number;
  readonly neighbours: number;
}

function wholeNumber(option: string): (text: string) => number {
  return (text) => {
    if (/^-?\d{1,9}$/.test(text)) return Number(text);
    throw new UsageError({
      where: `option ${option}`,
      found: `'${text}'`,
      expected: 'a whole number',
    });
  };
}

function names(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

/** `tatabox embed`: one vector a sequence. */
export function addEmbedCommand(program: Command): void {
  const command = program
    .command('embed')
    .description('write one vector a sequence, of a model that reads tokens')
    .argument('<model>', 'model folder, or owner/name on the Hub');
  addExampleOptions(command)
    .option('--input <file>', 'FASTA, or text with one sequence a line (plain or gzip)')
    .option('--label-columns <names>', 'columns of the table to keep as labels, comma-separated')
    .option('--highest-of <names>', 'columns with numbers: the highest becomes the label highest')
    .addOption(
      new Option('--pooling <how>', 'head: what outputs are computed from; else hidden states')
        .choices(['head', 'mean', 'start'])
        .default('head'),
    )
    .option(
      '--layer <number>',
      'layer of mean and start: 0 embeddings, -1 the last (default)',
      wholeNumber('--layer'),
    )
    .option('--member <number>', 'network of an ensemble (default 0)', wholeNumber('--member'))
    .option('--out <file>', '.tsv, .npz, .npy, or a folder for the projector of TensorBoard')
    .option('--maps <folder>', 'PCA and UMAP of model and k-mer composition, with figures')
    .option('--k <number>', 'k-mers of that composition', wholeNumber('--k'), 1)
    .option('--seed <number>', 'seed of UMAP', wholeNumber('--seed'), 0)
    .option('--neighbours <number>', 'neighbours of UMAP', wholeNumber('--neighbours'), 15)
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox embed model --fasta promoters.fa --out embeddings.npz
  $ tatabox embed model --table promoters.tsv --sequence-column promoter --label-columns line \\
      --pooling mean --layer -2 --out projector --maps maps
  $ tensorboard --logdir projector`,
    )
    .action(async (reference: string, options: EmbedOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const out = requiredOption(options.out, '--out <file>');
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { load } = await import('../../runs/resolve-model.ts');
        const { describeSeparation, embedToFile, mapEmbeddings } =
          await import('../../runs/embed-run.ts');
        const { firstExamples } = await import('../../runs/embed-run-examples.ts');
        await useBackend(options.backend);
        const model = await load(reference, { signal, progress });
        const { input, pooling, layer, member, maps, k, seed, neighbours } = options;
        const labelColumns = names(options.labelColumns);
        const highestOf = names(options.highestOf);
        const source = {
          ...exampleSource(options),
          ...(input === undefined ? {} : { input }),
          ...(labelColumns === undefined ? {} : { labelColumns }),
          ...(highestOf === undefined ? {} : { highestOf }),
        };
        const how = {
          pooling,
          ...(layer === undefined ? {} : { layer }),
          ...(member === undefined ? {} : { member }),
          signal,
          progress,
        };
        const { rows, size, files } = await embedToFile(model, { source, out, ...how });
        const mapped =
          maps === undefined
            ? undefined
            : await mapEmbeddings(model, await firstExamples(source, model), {
                ...{ folder: maps, k, seed, neighbours },
                ...how,
              });
        return {
          text: [
            `${out}: ${rows.toLocaleString('en-US')} sequences, vectors of ${String(size)}`,
            ...(mapped === undefined ? [] : describeSeparation(mapped.separation)),
          ].join('\n'),
          json: {
            out,
            rows,
            size,
            pooling,
            files: [...files, ...(mapped?.files ?? [])],
            ...(mapped === undefined
              ? {}
              : {
                  separation: mapped.separation,
                  explainedVariance: mapped.explainedVariance,
                }),
          },
        };
      });
    });
}
