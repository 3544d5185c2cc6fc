import type { Command } from 'commander';
import { Option } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';
import { wholeNumberOption } from '../whole-number-option.ts';

interface TokenizeOptions extends GlobalOptions {
  readonly tokenizer?: string;
  readonly input?: string[];
  readonly out?: string;
  readonly maxLength?: number;
  readonly truncationSide?: 'left' | 'right';
  readonly specialTokens: boolean;
  readonly case: 'upper' | 'as-is';
}

/** `tatabox tokenize`: sequences to token ids. */
export function addTokenizeCommand(program: Command): void {
  program
    .command('tokenize')
    .description('turn sequences into token ids: JSON lines, one array of ids a sequence')
    .option('--tokenizer <folder|file>', 'tokenizer: a folder, tokenizer.json or vocab.txt')
    .option('--input <file...>', 'sequences: FASTA, or one a line; plain or gzip')
    .option('--out <file>', 'file to write, for example tokens.jsonl')
    .option('--max-length <n>', 'most tokens a sequence', wholeNumberOption('--max-length', 1))
    .addOption(
      new Option('--truncation-side <side>', 'where long sequences are cut').choices([
        'left',
        'right',
      ]),
    )
    .option('--no-special-tokens', 'no tokens of start and end')
    .addOption(
      new Option('--case <case>', 'letters made capital, or as they are')
        .choices(['upper', 'as-is'])
        .default('upper'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox tokenize --tokenizer tokenizer --input promoters.fa.gz --out tokens.jsonl
  $ tatabox tokenize --tokenizer tokenizer.json --input promoters.txt --out tokens.jsonl --max-length 256`,
    )
    .action(async (options: TokenizeOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const place = requiredOption(options.tokenizer, '--tokenizer <folder|file>');
        requiredOption(options.input?.[0], '--input <file...>');
        const out = requiredOption(options.out, '--out <file>');
        const { loadTokenizer } = await import('../../tokenizers/load-tokenizer.ts');
        const { tokenizeFile } = await import('../../tokenizers/tokenize-file.ts');
        const tokenizer = await loadTokenizer(place);
        const { maxLength, truncationSide } = options;
        const counts = await tokenizeFile(tokenizer, options.input ?? [], out, {
          addSpecialTokens: options.specialTokens,
          letterCase: options.case,
          signal,
          progress,
          ...(maxLength === undefined ? {} : { maxLength }),
          ...(truncationSide === undefined ? {} : { truncationSide }),
        });
        const { sequences, tokens, unknown } = counts;
        return {
          text: `${out}: ${String(tokens)} tokens of ${String(sequences)} sequences, ${String(unknown)} of them unknown`,
          json: { file: out, ...counts },
        };
      });
    });
}
