import * as tf from '@tensorflow/tfjs-core';

/**
 * The right factor of many matrix products, kept on the TensorFlow.js backend. Products of a few
 * hundred rows are where the backend is far faster than a loop in JavaScript.
 */
export class RightFactor {
  readonly #tensor: tf.Tensor2D;
  readonly #inner: number;

  /** @param values `[inner, columns]`, row-major */
  constructor(values: Float32Array, inner: number, columns: number) {
    this.#inner = inner;
    this.#tensor = tf.tensor2d(values, [inner, columns]);
  }

  /**
   * `left · this`.
   *
   * @param left `[rows, inner]` at the front of an array that may be longer
   * @returns `[rows, columns]`
   */
  async product(left: Float32Array, rows: number): Promise<Float32Array> {
    if (rows === 0) return new Float32Array(0);
    const result = tf.tidy(() =>
      tf.matMul(
        tf.tensor2d(left.subarray(0, rows * this.#inner), [rows, this.#inner]),
        this.#tensor,
      ),
    );
    try {
      return (await result.data()) as Float32Array;
    } finally {
      result.dispose();
    }
  }

  dispose(): void {
    this.#tensor.dispose();
  }
}
