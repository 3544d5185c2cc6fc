/** Statistics of one tissue, of log10(TPM + 1) where nothing else is said. */
export interface ColumnStatistics {
  /** Share of values that are exactly 0. */
  readonly zeroShare: number;
  readonly mean: number;
  /** Population variance. */
  readonly variance: number;
  /** Of the TPM themselves. */
  readonly sum: number;
  /** The largest TPM and its row; row -1 where there are no values. */
  readonly largest: { readonly row: number; readonly value: number };
  readonly missing: number;
}

/**
 * Statistics of a column of a row-major matrix; missing values (NaN) are counted and passed over.
 *
 * @param rows rows that count; default all
 */
export function columnStatistics(
  values: Float64Array,
  column: number,
  width: number,
  rows?: readonly number[],
): ColumnStatistics {
  const length = rows?.length ?? values.length / width;
  let [zeros, known, sum, logs, squares, missing] = [0, 0, 0, 0, 0, 0];
  let largest = { row: -1, value: 0 };
  for (let i = 0; i < length; i++) {
    const row = rows?.[i] ?? i;
    const value = values[row * width + column] ?? NaN;
    if (Number.isNaN(value)) {
      missing++;
      continue;
    }
    known++;
    if (value === 0) zeros++;
    sum += value;
    if (largest.row < 0 || value > largest.value) largest = { row, value };
    const log = Math.log10(value + 1);
    // Welford's recurrence: no difference of large sums.
    const before = log - logs;
    logs += before / known;
    squares += before * (log - logs);
  }
  const share = (part: number) => (known === 0 ? NaN : part / known);
  return {
    zeroShare: share(zeros),
    mean: known === 0 ? NaN : logs,
    variance: share(squares),
    sum,
    largest,
    missing,
  };
}

/** log10(TPM + 1) of each value. */
export function logExpression(values: Float64Array): Float64Array {
  return values.map((value) => Math.log10(value + 1));
}

/** A column of a row-major matrix. */
export interface MatrixColumn {
  readonly values: Float64Array;
  readonly column: number;
  readonly width: number;
}

/**
 * Pearson correlation of a column with the median of others, row by row, over the rows without a
 * missing value; NaN where one side does not vary, or there are no others.
 */
export function correlation(column: MatrixColumn, others: readonly MatrixColumn[]): number {
  if (others.length === 0) return NaN;
  const sorted = new Float64Array(others.length);
  const rows = column.values.length / column.width;
  let [n, meanA, meanB, squaresA, squaresB, products] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const x = column.values[row * column.width + column.column] ?? NaN;
    const y = rowMedian(others, row, sorted);
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n++;
    const fromA = x - meanA;
    const fromB = y - meanB;
    meanA += fromA / n;
    meanB += fromB / n;
    squaresA += fromA * (x - meanA);
    squaresB += fromB * (y - meanB);
    products += fromA * (y - meanB);
  }
  return products / Math.sqrt(squaresA * squaresB);
}

/** The median of some columns in one row; a few values are sorted fastest by insertion. */
function rowMedian(columns: readonly MatrixColumn[], row: number, sorted: Float64Array): number {
  for (let i = 0; i < columns.length; i++) {
    const each = columns[i];
    const value = each?.values[row * each.width + each.column] ?? NaN;
    if (Number.isNaN(value)) return NaN;
    let at = i;
    for (; at > 0 && (sorted[at - 1] ?? 0) > value; at--) sorted[at] = sorted[at - 1] ?? 0;
    sorted[at] = value;
  }
  const middle = (columns.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/** The median of some numbers, NaN among them left out; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
