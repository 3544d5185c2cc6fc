import { z } from 'zod';
import { fileKey, outputFolderKey, runKeys } from './run-keys.ts';

const trimmingSchema = z
  .strictObject({
    clip: z
      .tuple([z.int().min(0), z.int().min(0), z.int().min(0)])
      .default([2, 30, 10])
      .describe('ILLUMINACLIP: seed mismatches, palindrome and simple clip threshold'),
    keepBothMates: z
      .boolean()
      .default(false)
      .describe('keep both mates of fragments shorter than a read'),
    leading: z.int().min(0).default(3).describe('lowest quality at the start'),
    trailing: z.int().min(0).default(3).describe('lowest quality at the end'),
    slidingWindow: z
      .tuple([z.int().min(1), z.int().min(0)])
      .default([4, 15])
      .describe('bases of a window and its lowest mean quality'),
    minimumLength: z.int().min(1).default(36).describe('shorter reads are dropped'),
    qualityOffset: z
      .union([z.literal(33), z.literal(64)])
      .default(33)
      .describe('character code of quality 0'),
    checkPairs: z.boolean().default(true).describe('refuse pairs whose mates differ in name'),
  })
  .prefault({})
  .describe('how Trimmomatic trims');

/** Schema of run configs that quantify RNA-seq reads. */
export const quantifyRunSchema = z.strictObject({
  mode: z.literal('quantify'),
  ...runKeys,
  samples: fileKey.describe(
    'table of samples: name, fastq_1, and where there are any fastq_2, cultivar, tissue',
  ),
  genome: fileKey
    .optional()
    .describe('FASTA of the genome, plain or gzip, from which the HISAT2 index is built'),
  index: fileKey
    .optional()
    .describe('HISAT2 index in place of the genome: its path without .1.ht2'),
  annotation: fileKey.describe('genes with their exons: GTF or GFF3, plain or gzip'),
  annotationFormat: z
    .enum(['gtf', 'gff3'])
    .optional()
    .describe('default: gff3 for names that end in .gff or .gff3 (also .gz), else gtf'),
  featureType: z.string().min(1).optional().describe('features of a GTF; default exon'),
  geneAttribute: z
    .string()
    .min(1)
    .optional()
    .describe('attribute of a GTF that joins features to genes; default gene_id'),
  strandedness: z
    .enum(['unstranded', 'forward', 'reverse'])
    .default('unstranded')
    .describe('strand that the reads come from'),
  adapters: fileKey.optional().describe('FASTA of adapters; without it none are cut off'),
  trimming: trimmingSchema,
  folder: outputFolderKey
    .optional()
    .describe(
      'where the stages and tables go; finished stages there are not run again, in whatever run; default: quantification in the run folder',
    ),
  threads: z.int().min(1).max(1024).optional().describe('of each tool; default: cores, at most 8'),
  keepTrimmed: z.boolean().default(true).describe('keep trimmed reads after they are aligned'),
});

/** A run config of the mode `quantify` with all defaults filled in. */
export type QuantifyRunConfig = z.infer<typeof quantifyRunSchema>;
