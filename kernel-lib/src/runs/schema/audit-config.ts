import { z } from 'zod';
import { similarityKeys } from './cluster-config.ts';
import { fileKey, runKeys } from './run-keys.ts';

/** Looks for sequences that parts of a data set share; see `leakageAudit`. */
export const auditRunSchema = z.strictObject({
  mode: z.literal('audit'),
  ...runKeys,
  parts: z
    .record(z.string().min(1), fileKey)
    .describe('file of each part by its name; the last is streamed: give the largest last'),
  evaluation: z
    .array(z.string())
    .optional()
    .describe('parts that judge a model; default those named test, validation, …'),
  sequenceColumn: z.string().optional().describe('column of tables with the sequences'),
  idColumn: z.string().optional().describe('column of tables with names; default their first'),
  near: z.boolean().default(true).describe('looks for near duplicates, too'),
  ...similarityKeys,
  examples: z.int().min(0).default(5).describe('pairs that are shown of each kind'),
});

/** Config of a run that audits a data set, with defaults. */
export type AuditRunConfig = z.infer<typeof auditRunSchema>;
