import { z } from 'zod';
import { fileKey, runKeys } from './run-keys.ts';

/** What makes two sequences alike; the same keys in every mode that compares sequences. */
export const similarityKeys = {
  identity: z.number().gt(0.5).max(1).default(0.8).describe('least share of equal bases'),
  coverage: z
    .number()
    .min(0)
    .max(1)
    .default(0.6)
    .describe('least share of a sequence that the alignment spans'),
  identityOver: z
    .enum(['alignment', 'shorter'])
    .default('shorter')
    .describe(
      'what equal bases are divided by: columns (MMseqs2) or the shorter sequence (cd-hit)',
    ),
  coverageOf: z
    .enum(['both', 'shorter'])
    .default('both')
    .describe('which sequence must be covered'),
  strand: z.enum(['both', 'plus']).default('both').describe('whether the other strand counts, too'),
};

/** Groups sequences by identity; see `clusterByIdentity`. */
export const clusterRunSchema = z.strictObject({
  mode: z.literal('cluster'),
  ...runKeys,
  input: fileKey.describe('FASTA, table, or one sequence a line; plain or gzip'),
  sequenceColumn: z.string().optional().describe('column of a table with the sequences'),
  idColumn: z.string().optional().describe('column of a table with names; default its first'),
  ...similarityKeys,
  clustering: z
    .enum(['set-cover', 'longest-first', 'connected'])
    .default('set-cover')
    .describe('how clusters are made of alike pairs: as MMseqs2, as cd-hit, or by single linkage'),
  folds: z
    .strictObject({
      trainShare: z.number().gt(0).max(1).default(0.83).describe('share that trains'),
      trainFolds: z.int().min(1).max(1000).default(5).describe('training folds'),
      seed: z.int().min(0).max(4294967295).default(47).describe('seed of the deal'),
      deal: z
        .enum(['in-turn', 'balanced'])
        .default('in-turn')
        .describe('clusters in turn, as FloraBERT did, or to folds of sizes as equal as can be'),
    })
    .optional()
    .describe('deals whole clusters out to a test part and training folds (folds.tsv)'),
});

/** Config of a run that groups sequences, with defaults. */
export type ClusterRunConfig = z.infer<typeof clusterRunSchema>;
