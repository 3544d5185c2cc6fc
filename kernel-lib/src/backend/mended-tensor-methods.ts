import * as tf from '@tensorflow/tfjs-core';

/**
 * Methods of tensors that tfjs-core and tfjs-layers call themselves: the orthogonal initializer of
 * recurrent layers, the metric R², the layers for attention. They are added by the package
 * `@tensorflow/tfjs` only, which is not needed otherwise.
 */
const METHODS = [
  'add',
  'broadcastTo',
  'div',
  'expandDims',
  'gather',
  'greaterEqual',
  'logicalAnd',
  'mean',
  'minimum',
  'mul',
  'pad',
  'reshape',
  'sign',
  'slice',
  'split',
  'square',
  'squeeze',
  'stridedSlice',
  'sub',
  'sum',
  'transpose',
] as const;

/** Adds the methods that tensors do not have yet. */
export function addTensorMethods(): void {
  const define = (name: string, method: (this: tf.Tensor, ...rest: unknown[]) => unknown): void => {
    if (name in tf.Tensor.prototype) return;
    Object.defineProperty(tf.Tensor.prototype, name, {
      value: method,
      writable: true,
      configurable: true,
    });
  };
  for (const name of METHODS) {
    const operation = tf[name] as (x: tf.Tensor, ...rest: unknown[]) => unknown;
    define(name, function (...rest) {
      return operation(this, ...rest);
    });
  }
  define('flatten', function () {
    return tf.reshape(this, [this.size]);
  });
}
