import { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import { clipSchema } from './clip-options.ts';
import { lossSchema } from './loss-options.ts';
import { describeIssues, strictOptions } from './named-choice.ts';
import { optimizerSchema } from './optimizer-options.ts';
import { scheduleSchema } from './schedules.ts';

const shape = {
  epochs: z.int().positive().default(100).describe('Passes over the training examples, at most'),
  batchSize: z.int().positive().default(32).describe('Examples of one forward and backward pass'),
  accumulate: z
    .int()
    .positive()
    .default(1)
    .describe('Batches whose gradients make one optimizer step, as if they were one batch'),
  seed: z.int().nonnegative().default(0).describe('Seed of the order and of the augmentation'),
  loss: lossSchema.default({ name: 'mse' }).describe('What is minimised'),
  targetLimits: strictOptions('targetLimits', {
    low: z.number().optional(),
    high: z.number().optional(),
  })
    .default({})
    .describe(
      'Training targets beyond a limit count as the limit, on the scale of the model, so that ' +
        'outliers do not rule the gradient; validation sees them as they are',
    ),
  optimizer: optimizerSchema
    .default({ name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })
    .describe('How the weights are updated'),
  learningRate: z
    .number()
    .positive()
    .optional()
    .describe('Highest learning rate; default 0.001, and 1 for the noam schedule, which scales it'),
  schedule: scheduleSchema
    .default({ name: 'constant', warmupSteps: 0, warmupRatio: 0, cooldownSteps: 0 })
    .describe('How the learning rate changes'),
  layerDelay: strictOptions('layerDelay', {
    steps: z.int().positive().describe('Steps between the start of two neighbouring layers'),
    factor: z.number().gt(0).max(1).default(0.5).describe('Rate of a layer over that behind it'),
    warmupSteps: z.int().nonnegative().default(0).describe('Steps to come to the rate'),
    groups: z
      .array(z.array(z.string().min(1)).min(1))
      .min(1)
      .optional()
      .describe('Layers that start together, from the output back; default: each on its own'),
  })
    .or(z.literal(false))
    .default(false)
    .describe('Lets layers start to learn one after the other, from the output back'),
  layerRates: z
    .record(z.string(), z.number().nonnegative())
    .default({})
    .describe(
      'Factors of the learning rate by layer name, * stands for any characters; of several that ' +
        'fit, the last one counts',
    ),
  onBadLoss: z
    .enum(['stop', 'skip'])
    .default('stop')
    .describe(
      'What happens when the loss or the gradient of a batch is not finite, or the gradient is ' +
        'larger than maxGradientNorm: training stops, or leaves the batch out',
    ),
  maxBadBatches: z
    .int()
    .positive()
    .default(10)
    .describe('Batches left out in a row after which training stops all the same'),
  maxGradientNorm: z
    .number()
    .positive()
    .optional()
    .describe('Norm of a batch’s gradient, before clipping, from which it counts as exploded'),
  clip: clipSchema.default({}).describe('How gradients are clipped; not at all by default'),
  weightDecay: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      'Weight decay: decoupled for adamw (default 0.01), part of the step for lamb, L2 in the ' +
        'gradient for the others (default 0)',
    ),
  decayBiases: z
    .boolean()
    .default(false)
    .describe('Also decays vectors, that is biases and normalisation weights'),
  ema: strictOptions('ema', {
    decay: z.number().gt(0).lt(1).default(0.999).describe('Weight of the average so far'),
  })
    .or(z.literal(false))
    .default(false)
    .describe('Moving average of the weights, used for validation and as the trained weights'),
  freeze: z
    .array(z.string().min(1))
    .default([])
    .describe('Layers that are not trained: names, * stands for any characters'),
  monitor: z
    .enum(['validation loss', 'pearson'])
    .default('validation loss')
    .describe('What the best epoch, early stopping and the plateau schedule go by'),
  earlyStopping: strictOptions('earlyStopping', {
    patience: z
      .int()
      .positive()
      .default(10)
      .describe('Validations without improvement after which training stops'),
    minEpochs: z.int().nonnegative().default(0).describe('Epochs before it may stop'),
    minDelta: z.number().nonnegative().default(0).describe('Smallest improvement that counts'),
  })
    .or(z.literal(false))
    .default(false)
    .describe('Whether and when training stops before its last epoch'),
  keep: z
    .enum(['best', 'last'])
    .optional()
    .describe('Weights that the model ends with; default best if there are validation examples'),
  validateEvery: z.int().positive().default(1).describe('Epochs between validations'),
  checkpointEvery: strictOptions('checkpointEvery', {
    epochs: z.int().positive().optional(),
    steps: z.int().positive().optional(),
  })
    .refine(({ epochs, steps }) => (epochs === undefined) !== (steps === undefined), {
      error: 'expected either epochs or steps',
    })
    .default({ epochs: 1 })
    .describe('Epochs or optimizer steps between checkpoints, where there is a folder'),
  logEvery: z
    .int()
    .nonnegative()
    .default(0)
    .describe('Steps between records within an epoch, where there is a folder; 0 for epochs only'),
};

/** Schema of the training options; every option has its default and is described. */
export const trainingOptionsSchema = strictOptions('training', shape).describe(
  'How a model is trained',
);

/** The training options with all defaults filled in. */
export type TrainingOptions = z.output<typeof trainingOptionsSchema>;
/** The training options as a user writes them. */
export type TrainingOptionsInput = z.input<typeof trainingOptionsSchema>;

/**
 * Checks training options and fills in the defaults.
 *
 * @throws UsageError that names each wrong option and the nearest known one
 * @example
 * parseTrainingOptions({ epochs: 20, optimizer: 'adamw', schedule: { name: 'cosine' } });
 */
export function parseTrainingOptions(input: TrainingOptionsInput): TrainingOptions {
  const parsed = trainingOptionsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new UsageError({
    where: 'training options',
    found: describeIssues(parsed.error.issues),
  });
}

/** The highest learning rate: the given one, else the default of the schedule. */
export function learningRateOf({ learningRate, schedule }: TrainingOptions): number {
  return learningRate ?? (schedule.name === 'noam' ? 1 : 1e-3);
}

/** The weight decay: the given one, else the default of the optimizer. */
export function weightDecayOf({ weightDecay, optimizer }: TrainingOptions): number {
  return weightDecay ?? (optimizer.name === 'adamw' ? 0.01 : 0);
}
