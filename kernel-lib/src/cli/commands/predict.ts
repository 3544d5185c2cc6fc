import type { Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';
import { addExampleOptions, exampleSource, type ExampleOptions } from '../example-options.ts';

interface PredictOptions extends GlobalOptions, ExampleOptions {
  readonly out?: string;
}

/** `tatabox predict`. */
export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('predict from sequences with a trained model')
    .argument('<model>', 'model folder, or owner/name on the Hub');
  addExampleOptions(command)
    .option('--out <file>', 'TSV to write: id and one column an output')
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox predict model --fasta promoters.fa --missing-inputs mean --out predictions.tsv
  $ tatabox predict model --table genes.tsv --sequence-column promoter \\
      --feature-columns utr5_len,orf_len,utr3_len,utr5_gc,orf_gc,utr3_gc --out predictions.tsv
  $ tatabox predict owner/name --intervals windows.bed --genome genome.fa.gz --out predictions.tsv`,
    )
    .action(async (reference: string, options: PredictOptions) => {
      await runCommand(options, async (context) => {
        const out = requiredOption(options.out, '--out <file>');
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { load } = await import('../../runs/resolve-model.ts');
        const { predictToFile } = await import('../../runs/predict-run.ts');
        await useBackend(options.backend);
        const model = await load(reference, context);
        const rows = await predictToFile(model, {
          source: exampleSource(options),
          out,
          missingInputs: options.missingInputs,
          signal: context.signal,
          progress: context.progress,
        });
        return {
          text: `${out}: ${rows.toLocaleString('en-US')} predictions`,
          json: { out, rows, outputs: model.outputs },
        };
      });
    });
}
