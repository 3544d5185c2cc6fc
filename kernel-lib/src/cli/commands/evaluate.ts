import { Option, type Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';
import { addExampleOptions, exampleSource, type ExampleOptions } from '../example-options.ts';

interface EvaluateOptions extends GlobalOptions, ExampleOptions {
  readonly targetColumn?: string;
  readonly targetColumns?: string;
  readonly targetScale: 'measured' | 'transformed';
  readonly output?: string;
}

/** `tatabox evaluate`. */
export function addEvaluateCommand(program: Command): void {
  const command = program
    .command('evaluate')
    .description('measure a model on a table of sequences with known values')
    .argument('<model>', 'model folder, or owner/name on the Hub');
  addExampleOptions(command)
    .option('--target-column <name>', 'column with the measured values')
    .option(
      '--target-columns <names>',
      'columns for all outputs of the model, comma-separated, in their order',
    )
    .addOption(
      new Option('--target-scale <scale>', 'measured: the transform of the model is applied first')
        .choices(['measured', 'transformed'])
        .default('measured'),
    )
    .option('--output <name>', 'output of the model that the column belongs to')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox evaluate model --table genes.tsv --sequence-column promoter \\
      --feature-columns utr5_len,orf_len,utr3_len,utr5_gc,orf_gc,utr3_gc --target-column fpkm
  $ tatabox evaluate florabert --table maize.tsv --sequence-column promoter \\
      --target-columns tpm_root,tpm_shoot`,
    )
    .action(async (reference: string, options: EvaluateOptions) => {
      await runCommand(options, async (context) => {
        const columns = options.targetColumns?.split(',').map((name) => name.trim());
        const targetColumn =
          columns === undefined
            ? requiredOption(options.targetColumn, '--target-column <name>')
            : '';
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { load } = await import('../../runs/resolve-model.ts');
        const { evaluateOnTable, evaluateTargetsOnTable } =
          await import('../../runs/evaluate-run.ts');
        await useBackend(options.backend);
        const model = await load(reference, context);
        const shared = {
          source: exampleSource(options),
          targetScale: options.targetScale,
          missingInputs: options.missingInputs,
          signal: context.signal,
          progress: context.progress,
        };
        if (columns !== undefined) {
          const metrics = await evaluateTargetsOnTable(model, {
            ...shared,
            targetColumns: columns,
          });
          return { text: metrics.view.toText(), json: { models: metrics.models } };
        }
        const { view, rows } = await evaluateOnTable(model, {
          ...shared,
          targetColumn,
          output: options.output,
        });
        return {
          text: view.toText(),
          json: {
            examples: rows[0]?.examples,
            metrics: rows[0]?.metrics,
            intervals: rows[0]?.intervals,
          },
        };
      });
    });
}
