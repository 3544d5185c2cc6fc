import { yieldToEventLoop } from '../core/progress.ts';
import { Random } from '../core/random.ts';

/** Directions that are carried along beside those asked for: they make those converge sooner. */
const SPARE = 10;
const MOST_ROUNDS = 100;
const TOLERANCE = 1e-8;

/** Leading eigenvectors of a small symmetric matrix, as columns, largest eigenvalue first. */
export type SmallEigenvectors = (matrix: number[][]) => Promise<Float64Array[]>;

/**
 * Leading eigenvectors of a large symmetric matrix without negative eigenvalues, by subspace iteration
 * with Rayleigh–Ritz (Golub and Van Loan 2013, 8.2.4): the time grows with the square of the size, not
 * with its cube.
 *
 * @param matrix `size × size`, row-major
 * @param small solves matrices of `count + 10`
 * @returns `count` unit vectors
 */
export async function leadingEigenvectors(
  matrix: Float64Array,
  size: number,
  count: number,
  small: SmallEigenvectors,
): Promise<Float64Array[]> {
  const random = new Random(0);
  const width = Math.min(size, count + SPARE);
  let basis = orthonormal(
    Array.from({ length: width }, () => Float64Array.from({ length: size }, () => random.normal())),
  );
  let before = new Float64Array(count);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const images = basis.map((vector) => multiply(matrix, vector));
    const ritz = await small(basis.map((a) => images.map((b) => dot(a, b))));
    const turned = ritz.map((weights) => combine(images, weights));
    const values = Float64Array.from(turned.slice(0, count), (image) =>
      Math.sqrt(dot(image, image)),
    );
    const largest = values[0] ?? 0;
    const change = values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (before[i] ?? 0))),
      0,
    );
    basis = orthonormal(turned);
    if (change <= TOLERANCE * largest) break;
    before = values;
    await yieldToEventLoop();
  }
  return basis.slice(0, count);
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const result = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let i = 0, at = row * size; i < size; i++, at++) {
      sum += (matrix[at] as number) * (vector[i] as number);
    }
    result[row] = sum;
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function combine(vectors: readonly Float64Array[], weights: Float64Array): Float64Array {
  const result = new Float64Array(vectors[0]?.length ?? 0);
  vectors.forEach((vector, i) => {
    addTimes(result, vector, weights[i] ?? 0);
  });
  return result;
}

function addTimes(target: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = (target[i] as number) + factor * (vector[i] as number);
  }
}

/** Gram and Schmidt, twice for the rounding; a vector without a rest of its own becomes zeros. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const own = vector.slice();
    const before = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis) addTimes(own, other, -dot(own, other));
    }
    const length = Math.sqrt(dot(own, own));
    basis.push(length > 1e-12 * before ? own.map((value) => value / length) : own.fill(0));
  }
  return basis;
}
