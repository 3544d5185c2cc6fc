import { stringify } from 'yaml';
import { escapeHtml } from '../core/escape-html.ts';
import type { MimeBundle } from '../core/display.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import type { DataCard } from '../datasets/data-card.ts';
import type { PromoterExpressionDataset } from '../datasets/promoter-expression-dataset.ts';
import type { ModelComparison } from '../evaluation/model-comparison.ts';
import type { Figure } from '../plots/figure.ts';
import { plotMetricComparison } from '../plots/plot-metric-comparison.ts';
import { plotPredictedVsObserved } from '../plots/plot-predicted-vs-observed.ts';
import { plotTrainingCurves } from '../plots/plot-training-curves.ts';
import type { EnsembleMember } from '../training/ensemble-member.ts';
import type { TrainRunConfig } from './schema/train-config.ts';

/** What a report shows. */
export interface ReportContent {
  readonly config: TrainRunConfig;
  readonly data: PromoterExpressionDataset;
  readonly card: DataCard;
  readonly trained: readonly EnsembleMember[];
  readonly comparison: ModelComparison;
  /** Predictions for the test part. */
  readonly predicted: Float32Array;
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #ddd; }
svg { max-width: 100%; height: auto; } table { border-collapse: collapse; }
pre { background: #f6f6f6; padding: 1rem; overflow: auto; font-size: 0.85rem; }
`;

function html(bundle: MimeBundle): string {
  const content = bundle['text/html'] ?? bundle['image/svg+xml'] ?? bundle['text/plain'];
  return String(content);
}

async function reportFigures(content: ReportContent): Promise<Figure[]> {
  const { trained, comparison, data, predicted, config } = content;
  const observed = Float64Array.from(data.split.test, (row) => data.observed[row] ?? NaN);
  const { column, transform, pseudocount } = config.data.target;
  const shown = comparison.rows.filter(({ metrics }) => Number.isFinite(metrics.pearson));
  return [
    await plotTrainingCurves(
      trained.map(({ seed, result }) => ({
        name: `seed ${seed}`,
        epochs: result.history,
        ...(result.bestEpoch === undefined ? {} : { bestEpoch: result.bestEpoch }),
      })),
      { title: 'Training', lossTitle: `Loss (${config.training.loss.name})` },
    ),
    await plotMetricComparison(
      shown.map(({ name, metrics, intervals }, index) => ({
        name,
        value: metrics.pearson,
        ...(Number.isFinite(intervals.pearson.low) ? intervals.pearson : {}),
        kind: index === shown.length - 1 ? ('model' as const) : ('baseline' as const),
      })),
      { title: 'Test set', metricTitle: 'Pearson r' },
    ),
    await plotPredictedVsObserved(
      {
        observed,
        predicted,
        name: 'Expression',
        units: transform === 'none' ? column : `${transform}(${column} + ${pseudocount})`,
        items: 'genes',
      },
      { title: 'Predicted and measured expression' },
    ),
  ];
}

/** Writes the report of a training run: one HTML file with its figures inside. */
export async function writeReport(file: string, content: ReportContent): Promise<void> {
  const { config, card, comparison } = content;
  const [training, metrics, scatter] = await reportFigures(content);
  const section = (title: string, body: string): string =>
    `<section><h2>${escapeHtml(title)}</h2>${body}</section>`;
  const figures = [training, metrics, scatter].map((figure) => figure?.svg ?? '');
  await writeFileAtomically(
    file,
    `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(config.name)}</title>
<meta name="viewport" content="width=device-width"><style>${style}</style></head><body>
<h1>${escapeHtml(config.name)}</h1>
${section('Result', html(comparison.view.mimeBundle()) + (figures[1] ?? ''))}
${section('Predicted and measured', figures[2] ?? '')}
${section('Training', figures[0] ?? '')}
${section('Data', html(card.view.mimeBundle()))}
${section('Config', `<pre>${escapeHtml(stringify(config))}</pre>`)}
</body></html>
`,
  );
}
