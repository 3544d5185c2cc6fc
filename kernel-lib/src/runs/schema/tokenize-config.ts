import { z } from 'zod';
import { fileKey, runKeys } from './run-keys.ts';

/** Schema of a run config that turns sequences into token ids. */
export const tokenizeRunSchema = z.strictObject({
  mode: z.literal('tokenize'),
  ...runKeys,
  tokenizer: fileKey.describe('tokenizer: its folder, tokenizer.json, vocab.json or vocab.txt'),
  input: z
    .union([fileKey, z.array(fileKey).min(1)])
    .describe('sequences: FASTA, or one a line; plain or gzip'),
  maxLength: z
    .int()
    .min(1)
    .optional()
    .describe('most tokens a sequence; default: as the tokenizer says'),
  truncationSide: z
    .enum(['left', 'right'])
    .optional()
    .describe('where long sequences are cut; default: as the tokenizer says'),
  addSpecialTokens: z.boolean().default(true).describe('start and end around each sequence'),
  case: z
    .enum(['upper', 'as-is'])
    .default('upper')
    .describe('letters made capital, or as they are'),
});

/** A run config that turns sequences into token ids. */
export type TokenizeRunConfig = z.infer<typeof tokenizeRunSchema>;
