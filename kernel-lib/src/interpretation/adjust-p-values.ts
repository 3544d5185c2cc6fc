/**
 * q-values of Benjamini and Hochberg (1995): the smallest false discovery rate at which each test
 * would be reported.
 *
 * @param total number of tests made, when `pValues` holds only the smallest of them
 * @example
 * adjustPValues([0.01, 0.04, 0.03]); // [0.03, 0.04, 0.04]
 */
export function adjustPValues(
  pValues: ArrayLike<number>,
  total: number = pValues.length,
): Float64Array {
  const order = Array.from({ length: pValues.length }, (_, i) => i).sort(
    (a, b) => (pValues[b] ?? 0) - (pValues[a] ?? 0),
  );
  const adjusted = new Float64Array(pValues.length);
  let least = 1;
  order.forEach((index, i) => {
    least = Math.min(least, ((pValues[index] ?? 1) * total) / (pValues.length - i));
    adjusted[index] = least;
  });
  return adjusted;
}
