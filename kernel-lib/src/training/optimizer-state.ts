import type * as tf from '@tensorflow/tfjs-core';
import { InputError } from '../core/errors.ts';
import type { WeightValues } from '../layers/named-weights.ts';
import type { Gradient } from './clip-gradients.ts';
import type { UpdateRule } from './update-rule.ts';

/** A weight that is trained, under a name that is the same in every process. */
export interface TrainedWeight {
  readonly name: string;
  readonly variable: tf.Variable;
}

/** Tensors on the host, by name. */
export type NamedArrays = Record<string, WeightValues>;

/** Updates weights from their gradients. */
export interface Optimizer {
  /** Steps done. */
  readonly steps: number;
  /**
   * One step; a weight without gradient stays as it is. The caller disposes the gradients.
   *
   * @param learningRate one for all weights, or one for each
   */
  step(gradients: readonly Gradient[], learningRate: LearningRate): void;
  /** What has to be saved besides the number of steps, as `weight name/slot name`. */
  state(): Promise<NamedArrays>;
  /** Goes on from a saved state, exactly. */
  restore(state: Readonly<NamedArrays>, steps: number): void;
  dispose(): void;
}

/** A learning rate for all weights, or one for each in their order. */
export type LearningRate = number | readonly number[];

/** Names of a rule's slots for a weight, as they stand in a checkpoint. */
export function slotNames(rule: UpdateRule, weight: TrainedWeight): string[] {
  return rule.slots.map(({ name }) => `${weight.name}/${name}`);
}

/** The values of a slot in a checkpoint. @throws InputError when they are missing or too few */
export function savedSlot(state: Readonly<NamedArrays>, name: string, size: number): Float32Array {
  const data = state[name]?.data;
  if (data?.length !== size) {
    throw new InputError({
      where: 'optimizer state',
      found: data === undefined ? `no '${name}'` : `'${name}' with ${String(data.length)} values`,
      expected: `${String(size)} values`,
      fix: 'Resume with the model and the optimizer that wrote the checkpoint.',
    });
  }
  return data;
}

/** The learning rate of one weight. */
export function rateOf(learningRate: LearningRate, index: number): number {
  return typeof learningRate === 'number' ? learningRate : (learningRate[index] ?? 0);
}
