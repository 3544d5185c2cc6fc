import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  learningRateOf,
  parseTrainingOptions,
  trainingOptionsSchema,
  weightDecayOf,
} from '../../../kernel-lib/src/training/training-options.ts';

describe('training options', () => {
  it('have defaults for everything', () => {
    expect(parseTrainingOptions({})).toMatchObject({
      epochs: 100,
      batchSize: 32,
      loss: { name: 'mse' },
      optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      schedule: { name: 'constant', warmupSteps: 0 },
      earlyStopping: false,
      checkpointEvery: { epochs: 1 },
    });
  });

  it('take names and names with options', () => {
    const options = parseTrainingOptions({
      loss: 'huber',
      optimizer: { name: 'sgd', momentum: 0.9 },
      schedule: 'cosine',
      earlyStopping: {},
      ema: {},
    });
    expect(options.loss).toEqual({ name: 'huber', delta: 1 });
    expect(options.optimizer).toEqual({ name: 'sgd', momentum: 0.9, nesterov: false });
    expect(options.earlyStopping).toEqual({ patience: 10, minEpochs: 0, minDelta: 0 });
    expect(options.ema).toEqual({ decay: 0.999 });
  });

  it('have defaults that depend on optimizer and schedule', () => {
    expect(learningRateOf(parseTrainingOptions({}))).toBe(1e-3);
    const noam = { name: 'noam', dimension: 64 } as const;
    expect(learningRateOf(parseTrainingOptions({ schedule: noam }))).toBe(1);
    expect(weightDecayOf(parseTrainingOptions({}))).toBe(0);
    expect(weightDecayOf(parseTrainingOptions({ optimizer: 'adamw' }))).toBe(0.01);
    expect(weightDecayOf(parseTrainingOptions({ optimizer: 'adamw', weightDecay: 0 }))).toBe(0);
  });

  it.each([
    [{ optimzer: 'adam' }, /training has no option 'optimzer'. Did you mean 'optimizer'\?/],
    [{ optimizer: 'adma' }, /unknown optimizer 'adma'. Did you mean 'adam'\?/],
    [{ optimizer: { name: 'sgd', momentun: 1 } }, /Did you mean 'momentum'\?/],
    [{ schedule: 'noam' }, /dimension/],
    [{ earlyStopping: { patiense: 3 } }, /Did you mean 'patience'\?/],
    [{ checkpointEvery: { epochs: 1, steps: 5 } }, /either epochs or steps/],
    [{ epochs: 0 }, /epochs/],
    [{ loss: 7 }, /expected a loss name: mse, mae/],
  ])('%j is refused', (input, message) => {
    expect(() => parseTrainingOptions(input as never)).toThrow(message);
  });

  it('describe themselves as JSON schema', () => {
    const schema = z.toJSONSchema(trainingOptionsSchema, { io: 'input' }) as {
      properties: Record<string, { description?: string }>;
      additionalProperties: boolean;
    };
    expect(schema.additionalProperties).toBe(false);
    for (const [name, property] of Object.entries(schema.properties)) {
      expect(property.description, name).toBeTruthy();
    }
  });
});
