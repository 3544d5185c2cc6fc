import { z } from 'zod';
import { trainingOptionsSchema } from '../../training/training-options.ts';
import { auditKey } from './audit-key.ts';
import { backendKey, fileKey, runKeys } from './run-keys.ts';

/** Share of the examples in each part, and the seed that draws them. */
const shares = {
  fractions: z
    .strictObject({
      validation: z.number().min(0).lt(1).default(0.1),
      test: z.number().min(0).lt(1).default(0.15),
    })
    .prefault({}),
  seed: z.int().default(1),
};

/** Data of promoters with measured expression: genome and table in, inputs and target out. */
const promoterExpressionSchema = z
  .strictObject({
    genome: fileKey.describe('indexed FASTA (plain with .fai, or bgzip with .fai and .gzi)'),
    transcripts: fileKey
      .optional()
      .describe('BED of transcripts, compared with the table before training'),
    table: fileKey.describe('table with one row a gene (TSV or CSV, plain or gzip)'),
    columns: z
      .strictObject({
        id: z.string().default('gene_id'),
        bedName: z.string().optional().describe('names that the BED uses; default: those of id'),
        chrom: z.string().default('chrom'),
        strand: z.string().default('strand'),
        tss: z
          .string()
          .default('tss')
          .describe('0-based start; on the - strand the exclusive end of the transcript'),
      })
      .prefault({})
      .describe('names of the columns that place each gene'),
    window: z
      .strictObject({
        upstream: z.int().min(0).default(1000),
        downstream: z.int().min(0).default(500),
      })
      .prefault({})
      .describe('bases around the transcription start site'),
    target: z
      .strictObject({
        column: z.string(),
        transform: z.enum(['none', 'log10', 'log2', 'ln']).default('none'),
        pseudocount: z.number().default(0),
        standardise: z.boolean().default(true).describe('mean 0 and deviation 1 on train'),
        missing: z.enum(['error', 'drop']).default('error').describe('genes without a value'),
      })
      .describe('what is predicted'),
    features: z
      .array(
        z.strictObject({
          column: z.string(),
          transform: z.enum(['none', 'log10', 'log2', 'ln']).default('none'),
          pseudocount: z.number().default(0),
          missing: z
            .enum(['mean', 'zero'])
            .default('mean')
            .describe('what an empty cell is: the mean of training, or 0 before the transform'),
        }),
      )
      .default([])
      .describe('columns that enter beside the sequence; none for promoter only'),
    split: z
      .discriminatedUnion('by', [
        z.strictObject({
          by: z.literal('chromosome'),
          test: z.array(z.string()),
          validation: z.array(z.string()),
        }),
        z.strictObject({
          by: z.literal('blocks'),
          blockSize: z.int().min(1),
          gap: z.int().min(0).default(0),
          ...shares,
        }),
        z.strictObject({
          by: z.literal('cluster'),
          column: z.string().describe('cluster of each gene, for example its paralog family'),
          ...shares,
        }),
        z.strictObject({
          by: z.literal('similarity'),
          k: z.int().min(1).default(12),
          threshold: z.number().gt(0).max(1).default(0.5),
          ...shares,
        }),
        z.strictObject({ by: z.literal('column'), column: z.string() }),
      ])
      .describe('which genes train, select and test'),
    maxShift: z
      .int()
      .min(0)
      .default(0)
      .describe('augmentation: windows of training are shifted by up to so many bases'),
    mutationRate: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('augmentation: this share of the bases is replaced by random ones'),
    maskRate: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('augmentation: this share of the bases is made unknown'),
  })
  .describe('promoters cut from a genome, with measured expression');

/** Which network is built. */
export const modelSchema = z
  .strictObject({
    type: z.string().default('xpresso').describe('architecture'),
    preset: z.string().optional().describe('preset of the architecture to start from'),
    config: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('config of the architecture; its keys replace those of the preset'),
  })
  .describe('the network; window length and features follow from the data');

const evaluationSchema = z
  .strictObject({
    baselines: z.boolean().default(true).describe('ridge baselines beside the model'),
    resamples: z.int().min(0).default(1000).describe('bootstrap resamples for the intervals'),
    confidence: z.number().gt(0).lt(1).default(0.95),
    seed: z.int().default(1),
  })
  .prefault({});

/** Schema of a run config that trains. */
export const trainRunSchema = z.strictObject({
  mode: z.literal('train'),
  ...runKeys,
  backend: backendKey,
  data: promoterExpressionSchema,
  model: modelSchema.prefault({}),
  training: trainingOptionsSchema.prefault({}),
  seeds: z.array(z.int()).min(1).default([1]).describe('one network a seed; their mean predicts'),
  workers: z.int().min(1).optional().describe('networks trained at a time; default: the cores'),
  evaluation: evaluationSchema,
  audit: auditKey,
});

/** A run config that trains, with all defaults filled in. */
export type TrainRunConfig = z.infer<typeof trainRunSchema>;
