import { z } from 'zod';
import { backendKey, fileKey, runKeys } from './run-keys.ts';

const column = z.string().min(1);
const count = z.int().min(1);
const figures = z.boolean().default(true).describe('draws a figure for each sequence');
const sequences = count
  .default(10)
  .describe('only so many of the first sequences: each takes long');

/** Methods of models that read bases. */
export const baseMethods = Object.freeze([
  'ism',
  'gradient',
  'saliency',
  'integrated-gradients',
  'deep-lift',
] as const);

const source = z
  .strictObject({
    fasta: fileKey.optional().describe('sequences (plain or gzip)'),
    input: fileKey.optional().describe('FASTA, or text with one sequence a line'),
    table: fileKey.optional().describe('table with a column of sequences'),
    sequenceColumn: column.optional().describe('column of the table with the sequences'),
    idColumn: column.optional().describe('column of the table with names; default: its first'),
    labelColumns: z
      .array(column)
      .min(1)
      .optional()
      .describe('columns by which maps are coloured, for example line or subpopulation'),
    highestOf: z
      .array(column)
      .min(1)
      .optional()
      .describe('columns with numbers, such as tissues: the highest is one more label'),
    featureColumns: z
      .array(column)
      .min(1)
      .optional()
      .describe('columns with the features of the model'),
    intervals: fileKey.optional().describe('BED of windows; with genome'),
    genome: fileKey.optional().describe('indexed FASTA that the intervals lie on'),
  })
  .describe('where sequences come from: one of fasta, input, table, intervals');

/** Schema of a run config that explains a model. */
export const interpretRunSchema = z
  .strictObject({
    mode: z.literal('interpret'),
    ...runKeys,
    backend: backendKey,
    model: z.string().min(1).describe('model folder, or owner/name on the Hub'),
    data: source,
    limit: count.optional().describe('only so many of the first sequences; default: all'),
    // Not `output`, which is the run folder.
    explainedOutput: z
      .string()
      .optional()
      .describe('output of attributions and of figures; default: the first'),
    embeddings: z
      .strictObject({
        pooling: z
          .enum(['head', 'mean', 'start'])
          .default('head')
          .describe('head: what outputs are computed from; mean, start: hidden states'),
        layer: z.int().optional().describe('of mean and start: −1 is the last; default −1'),
        format: z
          .enum(['projector', 'npz', 'npy', 'tsv'])
          .default('projector')
          .describe('projector: a folder for TensorBoard'),
        maps: z.boolean().default(true).describe('PCA and UMAP, with k-mer composition beside'),
        k: z.int().min(1).max(6).default(1).describe('length of the k-mers of that composition'),
        seed: z.int().default(0).describe('seed of UMAP'),
        neighbours: z.int().min(2).default(15).describe('neighbours of UMAP'),
      })
      .optional()
      .describe('one vector a sequence'),
    attention: z
      .strictObject({ sequences, figures })
      .optional()
      .describe('attention of every layer and head'),
    attributions: z
      .strictObject({
        method: z.enum(['integrated-gradients', 'gradient']).default('integrated-gradients'),
        baseline: z
          .enum(['zero', 'padding', 'mask'])
          .default('zero')
          .describe('what stands for a token that is not there'),
        steps: count.default(50).describe('points along the path of integrated gradients'),
        sequences,
        figures,
      })
      .optional()
      .describe('contributions of tokens and their letters'),
    mutagenesis: z
      .strictObject({
        start: z.int().min(0).default(0).describe('first letter (0-based)'),
        end: count.optional().describe('end (excluded); default: of each sequence'),
        sequences,
        figures,
      })
      .optional()
      .describe('every letter changed to every other base, cut into tokens anew'),
    influence: z
      .strictObject({
        ks: z.array(z.int().min(1).max(15)).min(1).default([1, 2, 3, 4, 5, 6]),
        repeats: count.default(10).describe('substitutions of each k in each sequence'),
        seed: z.int().default(0),
        binSize: count.default(50).describe('letters of a bin'),
        within: count.default(100).describe('the share up to this distance is given'),
        resamples: z.int().min(0).default(500).describe('of the 95 % bands'),
        downstream: z
          .int()
          .min(0)
          .optional()
          .describe('letters behind the transcription start site; default: as the model says'),
        upstream: count
          .optional()
          .describe('only letters up to this distance are changed: those that the model sees'),
      })
      .optional()
      .describe('random k-mer substitutions by distance to the transcription start site'),
    bases: z
      .strictObject({
        method: z.enum(baseMethods).default('ism'),
        missingInputs: z.enum(['error', 'mean']).default('error'),
        format: z.enum(['npz', 'h5', 'tsv']).default('npz'),
      })
      .optional()
      .describe('contributions of bases, of models that read bases'),
  })
  .refine(
    ({ embeddings, attention, attributions, mutagenesis, influence, bases }) =>
      [embeddings, attention, attributions, mutagenesis, influence, bases].some(
        (part) => part !== undefined,
      ),
    {
      message:
        'one of embeddings, attention, attributions, mutagenesis, influence and bases is needed',
    },
  );

/** A run config that explains a model, with all defaults filled in. */
export type InterpretRunConfig = z.infer<typeof interpretRunSchema>;
