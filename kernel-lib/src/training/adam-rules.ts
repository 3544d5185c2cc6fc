import * as tf from '@tensorflow/tfjs-core';
import { FLOAT32, runSingle, type TensorFlowBackend } from '../backend/tensorflow-operations.ts';
import { ResourceVariable, runOnVariables } from '../backend/tensorflow-variables.ts';
import { at, type UpdateRule } from './update-rule.ts';

interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Attributes of `ResourceApplyAdam`: nothing else updates the weight meanwhile. */
const UNLOCKED = { use_locking: false, use_nesterov: false };

const MOMENTS = [
  { name: 'moment1', initial: 0 },
  { name: 'moment2', initial: 0 },
] as const;

/** First and second moment of a weight. */
function moments<T>(slots: readonly T[]): [T, T] {
  return [slots[0] as T, slots[1] as T];
}

function nextMoments(
  gradient: tf.Tensor,
  slots: readonly tf.Tensor[],
  { beta1, beta2 }: AdamOptions,
): [tf.Tensor, tf.Tensor] {
  const [first, second] = moments(slots);
  return [
    tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)),
    tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)),
  ];
}

/**
 * Adam (Kingma and Ba 2015, Algorithm 1) as in PyTorch: epsilon is added to the root of the
 * bias-corrected second moment. (Keras adds it to the uncorrected one.) With `decoupledDecay` it
 * is AdamW (Loshchilov and Hutter 2019): the weight shrinks by learningRate · weightDecay first.
 */
export function adamRule(options: AdamOptions, decoupledDecay = false): UpdateRule {
  const { beta1, beta2, epsilon } = options;
  return {
    slots: MOMENTS,
    decoupledDecay,
    updateArrays(weight, gradient, slots, { step, learningRate, weightDecay }) {
      const [first, second] = moments(slots);
      const rate = learningRate / (1 - beta1 ** step);
      const correction = 1 / (1 - beta2 ** step);
      const keep = 1 - learningRate * weightDecay;
      for (let i = 0; i < weight.length; i++) {
        const g = at(gradient, i);
        const m = beta1 * at(first, i) + (1 - beta1) * g;
        const v = beta2 * at(second, i) + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        weight[i] = at(weight, i) * keep - (rate * m) / (Math.sqrt(v * correction) + epsilon);
      }
    },
    updateTensors(weight, gradient, slots, { step, learningRate, weightDecay }) {
      const [m, v] = nextMoments(gradient, slots, options);
      const root = tf.sqrt(tf.mul(v, 1 / (1 - beta2 ** step)));
      const change = tf.div(tf.mul(m, learningRate / (1 - beta1 ** step)), tf.add(root, epsilon));
      const kept = weightDecay === 0 ? weight : tf.mul(weight, 1 - learningRate * weightDecay);
      return { weight: tf.sub(kept, change), slots: [m, v] };
    },
    updateInPlace({ backend, weight, slots, gradient }, { step, learningRate, weightDecay }) {
      if (weightDecay !== 0) weight.scale(1 - learningRate * weightDecay);
      // The operation adds epsilon to the root of the uncorrected moment. The corrections are done
      // here, in double precision, and the powers of the betas that it takes for them are zero.
      const correction = Math.sqrt(1 - beta2 ** step);
      const rate = (learningRate * correction) / (1 - beta1 ** step);
      runOnVariables(
        backend,
        'ResourceApplyAdam',
        [weight, ...slots, 0, 0, rate, beta1, beta2, epsilon * correction, gradient],
        UNLOCKED,
      );
    },
  };
}

/** Adamax (Kingma and Ba 2015, Algorithm 2), as in Keras: epsilon is added to the maximum. */
export function adamaxRule({ beta1, beta2, epsilon }: AdamOptions): UpdateRule {
  return {
    slots: [
      { name: 'moment1', initial: 0 },
      { name: 'maximum', initial: 0 },
    ],
    decoupledDecay: false,
    updateArrays(weight, gradient, slots, { step, learningRate }) {
      const [first, maximum] = moments(slots);
      const rate = learningRate / (1 - beta1 ** step);
      for (let i = 0; i < weight.length; i++) {
        const g = at(gradient, i);
        const m = beta1 * at(first, i) + (1 - beta1) * g;
        const u = Math.max(beta2 * at(maximum, i), Math.abs(g));
        first[i] = m;
        maximum[i] = u;
        weight[i] = at(weight, i) - (rate * m) / (u + epsilon);
      }
    },
    updateTensors(weight, gradient, slots, { step, learningRate }) {
      const [first, maximum] = moments(slots);
      const m = tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1));
      const u = tf.maximum(tf.mul(maximum, beta2), tf.abs(gradient));
      const change = tf.div(tf.mul(m, learningRate / (1 - beta1 ** step)), tf.add(u, epsilon));
      return { weight: tf.sub(weight, change), slots: [m, u] };
    },
    updateInPlace({ backend, weight, slots, gradient }, { step, learningRate }) {
      const rate = learningRate / (1 - beta1 ** step);
      runOnVariables(
        backend,
        'ResourceApplyAdaMax',
        [weight, ...slots, 0, rate, beta1, beta2, epsilon, gradient],
        { use_locking: false },
      );
    },
  };
}

