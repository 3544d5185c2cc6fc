import { z } from 'zod';
import { fileKey, runKeys } from './run-keys.ts';

/** Where the id of a gene stands: a known layout, or an attribute. */
export const geneIdKey = z
  .union([
    z.enum(['auto', 'ensembl', 'refseq', 'maizegdb', 'gtf']),
    z.strictObject({
      attribute: z.string().min(1).describe('attribute that names genes, for example locus_tag'),
      prefix: z.string().optional().describe('taken off where a value begins with it'),
    }),
  ])
  .describe('where the ids of genes stand in the annotation');

/** How promoters are cut; the same for all genomes of a config. */
export const promoterKeys = {
  upstream: z.int().min(1).default(1000).describe('bases before the start of a gene'),
  minimumLength: z.int().min(1).default(1).describe('shortest promoter that is kept, in bases'),
  types: z
    .array(z.string().min(1))
    .min(1)
    .default(['gene'])
    .describe('types of features that are genes'),
  geneId: geneIdKey.default('auto'),
  subtract: z
    .enum(['genes', 'nothing'])
    .default('genes')
    .describe('what is cut out of the upstream regions'),
  missingContigs: z
    .enum(['error', 'skip'])
    .default('error')
    .describe('genes on contigs that the genome does not have'),
  repeatedIds: z
    .enum(['first', 'error'])
    .default('first')
    .describe('a gene id that stands on several lines'),
};

/** Schema of a run config that cuts promoters out of genomes. */
export const extractPromotersRunSchema = z.strictObject({
  mode: z.literal('extract-promoters'),
  ...runKeys,
  genomes: z
    .array(
      z.strictObject({
        species: z
          .string()
          .regex(/^\w[\w.+-]*$/, 'letters, digits, . _ + and - only')
          .describe('name of the species; each once'),
        genome: fileKey.describe('FASTA: plain, gzip or bgzip'),
        annotation: fileKey.describe('GFF3 or GTF: plain, gzip or bgzip'),
        geneId: geneIdKey.optional(),
      }),
    )
    .min(1)
    .describe('genomes with their annotations'),
  ...promoterKeys,
  format: z.enum(['fasta', 'tsv']).default('fasta').describe('file of each species'),
  combine: z
    .boolean()
    .default(true)
    .describe('also one table of all species, in upper case: promoters.tsv'),
});

/** A run config that cuts promoters out of genomes, with all defaults filled in. */
export type ExtractPromotersRunConfig = z.infer<typeof extractPromotersRunSchema>;
