import * as tf from '@tensorflow/tfjs-core';
import { InputError } from '../core/errors.ts';
import type { WeightValues } from '../layers/named-weights.ts';
import { adamaxRule, adamRule, lambRule } from './adam-rules.ts';
import type { Gradient } from './clip-gradients.ts';
import { adadeltaRule, adagradRule, rmspropRule, sgdRule } from './momentum-rules.ts';
import type { OptimizerOptions } from './optimizer-options.ts';
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

function rateOf(learningRate: LearningRate, index: number): number {
  return typeof learningRate === 'number' ? learningRate : (learningRate[index] ?? 0);
}

/** Where the arithmetic of the update is done. */
export type OptimizerArithmetic = 'arrays' | 'tensors';

/** Options of `createOptimizer` besides the optimizer itself. */
export interface OptimizerSettings {
  /**
   * Weight decay: decoupled for `adamw`, part of the step for `lamb`, added to the gradient (L2)
   * for the others. Default 0.
   */
  readonly weightDecay?: number;
  /** Also decays vectors: biases and normalisation weights (default false). */
  readonly decayBiases?: boolean;
  /** Default: `arrays` on the `cpu` and `wasm` backends, whose memory is the host's. */
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
  const onHost = arithmetic ?? (['cpu', 'wasm'].includes(tf.getBackend()) ? 'arrays' : 'tensors');
  return onHost === 'arrays'
    ? new ArrayOptimizer(rule, weights, decays)
    : new TensorOptimizer(rule, weights, decays);
}

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

/** Names of a rule's slots for a weight, as they stand in a checkpoint. */
function slotNames(rule: UpdateRule, weight: TrainedWeight): string[] {
  return rule.slots.map(({ name }) => `${weight.name}/${name}`);
}

function saved(state: Readonly<NamedArrays>, name: string, size: number): Float32Array {
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
      slotNames(this.#rule, weight).map((name) => saved(state, name, weight.variable.size).slice()),
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
        tf.keep(tf.tensor(saved(state, name, weight.variable.size), weight.variable.shape)),
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
