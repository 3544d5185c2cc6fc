import { z } from 'zod';
import { targetTransformNames } from '../../datasets/target-transforms.ts';
import { trainingOptionsSchema } from '../../training/training-options.ts';
import { kmerFlipSchema } from './pretrain-config.ts';
import { auditKeys } from './audit-key.ts';
import { backendKey, fileKey, runKeys, sideKeys } from './run-keys.ts';
import { modelSchema } from './train-config.ts';

const column = z.string().min(1);
const folds = z.array(z.string().min(1));

/** Promoters with expression in several tissues. */
const labelledSchema = z
  .strictObject({
    table: fileKey.describe('one row a promoter (TSV or CSV, plain or gzip)'),
    columns: z
      .strictObject({
        id: column.optional().describe('default gene_id, gene, id or name'),
        sequence: column.optional().describe('default sequence, promoter or seq'),
        fold: column.optional().describe('default fold'),
        targets: z
          .array(column)
          .min(1)
          .optional()
          .describe(
            'what is predicted; default: columns that begin with tpm_, or the column labels',
          ),
      })
      .prefault({})
      .describe('names of the columns'),
    transform: z
      .enum(targetTransformNames)
      .default('log10')
      .describe('what is done to the values before training'),
    pseudocount: z.number().default(1).describe('added before the transform'),
    standardise: z
      .boolean()
      .default(true)
      .describe(
        'mean 0 and deviation 1 of each target on train; not with the tasks sparse, poisson',
      ),
    expressedThreshold: z
      .number()
      .optional()
      .describe('of the task classification: the value from which a gene counts as expressed'),
    minimumLength: z.int().min(0).default(0).describe('shorter promoters are left out'),
    threshold: z
      .number()
      .optional()
      .describe('keeps promoters whose genes have more than this in every tissue'),
    split: z
      .strictObject({
        train: folds.optional().describe('default: all folds in no other part'),
        validation: folds
          .optional()
          .describe('default: folds called validation, else the last numbered training fold'),
        test: folds.optional().describe('default: the fold test'),
      })
      .prefault({})
      .describe('which folds are which part'),
    kmerFlip: kmerFlipSchema.optional(),
  })
  .describe('promoters with expression in several tissues');

/** Schema of a run config that fine-tunes a network to expression. */
export const finetuneRunSchema = z.strictObject({
  mode: z.literal('finetune'),
  ...runKeys,
  backend: backendKey,
  data: labelledSchema,
  task: z
    .enum(['regression', 'classification', 'poisson', 'sparse'])
    .default('regression')
    .describe(
      'regression: values; classification: whether expressed; poisson: counts; sparse: whether ' +
        'expressed, and the value',
    ),
  pretrained: fileKey
    .optional()
    .describe(
      'model folder whose encoder and tokenizer are taken; default: a network from scratch',
    ),
  tokenizer: fileKey
    .optional()
    .describe('tokenizer.json or the folder of a tokenizer; only without pretrained'),
  maxLength: z
    .int()
    .min(3)
    .optional()
    .describe('tokens of an example; default: as pretrained, else 256'),
  ...sideKeys,
  model: modelSchema
    .extend({ type: z.string().default('roberta').describe('architecture') })
    .prefault({}),
  training: trainingOptionsSchema.prefault({}),
  seeds: z.array(z.int()).min(1).default([1]).describe('one network a seed; their mean predicts'),
  crossValidation: z
    .union([
      z.boolean(),
      z.strictObject({ folds: folds.min(3).describe('folds that are tested in turn') }),
    ])
    .default(false)
    .describe('trains and tests on each training fold in turn before the final network'),
  evaluation: z
    .strictObject({
      baselines: z.boolean().default(true).describe('mean and k-mer ridge beside the model'),
      k: z.int().min(1).max(7).default(4).describe('length of the k-mers of the baseline'),
    })
    .prefault({}),
  audit: z
    .strictObject({
      ...auditKeys,
      pretraining: z
        .record(z.string().min(1), fileKey)
        .default({})
        .describe('sequences that the encoder was pre-trained on, by name: text, FASTA, table'),
    })
    .optional()
    .describe('looks for sequences that training shares with validation and test'),
});

/** A run config that fine-tunes, with all defaults filled in. */
export type FinetuneRunConfig = z.infer<typeof finetuneRunSchema>;
