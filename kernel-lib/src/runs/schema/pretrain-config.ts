import { z } from 'zod';
import { trainingOptionsSchema } from '../../training/training-options.ts';
import { auditKeys } from './audit-key.ts';
import { backendKey, fileKey, runKeys, sideKeys } from './run-keys.ts';
import { modelSchema } from './train-config.ts';

const share = z.number().min(0).max(1);

/** The sequences of a pre-training. */
const corpusSchema = z
  .strictObject({
    sequences: z
      .array(fileKey)
      .min(1)
      .describe('text with one sequence a line, or FASTA; plain or gzip'),
    validation: z
      .union([z.array(fileKey).min(1), z.number().gt(0).lt(1)])
      .default(0.05)
      .describe(
        'files of sequences that are not trained on, or the share of the sequences that is kept ' +
          'for it; equal sequences stay on one side',
      ),
    minimumLength: z.int().min(1).default(1).describe('shorter sequences are left out'),
    window: z
      .int()
      .min(1)
      .optional()
      .describe('longer sequences are cut into windows of so many letters; for chromosomes'),
    case: z
      .enum(['upper', 'as-is'])
      .default('upper')
      .describe('soft-masked letters become capitals, which vocabularies know'),
  })
  .describe('sequences without labels');

const maskingSchema = z
  .strictObject({
    probability: z
      .number()
      .gt(0)
      .max(1)
      .default(0.15)
      .describe('share of the tokens that are to be guessed'),
    masked: share.default(0.8).describe('of these, the share that the mask token replaces'),
    random: share.default(0.1).describe('of these, the share that a random token replaces'),
  })
  .refine(({ masked, random }) => masked + random <= 1 + 1e-12, {
    message: 'masked and random must add up to at most 1',
    path: ['masked'],
  })
  .prefault({})
  .describe('which tokens are hidden; drawn anew in each epoch');

/** Changing a random k-mer of a sequence in training. */
export const kmerFlipSchema = z
  .strictObject({
    k: z.int().min(1).max(12).describe('letters that are replaced by a random k-mer'),
    buckets: z
      .array(z.int().min(1))
      .min(1)
      .optional()
      .describe('a bucket of positions is chosen first: the letters up to each of these numbers'),
    countFrom: z
      .enum(['start', 'tss'])
      .default('start')
      .describe('end from which the buckets count: the first letter, or the one next to the TSS'),
  })
  .describe('augmentation: a random k-mer takes the place of one of the sequence');

/** Schema of a run config that pre-trains a language model. */
export const pretrainRunSchema = z.strictObject({
  mode: z.literal('pretrain'),
  ...runKeys,
  backend: backendKey,
  data: corpusSchema,
  tokenizer: fileKey.describe('tokenizer.json, or the folder of a tokenizer'),
  maxLength: z
    .int()
    .min(3)
    .default(256)
    .describe('tokens of an example, with those of start and end; longer sequences are cut'),
  ...sideKeys,
  masking: maskingSchema,
  augmentation: z
    .strictObject({ kmerFlip: kmerFlipSchema.optional() })
    .prefault({})
    .describe('changes of the sequences in training, drawn anew in each epoch'),
  model: modelSchema
    .extend({ type: z.string().default('roberta').describe('architecture') })
    .prefault({}),
  pretrained: fileKey
    .optional()
    .describe('model folder to go on from, in place of model: the same network, its tokenizer'),
  training: trainingOptionsSchema
    .omit({ loss: true, targetLimits: true, monitor: true })
    .prefault({}),
  seed: z.int().default(1).describe('seed of the network, the order, the masks and the split'),
  audit: z
    .strictObject({
      ...auditKeys,
      against: z
        .record(z.string().min(1), fileKey)
        .default({})
        .describe(
          'sequences that a later evaluation is to be done on, by name: text, FASTA, table',
        ),
      drop: z
        .boolean()
        .default(false)
        .describe('leaves out training sequences that are like one of validation or evaluation'),
    })
    .optional()
    .describe('looks for sequences that training shares with validation and evaluation'),
});

/** A run config that pre-trains, with all defaults filled in. */
export type PretrainRunConfig = z.infer<typeof pretrainRunSchema>;
