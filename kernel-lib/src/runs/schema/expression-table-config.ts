import { z } from 'zod';
import { fileKey, runKeys } from './run-keys.ts';

const tableKey = z
  .union([
    z.strictObject({
      file: fileKey.describe('TPM values: a row a tissue or a row a gene, plain or gzip'),
      cultivar: z.string().min(1).optional().describe('whose table it is; default: its column'),
    }),
    z.strictObject({
      cultivar: z.string().min(1).describe('whose measurements these are'),
      normalised: z
        .array(z.strictObject({ file: fileKey, tissue: z.string().min(1) }))
        .min(1)
        .describe('files of log2(RPM per base + 0.001), one a measurement'),
    }),
  ])
  .describe('the table of one cultivar');

/** Schema of a run config that filters expression tables and labels promoters. */
export const expressionTableRunSchema = z.strictObject({
  mode: z.literal('expression-table'),
  ...runKeys,
  tables: z.array(tableKey).min(1).describe('one table a cultivar'),
  tissues: z
    .union([z.literal('all'), z.array(z.string().min(1)).min(1)])
    .default(['tassel', 'base', 'anther', 'middle', 'ear', 'shoot', 'tip', 'root'])
    .describe('tissues in their order, or all'),
  rename: z
    .record(z.string(), z.string())
    .default({ 'shoot system': 'shoot' })
    .describe('names of tissues in the files, and what they are called here'),
  genePrefix: z.string().min(1).optional().describe('only genes that begin with this'),
  missing: z
    .enum(['error', 'nan'])
    .default('error')
    .describe('empty cells and NA: an error, or genes that are left out'),
  minimum: z.number().default(1).describe('TPM that a gene reaches in one tissue at least'),
  promoters: z
    .array(fileKey)
    .default([])
    .describe('FASTA, or tables with gene and sequence; none: only the tables are filtered'),
  folds: fileKey.optional().describe('table with gene_id and fold'),
  clusters: fileKey.optional().describe('clusters (representative, member) to deal to folds'),
  clusterFolds: z
    .strictObject({
      seed: z.int().min(0).default(47).describe('seed of the deal'),
      trainShare: z.number().gt(0).max(1).default(0.83).describe('share that is not test'),
      trainFolds: z.int().min(1).default(5).describe('folds of the training part'),
    })
    .optional()
    .describe('how clusters are dealt'),
  cultivars: fileKey.optional().describe('table with cultivar, subpopulation and gene_prefix'),
  leaveOutBroken: z
    .boolean()
    .default(false)
    .describe('leave tables out that the quality report calls broken'),
  trainingTables: z
    .boolean()
    .default(true)
    .describe('with folds: also train.tsv, eval.tsv and test.tsv with lists of labels'),
});

/** A run config that labels promoters, with all defaults filled in. */
export type ExpressionTableRunConfig = z.infer<typeof expressionTableRunSchema>;
