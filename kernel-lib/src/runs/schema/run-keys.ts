import { z } from 'zod';

/** Keys of every run config beside its mode. */
export const runKeys = {
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, . _ and - only')
    .describe('name of the run'),
  output: z.string().optional().describe('run folder; default runs/NAME beside the config'),
};

/** Which texts of a run config are paths; editors complete and check them. */
export const fileKeys = z.registry<{ readonly path: 'input' | 'output' }>();

/** A path in a run config, or a web address where a step reads those. */
export const fileKey = z.string().min(1).register(fileKeys, { path: 'input' });

/** The path of a folder that a run writes. */
export const outputFolderKey = z.string().min(1).register(fileKeys, { path: 'output' });

/** What computes, of the modes that do with TensorFlow.js. */
export const backendKey = z.enum(['tensorflow', 'webgpu', 'wasm', 'cpu']).optional();

const side = z.enum(['left', 'right']).optional();

/** Which end of a row of tokens stays in its place. */
export const sideKeys = {
  paddingSide: side.describe('end that is filled up; default: as the tokenizer says'),
  truncationSide: side.describe(
    'end that is cut where there are too many tokens; default: as the tokenizer says',
  ),
};
