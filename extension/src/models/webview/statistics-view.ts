import { element } from '../../webviews/element.ts';
import type { TensorStatistics } from '../model-protocol.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** A number with as many digits as one compares by. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(3) : value.toPrecision(5);
}

function svg(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function histogramView({ histogram, minimum, maximum, count }: TensorStatistics): HTMLElement {
  const highest = Math.max(1, ...histogram);
  const width = 10 * histogram.length;
  const plot = svg('svg', {
    viewBox: `0 0 ${String(width)} 100`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `Histogram of ${count.toLocaleString('en-US')} values from ${figure(minimum)} to ${figure(maximum)}`,
  });
  const step = (maximum - minimum) / histogram.length;
  histogram.forEach((values, bin) => {
    const height = (100 * values) / highest;
    // What is there stays in sight, however few.
    const shown = values === 0 ? 0 : Math.max(1, height);
    const bar = svg('rect', { x: 10 * bin + 1, y: 100 - shown, width: 8, height: shown });
    const title = document.createElementNS(SVG, 'title');
    const from = minimum + bin * step;
    title.textContent = `${figure(from)} to ${figure(from + step)}: ${values.toLocaleString('en-US')}`;
    bar.append(title);
    plot.append(bar);
  });
  return element(
    'figure',
    { class: 'histogram' },
    plot as unknown as Node,
    element(
      'figcaption',
      {},
      element('span', {}, figure(minimum)),
      element('span', { class: 'muted' }, 'values'),
      element('span', {}, figure(maximum)),
    ),
  );
}

/** The figures of a tensor with their histogram. */
export function statisticsView(statistics: TensorStatistics): HTMLElement {
  const { count, nan, infinite, zeros } = statistics;
  const share = (part: number): string =>
    `${part.toLocaleString('en-US')}${part === 0 || count === 0 ? '' : ` (${((100 * part) / count).toPrecision(3)} %)`}`;
  const rows: [string, string][] = [
    ['Values', count.toLocaleString('en-US')],
    ['Minimum', figure(statistics.minimum)],
    ['Maximum', figure(statistics.maximum)],
    ['Mean', figure(statistics.mean)],
    ['Standard deviation', figure(statistics.standardDeviation)],
    ['Zeros', share(zeros)],
    ['NaN', share(nan)],
    ['Infinite', share(infinite)],
  ];
  const list = element('dl', { class: 'facts' });
  for (const [name, value] of rows) {
    list.append(element('dt', {}, name), element('dd', { class: 'mono' }, value));
  }
  const odd = nan > 0 || infinite > 0;
  return element(
    'div',
    {},
    odd
      ? element(
          'p',
          { class: 'message warning' },
          'Some values are not finite: predictions of this model may be NaN.',
        )
      : undefined,
    statistics.histogram.length === 0 ? undefined : histogramView(statistics),
    list,
  );
}
