import * as tf from '@tensorflow/tfjs-core';
import { runOnVariables } from '../backend/tensorflow-variables.ts';
import { at, type UpdateRule } from './update-rule.ts';

/** Attributes of the operations: nothing else updates the weight meanwhile. */
const UNLOCKED = { use_locking: false };

/** A slot that the rule is known to have. */
function slot<T>(slots: readonly T[], index: number): T {
  return slots[index] as T;
}

/** Stochastic gradient descent; the learning rate is inside the velocity, as in Keras. */
export function sgdRule({
  momentum,
  nesterov,
}: {
  momentum: number;
  nesterov: boolean;
}): UpdateRule {
  if (momentum === 0) {
    return {
      slots: [],
      decoupledDecay: false,
      updateArrays(weight, gradient, _, { learningRate }) {
        for (let i = 0; i < weight.length; i++) {
          weight[i] = at(weight, i) - learningRate * at(gradient, i);
        }
      },
      updateTensors(weight, gradient, _, { learningRate }) {
        return { weight: tf.sub(weight, tf.mul(gradient, learningRate)), slots: [] };
      },
      updateInPlace({ backend, weight, gradient }, { learningRate }) {
        const operands = [weight, learningRate, gradient];
        runOnVariables(backend, 'ResourceApplyGradientDescent', operands, UNLOCKED);
      },
    };
  }
  return {
    slots: [{ name: 'momentum', initial: 0 }],
    decoupledDecay: false,
    updateArrays(weight, gradient, slots, { learningRate }) {
      const velocity = slot(slots, 0);
      for (let i = 0; i < weight.length; i++) {
        const change = learningRate * at(gradient, i);
        const next = momentum * at(velocity, i) - change;
        velocity[i] = next;
        weight[i] = at(weight, i) + (nesterov ? momentum * next - change : next);
      }
    },
    updateTensors(weight, gradient, slots, { learningRate }) {
      const change = tf.mul(gradient, learningRate);
      const velocity = tf.sub(tf.mul(slot(slots, 0), momentum), change);
      const move = nesterov ? tf.sub(tf.mul(velocity, momentum), change) : velocity;
      return { weight: tf.add(weight, move), slots: [velocity] };
    },
    updateInPlace({ backend, weight, slots, gradient }, { learningRate }) {
      const operands = [weight, ...slots, learningRate, gradient, momentum];
      runOnVariables(backend, 'ResourceApplyKerasMomentum', operands, {
        ...UNLOCKED,
        use_nesterov: nesterov,
      });
    },
  };
}

/** RMSprop (Tieleman and Hinton 2012), as in Keras: epsilon under the root. */
export function rmspropRule({
  rho,
  momentum,
  epsilon,
}: {
  rho: number;
  momentum: number;
  epsilon: number;
}): UpdateRule {
  return {
    slots: [
      { name: 'mean_square', initial: 0 },
      { name: 'momentum', initial: 0 },
    ],
    decoupledDecay: false,
    updateArrays(weight, gradient, slots, { learningRate }) {
      const meanSquare = slot(slots, 0);
      const velocity = slot(slots, 1);
      for (let i = 0; i < weight.length; i++) {
        const g = at(gradient, i);
        const square = rho * at(meanSquare, i) + (1 - rho) * g * g;
        meanSquare[i] = square;
        const next = momentum * at(velocity, i) + (learningRate * g) / Math.sqrt(square + epsilon);
        velocity[i] = next;
        weight[i] = at(weight, i) - next;
      }
    },
    updateTensors(weight, gradient, slots, { learningRate }) {
      const square = tf.add(tf.mul(slot(slots, 0), rho), tf.mul(tf.square(gradient), 1 - rho));
      const change = tf.div(tf.mul(gradient, learningRate), tf.sqrt(tf.add(square, epsilon)));
      const velocity = tf.add(tf.mul(slot(slots, 1), momentum), change);
      return { weight: tf.sub(weight, velocity), slots: [square, velocity] };
    },
    updateInPlace({ backend, weight, slots, gradient }, { learningRate }) {
      const operands = [weight, ...slots, learningRate, rho, momentum, epsilon, gradient];
      runOnVariables(backend, 'ResourceApplyRMSProp', operands, UNLOCKED);
    },
  };
}

/** Adagrad (Duchi et al. 2011), as in Keras: epsilon under the root. */
export function adagradRule({
  initialAccumulator,
  epsilon,
}: {
  initialAccumulator: number;
  epsilon: number;
}): UpdateRule {
  return {
    slots: [{ name: 'accumulator', initial: initialAccumulator }],
    decoupledDecay: false,
    updateArrays(weight, gradient, slots, { learningRate }) {
      const accumulator = slot(slots, 0);
      for (let i = 0; i < weight.length; i++) {
        const g = at(gradient, i);
        const sum = at(accumulator, i) + g * g;
        accumulator[i] = sum;
        weight[i] = at(weight, i) - (learningRate * g) / Math.sqrt(sum + epsilon);
      }
    },
    updateTensors(weight, gradient, slots, { learningRate }) {
      const sum = tf.add(slot(slots, 0), tf.square(gradient));
      const change = tf.div(tf.mul(gradient, learningRate), tf.sqrt(tf.add(sum, epsilon)));
      return { weight: tf.sub(weight, change), slots: [sum] };
    },
  };
}

/** Adadelta (Zeiler 2012), as in Keras. */
export function adadeltaRule({ rho, epsilon }: { rho: number; epsilon: number }): UpdateRule {
  return {
    slots: [
      { name: 'mean_square', initial: 0 },
      { name: 'mean_square_change', initial: 0 },
    ],
    decoupledDecay: false,
    updateArrays(weight, gradient, slots, { learningRate }) {
      const meanSquare = slot(slots, 0);
      const meanSquareChange = slot(slots, 1);
      for (let i = 0; i < weight.length; i++) {
        const g = at(gradient, i);
        const square = rho * at(meanSquare, i) + (1 - rho) * g * g;
        const before = at(meanSquareChange, i);
        const change = (Math.sqrt(before + epsilon) / Math.sqrt(square + epsilon)) * g;
        meanSquare[i] = square;
        meanSquareChange[i] = rho * before + (1 - rho) * change * change;
        weight[i] = at(weight, i) - learningRate * change;
      }
    },
    updateTensors(weight, gradient, slots, { learningRate }) {
      const before = slot(slots, 1);
      const square = tf.add(tf.mul(slot(slots, 0), rho), tf.mul(tf.square(gradient), 1 - rho));
      const ratio = tf.sqrt(tf.div(tf.add(before, epsilon), tf.add(square, epsilon)));
      const change = tf.mul(ratio, gradient);
      const changes = tf.add(tf.mul(before, rho), tf.mul(tf.square(change), 1 - rho));
      return {
        weight: tf.sub(weight, tf.mul(change, learningRate)),
        slots: [square, changes],
      };
    },
    updateInPlace({ backend, weight, slots, gradient }, { learningRate }) {
      const operands = [weight, ...slots, learningRate, rho, epsilon, gradient];
      runOnVariables(backend, 'ResourceApplyAdadelta', operands, UNLOCKED);
    },
  };
}
