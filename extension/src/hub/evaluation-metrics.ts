import type { ModelCardMetric } from 'tatabox/hub/model-card.ts';

type Values = Readonly<Record<string, unknown>>;

/** Names of measures in results of runs, as cards call them. */
const NAMES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  pearson: ['Pearson r', 'pearsonr'],
  spearman: ['Spearman ρ', 'spearmanr'],
  r2: ['coefficient of determination R²', 'r_squared'],
  squaredPearson: ['squared Pearson r²', 'pearsonr_squared'],
  mse: ['mean squared error', 'mse'],
  mae: ['mean absolute error', 'mae'],
  perplexity: ['perplexity of hidden tokens', 'perplexity'],
  accuracy: ['accuracy of hidden tokens', 'accuracy'],
};

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberIn(values: unknown, key: string): number | undefined {
  const value = isValues(values) ? values[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** One measure after another, each with what simpler models reach. */
function metricsOf(
  values: Values,
  baselines: readonly (readonly [name: string, values: unknown])[],
  subset: string,
  suffix = '',
): ModelCardMetric[] {
  const metrics: ModelCardMetric[] = [];
  for (const [key, [name, type]] of Object.entries(NAMES)) {
    const value = numberIn(values, key);
    if (value === undefined) continue;
    const beside = baselines.flatMap(([baseline, its]) => {
      const measured = numberIn(its, key);
      return measured === undefined ? [] : [[baseline, measured] as const];
    });
    metrics.push({
      name: `${name}${suffix}`,
      type,
      value,
      subset,
      ...(beside.length === 0 ? {} : { baselines: Object.fromEntries(beside) }),
    });
  }
  return metrics;
}

/** Results of several models on several targets: the last model is ours, those before are simpler. */
function metricsOfModels(models: readonly unknown[], subset: string): ModelCardMetric[] {
  const ours = models.at(-1);
  if (!isValues(ours)) return [];
  const others = models.slice(0, -1).filter(isValues);
  const nameOf = (model: Values): string => (typeof model.name === 'string' ? model.name : 'other');
  if (!Array.isArray(ours.targets)) {
    const values = isValues(ours.metrics) ? ours.metrics : ours;
    const beside = others.map((o) => [nameOf(o), isValues(o.metrics) ? o.metrics : o] as const);
    return metricsOf(values, beside, subset);
  }
  const targets: unknown[] = [...(ours.targets as unknown[]), ours.all];
  return targets.flatMap((target, at) => {
    if (!isValues(target) || typeof target.target !== 'string') return [];
    const beside = others.map((other) => {
      const list: unknown[] = Array.isArray(other.targets) ? other.targets : [];
      return [nameOf(other), list[at] ?? other.all] as const;
    });
    return metricsOf(target, beside, subset, `, ${target.target}`);
  });
}

/**
 * The metrics in the result of a run (`result.json`) or in what `tatabox evaluate --json` printed,
 * in the form that a model card has them; empty where it holds none.
 */
export function evaluationMetrics(result: unknown): ModelCardMetric[] {
  const json = isValues(result) && isValues(result.json) ? result.json : result;
  if (!isValues(json)) return [];
  if (Array.isArray(json.models)) return metricsOfModels(json.models, 'test');
  const { metrics } = json;
  if (!isValues(metrics)) return [];
  for (const subset of ['test', 'validation'] as const) {
    const part = metrics[subset];
    if (Array.isArray(part)) return metricsOfModels(part, subset);
    if (isValues(part)) {
      const { baselines } = metrics;
      return metricsOf(part, isValues(baselines) ? Object.entries(baselines) : [], subset);
    }
  }
  const { intervals } = json;
  return metricsOf(metrics, [], 'test').map((metric) => {
    const key = Object.keys(NAMES).find((name) => NAMES[name]?.[1] === metric.type) ?? '';
    const interval = isValues(intervals) ? intervals[key] : undefined;
    const [low, high] = [numberIn(interval, 'low'), numberIn(interval, 'high')];
    if (low === undefined || high === undefined) return metric;
    return { ...metric, interval: [low, high] as const };
  });
}
