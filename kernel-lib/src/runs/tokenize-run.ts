import { requireSources } from './tokenizer-sources.ts';
import { loadTokenizer } from '../tokenizers/load-tokenizer.ts';
import { tokenizeFile } from '../tokenizers/tokenize-file.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { RunMode } from './run-mode.ts';
import type { TokenizeRunConfig } from './schema/tokenize-config.ts';

/** What a run of `tokenize` reads before it begins. */
export interface PreparedTokenize {
  readonly tokenizer: Tokenizer;
  readonly inputs: readonly string[];
}

/** The mode `tokenize`: sequences to token ids, `tokens.jsonl` in the run folder. */
export const tokenizeRun: RunMode<TokenizeRunConfig, PreparedTokenize> = {
  computes: false,

  async prepare(config, checks) {
    const tokenizer = await loadTokenizer(checks.resolve(config.tokenizer));
    const { maxLength } = config;
    // Says at once where a length has no room for start and end.
    tokenizer.encode('', {
      addSpecialTokens: config.addSpecialTokens,
      ...(maxLength === undefined ? {} : { maxLength }),
    });
    const inputs = await requireSources(config.input, checks);
    checks.log(`tokenizer ${tokenizer.kind} with ${String(tokenizer.vocabularySize)} tokens`);
    return { tokenizer, inputs };
  },

  async execute(config, { tokenizer, inputs }, context) {
    const { maxLength, truncationSide, addSpecialTokens } = config;
    const file = context.folder.file('tokens.jsonl');
    const counts = await tokenizeFile(tokenizer, inputs, file, {
      addSpecialTokens,
      letterCase: config.case,
      ...(maxLength === undefined ? {} : { maxLength }),
      ...(truncationSide === undefined ? {} : { truncationSide }),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      ...(context.progress === undefined ? {} : { progress: context.progress }),
    });
    const { sequences, tokens, unknown } = counts;
    return {
      text: `${file}: ${String(tokens)} tokens of ${String(sequences)} sequences, ${String(unknown)} of them unknown`,
      json: { runFolder: context.folder.path, files: [file], ...counts },
    };
  },
};
