import { readSequenceLines, type LetterCase } from '../tokenizers/read-sequence-lines.ts';
import { saveTokenizer } from '../tokenizers/save-tokenizer.ts';
import { trainByteLevelBpe } from '../tokenizers/train-byte-level-bpe.ts';
import type { RunMode } from './run-mode.ts';
import type { TrainTokenizerRunConfig } from './schema/train-tokenizer-config.ts';
import { requireSources } from './tokenizer-sources.ts';

/** Sequences of files, one after the other. */
export async function* sequencesOf(
  files: readonly string[],
  letterCase: LetterCase,
): AsyncGenerator<string, void, undefined> {
  for (const file of files) {
    for await (const batch of readSequenceLines(file, letterCase)) yield* batch;
  }
}

/** The mode `train-tokenizer`: a tokenizer in the folder `tokenizer` of the run folder. */
export const trainTokenizerRun: RunMode<TrainTokenizerRunConfig, readonly string[]> = {
  computes: false,

  prepare: (config, checks) => requireSources(config.input, checks),

  async execute(config, inputs, context) {
    const { vocabularySize, minFrequency, specialTokens, maxLength } = config;
    const { tokenizer, merges, lines } = await trainByteLevelBpe(sequencesOf(inputs, config.case), {
      vocabularySize,
      minFrequency,
      specialTokens,
      paddingSide: config.paddingSide,
      truncationSide: config.truncationSide,
      ...(maxLength === undefined ? {} : { maxLength }),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      ...(context.progress === undefined ? {} : { progress: context.progress }),
    });
    const folder = context.folder.file('tokenizer');
    const files = await saveTokenizer(tokenizer, folder);
    const tokens = tokenizer.vocabularySize;
    return {
      text: `${folder}: ${String(tokens)} tokens, ${String(merges.length)} merges, from ${String(lines)} sequences`,
      json: {
        runFolder: context.folder.path,
        tokenizerFolder: folder,
        files,
        vocabularySize: tokens,
        merges: merges.length,
        sequences: lines,
      },
    };
  },
};
