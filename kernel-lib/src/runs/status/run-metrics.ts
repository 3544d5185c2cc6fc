import { fieldsOf, numbersOf } from './run-status.ts';

/** What a run measured at its end. */
export interface RunMetrics {
  /** What it was measured on; undefined for figures of another kind, such as counts of genes. */
  readonly part: 'test' | 'validation' | undefined;
  /** Figures by name, as they stand in `result.json`. */
  readonly values: Readonly<Record<string, number>>;
}

/** What `result.json` tells. */
export interface ParsedRunResult {
  readonly metrics: RunMetrics;
  readonly seconds: number | undefined;
}

/** Figures of one model: its own, and of several targets their means. */
function figuresOf(value: unknown): Record<string, number> {
  // Baselines first, the model of the run last.
  const model = Array.isArray(value) ? fieldsOf(value.at(-1)) : fieldsOf(value);
  const own = numbersOf(model);
  if (Object.keys(own).length > 0) return own;
  for (const key of ['mean', 'all']) {
    const inner = numbersOf(model[key]);
    if (Object.keys(inner).length > 0) return inner;
  }
  return {};
}

/** The figures of a `result.json`; undefined for other or damaged text. */
export function parseRunResult(text: string): ParsedRunResult | undefined {
  let json: Readonly<Record<string, unknown>>;
  try {
    const parsed = fieldsOf(JSON.parse(text));
    if (!('json' in parsed)) return undefined;
    json = fieldsOf(parsed['json']);
  } catch {
    return undefined;
  }
  const { seconds, ...counts } = numbersOf(json);
  const metrics = fieldsOf(json['metrics']);
  for (const part of ['test', 'validation'] as const) {
    const values = figuresOf(metrics[part]);
    if (Object.keys(values).length > 0) return { metrics: { part, values }, seconds };
  }
  return { metrics: { part: undefined, values: counts }, seconds };
}
