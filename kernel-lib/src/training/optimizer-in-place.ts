import * as tf from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend/tensorflow-operations.ts';
import { ResourceVariable } from '../backend/tensorflow-variables.ts';
import type { Gradient } from './clip-gradients.ts';
import {
  rateOf,
  savedSlot,
  slotNames,
  type LearningRate,
  type NamedArrays,
  type Optimizer,
  type TrainedWeight,
} from './optimizer-state.ts';
import type { UpdateRule } from './update-rule.ts';

/** Updates weights in TensorFlow's own memory by its own training operations. */
export class InPlaceOptimizer implements Optimizer {
  steps = 0;
  readonly #backend: TensorFlowBackend;
  readonly #rule: UpdateRule;
  readonly #weights: readonly TrainedWeight[];
  readonly #decays: readonly number[];
  readonly #variables: readonly ResourceVariable[];
  readonly #slots: readonly (readonly ResourceVariable[])[];

  constructor(
    backend: TensorFlowBackend,
    rule: UpdateRule,
    weights: readonly TrainedWeight[],
    decays: readonly number[],
  ) {
    this.#backend = backend;
    this.#rule = rule;
    this.#weights = weights;
    this.#decays = decays;
    const resource = ({ variable }: TrainedWeight): ResourceVariable =>
      new ResourceVariable(backend, variable.shape);
    this.#variables = weights.map(resource);
    this.#slots = weights.map((weight) => rule.slots.map(() => resource(weight)));
    this.#fillSlots((weight, slot) =>
      tf.fill(weight.variable.shape, rule.slots[slot]?.initial ?? 0),
    );
  }

  step(gradients: readonly Gradient[], learningRate: LearningRate): void {
    this.steps += 1;
    this.#weights.forEach(({ variable }, index) => {
      const gradient = gradients[index];
      const resource = this.#variables[index];
      if (gradient === undefined || resource === undefined) return;
      const decay = this.#decays[index] ?? 0;
      const { decoupledDecay } = this.#rule;
      const penalised =
        decay !== 0 && !decoupledDecay
          ? tf.tidy(() => tf.add(gradient, tf.mul(variable, decay)))
          : undefined;
      resource.update(variable, () => {
        this.#rule.updateInPlace?.(
          {
            backend: this.#backend,
            weight: resource,
            slots: this.#slots[index] ?? [],
            gradient: penalised ?? gradient,
          },
          {
            step: this.steps,
            learningRate: rateOf(learningRate, index),
            weightDecay: decoupledDecay ? decay : 0,
          },
        );
      });
      penalised?.dispose();
    });
  }

  async state(): Promise<NamedArrays> {
    const state: NamedArrays = {};
    for (const [index, weight] of this.#weights.entries()) {
      for (const [slot, name] of slotNames(this.#rule, weight).entries()) {
        const tensor = this.#slots[index]?.[slot]?.read();
        if (tensor === undefined) continue;
        state[name] = {
          shape: weight.variable.shape,
          data: (await tensor.data()) as Float32Array,
        };
        tensor.dispose();
      }
    }
    return state;
  }

  restore(state: Readonly<NamedArrays>, steps: number): void {
    this.#fillSlots((weight, slot) => {
      const name = slotNames(this.#rule, weight)[slot] ?? '';
      const values = savedSlot(state, name, weight.variable.size);
      return tf.tensor(values, weight.variable.shape);
    });
    this.steps = steps;
  }

  dispose(): void {
    for (const resource of [...this.#variables, ...this.#slots.flat()]) resource.dispose();
  }

  #fillSlots(values: (weight: TrainedWeight, slot: number) => tf.Tensor): void {
    tf.tidy(() => {
      this.#weights.forEach((weight, index) => {
        this.#slots[index]?.forEach((resource, slot) => {
          resource.assign(values(weight, slot));
        });
      });
    });
  }
}
