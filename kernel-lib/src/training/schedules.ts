import { z } from 'zod';
import { UsageError } from '../core/errors.ts';
import { namedChoice, variant } from './named-choice.ts';

const warmup = {
  warmupSteps: z
    .int()
    .nonnegative()
    .default(0)
    .describe('Steps of linear warm-up from 0: step s has the rate · s / warmupSteps'),
  warmupRatio: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Warm-up as a fraction of all steps, in place of warmupSteps'),
};

const scheduleVariants = [
  variant('schedule', 'constant', {
    ...warmup,
    cooldownSteps: z
      .int()
      .nonnegative()
      .default(0)
      .describe('Steps of linear descent to 0 at the end'),
  }).describe('The same rate after the warm-up'),
  variant('schedule', 'linear', { ...warmup }).describe('Falls linearly to 0 at the last step'),
  variant('schedule', 'cosine', {
    ...warmup,
    final: z.number().min(0).max(1).default(0).describe('Last rate as a fraction of the first'),
  }).describe('Falls along half a cosine'),
  variant('schedule', 'cosine-restarts', {
    ...warmup,
    cycles: z.int().positive().default(4).describe('Number of descents from the full rate to 0'),
  }).describe('Cosine with hard restarts'),
  variant('schedule', 'polynomial', {
    ...warmup,
    power: z.number().positive().default(2).describe('Exponent of the remaining fraction'),
    final: z.number().nonnegative().default(1e-7).describe('Last learning rate'),
  }).describe('Falls with a power of the remaining fraction of steps'),
  variant('schedule', 'exponential', {
    ...warmup,
    rate: z.number().positive().max(1).default(0.96).describe('Factor every decaySteps'),
    decaySteps: z.int().positive().optional().describe('Default: the steps of one epoch'),
    staircase: z.boolean().default(false).describe('Falls at once every decaySteps'),
  }).describe('Falls by a constant factor'),
  variant('schedule', 'step', {
    ...warmup,
    epochs: z
      .array(z.int().nonnegative())
      .min(1)
      .describe('0-based epochs from which the rate is multiplied by the factor (once more)'),
    factor: z.number().positive().default(0.1).describe('Factor at each of these epochs'),
  }).describe('Falls by a factor at given epochs'),
  variant('schedule', 'noam', {
    dimension: z.int().positive().describe('Width d of the model'),
    warmupSteps: z.int().positive().default(4000).describe('Steps up to the highest rate'),
  }).describe('learningRate · d^-½ · min(step^-½, step · warmupSteps^-1.5) (Vaswani et al. 2017)'),
  variant('schedule', 'cyclical1', {
    initial: z.number().nonnegative().describe('Rate at the first step and at the cycle’s end'),
    final: z.number().nonnegative().describe('Rate after the cycle'),
    epochs: z.int().positive().describe('Epochs from the initial to the maximal rate'),
  }).describe('One triangle initial → learningRate → initial, then the final rate (Basenji)'),
  variant('schedule', 'one-cycle', {
    rise: z.number().gt(0).lt(1).default(0.3).describe('Fraction of the steps that rise'),
    divide: z.number().positive().default(25).describe('learningRate / first rate'),
    finalDivide: z.number().positive().default(1e4).describe('First rate / last rate'),
  }).describe('One cycle with cosine annealing (Smith and Topin 2018; as PyTorch OneCycleLR)'),
  variant('schedule', 'plateau', {
    ...warmup,
    patience: z
      .int()
      .nonnegative()
      .default(10)
      .describe('Validations without improvement that are borne before the rate falls'),
    factor: z.number().positive().lt(1).default(0.1).describe('Factor of each fall'),
    cooldown: z.int().nonnegative().default(0).describe('Validations not counted after a fall'),
    minDelta: z.number().nonnegative().default(1e-4).describe('Smallest improvement'),
    minRate: z.number().nonnegative().default(0).describe('Lowest learning rate'),
  }).describe('Falls when the monitored validation figure no longer improves'),
] as const;

/** A schedule by name (`cosine`) or with options (`{ name: 'cosine', warmupSteps: 200 }`). */
export const scheduleSchema = namedChoice('schedule', scheduleVariants);

/** A schedule with all its options. */
export type ScheduleOptions = z.output<typeof scheduleSchema>;
/** A schedule as a user writes it. */
export type ScheduleInput = z.input<typeof scheduleSchema>;

/** What a schedule has to know of the training. */
export interface ScheduleContext {
  /** The highest rate. */
  readonly learningRate: number;
  /** Optimizer steps in all. */
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
}

/**
 * The learning rate of a step, counted from 0. `monitored` holds the figure of each validation so
 * far, lower is better; only `plateau` looks at it.
 */
export type Schedule = (step: number, monitored?: readonly number[]) => number;

/**
 * A schedule as a pure function of the step: nothing but the step has to be saved to resume.
 *
 * Warm-up as in Hugging Face and Basenji: step 0 has the rate 0, and what follows counts its steps
 * from the warm-up's end (`step` counts epochs from the beginning).
 *
 * @throws UsageError when options contradict each other
 * @example
 * const rate = createSchedule(
 *   { name: 'linear', warmupSteps: 2, warmupRatio: 0 },
 *   { learningRate: 1e-3, totalSteps: 8, stepsPerEpoch: 8 },
 * );
 * rate(1); // 0.0005
 */
