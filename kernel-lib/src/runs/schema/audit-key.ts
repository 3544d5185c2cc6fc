import { z } from 'zod';
import { similarityKeys } from './cluster-config.ts';

/** Keys of the audit that a run can switch on. */
export const auditKeys = {
  ...similarityKeys,
  near: z.boolean().default(true).describe('looks for near duplicates, too, not only equal ones'),
};

/** What the audit of a run is told of similarity. */
export type RunAuditSettings = z.infer<z.ZodObject<typeof auditKeys>>;

/** The audit of a run whose parts follow from its split. */
export const auditKey = z
  .strictObject(auditKeys)
  .optional()
  .describe('looks for sequences that training shares with validation and test; {} for defaults');
