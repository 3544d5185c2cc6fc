import { z } from 'zod';
import { auditRunSchema } from './audit-config.ts';
import { clusterRunSchema } from './cluster-config.ts';
import { downloadRunSchema } from './download-config.ts';
import { expressionTableRunSchema } from './expression-table-config.ts';
import { extractPromotersRunSchema } from './extract-promoters-config.ts';
import { finetuneRunSchema } from './finetune-config.ts';
import { interpretRunSchema } from './interpret-config.ts';
import { pretrainRunSchema } from './pretrain-config.ts';
import { quantifyRunSchema } from './quantify-config.ts';
import { tokenizeRunSchema } from './tokenize-config.ts';
import { trainRunSchema } from './train-config.ts';
import { trainTokenizerRunSchema } from './train-tokenizer-config.ts';

/** Schema of `NAME.tatabox.yaml`. */
export const runConfigSchema = z.discriminatedUnion('mode', [
  trainRunSchema,
  pretrainRunSchema,
  finetuneRunSchema,
  downloadRunSchema,
  extractPromotersRunSchema,
  expressionTableRunSchema,
  quantifyRunSchema,
  clusterRunSchema,
  auditRunSchema,
  trainTokenizerRunSchema,
  tokenizeRunSchema,
  interpretRunSchema,
]);

/** A run config with all defaults filled in. */
export type RunConfig = z.infer<typeof runConfigSchema>;

/** JSON Schema of run configs, for completion and checks in editors. */
export function runConfigJsonSchema(): object {
  return z.toJSONSchema(runConfigSchema, { io: 'input', target: 'draft-7' });
}
