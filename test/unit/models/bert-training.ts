import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { namedVariables } from '../../../kernel-lib/src/layers/named-weights.ts';
import { setTrainingStep } from '../../../kernel-lib/src/layers/training-step.ts';
import type { Architecture } from '../../../kernel-lib/src/models/architecture.ts';
import { optimizerSchema } from '../../../kernel-lib/src/training/optimizer-options.ts';
import { createOptimizer } from '../../../kernel-lib/src/training/optimizer.ts';
import {
  IGNORED_LABEL,
  maskedLanguageLoss,
} from '../../../kernel-lib/src/training/sparse-cross-entropy.ts';

/** Sequences that repeat a pattern, with masked tokens and padding, and the labels of the masked ones. */
export function maskedBatch(
  length: number,
  { first, count, mask, padding }: { first: number; count: number; mask: number; padding: number },
): { ids: number[][]; labels: number[][] } {
  const random = new Random(5);
  const ids: number[][] = [];
  const labels: number[][] = [];
  for (let row = 0; row < 4; row++) {
    const real = length - 2 * row;
    const tokens = Array.from({ length }, (_, at) =>
      at < real ? first + ((at + row) % count) : padding,
    );
    const masked = tokens.map((_, at) => at < real && (at === 1 || random.uniform() < 0.2));
    ids.push(tokens.map((id, at) => (masked[at] ? mask : id)));
    labels.push(tokens.map((id, at) => (masked[at] ? id : IGNORED_LABEL)));
  }
  return { ids, labels };
}

/**
 * Trains a network for masked tokens for 20 steps on one batch, and checks that the loss falls and that
 * no step leaves a tensor behind.
 */
export function checkTraining<Config>(
  architecture: Architecture<Config>,
  config: Config,
  batch: { ids: number[][]; labels: number[][] },
): number[] {
  const before = tf.memory().numTensors;
  const model = architecture.build(config, { seed: 1 });
  const variables = [...namedVariables(model).values()].map(
    (variable) => variable.read() as tf.Variable,
  );
  const optimizer = createOptimizer(
    optimizerSchema.parse('adamw'),
    variables.map((variable) => ({ name: variable.name, variable })),
  );
  const losses: number[] = [];
  let afterFirst = 0;
  for (let step = 0; step < 20; step++) {
    setTrainingStep(model, step);
    const loss = tf.tidy(() => {
      const ids = tf.tensor2d(batch.ids, undefined, 'int32');
      const labels = tf.tensor2d(batch.labels, undefined, 'int32');
      const { value, grads } = tf.variableGrads(
        () => maskedLanguageLoss(labels, model.apply(ids, { training: true }) as tf.Tensor),
        variables,
      );
      for (const { name } of variables) expect(grads[name], name).toBeDefined();
      optimizer.step(
        variables.map(({ name }) => grads[name]),
        1e-2,
      );
      return value.dataSync()[0]!;
    });
    losses.push(loss);
    if (step === 0) afterFirst = tf.memory().numTensors;
  }
  expect(tf.memory().numTensors).toBe(afterFirst);
  optimizer.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
  return losses;
}
