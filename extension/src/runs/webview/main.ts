import { byId, element } from '../../webviews/element.ts';
import { connectHost, HostError } from '../../webviews/host.ts';
import { vegaChart, type VegaChart } from '../../webviews/vega-chart.ts';
import type { KeptRuns, RunsProtocol, ShownRun, ShownRuns } from '../runs-protocol.ts';
import { chartsOf } from './chart-specs.ts';
import { compareView } from './compare-view.ts';
import './main.css';
import { RunPage } from './run-page.ts';

const host = connectHost<RunsProtocol>();
const page = byId('page', HTMLElement);
const problem = element('div', { class: 'message error', role: 'alert', hidden: true });
const head = element('div', {});
const charts = element('div', { class: 'charts' });
const foot = element('div', {});
page.append(problem, head, charts, foot);

/** Charts that are drawn, by their titles: new data go into them, so that they do not flicker. */
const drawn = new Map<string, { section: HTMLElement; chart: VegaChart; spec: string }>();

function showError(error: unknown): void {
  if (error instanceof HostError && error.cancelled) return;
  problem.textContent = error instanceof Error ? error.message : String(error);
  problem.hidden = false;
}

function showCharts(runs: readonly ShownRun[]): void {
  const wanted = chartsOf(runs);
  for (const [title, { section, chart, spec }] of drawn) {
    if (wanted.some((each) => each.title === title && JSON.stringify(each.spec) === spec)) continue;
    chart.dispose();
    section.remove();
    drawn.delete(title);
  }
  for (const { title, spec, points } of wanted) {
    const there = drawn.get(title);
    if (there !== undefined) {
      void there.chart.update({ points });
      continue;
    }
    const place = element('div', { class: 'vega' });
    const section = element(
      'section',
      { class: 'chart', 'aria-label': `${title} by epoch` },
      element('h2', {}, `${title} by epoch`),
      place,
    );
    charts.append(section);
    const chart = vegaChart(place, { ...spec, datasets: { points } });
    drawn.set(title, { section, chart, spec: JSON.stringify(spec) });
  }
}

const run = new RunPage((folder, action) => {
  host.request('act', { folder, action }).then(() => {
    problem.hidden = true;
  }, showError);
});
let compared = '';

function show(shown: ShownRuns): void {
  const [only, ...others] = shown.runs;
  if (only === undefined) return;
  problem.hidden = true;
  host.keep({ folders: shown.runs.map(({ folder }) => folder) } satisfies KeptRuns);
  if (others.length === 0) {
    if (run.head.parentElement !== head) {
      head.replaceChildren(run.head);
      foot.replaceChildren(run.foot);
    }
    run.update(only);
  } else {
    const now = JSON.stringify(shown, (key, value: unknown) => (key === 'curves' ? 0 : value));
    if (now !== compared) showComparison(shown);
    compared = now;
  }
  showCharts(shown.runs);
}

function showComparison(shown: ShownRuns): void {
  const lefts = [...head.querySelectorAll('.table-scroll')].map(({ scrollLeft }) => scrollLeft);
  head.replaceChildren(
    element('h1', { class: 'compare-title' }, `Comparison of ${String(shown.runs.length)} runs`),
    compareView(shown),
  );
  head.querySelectorAll('.table-scroll').forEach((table, place) => {
    table.scrollLeft = lefts[place] ?? 0;
  });
}

host.on('changed', show);
host.request('load', null).then(show, showError);
