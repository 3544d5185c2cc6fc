import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { boxCox, checkLambda, fitBoxCox, inverseBoxCox } from './box-cox.ts';
import { transformNumber, type NumberTransform } from './target-transform.ts';

/** Names of what can be done to a target: the functions without parameters, and Box–Cox. */
export const targetTransformNames = Object.freeze([
  'none',
  'ln',
  'log2',
  'log10',
  'box-cox',
] as const);

/** Name of what is done to a target. */
export type TargetTransformName = (typeof targetTransformNames)[number];

/** What is done to one target, as it is saved with a model. */
export interface TargetColumnJson {
  readonly name: string;
  readonly transform: TargetTransformName;
  /** Added before the transform. */
  readonly pseudocount: number;
  /** Of `box-cox` only. */
  readonly lambda?: number;
  /** 0 where the target is not standardised. */
  readonly mean: number;
  /** 1 where the target is not standardised. */
  readonly standardDeviation: number;
}

/** Options of `TargetTransforms.fit`. */
export interface TargetTransformsOptions {
  /** Names of the targets: the columns of the values. */
  readonly names: readonly string[];
  /** Default `none`. */
  readonly transform?: TargetTransformName;
  /** Added before the transform. Default 0. */
  readonly pseudocount?: number;
  /** Whether to bring each target to mean 0 and deviation 1 on `train`. Default false. */
  readonly standardise?: boolean;
  /** Rows of the training examples: λ, mean and deviation come from them. Default: all rows. */
  readonly train?: ArrayLike<number>;
}

const isName = (name: string): name is TargetTransformName =>
  (targetTransformNames as readonly string[]).includes(name);

function checkName(name: string, where: string): TargetTransformName {
  if (isName(name)) return name;
  throw new UsageError({
    where,
    found: `'${name}'`,
    expected: targetTransformNames.join(', '),
    fix: suggestion(name, targetTransformNames),
  });
}

/** One measured number on the transformed scale; NaN stays NaN. */
function transformed(value: number, column: TargetColumnJson, where: () => string): number {
  const { transform, pseudocount, lambda = 0 } = column;
  if (transform !== 'box-cox') return transformNumber(value, transform, pseudocount, where());
  const result = boxCox(value + pseudocount, lambda);
  if (Number.isFinite(result) || Number.isNaN(value)) return result;
  throw new InputError({
    where: where(),
    found: `${String(value)}, of which box-cox(value + ${String(pseudocount)}) is not a number`,
    expected: `a value above ${String(-pseudocount)}`,
    fix: 'Give a pseudocount above 0, or leave the example out.',
  });
}

const powers: Readonly<Record<NumberTransform, (value: number) => number>> = {
  none: (value) => value,
  log10: (value) => 10 ** value,
  log2: (value) => 2 ** value,
  ln: Math.exp,
};

/** The measured number of one on the transformed scale. */
function measured(value: number, { transform, pseudocount, lambda = 0 }: TargetColumnJson): number {
  const shifted = transform === 'box-cox' ? inverseBoxCox(value, lambda) : powers[transform](value);
  return shifted - pseudocount;
}

/**
 * What is done to several targets (say the TPM of eight tissues) before training, and undone after
 * prediction: a logarithm or a Box–Cox transform with a pseudocount, then, if asked for,
 * standardisation; each target for itself, fitted on the training examples. One target alone has
 * {@link TargetTransform}; the three scales are named there.
 *
 * Values are row-major, `rows × targets`.
 *
 * @example
 * const targets = TargetTransforms.fit(tpm, {
 *   names: ['root', 'shoot'], transform: 'log10', pseudocount: 1, train: split.train,
 * });
 * targets.inverse(targets.apply([9, 99])); // [9, 99]
 */
export class TargetTransforms {
  readonly columns: readonly TargetColumnJson[];

  private constructor(columns: readonly TargetColumnJson[]) {
    this.columns = columns.map((column) => Object.freeze({ ...column }));
  }

  /** Names of the targets, in order. */
  get names(): string[] {
    return this.columns.map(({ name }) => name);
  }

