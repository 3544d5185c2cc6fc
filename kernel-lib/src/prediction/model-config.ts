import { z } from 'zod';
import { InputError } from '../core/errors.ts';
import { parseJson } from '../core/parse-json.ts';
import { targetTransformNames } from '../datasets/target-transforms.ts';

const shape = z.array(z.int().min(1));
const numbers = z.array(z.number());
const transform = z.enum(['none', 'log10', 'log2', 'ln']);
const side = z.enum(['left', 'right']);

/** Schema of `config.json`, the file that says what a model folder holds. */
export const modelConfigSchema = z.object({
  library: z.literal('tatabox'),
  library_version: z.string(),
  model_type: z.string().describe('name of the architecture'),
  architecture: z.record(z.string(), z.unknown()).describe('config of the architecture'),
  members: z.int().min(1).describe('number of networks whose predictions are averaged'),
  alphabet: z
    .object({ letters: z.string(), unknown: z.enum(['zero']) })
    .optional()
    .describe('of a model that reads bases; one that reads tokens has a tokenizer beside it'),
  inputs: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['tokens', 'features']),
      shape,
      vocabularySize: z
        .int()
        .min(1)
        .optional()
        .describe('tokens are those of a tokenizer with so many; absent where they are bases'),
    }),
  ),
  outputs: z.array(z.object({ name: z.string(), description: z.string().optional() })).min(1),
  window: z
    .object({ upstream: z.int(), downstream: z.int() })
    .optional()
    .describe('what the sequence covers, in bases around the transcription start site'),
  preprocessing: z
    .object({
      features: z
        .record(
          z.string(),
          z.object({
            columns: z.array(
              z.object({
                column: z.string(),
                transform,
                pseudocount: z.number(),
                missing: z.enum(['mean', 'zero']).default('mean'),
              }),
            ),
            scaler: z.object({
              type: z.literal('standard'),
              names: z.array(z.string()),
              means: numbers,
              standardDeviations: numbers,
            }),
          }),
        )
        .optional()
        .describe('by input: what is done to its columns'),
      target: z
        .object({
          transform,
          pseudocount: z.number(),
          mean: z.number(),
          standardDeviation: z.number(),
        })
        .optional(),
      targets: z
        .array(
          z.object({
            name: z.string(),
            transform: z.enum(targetTransformNames),
            pseudocount: z.number(),
            lambda: z.number().optional().describe('of box-cox only'),
            mean: z.number(),
            standardDeviation: z.number().positive(),
          }),
        )
        .min(1)
        .optional()
        .describe('in place of target: what is done to each output'),
      tokenizer: z
        .object({ paddingSide: side, truncationSide: side })
        .optional()
        .describe('how the tokenizer beside the model is used; sequences are made upper case'),
    })
    .default({}),
});

/** Content of a model folder's `config.json`. */
export type ModelConfig = z.infer<typeof modelConfigSchema>;

/**
 * Checks the text of a `config.json`.
 *
 * @throws InputError when it is no JSON, not of this library, or a field is wrong
 */
export function parseModelConfig(text: string, where: string): ModelConfig {
  const json = parseJson(text, where, { expected: 'the config of a tatabox model folder' });
  if ((json as { library?: unknown } | null)?.library !== 'tatabox') {
    throw new InputError({
      where,
      found: "no field library: 'tatabox'",
      expected: 'the config of a tatabox model folder',
      fix: 'Models of other libraries are read by `tatabox import`.',
    });
  }
  const result = modelConfigSchema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    const missing = / received undefined$/.test(issue?.message ?? '');
    throw new InputError({
      where: `${where}, ${issue?.path.join('.') ?? ''}`,
      found: missing ? 'nothing' : (issue?.message ?? 'an invalid value'),
      ...(missing
        ? { expected: /expected (\w+)/.exec(issue?.message ?? '')?.[1] ?? 'a value' }
        : {}),
      fix: 'Write or download the model again.',
    });
  }
  return result.data;
}
