import { byId, element } from '../../webviews/element.ts';
import { connectHost, HostError } from '../../webviews/host.ts';
import { vegaChart, type VegaChart } from '../../webviews/vega-chart.ts';
import type { RunsProtocol, ShownRun, ShownRuns } from '../runs-protocol.ts';
import { chartsOf } from './chart-specs.ts';
import { compareView } from './compare-view.ts';
import './main.css';
import { actionButtons, figuresView, progressView, stateBadge } from './run-view.ts';

const host = connectHost<RunsProtocol>();
const page = byId('page', HTMLElement);
const head = element('div', {});
const charts = element('div', { class: 'charts' });
const foot = element('div', {});
page.append(head, charts, foot);

/** Charts that are drawn, by their titles: new data go into them, so that they do not flicker. */
const drawn = new Map<string, { section: HTMLElement; chart: VegaChart; spec: string }>();

function showError(error: unknown): void {
  if (error instanceof HostError && error.cancelled) return;
  const text = error instanceof Error ? error.message : String(error);
  head.replaceChildren(element('div', { class: 'message error', role: 'alert' }, text));
}

function runHead(run: ShownRun): Node[] {
  const act = (action: Parameters<Parameters<typeof actionButtons>[1]>[0]): void => {
    host.request('act', { folder: run.folder, action }).catch(showError);
  };
  const times = `${run.mode} · started ${new Date(run.startedAt).toLocaleString()}`;
  return [
    element(
      'div',
      { class: 'run-head' },
      element('h1', {}, run.name),
      stateBadge(run),
      element('span', { class: 'muted' }, times),
      element('span', { class: 'spacer' }),
      ...actionButtons(run, act),
    ),
    ...(run.error === undefined
      ? []
      : [element('div', { class: 'message error', role: 'alert' }, run.error)]),
    ...[progressView(run), figuresView(run)].filter((part) => part !== undefined),
  ];
}

function textSection(title: string, text: string): Node[] {
  if (text.trim() === '') return [];
  return [
    element(
      'section',
      { class: 'section' },
      element('h2', {}, title),
      element('pre', { class: 'mono', tabIndex: 0 }, text.trim()),
    ),
  ];
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

function show(shown: ShownRuns): void {
  const [only, ...others] = shown.runs;
  if (only === undefined) return;
  if (others.length > 0) {
    head.replaceChildren(
      element('h1', { class: 'run-head' }, `Comparison of ${String(shown.runs.length)} runs`),
      compareView(shown),
    );
  } else {
    head.replaceChildren(...runHead(only));
    foot.replaceChildren(
      ...textSection('Result', only.resultText),
      ...textSection('Log', only.log),
    );
  }
  showCharts(shown.runs);
}

host.on('changed', show);
host.request('load', null).then(show, showError);
