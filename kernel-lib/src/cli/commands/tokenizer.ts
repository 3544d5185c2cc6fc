import { Option, type Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';
import { wholeNumberOption } from '../whole-number-option.ts';

interface TrainOptions extends GlobalOptions {
  readonly input?: string[];
  readonly vocabSize?: number;
  readonly minFrequency: number;
  readonly out?: string;
  readonly maxLength?: number;
  readonly paddingSide: 'left' | 'right';
  readonly case: 'upper' | 'as-is';
}

/** `tatabox tokenizer`: what is done with tokenizers. */
export function addTokenizerCommand(program: Command): void {
  const command = program
    .command('tokenizer')
    .description('train tokenizers')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox tokenizer train --input promoters.txt.gz --vocab-size 5261 --out tokenizer`,
    );
  command
    .command('train')
    .description('train a byte-level BPE tokenizer, which Python loads too')
    .option('--input <file...>', 'sequences: FASTA, or one a line; plain or gzip')
    .option(
      '--vocab-size <n>',
      'tokens in all: 5 special ones, 256 bytes, and one a merge',
      wholeNumberOption('--vocab-size', 257),
    )
    .option(
      '--min-frequency <n>',
      'pairs that stand less often are not merged',
      wholeNumberOption('--min-frequency', 0),
      2,
    )
    .option('--out <folder>', 'folder of the tokenizer to write')
    .option(
      '--max-length <n>',
      'most tokens a sequence, noted in the tokenizer',
      wholeNumberOption('--max-length', 1),
    )
    .addOption(
      new Option('--padding-side <side>', 'noted in the tokenizer')
        .choices(['left', 'right'])
        .default('right'),
    )
    .addOption(
      new Option('--case <case>', 'letters made capital, or as they are')
        .choices(['upper', 'as-is'])
        .default('upper'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox tokenizer train --input promoters.txt.gz --vocab-size 5261 --out tokenizer
  $ tatabox tokenizer train --input a.fa b.fa --vocab-size 4096 --max-length 256 --padding-side left --out tokenizer`,
    )
    .action(async (options: TrainOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        requiredOption(options.input?.[0], '--input <file...>');
        const out = requiredOption(options.out, '--out <folder>');
        const vocabularySize = Number(
          requiredOption(options.vocabSize?.toString(), '--vocab-size <n>'),
        );
        const { checkFolderWritable } = await import('../../core/file-writer.ts');
        await checkFolderWritable(out);
        const { sequencesOf } = await import('../../runs/train-tokenizer-run.ts');
        const { saveTokenizer } = await import('../../tokenizers/save-tokenizer.ts');
        const { trainByteLevelBpe } = await import('../../tokenizers/train-byte-level-bpe.ts');
        const { minFrequency, maxLength, paddingSide } = options;
        const { tokenizer, merges, lines } = await trainByteLevelBpe(
          sequencesOf(options.input ?? [], options.case),
          {
            vocabularySize,
            minFrequency,
            paddingSide,
            signal,
            progress,
            ...(maxLength === undefined ? {} : { maxLength }),
          },
        );
        const files = await saveTokenizer(tokenizer, out);
        const tokens = tokenizer.vocabularySize;
        return {
          text: `${out}: ${String(tokens)} tokens, ${String(merges.length)} merges, from ${String(lines)} sequences`,
          json: {
            folder: out,
            files,
            vocabularySize: tokens,
            merges: merges.length,
            sequences: lines,
          },
        };
      });
    });
}
