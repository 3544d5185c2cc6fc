import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import type { Embeddings } from '../prediction/predictor.ts';
import { checkEmbeddings } from './embed-neighbours.ts';
import { leadingEigenvectors } from './principal-components-iteration.ts';

/** Options of `principalComponents`. */
export interface PrincipalComponentsOptions {
  /** Components to compute, at most rows − 1 and the size of a vector. Default 2. */
  readonly components?: number;
}

/** Vectors in the space of their principal components. */
export interface PrincipalComponents {
  /** `rows × components` scores, row-major, in `values`. */
  readonly projected: Embeddings;
  /** `[components, size]`: unit vectors, each with its largest entry positive. */
  readonly axes: Float32Array;
  /** Share of the variance that each component explains; they sum to at most 1. */
  readonly explainedVariance: Float64Array;
}

const where = 'principal components';

/** Up to this size all eigenvectors are computed at once; that takes its cube. */
const LARGE = 128;

/**
 * Principal component analysis: the directions in which the vectors vary most. Signs, which are
 * arbitrary, are chosen so that the largest entry of each direction is positive.
 *
 * @throws UsageError for more components than there can be, InputError for values that are not finite
 * @example
 * const { projected, explainedVariance } = await principalComponents(embeddings);
 */
export async function principalComponents(
  embeddings: Embeddings,
  options: PrincipalComponentsOptions = {},
): Promise<PrincipalComponents> {
  checkOptionNames(options, ['components'], where);
  checkEmbeddings(embeddings, where);
  const { rows, size, values } = embeddings;
  const { components = 2 } = options;
  const most = Math.min(rows - 1, size);
  if (!Number.isInteger(components) || components < 1 || components > most) {
    throw new UsageError({
      where: `${where}, components`,
      found: `${String(components)} of ${String(rows)} vectors of size ${String(size)}`,
      expected: `a whole number from 1 to ${String(most)}`,
    });
  }
  const means = new Float64Array(size);
  values.forEach((value, i) => (means[i % size] = (means[i % size] ?? 0) + value / rows));
  const centred = Float64Array.from(values, (value, i) => value - (means[i % size] ?? 0));
  const total = centred.reduce((sum, value) => sum + value * value, 0);
  // Of the products of the columns or, where there are fewer rows, of the rows.
  const byRows = rows < size;
  const side = byRows ? rows : size;
  const products = productMatrix(centred, rows, size, byRows);
  const vectors =
    side <= LARGE
      ? await allEigenvectors(nested(products, side))
      : await leadingEigenvectors(products, side, components, allEigenvectors);
  const axes = new Float32Array(components * size);
  const projected = new Float32Array(rows * components);
  const explainedVariance = new Float64Array(components);
  for (let component = 0; component < components; component++) {
    const vector = vectors[component] ?? new Float64Array(side);
    const axis = unitAxis(byRows ? combineRows(centred, vector, rows, size) : vector);
    axes.set(axis, component * size);
    let squares = 0;
    for (let row = 0; row < rows; row++) {
      let score = 0;
      for (let i = 0; i < size; i++) score += (centred[row * size + i] ?? 0) * (axis[i] ?? 0);
      projected[row * components + component] = score;
      squares += score * score;
    }
    explainedVariance[component] = total > 0 ? squares / total : 0;
  }
  return {
    projected: { rows, size: components, values: projected },
    axes,
    explainedVariance,
  };
}

/** Eigenvectors of a symmetric matrix, largest eigenvalue first. */
async function allEigenvectors(matrix: number[][]): Promise<Float64Array[]> {
  const { PCA } = await import('ml-pca');
  const vectors = new PCA(matrix, { isCovarianceMatrix: true }).getEigenvectors();
  return matrix.map((_, column) =>
    Float64Array.from({ length: matrix.length }, (_value, row) => vectors.get(row, column)),
  );
}

function nested(matrix: Float64Array, side: number): number[][] {
  return Array.from({ length: side }, (_, row) =>
    Array.from(matrix.subarray(row * side, (row + 1) * side)),
  );
}

/** `Xᵀ X` or, with `byRows`, `X Xᵀ`, row-major. */
function productMatrix(
  centred: Float64Array,
  rows: number,
  size: number,
  byRows: boolean,
): Float64Array {
  const side = byRows ? rows : size;
  const matrix = new Float64Array(side * side);
  if (byRows) {
    for (let a = 0; a < rows; a++) {
      for (let b = 0; b <= a; b++) {
        let sum = 0;
        for (let i = 0; i < size; i++) {
          sum += (centred[a * size + i] as number) * (centred[b * size + i] as number);
        }
        matrix[a * side + b] = sum;
      }
    }
  } else {
    for (let row = 0; row < rows; row++) {
      for (let a = 0; a < size; a++) {
        const value = centred[row * size + a] as number;
        for (let b = 0, at = a * size; b <= a; b++, at++) {
          matrix[at] = (matrix[at] as number) + value * (centred[row * size + b] as number);
        }
      }
    }
  }
  for (let a = 0; a < side; a++) {
    for (let b = 0; b < a; b++) matrix[b * side + a] = matrix[a * side + b] ?? 0;
  }
  return matrix;
}

/** `Xᵀ u`: a direction of columns from one of rows. */
function combineRows(
  centred: Float64Array,
  vector: Float64Array,
  rows: number,
  size: number,
): Float64Array {
  const axis = new Float64Array(size);
  for (let row = 0; row < rows; row++) {
    const factor = vector[row] ?? 0;
    for (let i = 0; i < size; i++) {
      axis[i] = (axis[i] ?? 0) + factor * (centred[row * size + i] ?? 0);
    }
  }
  return axis;
}

/** Of length 1, with its largest entry positive; zeros where there is no variance left. */
function unitAxis(axis: Float64Array): Float64Array {
  let largest = 0;
  for (const value of axis) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest === 0) return axis;
  // Divided first, so that squares of tiny numbers do not vanish.
  const scaled = axis.map((value) => value / largest);
  const length = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0));
  return scaled.map((value) => value / length);
}
