import { throwIfAborted } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { FileSource } from '../formats/byte-source.ts';
import { readSequenceLines, type LetterCase } from './read-sequence-lines.ts';
import type { Side, Tokenizer } from './tokenizer.ts';

/** How a file is tokenized. */
export interface TokenizeFileOptions extends LongWorkOptions {
  /** Most tokens a sequence, start and end included; default: the tokenizer's own, or no limit. */
  readonly maxLength?: number;
  /** Default: the tokenizer's own. */
  readonly truncationSide?: Side;
  /** Puts start and end around each sequence. Default true. */
  readonly addSpecialTokens?: boolean;
  /** Makes letters capital ones. Default `upper`. */
  readonly letterCase?: LetterCase;
}

/** What was written. */
export interface TokenizedFile {
  readonly sequences: number;
  readonly tokens: number;
  /** Unknown tokens among them. */
  readonly unknown: number;
}

/**
 * Writes the token ids of the sequences of files as JSON lines: one array of ids a sequence. The
 * file is complete or absent.
 *
 * @throws InputError, EnvironmentError, UsageError; InterruptedError after an abort
 */
export async function tokenizeFile(
  tokenizer: Tokenizer,
  inputs: readonly FileSource[],
  out: string,
  options: TokenizeFileOptions = {},
): Promise<TokenizedFile> {
  const { signal, progress, letterCase = 'upper', ...encode } = options;
  let sequences = 0;
  let tokens = 0;
  let unknown = 0;
  await writeInPieces(out, async (writer) => {
    for (const input of inputs) {
      for await (const batch of readSequenceLines(input, letterCase)) {
        throwIfAborted(signal, 'tokenization');
        let text = '';
        for (const sequence of batch) {
          const ids = tokenizer.encode(sequence, encode);
          tokens += ids.length;
          for (const id of ids) if (id === tokenizer.special.unknown) unknown++;
          text += `[${ids.join(',')}]\n`;
        }
        await writer.write(text);
        sequences += batch.length;
        progress?.({ task: 'tokenization', done: sequences, unit: 'sequences' });
        await yieldToEventLoop();
      }
    }
  });
  return { sequences, tokens, unknown };
}
