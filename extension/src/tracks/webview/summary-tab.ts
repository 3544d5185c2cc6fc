import { element } from '../../webviews/element.ts';
import { HostError } from '../../webviews/host.ts';
import type { Contig, IntervalSummary } from '../track-types.ts';
import type { SignalSummary, Summary } from '../tracks-protocol.ts';
import { countOf, formatBases, formatCount, formatValue } from './format-text.ts';
import type { PageContext } from './page-context.ts';

/** Bars shown at most; the rest is told in words. */
const MOST_BARS = 50;

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly onOpen?: () => void;
}

/** Figures about the whole file. */
export class SummaryTab {
  readonly element: HTMLElement;
  readonly #page: PageContext;
  readonly #content = element('div', { class: 'summary' });
  #asked: AbortController | undefined;

  constructor(page: PageContext) {
    this.#page = page;
    this.element = element(
      'div',
      {
        class: 'tab-panel',
        id: 'panel-summary',
        role: 'tabpanel',
        'aria-labelledby': 'tab-summary',
        tabIndex: 0,
        hidden: true,
      },
      this.#content,
    );
  }

  /** Called when the tab comes into sight. */
  show(): void {
    if (this.#asked === undefined) void this.#load();
  }

  focus(): void {
    this.element.focus();
  }

  dispose(): void {
    this.#asked?.abort();
    this.element.remove();
  }

  async #load(): Promise<void> {
    const abort = new AbortController();
    this.#asked = abort;
    const stop = element('button', { type: 'button', textContent: 'Cancel' });
    stop.addEventListener('click', () => {
      abort.abort();
    });
    this.#content.replaceChildren(element('p', { role: 'status' }, 'Counting… ', stop));
    try {
      this.#show(await this.#page.host.request('summary', {}, { signal: abort.signal }));
    } catch (error) {
      const cancelled = error instanceof HostError && error.cancelled;
      const again = element('button', { type: 'button', textContent: 'Count again' });
      again.addEventListener('click', () => void this.#load());
      const text = error instanceof Error ? error.message : String(error);
      this.#content.replaceChildren(
        element('p', cancelled ? {} : { class: 'message error' }, cancelled ? 'Stopped.' : text),
        again,
      );
    }
  }

  #show(summary: Summary): void {
    if (summary.kind === 'intervals')
      this.#content.replaceChildren(...this.#intervals(summary.summary));
    else if (summary.kind === 'signal')
      this.#content.replaceChildren(...this.#signal(summary.summary));
    else {
      this.#content.replaceChildren(
        element('p', {}, 'A bigBed file is read by ranges: its records are shown in Tracks.'),
        this.#contigs(summary.contigs),
      );
    }
  }

  #intervals(summary: IntervalSummary): HTMLElement[] {
    const { rows, perContig, lengths, overlapping, duplicates, sorted, strands } = summary;
    if (rows === 0) return [element('p', {}, 'The file has no records.')];
    const share = (count: number): string => `${((100 * count) / rows).toFixed(1)} %`;
    const strandText = Object.entries(strands)
      .filter(([, count]) => count > 0)
      .map(([strand, count]) => `${strand === '.' ? 'none' : strand} ${formatCount(count)}`)
      .join(', ');
    return [
      figures([
        ['Records', formatCount(rows)],
        ['Contigs', formatCount(perContig.length)],
        ['Median length', formatBases(lengths.median)],
        ['Mean length', formatBases(lengths.mean)],
        ['Shortest, longest', `${formatBases(lengths.min)}, ${formatBases(lengths.max)}`],
        ['Overlap another', `${formatCount(overlapping)} (${share(overlapping)})`],
        ['Duplicates', `${formatCount(duplicates)} (${share(duplicates)})`],
        ['Sorted', sorted ? 'yes' : 'no'],
        ['Strands', strandText],
        ['Invalid lines', formatCount(this.#page.file.invalidCount)],
      ]),
      bars(
        'Records of each contig',
        perContig.map(({ name, rows: count, bases }) => ({
          label: name,
          value: count,
          text: `${formatCount(count)} · ${formatBases(bases)}`,
          onOpen: () => {
            this.#openContig(name);
          },
        })),
      ),
      bars(
        'Lengths',
        lengths.histogram.map(({ from, to, count }) => ({
          label: from === to ? formatBases(from) : `${formatCount(from)}–${formatCount(to)} bp`,
          value: count,
          text: formatCount(count),
        })),
      ),
    ];
  }

  #signal(summary: SignalSummary): HTMLElement[] {
    const { min, max, mean, std, basesCovered, bases, contigs } = summary;
    const covered = bases === 0 ? 0 : (100 * basesCovered) / bases;
    return [
      figures([
        ['Mean', formatValue(mean)],
        ['Smallest', formatValue(min)],
        ['Largest', formatValue(max)],
        ['Standard deviation', formatValue(std)],
        ['Bases with a value', `${formatCount(basesCovered)} (${covered.toFixed(1)} %)`],
        ['Bases in all', formatCount(bases)],
      ]),
      this.#contigs(contigs),
    ];
  }

  #contigs(contigs: readonly Contig[]): HTMLElement {
    return bars(
      'Contigs',
      contigs.map(({ name, length }) => ({
        label: name,
        value: length,
        text: formatBases(length),
        onOpen: () => {
          this.#openContig(name);
        },
      })),
    );
  }

  #openContig(name: string): void {
    const contig = this.#page.info().contigs.find((one) => one.name === name);
    this.#page.showRegion({ chrom: name, start: 0, end: contig?.length ?? 1 });
  }
}

function figures(entries: readonly (readonly [name: string, value: string])[]): HTMLElement {
  return element(
    'dl',
    { class: 'figures' },
    ...entries.map(([name, value]) =>
      element('div', {}, element('dt', { class: 'muted' }, name), element('dd', {}, value)),
    ),
  );
}

function bars(title: string, all: readonly Bar[]): HTMLElement {
  const most = all.reduce((largest, { value }) => Math.max(largest, value), 1);
  const shown = all.slice(0, MOST_BARS);
  const rows = shown.map(({ label, value, text, onOpen }) => {
    const fill = element('div', { class: 'bar-fill' });
    fill.style.width = `${String((100 * value) / most)}%`;
    const name =
      onOpen === undefined
        ? element('span', { title: label }, label)
        : element(
            'button',
            { type: 'button', class: 'link', title: `Show ${label} in tracks`, onclick: onOpen },
            label,
          );
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      element('td', { class: 'bar', 'aria-hidden': 'true' }, fill),
      element('td', { class: 'bar-text' }, text),
    );
  });
  return element(
    'section',
    {},
    element('h2', {}, title),
    element('table', { class: 'bars', 'aria-label': title }, element('tbody', {}, ...rows)),
    ...(all.length > shown.length
      ? [
          element(
            'p',
            { class: 'muted' },
            `and ${countOf(all.length - shown.length, 'more', 'more')}`,
          ),
        ]
      : []),
  );
}
