import type { DataCard } from '../datasets/data-card.ts';
import type { PromoterExpressionDataset } from '../datasets/promoter-expression-dataset.ts';
import type { ModelComparison } from '../evaluation/model-comparison.ts';
import type { Figure } from '../plots/figure.ts';
import { plotMetricComparison } from '../plots/plot-metric-comparison.ts';
import { plotPredictedVsObserved } from '../plots/plot-predicted-vs-observed.ts';
import { plotTrainingCurves } from '../plots/plot-training-curves.ts';
import type { EnsembleMember } from '../training/ensemble-member.ts';
import { configHtml, viewHtml, writeReportPage } from './report-page.ts';
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
  readonly auditSections: readonly (readonly [heading: string, body: string])[];
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
  const figures = [training, metrics, scatter].map((figure) => figure?.svg ?? '');
  await writeReportPage(file, config.name, [
    ['Result', viewHtml(comparison.view) + (figures[1] ?? '')],
    ['Predicted and measured', figures[2] ?? ''],
    ['Training', figures[0] ?? ''],
    ['Data', viewHtml(card.view)],
    ...content.auditSections,
    ['Config', configHtml(config)],
  ]);
}
