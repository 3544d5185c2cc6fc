import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { choleskyInPlace, choleskySolve, dotTile, paddedSize, tile } from './cholesky.ts';

/** Explanatory variables, one row an example. */
export interface DesignMatrix {
  /** Row-major `[rows, columns]`. */
  readonly values: Float64Array;
  readonly columns: number;
}

/** Options of `fitRidge`. */
export interface RidgeOptions extends LongWorkOptions {
  /** Rows to fit on. Default: all. */
  readonly train?: ArrayLike<number>;
  /** Weight λ of the squared coefficients of the standardised columns; λ > 0. */
  readonly penalty: number;
}

/** Options of `chooseRidge`. */
export interface RidgeChoiceOptions extends LongWorkOptions {
  /** Rows to fit on. */
  readonly train: ArrayLike<number>;
  /** Rows on which the penalty is chosen, by mean squared error. */
  readonly validation: ArrayLike<number>;
  /** Penalties to try. Default `defaultRidgePenalties`. */
  readonly penalties?: readonly number[];
}

/** A fitted ridge regression. */
export interface RidgeModel {
  readonly penalty: number;
  /** Mean of the training targets. */
  readonly intercept: number;
  /** One coefficient a standardised column. */
  readonly coefficients: Float64Array;
  /** Means of the columns on the training rows. */
  readonly means: Float64Array;
  /** Population standard deviations of the columns on the training rows, plus 1e-6. */
  readonly scales: Float64Array;
  /** Predicts all rows of a design matrix with the same columns. */
  predict(design: DesignMatrix): Float64Array;
}

/** A ridge regression with the penalty that fitted the validation rows best. */
export interface RidgeChoice {
  readonly model: RidgeModel;
  readonly penalty: number;
  /** What was tried, in the order given. */
  readonly tried: readonly { readonly penalty: number; readonly validationError: number }[];
}

/** Penalties that `chooseRidge` tries: for standardised columns and thousands of rows. */
export const defaultRidgePenalties: readonly number[] = Object.freeze([
  1, 10, 1e2, 1e3, 3e3, 1e4, 3e4, 1e5,
]);

/** Added to every standard deviation, so that a constant column divides by something. */
const scaleFloor = 1e-6;

function checkDesign(where: string, design: DesignMatrix, target: ArrayLike<number>): number {
  const rows = design.values.length / design.columns;
  if (!Number.isInteger(rows) || rows !== target.length) {
    throw new UsageError({
      where,
      found: `${design.values.length} values in ${design.columns} columns and ${target.length} targets`,
      expected: 'one row of values for each target',
    });
  }
  return rows;
}

