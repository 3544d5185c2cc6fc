import { UsageError } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';

/** Rows and columns of the register tile: 9 sums and 6 operands fit the 16 registers of x86-64. */
export const tile = 3;

/** The next multiple of the tile; square matrices are padded to it with an identity. */
export function paddedSize(size: number): number {
  return Math.ceil(size / tile) * tile;
}

/**
 * Scalar products of 3 rows of `a` with 3 rows of `b` from element `start` to `end`, into `out` (row
 * by row). Rows lie `stride` elements apart; `aRow` and `bRow` are the first elements of the tiles.
 */
export function dotTile(
  a: Float64Array,
  aRow: number,
  b: Float64Array,
  bRow: number,
  stride: number,
  start: number,
  end: number,
  out: Float64Array,
): void {
  const [a1, a2, b1, b2] = [aRow + stride, aRow + 2 * stride, bRow + stride, bRow + 2 * stride];
  let [s00, s01, s02, s10, s11, s12, s20, s21, s22] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = start; k < end; k++) {
    const x0 = a[aRow + k] as number;
    const x1 = a[a1 + k] as number;
    const x2 = a[a2 + k] as number;
    const y0 = b[bRow + k] as number;
    const y1 = b[b1 + k] as number;
    const y2 = b[b2 + k] as number;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
  }
  out[0] = s00;
  out[1] = s01;
  out[2] = s02;
  out[3] = s10;
  out[4] = s11;
  out[5] = s12;
  out[6] = s20;
  out[7] = s21;
  out[8] = s22;
}

/**
 * Cholesky factorisation in place: the lower triangle of a symmetric positive definite matrix,
 * row-major `[size, size]` with `size` a multiple of 3, becomes L with L·Lᵀ = matrix. The upper
 * triangle is neither read nor written. The leading part of L is the factor of the leading part of
 * the matrix, so one factorisation serves nested systems.
 *
 * @param check is called between columns, about every 20 ms, after the event loop had its turn
 */
export async function choleskyInPlace(
  matrix: Float64Array,
  size: number,
  check: () => void = () => undefined,
): Promise<void> {
  const sums = new Float64Array(tile * tile);
  let lastYield = performance.now();
  for (let j = 0; j < size; j += tile) {
    for (let i = j; i < size; i += tile) {
      dotTile(matrix, i * size, matrix, j * size, size, 0, j, sums);
      for (let row = i; row < i + tile; row++) {
        for (let column = j; column < j + tile && column <= row; column++) {
          const at = row * size + column;
          let value = (matrix[at] as number) - (sums[(row - i) * tile + column - j] as number);
          for (let k = j; k < column; k++) {
            value -= (matrix[row * size + k] as number) * (matrix[column * size + k] as number);
          }
          if (row === column) {
            if (!(value > 0)) {
              throw new UsageError({
                where: 'Cholesky factorisation',
                found: `a matrix that is not positive definite (pivot ${row} is ${value})`,
                expected: 'a positive definite matrix',
                fix: 'Columns depend on each other: use a larger penalty.',
              });
            }
            matrix[at] = Math.sqrt(value);
          } else {
            matrix[at] = value / (matrix[column * size + column] as number);
          }
        }
      }
    }
    if (performance.now() - lastYield > 20) {
      await yieldToEventLoop();
      check();
      lastYield = performance.now();
    }
  }
}

/**
 * Solves L·Lᵀ·x = right-hand side with the leading `size` rows and columns of a factor.
 *
 * @param stride elements from one row of the factor to the next
 */
export function choleskySolve(
  factor: Float64Array,
  stride: number,
  rightHandSide: Float64Array,
  size: number,
): Float64Array {
  const x = rightHandSide.slice(0, size);
  for (let i = 0; i < size; i++) {
    let value = x[i] as number;
    for (let k = 0; k < i; k++) value -= (factor[i * stride + k] as number) * (x[k] as number);
    x[i] = value / (factor[i * stride + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    const value = (x[i] as number) / (factor[i * stride + i] as number);
    x[i] = value;
    for (let k = 0; k < i; k++)
      x[k] = (x[k] as number) - (factor[i * stride + k] as number) * value;
  }
  return x;
}
