import { z } from 'zod';
import { strictOptions } from './named-choice.ts';

/** How gradients are clipped; at most one of the ways. */
export const clipSchema = strictOptions('clip', {
  value: z.number().positive().optional().describe('Each value into [−value, value]'),
  variableNorm: z.number().positive().optional().describe('The norm of each weight’s gradient'),
  globalNorm: z.number().positive().optional().describe('The norm of all gradients together'),
  adaptive: z
    .number()
    .positive()
    .optional()
    .describe(
      'Adaptive gradient clipping (Brock et al. 2021, units as in Basenji): the norm of a ' +
        'unit’s gradient relative to the norm of its weights',
    ),
}).refine((clip) => Object.values(clip).filter((limit) => limit !== undefined).length <= 1, {
  error: 'expected one of value, variableNorm, globalNorm, adaptive',
});

/** Gradient clipping options. */
export type ClipOptions = z.output<typeof clipSchema>;
