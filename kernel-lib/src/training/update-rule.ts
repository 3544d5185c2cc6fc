import type * as tf from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend/tensorflow-operations.ts';
import type { ResourceVariable } from '../backend/tensorflow-variables.ts';

/** What a rule has to know of the step. */
export interface UpdateStep {
  /** Number of this step, from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Decoupled weight decay of this weight; 0 for rules that take L2 in the gradient. */
  readonly weightDecay: number;
}

/** A weight, its slots and its gradient in TensorFlow's own memory. */
export interface InPlaceUpdate {
  readonly backend: TensorFlowBackend;
  readonly weight: ResourceVariable;
  readonly slots: readonly ResourceVariable[];
  readonly gradient: tf.Tensor;
}

/** What a rule remembers of each weight, for example the first moment. */
export interface SlotDefinition {
  readonly name: string;
  /** Value at the start. */
  readonly initial: number;
}

/**
 * How one weight is updated, written twice: as one fused loop over arrays, which spares a dozen
 * kernel launches a weight (measured for Adam: 1 to 16 times faster on `wasm`, 12 to 30 times on
 * `cpu`, the more the smaller the weights), and as tensor operations for backends whose memory is
 * far from the host's. TensorFlow has operations that do some rules in place.
 */
export interface UpdateRule {
  readonly slots: readonly SlotDefinition[];
  /** Whether weight decay is part of the rule; otherwise it is added to the gradient (L2). */
  readonly decoupledDecay: boolean;
  /** Updates the weight and its slots in place; the gradient is only read. */
  updateArrays(
    weight: Float32Array,
    gradient: Float32Array,
    slots: readonly Float32Array[],
    at: UpdateStep,
  ): void;
  /** The new weight and slots; runs inside `tf.tidy`. */
  updateTensors(
    weight: tf.Tensor,
    gradient: tf.Tensor,
    slots: readonly tf.Tensor[],
    at: UpdateStep,
  ): { weight: tf.Tensor; slots: tf.Tensor[] };
  /** The same in place by TensorFlow's own operations, where it has fitting ones. */
  updateInPlace?(update: InPlaceUpdate, at: UpdateStep): void;
}

/** The value at an index that is known to be in the array. */
export function at(values: ArrayLike<number>, index: number): number {
  return values[index] as number;
}
