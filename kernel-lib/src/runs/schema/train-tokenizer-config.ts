import { z } from 'zod';
import { fileKey, runKeys } from './run-keys.ts';

const token = z.string().min(1);

/** Schema of a run config that trains a byte-level BPE tokenizer. */
export const trainTokenizerRunSchema = z.strictObject({
  mode: z.literal('train-tokenizer'),
  ...runKeys,
  input: z
    .union([fileKey, z.array(fileKey).min(1)])
    .describe('training text: FASTA, or one sequence a line; plain or gzip'),
  vocabularySize: z
    .int()
    .min(257)
    .describe('tokens in all: special tokens, 256 bytes, and one a merge'),
  minFrequency: z.int().min(0).default(2).describe('pairs that stand less often are not merged'),
  case: z
    .enum(['upper', 'as-is'])
    .default('upper')
    .describe('letters made capital, or as they are'),
  specialTokens: z
    .strictObject({
      start: token.default('<s>').describe('begins a sequence'),
      end: token.default('</s>').describe('ends a sequence'),
      padding: token.default('<pad>').describe('fills up rows'),
      unknown: token.default('<unk>').describe('stands for what is not in the vocabulary'),
      mask: token.default('<mask>').describe('hides a token in pre-training'),
    })
    .prefault({})
    .describe('special tokens by meaning'),
  maxLength: z.int().min(1).optional().describe('most tokens a sequence, noted in the tokenizer'),
  paddingSide: z.enum(['left', 'right']).default('right').describe('noted in the tokenizer'),
  truncationSide: z.enum(['left', 'right']).default('right').describe('noted in the tokenizer'),
});

/** A run config that trains a byte-level BPE tokenizer. */
export type TrainTokenizerRunConfig = z.infer<typeof trainTokenizerRunSchema>;
