import { Option, type Command } from 'commander';
import type { AttributionMethod } from '../../interpretation/attribute.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';
import { addExampleOptions, exampleSource, type ExampleOptions } from '../example-options.ts';

interface InterpretOptions extends GlobalOptions, ExampleOptions {
  readonly method?: AttributionMethod;
  readonly output?: string;
  readonly out?: string;
}

/** `tatabox interpret`. */
export function addInterpretCommand(program: Command): void {
  const command = program
    .command('interpret')
    .description('say how much each base contributes to the predictions of a model')
    .argument('<model>', 'model folder, or owner/name on the Hub');
  addExampleOptions(command)
    .addOption(
      new Option('--method <name>', 'ism is in-silico saturation mutagenesis').choices([
        'ism',
        'gradient',
        'saliency',
        'integrated-gradients',
        'deep-lift',
      ]),
    )
    .option('--output <name>', 'output of the model to explain (default: its first)')
    .option('--out <file>', 'file to write: .npz, .h5 or .tsv')
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox interpret model --method ism --fasta promoters.fa --missing-inputs mean --out effects.npz
  $ tatabox interpret owner/name --method deep-lift --intervals windows.bed --genome genome.fa.gz \\
      --missing-inputs mean --out contributions.h5`,
    )
    .action(async (reference: string, options: InterpretOptions) => {
      await runCommand(options, async (context) => {
        const method = requiredOption(options.method, '--method <name>');
        const out = requiredOption(options.out, '--out <file>');
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { load } = await import('../../runs/resolve-model.ts');
        const { interpretToFile } = await import('../../runs/interpret-run.ts');
        await useBackend(options.backend);
        const model = await load(reference, context);
        const { rows, warnings } = await interpretToFile(model, {
          source: exampleSource(options),
          method,
          out,
          output: options.output,
          missingInputs: options.missingInputs,
          signal: context.signal,
          progress: context.progress,
        });
        for (const warning of warnings) context.log(`warning: ${warning}`);
        return {
          text: `${out}: ${rows.toLocaleString('en-US')} sequences explained by ${method}`,
          json: { out, rows, method, warnings },
        };
      });
    });
}
