import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../core/errors.ts';
import { tensorFlowBackend } from '../backend/tensorflow-operations.ts';
import { adamaxRule, adamRule, lambRule } from './adam-rules.ts';
import type { Gradient } from './clip-gradients.ts';
import { InPlaceOptimizer } from './optimizer-in-place.ts';
import {
  rateOf,
  savedSlot,
  slotNames,
  type LearningRate,
  type NamedArrays,
  type Optimizer,
  type TrainedWeight,
} from './optimizer-state.ts';
import { adadeltaRule, adagradRule, rmspropRule, sgdRule } from './momentum-rules.ts';
import type { OptimizerOptions } from './optimizer-options.ts';
import type { UpdateRule } from './update-rule.ts';

export type { LearningRate, NamedArrays, Optimizer, TrainedWeight };

/**
 * How the arithmetic of the update is done: on arrays of the host, as tensor operations, or in place
 * by TensorFlow's own training operations (`tensorflow` backend only; rules without such an operation
 * are computed as tensors).
 */
export type OptimizerArithmetic = 'arrays' | 'tensors' | 'in place';

/** Options of `createOptimizer` besides the optimizer itself. */
export interface OptimizerSettings {
  /**
   * Weight decay: decoupled for `adamw`, part of the step for `lamb`, added to the gradient (L2)
   * for the others. Default 0.
   */
  readonly weightDecay?: number;
  /** Also decays vectors: biases and normalisation weights (default false). */
  readonly decayBiases?: boolean;
  /**
   * Default: `arrays` on the `cpu` and `wasm` backends, whose memory is the host's, `in place` on
   * `tensorflow`, else `tensors`.
   */
  readonly arithmetic?: OptimizerArithmetic;
}

/**
 * Makes an optimizer of some weights.
 *
 * @param weights in the order in which `step` takes the gradients
 * @example
 * const optimizer = createOptimizer(optimizerSchema.parse('adam'), weights);
 * optimizer.step(gradients, 1e-3);
 */
export function createOptimizer(
  options: OptimizerOptions,
  weights: readonly TrainedWeight[],
  { weightDecay = 0, decayBiases = false, arithmetic }: OptimizerSettings = {},
): Optimizer {
  const rule = updateRule(options);
  const decays = weights.map(({ variable }) =>
    decayBiases || variable.rank >= 2 ? weightDecay : 0,
  );
  const chosen = arithmetic ?? DEFAULT_ARITHMETIC[tf.getBackend()] ?? 'tensors';
  if (chosen === 'arrays') return new ArrayOptimizer(rule, weights, decays);
  const native = tensorFlowBackend();
  if (chosen === 'in place' && native === undefined) {
    throw new UsageError({
      where: 'optimizer',
      found: `arithmetic 'in place' on the backend ${tf.getBackend()}`,
      expected: 'the backend tensorflow',
    });
  }
  if (chosen === 'in place' && native !== undefined && rule.updateInPlace !== undefined) {
    return new InPlaceOptimizer(native, rule, weights, decays);
  }
  return new TensorOptimizer(rule, weights, decays);
}

const DEFAULT_ARITHMETIC: Readonly<Record<string, OptimizerArithmetic>> = {
  cpu: 'arrays',
  wasm: 'arrays',
  tensorflow: 'in place',
};

function updateRule(options: OptimizerOptions): UpdateRule {
  switch (options.name) {
    case 'sgd':
      return sgdRule(options);
    case 'adam':
      return adamRule(options);
    case 'adamw':
      return adamRule(options, true);
    case 'adamax':
      return adamaxRule(options);
    case 'adadelta':
      return adadeltaRule(options);
    case 'rmsprop':
      return rmspropRule(options);
    case 'adagrad':
      return adagradRule(options);
    case 'lamb':
      return lambRule(options);
  }
}

class ArrayOptimizer implements Optimizer {
  steps = 0;
  readonly #rule: UpdateRule;
  readonly #weights: readonly TrainedWeight[];
  readonly #decays: readonly number[];
  #slots: Float32Array[][];

