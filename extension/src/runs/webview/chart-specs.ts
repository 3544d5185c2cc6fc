import { metricName } from '../metric-names.ts';
import type { ShownRun } from '../runs-protocol.ts';

/** A Vega-Lite specification. */
export type ChartSpec = Readonly<Record<string, unknown>>;

/** One chart of the page: what is drawn over the epochs. */
export interface ShownChart {
  readonly title: string;
  /** Its data are the set `points`. */
  readonly spec: ChartSpec;
  readonly points: readonly ChartPoint[];
}

/** A figure of an epoch. */
export interface ChartPoint {
  readonly epoch: number;
  readonly value: number;
  readonly part: string;
  readonly run: string;
  readonly line: string;
}

/** Figures of an epoch that are no measure of the model. */
const NO_MEASURE = new Set([
  'epoch',
  'step',
  'seconds',
  'examplesPerSecond',
  'dataSeconds',
  'tokensPerSecond',
  'learningRate',
]);

/** Colours of series; runs beyond them are told apart by the shape of their points, too. */
const COLORS = 6;

/** `validationPearson` as `Pearson`, `trainLoss` as `loss`; and the part of the data it is of. */
export function describeFigure(name: string): { part: string; measure: string } {
  const [, part = '', measure = name] = /^(train|validation|test)([A-Z].*)$/.exec(name) ?? [];
  return {
    part: part === 'train' ? 'training' : part,
    measure: metricName(measure.charAt(0).toLowerCase() + measure.slice(1)),
  };
}

/** Names of runs, each once: those that share one get their folder's end. */
export function runLabels(runs: readonly ShownRun[]): string[] {
  return runs.map(({ name, folder }) => {
    const same = runs.filter((other) => other.name === name).length > 1;
    const end = folder.split(/[\\/]/).slice(-1)[0] ?? folder;
    return same && end !== name ? `${name} (${end})` : name;
  });
}

/** Steps of an epoch; undefined until one has ended. */
function stepsAnEpoch({ epochs }: ShownRun['curves'][number]): number | undefined {
  const { epoch, step } = epochs[0] ?? {};
  return epoch === undefined || step === undefined || step === 0 ? undefined : step / epoch;
}

function pointsOf(runs: readonly ShownRun[]): ReadonlyMap<string, ChartPoint[]> {
  const byMeasure = new Map<string, ChartPoint[]>();
  const labels = runLabels(runs);
  const add = (measure: string, point: ChartPoint): void => {
    const points = byMeasure.get(measure);
    if (points === undefined) byMeasure.set(measure, [point]);
    else points.push(point);
  };
  for (const [place, run] of runs.entries()) {
    const label = labels[place] ?? run.name;
    for (const curve of run.curves) {
      const line = (part: string): string => `${label} ${curve.name} ${part}`;
      const perEpoch = stepsAnEpoch(curve);
      for (const { step, runningLoss } of perEpoch === undefined ? [] : curve.steps) {
        if (step === undefined || runningLoss === undefined || perEpoch === undefined) continue;
        const part = 'training, running mean';
        add('Loss', {
          epoch: step / perEpoch,
          value: runningLoss,
          part,
          run: label,
          line: line(part),
        });
      }
      for (const figures of curve.epochs) {
        for (const [name, value] of Object.entries(figures)) {
          if (NO_MEASURE.has(name)) continue;
          const { part, measure } = describeFigure(name);
          const epoch = figures['epoch'] ?? 0;
          add(measure, {
            epoch,
            value,
            part: part === '' ? 'run' : part,
            run: label,
            line: line(part),
          });
        }
      }
    }
  }
  return byMeasure;
}

/** What is measured by epoch, one chart each: the loss first. */
export function chartsOf(runs: readonly ShownRun[]): ShownChart[] {
  const several = runs.length > 1;
  const measures = [...pointsOf(runs)].sort(
    ([one], [other]) => Number(other === 'Loss') - Number(one === 'Loss'),
  );
  return measures.map(([measure, points]) => {
    const parts = [...new Set(points.map(({ part }) => part))];
    const series = {
      field: several ? 'run' : 'part',
      type: 'nominal',
      title: several ? 'Run' : null,
    };
    // Above the chart, where it takes nothing from its width.
    const legend = { orient: 'top', ...(several ? { columns: 2, labelLimit: 150 } : {}) };
    return {
      title: measure,
      points,
      spec: {
        $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
        description: `${measure} by epoch`,
        width: 'container',
        height: 220,
        data: { name: 'points' },
        mark: { type: 'line', point: { filled: true, size: 24 }, strokeWidth: 1.5, tooltip: true },
        encoding: {
          x: {
            field: 'epoch',
            type: 'quantitative',
            title: 'Epoch',
            axis: { tickMinStep: 1 },
          },
          y: { field: 'value', type: 'quantitative', title: measure, scale: { zero: false } },
          color: { ...series, legend },
          ...(runs.length > COLORS ? { shape: { ...series, legend } } : {}),
          detail: { field: 'line', type: 'nominal' },
          ...(several && parts.length > 1
            ? { strokeDash: { field: 'part', type: 'nominal', title: 'Data', legend } }
            : {}),
        },
      },
    };
  });
}