  /**
   * Fits λ, mean and deviation of each target on the training rows; missing values (NaN) take no
   * part.
   *
   * @param values measured, row-major `rows × names`
   * @throws InputError for a value without a transform, or a target that does not vary
   */
  static fit(values: ArrayLike<number>, options: TargetTransformsOptions): TargetTransforms {
    checkOptionNames(
      options,
      ['names', 'transform', 'pseudocount', 'standardise', 'train'],
      'TargetTransforms.fit',
    );
    const { names, pseudocount = 0, standardise = false } = options;
    const width = names.length;
    if (width === 0 || values.length % width !== 0) {
      throw new UsageError({
        where: 'TargetTransforms.fit, values',
        found: `${String(values.length)} values for ${String(width)} names`,
        expected: 'one value a name in each row',
      });
    }
    if (!Number.isFinite(pseudocount)) {
      throw new UsageError({
        where: 'TargetTransforms.fit, pseudocount',
        found: String(pseudocount),
        expected: 'a finite number',
      });
    }
    const transform = checkName(options.transform ?? 'none', 'TargetTransforms.fit, transform');
    const rows = Array.from(options.train ?? { length: values.length / width }, (given, row) =>
      options.train === undefined ? row : (given as number),
    );
    const columns = names.map((name, j): TargetColumnJson => {
      const where = `target '${name}'`;
      const train: number[] = [];
      for (const row of rows) {
        const value = values[row * width + j];
        if (value !== undefined && !Number.isNaN(value)) train.push(value);
      }
      const plain: TargetColumnJson = {
        name,
        transform,
        pseudocount,
        ...(transform === 'box-cox'
          ? {
              lambda: fitBoxCox(
                train.map((value) => value + pseudocount),
                where,
              ),
            }
          : {}),
        mean: 0,
        standardDeviation: 1,
      };
      if (!standardise) return plain;
      return {
        ...plain,
        ...moments(
          train.map((v) => transformed(v, plain, () => where)),
          where,
        ),
      };
    });
    return TargetTransforms.fromJSON(columns);
  }

  /** Transforms that were saved with `toJSON`. */
  static fromJSON(json: readonly TargetColumnJson[]): TargetTransforms {
    for (const { name, transform, pseudocount, lambda, mean, standardDeviation } of json) {
      const where = `transform of target '${name}'`;
      checkName(transform, where);
      if (transform === 'box-cox') checkLambda(lambda, `${where}, lambda`);
      if (!Number.isFinite(mean) || !Number.isFinite(pseudocount)) {
        throw new InputError({
          where,
          found: `mean ${String(mean)}, pseudocount ${String(pseudocount)}`,
          expected: 'finite numbers',
        });
      }
      if (!(standardDeviation > 0 && standardDeviation < Infinity)) {
        throw new InputError({
          where: `${where}, standardDeviation`,
          found: String(standardDeviation),
          expected: 'a number above 0',
        });
      }
    }
    return new TargetTransforms(json);
  }

  /** Measured values to the scale that the model is trained on. */
  apply(values: ArrayLike<number>): Float64Array {
    return this.standardise(this.transform(values));
  }

  /** What the model gives, in the measured unit: the inverse of `apply`. */
  inverse(model: ArrayLike<number>): Float64Array {
    return this.#each(this.unstandardise(model), measured);
  }

  /** Measured values to the transformed scale (say log10), where metrics are computed. */
  transform(values: ArrayLike<number>): Float64Array {
    const width = this.columns.length;
    return this.#each(values, (value, column, at) =>
      transformed(
        value,
        column,
        () => `target '${column.name}', row ${String((at - (at % width)) / width)}`,
      ),
    );
  }

  /** Transformed values (say log10) to the scale of the model. */
  standardise(values: ArrayLike<number>): Float64Array {
    return this.#each(
      values,
      (value, { mean, standardDeviation }) => (value - mean) / standardDeviation,
    );
  }

  /** What the model gives, on the transformed scale (say log10). */
  unstandardise(model: ArrayLike<number>): Float64Array {
    return this.#each(
      model,
      (value, { mean, standardDeviation }) => value * standardDeviation + mean,
    );
  }

  /** What `config.json` of a model keeps as `preprocessing.targets`. */
  toJSON(): TargetColumnJson[] {
    return this.columns.map((column) => ({ ...column }));
  }

  #each(
    values: ArrayLike<number>,
    change: (value: number, column: TargetColumnJson, at: number) => number,
  ): Float64Array {
    const width = this.columns.length;
    if (values.length % width !== 0) {
      throw new UsageError({
        where: 'target values',
        found: `${String(values.length)} values`,
        expected: `a multiple of ${String(width)}, the number of targets`,
      });
    }
    const results = new Float64Array(values.length);
    for (const [j, column] of this.columns.entries()) {
      for (let at = j; at < values.length; at += width) {
        results[at] = change(values[at] ?? NaN, column, at);
      }
    }
    return results;
  }
}

function moments(values: readonly number[], where: string) {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let variance = 0;
  for (const value of values) variance += (value - mean) ** 2 / values.length;
  if (!(variance > 0)) {
    throw new InputError({
      where,
      found: values.length === 0 ? 'no value in training' : 'one value in all of training',
      expected: 'targets that vary',
    });
  }
  return { mean, standardDeviation: Math.sqrt(variance) };
}
