import type { Command } from 'commander';
import { requiredOption } from '../required-option.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';

interface ImportOptions extends GlobalOptions {
  readonly as?: string;
  readonly out?: string;
}

/** `tatabox import`: brings models of other libraries into a model folder. */
export function addImportCommand(program: Command): void {
  const command = program
    .command('import')
    .description('bring a model of another library into a model folder')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox import keras human_trainepoch.11-0.426.h5 --as xpresso --out xpresso-human`,
    );
  command
    .command('keras')
    .description('import a network that Keras 1 or 2 saved whole as HDF5')
    .argument('<file>', 'file that Keras saved (.h5)')
    .option('--as <architecture>', 'architecture that the network is, for example xpresso')
    .option('--out <folder>', 'model folder to write')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox import keras human_trainepoch.11-0.426.h5 --as xpresso --out xpresso-human`,
    )
    .action(async (file: string, options: ImportOptions) => {
      await runCommand(options, async () => {
        const as = requiredOption(options.as, '--as <architecture>');
        const out = requiredOption(options.out, '--out <folder>');
        const { checkFolderWritable } = await import('../../core/file-writer.ts');
        await checkFolderWritable(out);
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { importToFolder } = await import('../../runs/import-run.ts');
        await useBackend(options.backend);
        const { config, parameters } = await importToFolder(file, as, out);
        return {
          text: `${out}: ${config.model_type} with ${parameters.toLocaleString('en-US')} parameters, window ${String(config.architecture['length'])} bp`,
          json: {
            modelFolder: out,
            modelType: config.model_type,
            parameters,
            inputs: config.inputs,
            outputs: config.outputs,
          },
        };
      });
    });
}
