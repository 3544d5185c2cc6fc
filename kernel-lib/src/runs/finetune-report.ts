import type { TableView } from '../core/table-view.ts';
import type { TissueExpressionDataset } from '../datasets/tissue-expression-dataset.ts';
import { plotMetricComparison } from '../plots/plot-metric-comparison.ts';
import { plotPredictedVsObserved } from '../plots/plot-predicted-vs-observed.ts';
import { plotTrainingCurves } from '../plots/plot-training-curves.ts';
import type { CrossValidated } from './finetune-cross-validation.ts';
import { lossOfTask, type FinetunedSplit } from './finetune-split.ts';
import { configHtml, viewHtml, writeReportPage } from './report-page.ts';
import type { FinetuneRunConfig } from './schema/finetune-config.ts';

/** What the report of a fine-tuning shows. */
export interface FinetuneReport {
  readonly config: FinetuneRunConfig;
  readonly data: TissueExpressionDataset;
  readonly final: FinetunedSplit;
  readonly crossValidated: CrossValidated | undefined;
  readonly dataView: TableView;
  readonly auditSections: readonly (readonly [heading: string, body: string])[];
}

/** Predicted against observed of each target. */
async function scatterPlots({ data, final, config }: FinetuneReport): Promise<string[]> {
  if (config.task === 'classification') return [];
  const { targetNames } = data;
  const width = targetNames.length;
  const { transform, pseudocount } = config.data;
  const column = (values: ArrayLike<number>, target: number): Float64Array =>
    Float64Array.from(
      { length: values.length / width },
      (_, row) => values[row * width + target] ?? NaN,
    );
  const figures: string[] = [];
  for (const [target, name] of targetNames.entries()) {
    const figure = await plotPredictedVsObserved(
      {
        observed: column(final.observed, target),
        predicted: column(final.predicted, target),
        name: `Expression, ${name}`,
        units: transform === 'none' ? 'value' : `${transform}(value + ${String(pseudocount)})`,
        items: 'promoters',
      },
      { title: name },
    );
    figures.push(figure.svg);
  }
  return figures;
}

/** Pearson r of the model in each target, beside that of the k-mers. */
async function comparisonFigure({ final }: FinetuneReport): Promise<string> {
  const shown = final.metrics.models.flatMap(({ name, targets }, index, { length }) =>
    targets
      .filter(({ pearson }) => Number.isFinite(pearson))
      .map(({ target, pearson }) => ({
        name: `${target}, ${name}`,
        value: pearson,
        kind: index === length - 1 ? ('model' as const) : ('baseline' as const),
      })),
  );
  if (shown.length === 0) return '';
  shown.sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const figure = await plotMetricComparison(shown, {
    title: 'Test part, by target',
    metricTitle: 'Pearson r',
  });
  return figure.svg;
}

/** Writes the report of a fine-tuning. */
export async function writeFinetuneReport(file: string, report: FinetuneReport): Promise<void> {
  const { config, final, crossValidated, dataView } = report;
  const loss = lossOfTask(config);
  const curves = await plotTrainingCurves(
    final.trained.map(({ seed, result }) => ({
      name: `seed ${String(seed)}`,
      epochs: result.history,
      ...(result.bestEpoch === undefined ? {} : { bestEpoch: result.bestEpoch }),
    })),
    { title: 'Training', lossTitle: `Loss (${typeof loss === 'string' ? loss : loss.name})` },
  );
  await writeReportPage(file, config.name, [
    ['Result', viewHtml(final.metrics.view) + (await comparisonFigure(report))],
    ...(crossValidated === undefined
      ? []
      : ([
          [
            'Cross-validation',
            viewHtml(crossValidated.view) + viewHtml(crossValidated.metrics.view),
          ],
        ] as const)),
    ['Predicted and measured', (await scatterPlots(report)).join('')],
    ['Training', curves.svg],
    ['Data', viewHtml(dataView)],
    ...report.auditSections,
    ['Config', configHtml(config)],
  ]);
}
