import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';

/** Names of the functions that numbers can go through. */
export const numberTransforms = Object.freeze(['none', 'log10', 'log2', 'ln'] as const);

/** Name of a function that numbers go through before a model sees them. */
export type NumberTransform = (typeof numberTransforms)[number];

/** `TargetTransform` as it is saved with a model. */
export interface TargetTransformJson {
  readonly transform: NumberTransform;
  readonly pseudocount: number;
  /** 0 where the target is not standardised. */
  readonly mean: number;
  /** 1 where the target is not standardised. */
  readonly standardDeviation: number;
}

/** Options of `TargetTransform.fit`. */
export interface TargetTransformOptions {
  /** Default `none`. */
  readonly transform?: NumberTransform;
  /** Added before the logarithm. Default 0. */
  readonly pseudocount?: number;
  /** Whether to bring the transformed target to mean 0 and deviation 1 on `train`. Default false. */
  readonly standardise?: boolean;
  /** Training examples; needed to standardise. */
  readonly train?: ArrayLike<number>;
}

const logarithms: Readonly<Record<NumberTransform, (value: number) => number>> = {
  none: (value) => value,
  log10: Math.log10,
  log2: Math.log2,
  ln: Math.log,
};

const powers: Readonly<Record<NumberTransform, (value: number) => number>> = {
  none: (value) => value,
  log10: (value) => 10 ** value,
  log2: (value) => 2 ** value,
  ln: Math.exp,
};

/**
 * One number through a transform: `log(value + pseudocount)`, or `value + pseudocount` for `none`.
 * NaN stays NaN.
 *
 * @throws InputError where the logarithm is not finite
 */
export function transformNumber(
  value: number,
  transform: NumberTransform,
  pseudocount: number,
  where: string,
): number {
  if (!Object.hasOwn(logarithms, transform)) {
    throw new UsageError({
      where: `${where}, transform`,
      found: `'${transform}'`,
      expected: numberTransforms.join(', '),
      fix: suggestion(transform, numberTransforms),
    });
  }
  const result = logarithms[transform](value + pseudocount);
  if (!Number.isFinite(result) && !Number.isNaN(value)) {
    throw new InputError({
      where,
      found: `${value}, of which ${transform}(value + ${pseudocount}) is not a number`,
      expected: `a value above ${-pseudocount}`,
      fix: 'Give a pseudocount above 0, or leave the example out.',
    });
  }
  return result;
}

/**
 * What is done to a target before training, and undone after prediction: a logarithm with a
 * pseudocount, then, if asked for, standardisation with mean and deviation of the training
 * examples.
 *
 * Three scales meet here: the *measured* values (FPKM), the *transformed* ones (log10 of it: the
 * scale of metrics and plots) and the *model* ones (standardised).
 *
 * @example
 * const target = TargetTransform.fit(fpkm, { transform: 'log10', pseudocount: 0.1 });
 * target.inverse(target.apply([0, 9.9])); // [0, 9.9]
 */
export class TargetTransform {
  readonly transform: NumberTransform;
  readonly pseudocount: number;
  readonly mean: number;
  readonly standardDeviation: number;

  private constructor(json: TargetTransformJson) {
    this.transform = json.transform;
    this.pseudocount = json.pseudocount;
    this.mean = json.mean;
    this.standardDeviation = json.standardDeviation;
  }

  /** Fits the standardisation, where one is asked for, on the training examples. */
  static fit(values: ArrayLike<number>, options: TargetTransformOptions = {}): TargetTransform {
    const { transform = 'none', pseudocount = 0, standardise = false, train } = options;
    const plain = TargetTransform.fromJSON({
      transform,
      pseudocount,
      mean: 0,
      standardDeviation: 1,
    });
    if (!standardise) return plain;
    if (train === undefined || train.length === 0) {
      throw new UsageError({
        where: 'TargetTransform.fit, train',
        found: 'no training examples',
        expected: 'their indices, since the target is to be standardised on them',
      });
    }
    const transformed = plain.apply(Array.from(train, (index) => values[index] ?? NaN));
    let mean = 0;
    for (const value of transformed) mean += value / transformed.length;
    let variance = 0;
    for (const value of transformed) variance += (value - mean) ** 2 / transformed.length;
    if (!(variance > 0)) {
      throw new InputError({
        where: 'TargetTransform.fit',
        found: Number.isNaN(variance) ? 'missing targets' : 'one target value in all of training',
        expected: 'targets that vary',
      });
    }
    return new TargetTransform({
      transform,
      pseudocount,
      mean,
      standardDeviation: Math.sqrt(variance),
    });
  }

  /** A transform that was saved with `toJSON`. */
  static fromJSON(json: TargetTransformJson): TargetTransform {
    const { transform, standardDeviation } = json;
    if (!Object.hasOwn(logarithms, transform)) {
      throw new UsageError({
        where: 'target transform',
        found: `'${transform}'`,
        expected: numberTransforms.join(', '),
        fix: suggestion(transform, numberTransforms),
      });
    }
    if (!(standardDeviation > 0)) {
      throw new InputError({
        where: 'target transform, standardDeviation',
        found: String(standardDeviation),
        expected: 'a number above 0',
      });
    }
    return new TargetTransform(json);
  }

  /** Measured values to the scale that the model is trained on. */
  apply(measured: ArrayLike<number>): Float64Array {
    return this.standardise(
      Float64Array.from(measured, (value, index) =>
        transformNumber(value, this.transform, this.pseudocount, `target of example ${index}`),
      ),
    );
  }

  /** What the model gives, in the measured unit: the exact inverse of `apply`. */
  inverse(model: ArrayLike<number>): Float64Array {
    return this.unstandardise(model).map(
      (value) => powers[this.transform](value) - this.pseudocount,
    );
  }

  /** Transformed values (say log10) to the scale of the model. */
  standardise(transformed: ArrayLike<number>): Float64Array {
    return Float64Array.from(transformed, (value) => (value - this.mean) / this.standardDeviation);
  }

  /** What the model gives, on the transformed scale (say log10), where metrics are computed. */
  unstandardise(model: ArrayLike<number>): Float64Array {
    return Float64Array.from(model, (value) => value * this.standardDeviation + this.mean);
  }

  toJSON(): TargetTransformJson {
    return {
      transform: this.transform,
      pseudocount: this.pseudocount,
      mean: this.mean,
      standardDeviation: this.standardDeviation,
    };
  }
}