function allRows(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

/** The normal equations of one set of training rows: standardised once, solved for any penalty. */
class NormalEquations {
  readonly #gram: Float64Array;
  readonly #moments: Float64Array;
  readonly #size: number;
  readonly #means: Float64Array;
  readonly #scales: Float64Array;
  readonly #intercept: number;

  private constructor(columns: number, means: Float64Array, scales: Float64Array, mean: number) {
    this.#size = paddedSize(columns);
    this.#gram = new Float64Array(this.#size * this.#size);
    this.#moments = new Float64Array(this.#size);
    this.#means = means;
    this.#scales = scales;
    this.#intercept = mean;
  }

  static async build(
    design: DesignMatrix,
    target: ArrayLike<number>,
    train: ArrayLike<number>,
    { signal, progress }: LongWorkOptions,
  ): Promise<NormalEquations> {
    const { values, columns } = design;
    const n = train.length;
    const means = new Float64Array(columns);
    const scales = new Float64Array(columns);
    // Column after column, padded with zero columns to whole tiles: the scalar products of the Gram
    // matrix then read memory in order.
    const size = paddedSize(columns);
    const standardised = new Float64Array(size * n);
    let intercept = 0;
    for (let i = 0; i < n; i++) intercept += (target[train[i] as number] as number) / n;
    let lastYield = performance.now();
    for (let column = 0; column < columns; column++) {
      if (performance.now() - lastYield > 20) {
        await yieldToEventLoop();
        throwIfAborted(signal, 'ridge regression');
        lastYield = performance.now();
      }
      const start = column * n;
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const value = values[(train[i] as number) * columns + column] as number;
        standardised[start + i] = value;
        sum += value;
      }
      const mean = sum / n;
      let squares = 0;
      for (let i = 0; i < n; i++) {
        const centred = (standardised[start + i] as number) - mean;
        standardised[start + i] = centred;
        squares += centred * centred;
      }
      const scale = Math.sqrt(squares / n) + scaleFloor;
      if (!Number.isFinite(scale)) {
        throw new UsageError({
          where: `ridge regression, column ${column}`,
          found: 'NaN or infinite values',
          expected: 'finite values',
          fix: 'Fill missing values with the mean of the training rows first.',
        });
      }
      for (let i = 0; i < n; i++) {
        standardised[start + i] = (standardised[start + i] as number) / scale;
      }
      means[column] = mean;
      scales[column] = scale;
    }
    const equations = new NormalEquations(columns, means, scales, intercept);
    for (let column = 0; column < columns; column++) {
      let moment = 0;
      for (let i = 0; i < n; i++) {
        moment +=
          (standardised[column * n + i] as number) *
          ((target[train[i] as number] as number) - intercept);
      }
      equations.#moments[column] = moment;
    }
    await equations.#fillGram(standardised, n, { signal, progress });
    return equations;
  }

  /** Lower triangle of ZᵀZ, in blocks of rows that stay in the cache. */
  async #fillGram(z: Float64Array, n: number, { signal, progress }: LongWorkOptions) {
    const size = this.#size;
    const gram = this.#gram;
    const sums = new Float64Array(tile * tile);
    const block = 512;
    let lastYield = performance.now();
    for (let start = 0; start < n; start += block) {
      const end = Math.min(n, start + block);
      for (let i = 0; i < size; i += tile) {
        for (let j = 0; j <= i; j += tile) {
          dotTile(z, i * n, z, j * n, n, start, end, sums);
          for (let row = 0; row < tile; row++) {
            for (let column = 0; column < tile; column++) {
              const at = (i + row) * size + j + column;
              gram[at] = (gram[at] as number) + (sums[row * tile + column] as number);
            }
          }
        }
        if (performance.now() - lastYield > 20) {
          progress?.({ task: 'ridge: Gram matrix', done: start, total: n, unit: 'rows' });
          await yieldToEventLoop();
          throwIfAborted(signal, 'ridge regression');
          lastYield = performance.now();
        }
      }
    }
  }

  /** Models on the first k columns for each k of `columnCounts`, from one factorisation. */
  async solve(
    penalty: number,
    columnCounts: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<RidgeModel[]> {
    if (!(penalty > 0 && Number.isFinite(penalty))) {
      throw new UsageError({
        where: 'ridge regression, penalty',
        found: String(penalty),
        expected: 'a number above 0',
      });
    }
    const size = this.#size;
    const factor = this.#gram.slice();
    // Padding columns are all zero; the penalty alone makes them an identity.
    for (let i = 0; i < size; i++)
      factor[i * size + i] = (factor[i * size + i] as number) + penalty;
    await choleskyInPlace(factor, size, () => {
      throwIfAborted(signal, 'ridge regression');
    });
    return columnCounts.map((columns) =>
      ridgeModel({
        penalty,
        intercept: this.#intercept,
        coefficients: choleskySolve(factor, size, this.#moments, columns),
        means: this.#means.slice(0, columns),
        scales: this.#scales.slice(0, columns),
      }),
    );
  }
}

function ridgeModel(fitted: Omit<RidgeModel, 'predict'>): RidgeModel {
  return {
    ...fitted,
    predict: (design) => {
      if (design.columns !== fitted.coefficients.length) {
        throw new UsageError({
          where: 'ridge prediction',
          found: `${design.columns} columns`,
          expected: `the ${fitted.coefficients.length} columns that it was fitted on`,
        });
      }
      return predictLeadingColumns(fitted, design, allRows(design.values.length / design.columns));
    },
  };
}

/** Predicts some rows from the first columns of a design matrix that may have more of them. */
export function predictLeadingColumns(
  { coefficients, means, scales, intercept }: Omit<RidgeModel, 'predict'>,
  design: DesignMatrix,
  rows: ArrayLike<number>,
): Float64Array {
  const predicted = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] as number) * design.columns;
    let value = intercept;
    for (let column = 0; column < coefficients.length; column++) {
      const centred = (design.values[start + column] as number) - (means[column] as number);
      value += (centred / (scales[column] as number)) * (coefficients[column] as number);
    }
    predicted[i] = value;
  }
  return predicted;
}

