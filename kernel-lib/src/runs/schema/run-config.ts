import { z } from 'zod';
import { trainRunSchema } from './train-config.ts';

/** Schema of `NAME.tatabox.yaml`. */
export const runConfigSchema = z.discriminatedUnion('mode', [trainRunSchema]);

/** A run config with all defaults filled in. */
export type RunConfig = z.infer<typeof runConfigSchema>;

/** The schema of one mode; of the mode `train` for a mode that is not known. */
export function runModeSchema(mode: unknown): z.ZodType {
  return (
    runConfigSchema.options.find((schema) => schema.shape.mode.value === mode) ?? trainRunSchema
  );
}

/** JSON Schema of run configs, for completion and checks in editors. */
export function runConfigJsonSchema(): object {
  return z.toJSONSchema(runConfigSchema, { io: 'input', target: 'draft-7' });
}
