import { suggestion } from '../core/nearest.ts';
import { InputError, UsageError } from '../core/errors.ts';

/** Named columns of numbers, all of one length; NaN is a missing value. */
export type FeatureColumns = Readonly<Record<string, ArrayLike<number>>>;

/** `StandardScaler` as it is saved with a model. */
export interface StandardScalerJson {
  readonly type: 'standard';
  readonly names: readonly string[];
  readonly means: readonly number[];
  readonly standardDeviations: readonly number[];
}

/**
 * Brings columns to mean 0 and population standard deviation 1 on the training examples. Missing
 * values (NaN) take no part in the fit and become 0, the training mean, after scaling. A column
 * that is constant on the training examples is centred only.
 *
 * @example
 * const scaler = StandardScaler.fit({ gc: [0.3, 0.5, NaN] }, [0, 1]);
 * scaler.transform({ gc: [0.4, NaN] }); // [0, 0]
 */
export class StandardScaler {
  readonly names: readonly string[];
  readonly means: readonly number[];
  readonly standardDeviations: readonly number[];

  private constructor(parts: Omit<StandardScalerJson, 'type'>) {
    this.names = [...parts.names];
    this.means = [...parts.means];
    this.standardDeviations = [...parts.standardDeviations];
  }

  /**
   * Fits means and standard deviations.
   *
   * @param train indices of the training examples; no other value is looked at
   * @throws InputError for an infinite value, or a column without any value in training
   */
  static fit(columns: FeatureColumns, train: ArrayLike<number>): StandardScaler {
    const names = Object.keys(columns);
    const means: number[] = [];
    const standardDeviations: number[] = [];
    for (const name of names) {
      const column = columns[name] ?? [];
      let sum = 0;
      let known = 0;
      for (const index of Array.from(train)) {
        const value = column[index] ?? NaN;
        if (Number.isNaN(value)) continue;
        if (!Number.isFinite(value)) {
          throw new InputError({
            where: `feature '${name}', example ${index}`,
            found: String(value),
            expected: 'a finite number, or NaN where it is missing',
          });
        }
        sum += value;
        known++;
      }
      if (known === 0) {
        throw new InputError({
          where: `feature '${name}'`,
          found: `no value among ${train.length} training examples`,
          expected: 'at least one',
          fix: 'Leave the column out.',
        });
      }
      const mean = sum / known;
      let squares = 0;
      for (const index of Array.from(train)) {
        const value = column[index] ?? NaN;
        if (!Number.isNaN(value)) squares += (value - mean) ** 2;
      }
      means.push(mean);
      standardDeviations.push(Math.sqrt(squares / known));
    }
    return new StandardScaler({ names, means, standardDeviations });
  }

  /** A scaler that was saved with `toJSON`. */
  static fromJSON(json: StandardScalerJson): StandardScaler {
    const { names, means, standardDeviations } = json;
    if (names.length !== means.length || names.length !== standardDeviations.length) {
      throw new InputError({
        where: 'saved scaler',
        found: `${names.length} names, ${means.length} means, ${standardDeviations.length} standard deviations`,
        expected: 'as many of each',
      });
    }
    return new StandardScaler(json);
  }

  /**
   * Scales columns, found by name.
   *
   * @returns row-major `[examples, names]`
   * @throws UsageError when a column is missing or columns differ in length
   */
  transform(columns: FeatureColumns): Float32Array {
    const ordered = this.names.map((name) => {
      const column = columns[name];
      if (column === undefined) {
        throw new UsageError({
          where: 'feature columns',
          found: `no column '${name}'`,
          expected: this.names.join(', '),
          fix: suggestion(
            name,
            Object.keys(columns).filter((given) => !this.names.includes(given)),
          ),
        });
      }
      return column;
    });
    const length = ordered[0]?.length ?? 0;
    const width = this.names.length;
    const scaled = new Float32Array(length * width);
    for (const [j, column] of ordered.entries()) {
      if (column.length !== length) {
        throw new UsageError({
          where: `feature column '${this.names[j] ?? ''}'`,
          found: `${column.length} values`,
          expected: `${length}, as in the other columns`,
        });
      }
      const mean = this.means[j] ?? 0;
      const divisor = this.#divisor(j);
      for (let i = 0; i < length; i++) {
        const value = column[i] ?? NaN;
        if (value === Infinity || value === -Infinity) {
          throw new InputError({
            where: `feature '${this.names[j] ?? ''}', example ${i}`,
            found: String(value),
            expected: 'a finite number, or NaN where it is missing',
          });
        }
        scaled[i * width + j] = Number.isNaN(value) ? 0 : (value - mean) / divisor;
      }
    }
    return scaled;
  }

  /** Columns in their own units from scaled values, row-major `[examples, names]`. */
  inverse(scaled: ArrayLike<number>): Record<string, Float64Array> {
    const width = this.names.length;
    if (scaled.length % Math.max(1, width) !== 0) {
      throw new UsageError({
        where: 'scaled features',
        found: `${scaled.length} values`,
        expected: `a multiple of ${width}, the number of columns`,
      });
    }
    const length = width === 0 ? 0 : scaled.length / width;
    return Object.fromEntries(
      this.names.map((name, j) => [
        name,
        Float64Array.from(
          { length },
          (_, i) => (scaled[i * width + j] ?? NaN) * this.#divisor(j) + (this.means[j] ?? 0),
        ),
      ]),
    );
  }

  toJSON(): StandardScalerJson {
    return {
      type: 'standard',
      names: this.names,
      means: this.means,
      standardDeviations: this.standardDeviations,
    };
  }

  #divisor(column: number): number {
    const deviation = this.standardDeviations[column] ?? 0;
    return deviation === 0 ? 1 : deviation;
  }
}