/**
 * Closed-form ridge regression in float64 (Hoerl and Kennard 1970): columns are standardised on the
 * training rows (mean, population standard deviation + 1e-6), the target is centred, and
 * (ZᵀZ + λI)·w = Zᵀ(y − ȳ) is solved by Cholesky factorisation.
 *
 * @example
 * const model = await fitRidge({ values, columns: 6 }, target, { penalty: 100 });
 * model.predict({ values: newValues, columns: 6 });
 */
export async function fitRidge(
  design: DesignMatrix,
  target: ArrayLike<number>,
  options: RidgeOptions,
): Promise<RidgeModel> {
  const rows = checkDesign('fitRidge', design, target);
  const train = options.train ?? allRows(rows);
  const equations = await NormalEquations.build(design, target, train, options);
  const [model] = await equations.solve(options.penalty, [design.columns], options.signal);
  return model as RidgeModel;
}

/**
 * Ridge regressions on the first k columns for each k of `columnCounts`, each with its own best
 * penalty on the validation rows. The Gram matrix is computed once for all penalties, and one
 * factorisation a penalty serves all column counts.
 */
export async function chooseNestedRidge(
  design: DesignMatrix,
  target: ArrayLike<number>,
  columnCounts: readonly number[],
  options: RidgeChoiceOptions,
): Promise<RidgeChoice[]> {
  checkDesign('chooseRidge', design, target);
  const { train, validation, penalties = defaultRidgePenalties, signal, progress } = options;
  for (const [name, part] of [
    ['train', train],
    ['validation', validation],
    ['penalties', penalties],
  ] as const) {
    if (part.length === 0) {
      throw new UsageError({ where: `chooseRidge, ${name}`, found: 'nothing', expected: 'some' });
    }
  }
  const equations = await NormalEquations.build(design, target, train, { signal, progress });
  const best = columnCounts.map(() => ({ model: undefined as RidgeModel | undefined, error: NaN }));
  const tried = columnCounts.map(() => [] as { penalty: number; validationError: number }[]);
  for (const [index, penalty] of penalties.entries()) {
    const models = await equations.solve(penalty, columnCounts, signal);
    for (const [which, model] of models.entries()) {
      const predicted = predictLeadingColumns(model, design, validation);
      let error = 0;
      for (let i = 0; i < predicted.length; i++) {
        const observed = target[validation[i] as number] as number;
        error += (observed - (predicted[i] as number)) ** 2 / predicted.length;
      }
      tried[which]?.push({ penalty, validationError: error });
      const leader = best[which];
      if (leader !== undefined && (leader.model === undefined || error < leader.error)) {
        leader.model = model;
        leader.error = error;
      }
    }
    progress?.({
      task: 'ridge: penalties',
      done: index + 1,
      total: penalties.length,
      unit: 'penalties',
    });
  }
  return best.map(({ model }, which) => ({
    model: model as RidgeModel,
    penalty: (model as RidgeModel).penalty,
    tried: tried[which] ?? [],
  }));
}

/**
 * Ridge regression with the penalty that gives the smallest mean squared error on the validation
 * rows; test rows take no part.
 *
 * @example
 * const { model, penalty } = await chooseRidge(design, target, { train, validation });
 */
export async function chooseRidge(
  design: DesignMatrix,
  target: ArrayLike<number>,
  options: RidgeChoiceOptions,
): Promise<RidgeChoice> {
  const [choice] = await chooseNestedRidge(design, target, [design.columns], options);
  return choice as RidgeChoice;
}
