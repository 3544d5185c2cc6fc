import { InputError } from '../core/errors.ts';
import { checkNotEmpty, checkOptions } from './check-inputs.ts';
import { figureDefaults, type FigureOptions } from './figure-defaults.ts';
import type { Figure } from './figure.ts';
import { formatFigure } from './linear-scale.ts';
import { vegaFigure, type VegaPart } from './vega-parts.ts';

/** What training reached in one epoch. */
export interface EpochValues {
  readonly epoch: number;
  readonly trainLoss?: number;
  readonly validationLoss?: number;
  readonly validationPearson?: number;
}

/** The course of the training of one model. */
export interface TrainingCurve {
  /** Name in the legend where there are several; default `model 1`, `model 2`, … */
  readonly name?: string;
  readonly epochs: readonly EpochValues[];
  /** The epoch whose weights were kept; marked in the figure. */
  readonly bestEpoch?: number;
}

/** The same as the training room gives it: a `TrainingResult` fits. */
export interface TrainingHistory {
  readonly name?: string;
  readonly history: readonly EpochValues[];
  readonly bestEpoch?: number | undefined;
}

/** Options of `plotTrainingCurves`. */
export interface TrainingCurvesOptions extends FigureOptions {
  /** Title of the loss axis, for example `Mean squared error`; default `Loss`. */
  readonly lossTitle?: string;
}

const where = 'plotTrainingCurves';

interface CurvePoint {
  readonly member: string;
  readonly split: 'training' | 'validation';
  readonly epoch: number;
  readonly value: number;
  readonly best: boolean;
}

/**
 * Training and validation loss by epoch, and the validation Pearson correlation beside it where it
 * was measured; the best epoch of each model carries a ring. One model: colours tell the splits
 * apart. Several: colours tell the models apart, dashes the splits.
 *
 * @throws InputError where there is no curve, no epoch or a value that is not finite
 * @example
 * (await plotTrainingCurves([
 *   { epochs: [{ epoch: 1, trainLoss: 0.9, validationLoss: 1.0 },
 *              { epoch: 2, trainLoss: 0.7, validationLoss: 0.8 }], bestEpoch: 2 },
 * ])).show();
 */
export async function plotTrainingCurves(
  curves: TrainingCurve | TrainingHistory | readonly (TrainingCurve | TrainingHistory)[],
  options: TrainingCurvesOptions = {},
): Promise<Figure> {
  checkOptions(where, options, ['lossTitle']);
  const members = (isOne(curves) ? [curves] : [...curves]).map(toCurve);
  checkNotEmpty(where, 'training curves', members);
  const names = members.map(({ name }, i) => name ?? `model ${i + 1}`);
  const loss = [
    ...curvePoints(members, names, 'training', 'trainLoss'),
    ...curvePoints(members, names, 'validation', 'validationLoss'),
  ];
  const pearson = curvePoints(members, names, 'validation', 'validationPearson');
  checkNotEmpty(where, 'losses in the training curves', loss);

  const width = options.width ?? 300;
  const height = options.height ?? 230;
  const several = members.length > 1;
  const panels = [panel(loss, options.lossTitle ?? 'Loss', names, several, width, height)];
  if (pearson.length > 0) {
    panels.push(panel(pearson, 'Validation Pearson r', names, several, width, height));
  }
  return vegaFigure(
    {
      hconcat: panels,
      spacing: 28,
      // With several models both panels share one legend.
      resolve: { scale: { color: several ? 'shared' : 'independent' } },
    },
    {
      name: 'Training curves',
      description: describe(members, names),
      ...(members.some(({ bestEpoch }) => bestEpoch !== undefined)
        ? { subtitle: several ? 'Rings: best epoch of each model' : 'Ring: best epoch' }
        : {}),
    },
    options,
    width * panels.length,
  );
}

function isOne(
  value: TrainingCurve | TrainingHistory | readonly (TrainingCurve | TrainingHistory)[],
): value is TrainingCurve | TrainingHistory {
  return 'epochs' in value || 'history' in value;
}

function toCurve(curve: TrainingCurve | TrainingHistory): TrainingCurve {
  if (!('history' in curve)) return curve;
  const { name, history: epochs, bestEpoch } = curve;
  return {
    epochs,
    ...(name === undefined ? {} : { name }),
    ...(bestEpoch === undefined ? {} : { bestEpoch }),
  };
}

function curvePoints(
  members: readonly TrainingCurve[],
  names: readonly string[],
  split: CurvePoint['split'],
  key: 'trainLoss' | 'validationLoss' | 'validationPearson',
): CurvePoint[] {
  return members.flatMap(({ epochs, bestEpoch }, i) => {
    const member = names[i] ?? '';
    checkNotEmpty(where, `epochs in '${member}'`, epochs);
    return epochs.flatMap((values) => {
      const value = values[key];
      if (value === undefined) return [];
      if (!Number.isFinite(value)) {
        throw new InputError({
          where: `${where}, '${member}', epoch ${values.epoch}`,
          found: `${key} is ${value}`,
          expected: 'a finite number',
          fix: 'A loss that is not finite means that training diverged; plot the epochs before it.',
        });
      }
      const best = split === 'validation' && values.epoch === bestEpoch;
      return [{ member, split, epoch: values.epoch, value, best }];
    });
  });
}

function panel(
  points: readonly CurvePoint[],
  title: string,
  names: readonly string[],
  several: boolean,
  width: number,
  height: number,
): VegaPart {
  const [training, validation] = [figureDefaults.series[0], figureDefaults.series[1]];
  const bothSplits = points.some(({ split }) => split === 'training');
  const top = { orient: 'top', title: null, symbolType: 'stroke', offset: 6 };
  const color = several
    ? { field: 'member', type: 'nominal', scale: { domain: names }, legend: { ...top, columns: 4 } }
    : {
        field: 'split',
        type: 'nominal',
        scale: { domain: ['training', 'validation'], range: [training, validation] },
        legend: bothSplits ? top : null,
      };
  const dash = {
    field: 'split',
    type: 'nominal',
    scale: {
      domain: ['validation', 'training'],
      range: [
        [1, 0],
        [3, 3],
      ],
    },
    legend: bothSplits ? { ...top, symbolStrokeColor: figureDefaults.text } : null,
  };
  const x = {
    field: 'epoch',
    type: 'quantitative',
    title: 'Epoch',
    axis: { tickMinStep: 1, format: 'd', grid: false },
    scale: { zero: false, nice: false },
  };
  const y = { field: 'value', type: 'quantitative', title, scale: { zero: false } };
  const encoding = { x, y, color, detail: { field: 'member' } };
  return {
    width,
    height,
    layer: [
      {
        data: { values: points },
        // A single epoch is a point, which a line would not show.
        mark: { type: 'line', strokeWidth: 1.6, point: points.length <= 2 },
        encoding: several ? { ...encoding, strokeDash: dash } : encoding,
      },
      {
        data: { values: points.filter(({ best }) => best) },
        mark: { type: 'point', size: 60, strokeWidth: 1.8, fill: 'white', opacity: 1 },
        encoding,
      },
    ],
  };
}

function describe(members: readonly TrainingCurve[], names: readonly string[]): string {
  return members
    .map(({ epochs, bestEpoch }, i) => {
      const best = epochs.find(({ epoch }) => epoch === bestEpoch);
      const reached =
        best?.validationLoss === undefined
          ? ''
          : `, best epoch ${best.epoch} with validation loss ${formatFigure(best.validationLoss)}`;
      return `${names[i] ?? ''}: ${epochs.length} epochs${reached}`;
    })
    .join('; ');
}
