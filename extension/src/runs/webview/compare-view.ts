import { element } from '../../webviews/element.ts';
import { metricName } from '../metric-names.ts';
import type { ShownRuns } from '../runs-protocol.ts';
import { runLabels } from './chart-specs.ts';
import { formatFigure, formatSeconds, stateBadge } from './run-view.ts';

/** Figures of which less is better, by their names. */
const LESS_IS_BETTER = /loss|error|perplexity|mse|mae|rmse|seconds/i;

/** Places of the best of some figures; none where they are all the same or fewer than two. */
export function bestPlaces(name: string, values: readonly (number | undefined)[]): number[] {
  const known = values.filter((value) => value !== undefined).filter(Number.isFinite);
  if (known.length < 2 || new Set(known).size < 2) return [];
  const best = LESS_IS_BETTER.test(name) ? Math.min(...known) : Math.max(...known);
  return values.flatMap((value, place) => (value === best ? [place] : []));
}

function row(
  head: string,
  cells: readonly (string | Node)[],
  best: readonly number[] = [],
): HTMLElement {
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, head),
    ...cells.map((cell, place) =>
      element('td', { class: best.includes(place) ? 'best' : '' }, cell),
    ),
  );
}

/** Runs side by side: their state, figures (the best ones bold) and what their configs differ in. */
export function compareView({ runs, differences }: ShownRuns): HTMLElement {
  const names = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))];
  const head = element(
    'tr',
    {},
    element('td', {}),
    ...runLabels(runs).map((label) => element('th', { scope: 'col' }, label)),
  );
  const time = runs.map(({ seconds }) => (seconds === undefined ? '–' : formatSeconds(seconds)));
  const rows = [
    row('State', runs.map(stateBadge)),
    row(
      'Mode',
      runs.map(({ mode }) => mode),
    ),
    row('Computing time', time),
    ...names.map((name) => {
      const values = runs.map(({ metrics }) => metrics[name]);
      const cells = values.map((value) => (value === undefined ? '–' : formatFigure(value)));
      return row(metricName(name), cells, bestPlaces(name, values));
    }),
  ];
  const settings = differences
    .filter(({ key }) => key !== 'name' && key !== 'output')
    .map(({ key, values }) =>
      row(
        key,
        values.map((value) => value ?? '–'),
      ),
    );
  const table = (title: string, content: readonly HTMLElement[]): HTMLElement =>
    element(
      'section',
      { class: 'section' },
      element('h2', {}, title),
      element(
        'div',
        { class: 'table-scroll' },
        element(
          'table',
          {},
          element('thead', {}, head.cloneNode(true)),
          element('tbody', {}, ...content),
        ),
      ),
    );
  return element(
    'div',
    {},
    table('Results', rows),
    settings.length === 0
      ? element('p', { class: 'muted' }, 'Their configurations do not differ.')
      : table('Settings that differ', settings),
  );
}
