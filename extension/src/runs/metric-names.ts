/** Metrics as papers write them; the names of the library are keys of its files. */
const NAMES: Readonly<Record<string, string>> = {
  pearson: 'Pearson r',
  spearman: 'Spearman ρ',
  r2: 'R²',
  squaredPearson: 'r²',
  mse: 'MSE',
  mae: 'MAE',
  rmse: 'RMSE',
  auroc: 'AUROC',
  auprc: 'AUPRC',
};

/** A metric as a person reads it: `Spearman ρ` for `spearman`, `Cross entropy` for `crossEntropy`. */
export function metricName(key: string): string {
  const known = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
  if (known !== undefined) return known;
  const words = key.replace(/([a-z])([A-Z])/g, '$1 $2');
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
}
