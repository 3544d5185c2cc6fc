import { z } from 'zod';
import { promoterKeys } from './extract-promoters-config.ts';
import { fileKey, outputFolderKey, runKeys } from './run-keys.ts';

/** Schema of a run config that downloads genomes and annotations. */
export const downloadRunSchema = z.strictObject({
  mode: z.literal('download'),
  ...runKeys,
  links: fileKey.describe(
    'table with name, gene_link and annot_link (Ensembl, RefSeq, MaizeGDB), or name and link',
  ),
  folder: outputFolderKey
    .optional()
    .describe('where the files go, a folder for each row; default: files in the run folder'),
  parallel: z.int().min(1).max(64).default(4).describe('files at a time'),
  gunzip: z.boolean().default(false).describe('write .gz files decompressed'),
  checksums: z
    .string()
    .min(1)
    .optional()
    .describe('file or address with checksums, or the name of one beside each file: CHECKSUMS'),
  attempts: z.int().min(1).default(5).describe('times that a file is tried'),
  retrySeconds: z.number().gt(0).max(86_400).default(1).describe('wait before the second attempt'),
  idleSeconds: z
    .number()
    .gt(0)
    .max(86_400)
    .default(60)
    .describe('silence after which a connection counts as broken'),
  promoters: z
    .strictObject(promoterKeys)
    .optional()
    .describe('cut promoters out of each genome once its files are there'),
});

/** A run config that downloads, with all defaults filled in. */
export type DownloadRunConfig = z.infer<typeof downloadRunSchema>;