/**
 * LAMB (You et al. 2020) in the form of torch_optimizer, which FLORABERT used: no bias correction,
 * the norm of a weight is taken as at most `weightNormLimit`, and weight decay is part of the step
 * whose length the trust ratio sets.
 */
export function lambRule(options: AdamOptions & { readonly weightNormLimit: number }): UpdateRule {
  const { beta1, beta2, epsilon, weightNormLimit } = options;
  return {
    slots: MOMENTS,
    decoupledDecay: true,
    updateArrays(weight, gradient, slots, { learningRate, weightDecay }) {
      const [first, second] = moments(slots);
      const change = new Float32Array(weight.length);
      let weightSquares = 0;
      let changeSquares = 0;
      for (let i = 0; i < weight.length; i++) {
        const g = at(gradient, i);
        const w = at(weight, i);
        const m = beta1 * at(first, i) + (1 - beta1) * g;
        const v = beta2 * at(second, i) + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        const d = m / (Math.sqrt(v) + epsilon) + weightDecay * w;
        change[i] = d;
        weightSquares += w * w;
        changeSquares += d * d;
      }
      const weightNorm = Math.min(Math.sqrt(weightSquares), weightNormLimit);
      const changeNorm = Math.sqrt(changeSquares);
      const trust = weightNorm === 0 || changeNorm === 0 ? 1 : weightNorm / changeNorm;
      for (let i = 0; i < weight.length; i++) {
        weight[i] = at(weight, i) - learningRate * trust * at(change, i);
      }
    },
    updateTensors(weight, gradient, slots, { learningRate, weightDecay }) {
      const [m, v] = nextMoments(gradient, slots, options);
      const change = tf.add(tf.div(m, tf.add(tf.sqrt(v), epsilon)), tf.mul(weight, weightDecay));
      const weightNorm = tf.minimum(tf.norm(weight), weightNormLimit);
      const changeNorm = tf.norm(change);
      const none = tf.equal(tf.mul(weightNorm, changeNorm), 0);
      const ratio = tf.divNoNan(weightNorm, changeNorm);
      const trust = tf.where(none, tf.onesLike(ratio), ratio);
      return {
        weight: tf.sub(weight, tf.mul(change, tf.mul(trust, learningRate))),
        slots: [m, v],
      };
    },
    updateInPlace({ backend, weight, slots, gradient }, { learningRate, weightDecay }) {
      // Adam's operation on a variable of zeros, with rate −1, gives m / (√v + epsilon) in one pass.
      const change = new ResourceVariable(backend, gradient.shape);
      tf.tidy(() => {
        change.assign(tf.zeros(gradient.shape));
      });
      const operands = [change, ...slots, 0, 0, -1, beta1, beta2, epsilon, gradient];
      runOnVariables(backend, 'ResourceApplyAdam', operands, UNLOCKED);
      const { direction, rate } = tf.tidy(() => {
        const [plain, values] = [change.read(), weight.read()];
        const direction = weightDecay === 0 ? plain : tf.add(plain, tf.mul(values, weightDecay));
        const weightNorm = tf.minimum(norm(backend, values), weightNormLimit);
        const changeNorm = norm(backend, direction);
        const none = tf.equal(tf.mul(weightNorm, changeNorm), 0);
        const ratio = tf.divNoNan(weightNorm, changeNorm);
        const trust = tf.where(none, tf.onesLike(ratio), ratio);
        return { direction, rate: tf.mul(trust, learningRate) };
      });
      runOnVariables(backend, 'ResourceApplyGradientDescent', [weight, rate, direction], {
        use_locking: false,
      });
      tf.dispose([direction, rate]);
      change.dispose();
    },
  };
}

/** Euclidean norm in one pass over the values. */
function norm(backend: TensorFlowBackend, values: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.mul(runSingle(backend, 'L2Loss', [values], { T: FLOAT32 }), 2));
}