  constructor(rule: UpdateRule, weights: readonly TrainedWeight[], decays: readonly number[]) {
    this.#rule = rule;
    this.#weights = weights;
    this.#decays = decays;
    this.#slots = weights.map(({ variable }) =>
      rule.slots.map(({ initial }) => new Float32Array(variable.size).fill(initial)),
    );
  }

  step(gradients: readonly Gradient[], learningRate: LearningRate): void {
    this.steps += 1;
    this.#weights.forEach(({ variable }, index) => {
      const gradient = gradients[index];
      if (gradient === undefined) return;
      // A copy: the backend's own array may be shared with snapshots of the weight.
      const weight = new Float32Array(variable.dataSync());
      const decay = this.#decays[index] ?? 0;
      const { decoupledDecay } = this.#rule;
      let values = gradient.dataSync() as Float32Array;
      if (decay !== 0 && !decoupledDecay) {
        values = new Float32Array(values);
        for (let i = 0; i < values.length; i++) {
          values[i] = (values[i] as number) + decay * (weight[i] as number);
        }
      }
      this.#rule.updateArrays(weight, values, this.#slots[index] ?? [], {
        step: this.steps,
        learningRate: rateOf(learningRate, index),
        weightDecay: decoupledDecay ? decay : 0,
      });
      const updated = tf.tensor(weight, variable.shape, 'float32');
      variable.assign(updated);
      updated.dispose();
    });
  }

  state(): Promise<NamedArrays> {
    const state: NamedArrays = {};
    this.#weights.forEach((weight, index) => {
      slotNames(this.#rule, weight).forEach((name, slot) => {
        const data = this.#slots[index]?.[slot] ?? new Float32Array();
        state[name] = { shape: weight.variable.shape, data: data.slice() };
      });
    });
    return Promise.resolve(state);
  }

  restore(state: Readonly<NamedArrays>, steps: number): void {
    this.#slots = this.#weights.map((weight) =>
      slotNames(this.#rule, weight).map((name) =>
        savedSlot(state, name, weight.variable.size).slice(),
      ),
    );
    this.steps = steps;
  }

  dispose(): void {
    this.#slots = [];
  }
}

class TensorOptimizer implements Optimizer {
  steps = 0;
  readonly #rule: UpdateRule;
  readonly #weights: readonly TrainedWeight[];
  readonly #decays: readonly number[];
  #slots: tf.Tensor[][];

  constructor(rule: UpdateRule, weights: readonly TrainedWeight[], decays: readonly number[]) {
    this.#rule = rule;
    this.#weights = weights;
    this.#decays = decays;
    this.#slots = weights.map(({ variable }) =>
      rule.slots.map(({ initial }) => tf.keep(tf.fill(variable.shape, initial))),
    );
  }

  step(gradients: readonly Gradient[], learningRate: LearningRate): void {
    this.steps += 1;
    this.#weights.forEach(({ variable }, index) => {
      const gradient = gradients[index];
      if (gradient === undefined) return;
      const before = this.#slots[index] ?? [];
      this.#slots[index] = tf.tidy(() => {
        const decay = this.#decays[index] ?? 0;
        const { decoupledDecay } = this.#rule;
        const values =
          decay !== 0 && !decoupledDecay ? tf.add(gradient, tf.mul(variable, decay)) : gradient;
        const { weight, slots } = this.#rule.updateTensors(variable, values, before, {
          step: this.steps,
          learningRate: rateOf(learningRate, index),
          weightDecay: decoupledDecay ? decay : 0,
        });
        variable.assign(weight);
        return slots.map((slot) => tf.keep(slot));
      });
      tf.dispose(before);
    });
  }

  async state(): Promise<NamedArrays> {
    const state: NamedArrays = {};
    for (const [index, weight] of this.#weights.entries()) {
      for (const [slot, name] of slotNames(this.#rule, weight).entries()) {
        const tensor = this.#slots[index]?.[slot];
        if (tensor === undefined) continue;
        state[name] = { shape: tensor.shape, data: (await tensor.data()) as Float32Array };
      }
    }
    return state;
  }

  restore(state: Readonly<NamedArrays>, steps: number): void {
    const slots = this.#weights.map((weight) =>
      slotNames(this.#rule, weight).map((name) =>
        tf.keep(tf.tensor(savedSlot(state, name, weight.variable.size), weight.variable.shape)),
      ),
    );
    tf.dispose(this.#slots);
    this.#slots = slots;
    this.steps = steps;
  }

  dispose(): void {
    tf.dispose(this.#slots);
    this.#slots = [];
  }
}
