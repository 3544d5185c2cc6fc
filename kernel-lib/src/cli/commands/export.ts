import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';

interface ExportOptions extends GlobalOptions {
  readonly member?: string;
  readonly out?: string;
}

function memberOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError({
    where: '--member',
    found: `'${text}'`,
    expected: 'a whole number of at least 0',
  });
}

/** `tatabox export`: writes models of ours for other libraries. */
export function addExportCommand(program: Command): void {
  const command = program
    .command('export')
    .description('write a model for another library')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox export huggingface runs/pretrain/model --out florabert-language`,
    );
  command
    .command('huggingface')
    .description("write a folder that Python's transformers loads with from_pretrained")
    .argument('<model>', 'model folder, or owner/name on the Hub')
    .option('--member <number>', 'which network of an ensemble, from 0')
    .option('--out <folder>', 'folder to write')
    .addHelpText(
      'after',
      `
A model folder with a single network is such a folder already; of an ensemble one network is written.

Examples:
  $ tatabox export huggingface runs/pretrain/model --out florabert-language
  $ tatabox export huggingface runs/finetune/model --member 2 --out florabert-2`,
    )
    .action(async (model: string, options: ExportOptions) => {
      await runCommand(options, async (context) => {
        const out = requiredOption(options.out, '--out <folder>');
        const member = options.member === undefined ? undefined : memberOf(options.member);
        const { checkFolderWritable } = await import('../../core/file-writer.ts');
        await checkFolderWritable(out);
        const { resolveModel } = await import('../../runs/resolve-model.ts');
        const { exportHuggingFaceToFolder } = await import('../../runs/import-run.ts');
        const folder = await resolveModel(model, context);
        const exported = await exportHuggingFaceToFolder(
          folder,
          out,
          member === undefined ? {} : { member },
        );
        return {
          text: `${out}: ${exported.className}, for from_pretrained`,
          json: { folder: out, ...exported },
        };
      });
    });
}
