import { describe, expect, it } from 'vitest';
import {
  createSchedule,
  plateauReductions,
  scheduleSchema,
  type ScheduleContext,
  type ScheduleInput,
} from '../../../kernel-lib/src/training/schedules.ts';

const context: ScheduleContext = { learningRate: 1, totalSteps: 8, stepsPerEpoch: 4 };

function rates(input: ScheduleInput, steps: number[], more: Partial<ScheduleContext> = {}) {
  const schedule = createSchedule(scheduleSchema.parse(input), { ...context, ...more });
  return steps.map((step) => schedule(step));
}

function expectClose(values: number[], expected: number[], digits = 7) {
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, digits);
  });
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('schedules', () => {
  it('constant and linear with warm-up are those of Hugging Face', () => {
    // FLORABERT's schedulers, warm-up 4; warm-up 2 of 8 steps; computed by the original's code
    expectClose(
      rates({ name: 'constant', warmupSteps: 4 }, upTo(7)),
      [0, 0.25, 0.5, 0.75, 1, 1, 1],
    );
    expectClose(rates({ name: 'linear', warmupSteps: 2 }, upTo(10)), [
      0,
      0.5,
      1,
      5 / 6,
      4 / 6,
      0.5,
      2 / 6,
      1 / 6,
      0,
      0,
    ]);
    expectClose(
      rates({ name: 'linear', warmupRatio: 0.25 }, upTo(10)),
      rates({ name: 'linear', warmupSteps: 2 }, upTo(10)),
    );
  });

  it('constant may end with a linear descent', () => {
    expectClose(
      rates({ name: 'constant', warmupSteps: 2, cooldownSteps: 4 }, upTo(9)),
      [0, 0.5, 1, 1, 1, 0.75, 0.5, 0.25, 0],
    );
  });

  it('cosine and its restarts', () => {
    const half = Math.SQRT1_2;
    expectClose(rates('cosine', [0, 2, 4, 6, 8]), [1, (1 + half) / 2, 0.5, (1 - half) / 2, 0]);
    expectClose(rates({ name: 'cosine', final: 0.1 }, [0, 4, 8]), [1, 0.55, 0.1]);
    expectClose(
      rates({ name: 'cosine-restarts', cycles: 2 }, [0, 2, 4, 6, 8]),
      [1, 0.5, 1, 0.5, 0],
    );
  });

  it('polynomial, exponential and steps', () => {
    expectClose(rates({ name: 'polynomial', power: 2, final: 0 }, [0, 4, 8, 9]), [1, 0.25, 0, 0]);
    expectClose(rates({ name: 'exponential', rate: 0.5 }, [0, 2, 4, 8]), [
      1,
      Math.SQRT1_2,
      0.5,
      0.25,
    ]);
    expectClose(
      rates({ name: 'exponential', rate: 0.5, staircase: true, decaySteps: 2 }, [0, 1, 2, 3, 4]),
      [1, 1, 0.5, 0.5, 0.25],
    );
    // at 0-based epochs 1 and 2 of 4 steps each
    expectClose(
      rates({ name: 'step', epochs: [1, 2], factor: 0.1 }, [0, 3, 4, 7, 8, 20]),
      [1, 1, 0.1, 0.1, 0.01, 0.01],
    );
  });

  it('noam rises to step = warmupSteps and falls with the root', () => {
    const [zero, one, top, later] = rates(
      { name: 'noam', dimension: 64, warmupSteps: 100 },
      [0, 1, 100, 400],
    );
    expectClose([zero!, one!, top!, later!], [0, 0.125e-3, 0.0125, 0.00625]);
  });

  it('cyclical1 and the warm-up are those of Basenji', () => {
    // Basenji's Cyclical1(0.01, 0.1, 0.001, step_size=10) and WarmUp(0.1, 4, constant), TensorFlow
    expectClose(
      rates({ name: 'cyclical1', initial: 0.01, final: 0.001, epochs: 2 }, [0, 5, 10, 15, 20, 21], {
        learningRate: 0.1,
        stepsPerEpoch: 5,
      }),
      [0.01, 0.055, 0.1, 0.055, 0.01, 0.001],
    );
    expectClose(
      rates({ name: 'constant', warmupSteps: 4 }, upTo(6), { learningRate: 0.1 }),
      [0, 0.025, 0.05, 0.075, 0.1, 0.1],
    );
  });

  it('one-cycle is that of PyTorch', () => {
    // OneCycleLR(max_lr=1, total_steps=10, pct_start=0.3, cos): up over steps 0…2, down to step 9
    const values = rates('one-cycle', upTo(10), { totalSteps: 10 });
    expect(values[0]).toBeCloseTo(1 / 25, 9);
    expect(values[1]).toBeCloseTo((1 / 25 + 1) / 2, 9);
    expect(values[2]).toBeCloseTo(1, 9);
    expect(values[9]).toBeCloseTo(1 / 25 / 1e4, 9);
    for (let i = 3; i < 10; i++) expect(values[i]).toBeLessThan(values[i - 1]!);
  });

  it('plateau falls when the figure no longer improves', () => {
    const options = { patience: 1, cooldown: 0, minDelta: 0 };
    expect(plateauReductions([3, 2, 2, 2], options)).toBe(1);
    expect(plateauReductions([3, 2, 2, 1, 1], options)).toBe(0);
    expect(plateauReductions([3, 3, 3, 3, 3], options)).toBe(2);
    expect(plateauReductions([3, 3, 3, 3, 3], { ...options, cooldown: 3 })).toBe(1);
    const schedule = createSchedule(
      scheduleSchema.parse({ name: 'plateau', patience: 0, factor: 0.5, minRate: 0.2 }),
      context,
    );
    expect(schedule(5, [])).toBe(1);
    expect(schedule(5, [1, 1])).toBe(0.5);
    expect(schedule(5, [1, 1, 1, 1, 1])).toBe(0.2);
  });

  it('refuses two warm-ups', () => {
    expect(() => rates({ name: 'linear', warmupSteps: 2, warmupRatio: 0.1 }, [0])).toThrow(
      /both warmupSteps and warmupRatio/,
    );
  });
});