export function createSchedule(options: ScheduleOptions, context: ScheduleContext): Schedule {
  const { learningRate, totalSteps, stepsPerEpoch } = context;
  if (options.name === 'noam') {
    const scale = learningRate / Math.sqrt(options.dimension);
    const slope = options.warmupSteps ** -1.5;
    return (step) => (step === 0 ? 0 : scale * Math.min(step ** -0.5, step * slope));
  }
  if (options.name === 'cyclical1') return cyclical1(options, context);
  if (options.name === 'one-cycle') return oneCycle(options, context);

  const warmupSteps = warmupStepsOf(options, totalSteps);
  const remaining = Math.max(1, totalSteps - warmupSteps);
  const after = afterWarmup(options, { learningRate, totalSteps: remaining, stepsPerEpoch });
  return (step, monitored = []) =>
    step < warmupSteps
      ? (learningRate * step) / warmupSteps
      : after(step - warmupSteps, step, monitored);
}

type WithWarmup = Exclude<ScheduleOptions, { name: 'noam' | 'cyclical1' | 'one-cycle' }>;

function warmupStepsOf(options: WithWarmup, totalSteps: number): number {
  const { name, warmupSteps, warmupRatio } = options;
  if (warmupSteps > 0 && warmupRatio > 0) {
    throw new UsageError({
      where: `schedule ${name}`,
      found: 'both warmupSteps and warmupRatio',
      expected: 'one of them',
    });
  }
  return warmupRatio > 0 ? Math.ceil(warmupRatio * totalSteps) : warmupSteps;
}

/** `step` counts from the warm-up's end, `absolute` from the beginning. */
type StepFunction = (step: number, absolute: number, monitored: readonly number[]) => number;

function afterWarmup(options: WithWarmup, context: ScheduleContext): StepFunction {
  const { learningRate, totalSteps, stepsPerEpoch } = context;
  const left = (step: number) => Math.max(0, 1 - step / totalSteps);
  switch (options.name) {
    case 'constant': {
      const { cooldownSteps } = options;
      return (step) =>
        cooldownSteps === 0
          ? learningRate
          : learningRate * Math.min(1, Math.max(0, (totalSteps - step) / cooldownSteps));
    }
    case 'linear':
      return (step) => learningRate * left(step);
    case 'cosine': {
      const { final } = options;
      return (step) =>
        learningRate * (final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * (1 - left(step)))));
    }
    case 'cosine-restarts':
      return (step) => {
        if (step >= totalSteps) return 0;
        const inCycle = (options.cycles * (step / totalSteps)) % 1;
        return learningRate * 0.5 * (1 + Math.cos(Math.PI * inCycle));
      };
    case 'polynomial': {
      const { final, power } = options;
      return (step) => (learningRate - final) * left(step) ** power + final;
    }
    case 'exponential': {
      const { rate, staircase, decaySteps = stepsPerEpoch } = options;
      return (step) => {
        const exponent = step / decaySteps;
        return learningRate * rate ** (staircase ? Math.floor(exponent) : exponent);
      };
    }
    case 'step':
      return (_, absolute) => {
        const epoch = Math.floor(absolute / stepsPerEpoch);
        const falls = options.epochs.filter((at) => at <= epoch).length;
        return learningRate * options.factor ** falls;
      };
    case 'plateau':
      return (_, __, monitored) =>
        Math.max(
          options.minRate,
          learningRate * options.factor ** plateauReductions(monitored, options),
        );
  }
}

/**
 * How often the rate has fallen after a series of validations, lower being better. A pure
 * function of the series, so that nothing else has to be saved to resume.
 */
export function plateauReductions(
  monitored: readonly number[],
  { patience, cooldown, minDelta }: { patience: number; cooldown: number; minDelta: number },
): number {
  let best = Infinity;
  let waited = 0;
  let cooling = 0;
  let reductions = 0;
  for (const value of monitored) {
    if (value < best - minDelta) {
      best = value;
      waited = 0;
    } else {
      waited += 1;
    }
    if (cooling > 0) {
      cooling -= 1;
      waited = 0;
    }
    if (waited > patience) {
      reductions += 1;
      cooling = cooldown;
      waited = 0;
    }
  }
  return reductions;
}

function cyclical1(
  { initial, final, epochs }: Extract<ScheduleOptions, { name: 'cyclical1' }>,
  { learningRate, stepsPerEpoch }: ScheduleContext,
): Schedule {
  const half = epochs * stepsPerEpoch;
  return (step) => {
    if (step > 2 * half) return final;
    const height = 1 - Math.abs(step / half - 1);
    return initial + (learningRate - initial) * height;
  };
}

function oneCycle(
  { rise, divide, finalDivide }: Extract<ScheduleOptions, { name: 'one-cycle' }>,
  { learningRate, totalSteps }: ScheduleContext,
): Schedule {
  const first = learningRate / divide;
  const last = first / finalDivide;
  const top = rise * totalSteps - 1;
  const end = Math.max(top + 1, totalSteps - 1);
  const anneal = (from: number, to: number, fraction: number) =>
    to + ((from - to) / 2) * (1 + Math.cos(Math.PI * Math.min(1, fraction)));
  return (step) =>
    step <= top
      ? anneal(first, learningRate, step / top)
      : anneal(learningRate, last, (step - Math.max(0, top)) / (end - Math.max(0, top)));
}
