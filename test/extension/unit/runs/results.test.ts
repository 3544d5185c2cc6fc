import { describe, expect, it } from 'vitest';
import {
  configDifferences,
  flattenConfig,
} from '../../../../extension/src/runs/config-differences.ts';
import type { ShownRun } from '../../../../extension/src/runs/runs-protocol.ts';
import { keptFolders } from '../../../../extension/src/runs/shown-run.ts';
import {
  chartsOf,
  describeFigure,
  runLabels,
} from '../../../../extension/src/runs/webview/chart-specs.ts';
import { bestPlaces } from '../../../../extension/src/runs/webview/compare-view.ts';
import {
  figuresOf,
  formatFigure,
  formatSeconds,
} from '../../../../extension/src/runs/webview/run-view.ts';

const run = (changes: Partial<ShownRun> = {}): ShownRun => ({
  folder: '/w/runs/yeast',
  name: 'yeast',
  mode: 'train',
  state: 'running',
  error: undefined,
  startedAt: 0,
  updatedAt: 0,
  seconds: undefined,
  progress: [],
  epochs: 2,
  measuredOn: undefined,
  metrics: {},
  curves: [
    {
      name: 'member-1',
      epochs: [
        { epoch: 1, step: 10, trainLoss: 0.9, validationLoss: 1, validationPearson: 0.3 },
        { epoch: 2, step: 20, trainLoss: 0.7, validationLoss: 0.8, validationPearson: 0.5 },
      ],
      steps: [{ epoch: 1, step: 5, runningLoss: 1.1, learningRate: 0.001 }],
      skipped: 0,
    },
  ],
  resultText: '',
  log: '',
  hasReport: false,
  hasModel: false,
  canResume: false,
  ...changes,
});

const valuesOf = ({ points }: ReturnType<typeof chartsOf>[number]) => points;

describe('the charts of runs', () => {
  it('are one a measure, the loss first, with the running mean between the epochs', () => {
    const charts = chartsOf([run()]);
    expect(charts.map(({ title }) => title)).toEqual(['Loss', 'Pearson r']);
    expect(valuesOf(charts[0]!).map(({ epoch, value, part }) => [epoch, value, part])).toEqual([
      [0.5, 1.1, 'training, running mean'],
      [1, 0.9, 'training'],
      [1, 1, 'validation'],
      [2, 0.7, 'training'],
      [2, 0.8, 'validation'],
    ]);
    expect(valuesOf(charts[1]!).map(({ value }) => value)).toEqual([0.3, 0.5]);
  });

  it('tell runs of one name apart by their folders', () => {
    const runs = [run(), run({ folder: '/w/runs/yeast.1' }), run({ name: 'other' })];
    expect(runLabels(runs)).toEqual(['yeast', 'yeast (yeast.1)', 'other']);
    const lines = new Set(valuesOf(chartsOf(runs)[0]!).map((point) => point.run));
    expect([...lines]).toEqual(['yeast', 'yeast (yeast.1)', 'other']);
  });

  it('are none before the first epoch', () => {
    expect(chartsOf([run({ curves: [] })])).toEqual([]);
  });

  it('name figures by measure and part', () => {
    expect(describeFigure('validationPearson')).toEqual({
      part: 'validation',
      measure: 'Pearson r',
    });
    expect(describeFigure('trainLoss')).toEqual({ part: 'training', measure: 'Loss' });
    expect(describeFigure('perplexity')).toEqual({ part: '', measure: 'Perplexity' });
  });
});

describe('the figures of a run', () => {
  it('are those of the end, before it those of the last epoch', () => {
    expect(figuresOf(run())).toEqual({
      title: 'After epoch 2',
      figures: [
        ['Loss, training', 0.7],
        ['Loss, validation', 0.8],
        ['Pearson r, validation', 0.5],
      ],
    });
    expect(figuresOf(run({ measuredOn: 'test', metrics: { pearson: 0.6 } }))).toEqual({
      title: 'On test data',
      figures: [['Pearson r', 0.6]],
    });
  });

  it('are written as people read them', () => {
    expect([0.65821, 12345, 1234567.5, 0.00001, -2, NaN].map(formatFigure)).toEqual([
      '0.6582',
      '12,345',
      '1.23e+6',
      '1.00e-5',
      '-2',
      'NaN',
    ]);
    expect([3.21, 42, 61, 7300].map(formatSeconds)).toEqual([
      '3.2 s',
      '42 s',
      '1 min',
      '2 h 2 min',
    ]);
  });

  it('are best where they are least, of losses and times, else where they are most', () => {
    expect(bestPlaces('pearson', [0.2, undefined, 0.4])).toEqual([2]);
    expect(bestPlaces('validationLoss', [0.2, 0.3, 0.2])).toEqual([0, 2]);
    expect(bestPlaces('pearson', [0.2, undefined])).toEqual([]);
    expect(bestPlaces('pearson', [0.2, 0.2])).toEqual([]);
  });
});

describe('the differences of configs', () => {
  it('are the keys whose values are not the same', () => {
    const one = flattenConfig('mode: train\ntraining: { epochs: 3, seed: 1 }\nseeds: [1, 2]\n');
    const other = flattenConfig('mode: train\ntraining: { epochs: 5, seed: 1 }\n');
    expect(configDifferences([one, other])).toEqual([
      { key: 'training.epochs', values: ['3', '5'] },
      { key: 'seeds', values: ['[1,2]', undefined] },
    ]);
  });

  it('are none of damaged or hostile text', () => {
    for (const text of ['', '['.repeat(1e5), `${'- '.repeat(5000)}a`, '*a', 'x'.repeat(2e6)]) {
      expect([...flattenConfig(text)]).toEqual([]);
    }
  });
});

it('takes from a kept page only folders', () => {
  expect(keptFolders({ folders: ['/w/runs/a', '/w/runs/b'] })).toEqual(['/w/runs/a', '/w/runs/b']);
  for (const state of [undefined, null, 5, {}, { folders: [] }, { folders: ['/w', 7] }]) {
    expect(keptFolders(state)).toBeUndefined();
  }
  expect(keptFolders({ folders: ['../secrets'] })).toBeUndefined();
});
