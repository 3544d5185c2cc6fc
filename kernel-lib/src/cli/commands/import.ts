import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { requiredOption } from '../required-option.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';

interface HuggingFaceOptions extends GlobalOptions {
  readonly task?: string;
  readonly length?: string;
  readonly outputs?: string;
  readonly out?: string;
}

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
Examples:
  $ tatabox import keras human_trainepoch.11-0.426.h5 --as xpresso --out xpresso-human
  $ tatabox import huggingface florabert --out my-florabert`,
    );
  addHuggingFace(command);
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

/** A whole number of an option. */
function wholeNumber(value: string, option: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new UsageError({
    where: option,
    found: `'${value}'`,
    expected: 'a whole number of at least 1',
  });
}

function addHuggingFace(command: Command): void {
  command
    .command('huggingface')
    .description("import a model that Python's transformers wrote with save_pretrained")
    .argument(
      '<folder>',
      'folder with config.json, model.safetensors or pytorch_model.bin, and the tokenizer',
    )
    .option('--task <task>', 'what the network is for, for example masked-language or embedding')
    .option('--length <tokens>', 'tokens of an input (default: the most that it has positions for)')
    .option('--outputs <names>', 'names of the outputs, with commas between them')
    .option('--out <folder>', 'model folder to write')
    .addHelpText(
      'after',
      `
Nothing in a pytorch_model.bin is run: it may hold weights and nothing else.

Examples:
  $ tatabox import huggingface florabert-language --out my-florabert
  $ tatabox import huggingface roberta-base --task embedding --length 256 --out encoder`,
    )
    .action(async (source: string, options: HuggingFaceOptions) => {
      await runCommand(options, async () => {
        const out = requiredOption(options.out, '--out <folder>');
        const { task, length, outputs } = options;
        const wanted = {
          ...(task === undefined ? {} : { task }),
          ...(length === undefined ? {} : { length: wholeNumber(length, '--length') }),
          ...(outputs === undefined ? {} : { outputs: outputs.split(',') }),
        };
        const { checkFolderWritable } = await import('../../core/file-writer.ts');
        await checkFolderWritable(out);
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { importHuggingFaceToFolder } = await import('../../runs/import-run.ts');
        await useBackend(options.backend);
        const { config, parameters } = await importHuggingFaceToFolder(source, out, wanted);
        return {
          text: `${out}: ${config.model_type} (${String(config.architecture['task'])}) with ${parameters.toLocaleString('en-US')} parameters, ${String(config.architecture['length'])} tokens`,
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
