import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../../../kernel-lib/src/runs/status/read-run.ts';
import { plainText } from '../../../../extension/src/runs/plain-markdown.ts';
import {
  ageText,
  descriptionOf,
  detailsOf,
  durationText,
  figureText,
  liveText,
  mainFigure,
} from '../../../../extension/src/runs/run-text.ts';

const now = new Date('2026-11-22T12:00:00Z');
const before = (minutes: number) => new Date(now.getTime() - 60_000 * minutes);

function run(changes: Partial<RunSummary>): RunSummary {
  return {
    folder: '/w/runs/tiny',
    name: 'tiny',
    mode: 'train',
    state: 'finished',
    error: undefined,
    config: undefined,
    overrides: [],
    pid: undefined,
    process: undefined,
    startedAt: before(90),
    updatedAt: before(5),
    seconds: undefined,
    progress: [],
    epochs: undefined,
    epoch: undefined,
    metrics: undefined,
    hasReport: false,
    hasModel: false,
    canResume: false,
    ...changes,
  };
}

describe('figures and times', () => {
  it.each([
    [0.59412, '0.594'],
    [12, '12'],
    [12345, '12,345'],
    [0.00001234, '1.2e-5'],
    [-0.5, '-0.5'],
    [1234567.5, '1.2e+6'],
  ])('%d is written as %s', (value, text) => {
    expect(figureText(value)).toBe(text);
  });

  it.each([
    [0.2, 'just now'],
    [59, '59 min ago'],
    [60, '1 h ago'],
    [23 * 60 + 59, '23 h ago'],
    [24 * 60, '1 d ago'],
    [400 * 24 * 60, '2025-10-18'],
  ])('%d minutes ago is %s', (minutes, text) => {
    expect(ageText(before(minutes), now)).toBe(text);
  });

  it.each([
    [12.4, '12 s'],
    [185, '3 min'],
    [7800, '2 h 10 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});

describe('what stands behind the name of a run', () => {
  it('is the main figure and the age of one that is finished', () => {
    const metrics = { part: 'test' as const, values: { mse: 0.3, pearson: 0.5943 } };
    expect(descriptionOf(run({ metrics }), now)).toBe('test r 0.594, 5 min ago');
    expect(mainFigure(run({ metrics: { part: undefined, values: { genes: 3 } } }))).toBeUndefined();
    expect(descriptionOf(run({}), now)).toBe('5 min ago');
  });

  it('says how far one has come that stopped', () => {
    const epoch = { epoch: 3, trainLoss: 0.5 };
    expect(descriptionOf(run({ state: 'interrupted', epoch }), now)).toBe(
      'interrupted after epoch 3, 5 min ago',
    );
    expect(descriptionOf(run({ state: 'failed' }), now)).toBe('failed, 5 min ago');
  });

  it('follows one that goes on', () => {
    const live = (progress: RunSummary['progress'], epochs?: number) =>
      liveText(run({ state: 'running', progress, epochs }));
    const event = { task: 'training of 1 models', done: 250, total: 1200, unit: 'examples' };
    expect(live([])).toBe('starting');
    expect(live([{ ...event, values: { loss: 0.61234 }, secondsLeft: 95 }], 12)).toBe(
      'epoch 3 of 12, loss 0.612, 2 min left',
    );
    expect(live([{ ...event, done: 1200 }], 12)).toBe('epoch 12 of 12');
    expect(live([{ ...event, task: 'training of 3 models' }], 12)).toBe(
      'training of 3 models 20 %',
    );
    expect(live([event, { task: 'counting k-mers', done: 7, unit: 'genes' }])).toBe(
      'counting k-mers: 7 genes',
    );
    expect(live([{ ...event, total: 0 }], 12)).toContain('250 examples');
  });
});

describe('details', () => {
  it('tell all that is known, and nothing that is not', () => {
    expect(detailsOf(run({})).map(([name]) => name)).toEqual([
      'State',
      'Mode',
      'Started',
      'Folder',
    ]);
    const details = new Map(
      detailsOf(
        run({
          state: 'failed',
          error: 'the disk is full',
          epoch: { epoch: 2, trainLoss: 0.25, validationLoss: 0.5 },
          metrics: { part: undefined, values: { genes: 1234 } },
          overrides: ['training.epochs=5', 'seeds=[1]'],
        }),
      ),
    );
    expect(details.get('Error')).toBe('the disk is full');
    expect(details.get('Last epoch')).toBe('2, loss 0.25, validation loss 0.5');
    expect(details.get('Result')).toBe('genes 1,234');
    expect(details.get('Changed')).toBe('training.epochs=5 seeds=[1]');
  });

  it('stay text in Markdown', () => {
    const hostile = '<img src=x onerror=alert(1)> [a](command:x) $(trash) **b**\n# c';
    const text = plainText(hostile);
    expect(text.replaceAll('\\', '')).toBe(hostile.replace('\n', ' '));
    expect(text).not.toMatch(/(?<!\\)[<[\]()$*#]/);
  });
});
