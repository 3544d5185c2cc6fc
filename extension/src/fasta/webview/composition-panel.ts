import { element } from '../../webviews/element.ts';
import { HostError, type Host } from '../../webviews/host.ts';
import type { FastaProtocol, RecordRow } from '../fasta-protocol.ts';
import { CanvasSurface, type Drawing } from './canvas-surface.ts';
import type { LetterStyle } from './letter-colors.ts';

const BINS = 400;

/** What the panel needs of the page. */
export interface CompositionOptions {
  readonly host: Host<FastaProtocol>;
  readonly protein: boolean;
  styles(surface: CanvasSurface): ReadonlyMap<string, LetterStyle>;
  onGo(position: number): void;
}

interface Part {
  readonly label: string;
  readonly count: number;
  readonly color: string | undefined;
}

/** Counts of letters of a record as a bar, and GC along it. */
export class CompositionPanel {
  readonly element: HTMLElement;
  readonly #options: CompositionOptions;
  readonly #bar: CanvasSurface;
  readonly #plot: CanvasSurface;
  readonly #legend = element('div', { class: 'legend' });
  readonly #figures = element('div', { class: 'figures' });
  #parts: readonly Part[] = [];
  #profile: Float32Array | undefined;
  #gc = NaN;
  #record: RecordRow | undefined;
  #abort = new AbortController();

  constructor(options: CompositionOptions) {
    this.#options = options;
    this.#bar = new CanvasSurface('composition-bar', (drawing) => {
      this.#paintBar(drawing);
    });
    this.#bar.element.setAttribute('role', 'img');
    this.#plot = new CanvasSurface('gc-plot', (drawing) => {
      this.#paintPlot(drawing);
    });
    this.#plot.element.setAttribute('role', 'img');
    this.#plot.element.title = 'GC along the record: click to go there';
    this.#plot.element.hidden = options.protein;
    this.#plot.element.addEventListener('click', (event) => {
      const length = this.#record?.length ?? 0;
      const share = event.offsetX / Math.max(1, this.#plot.element.clientWidth);
      options.onGo(Math.min(length - 1, Math.max(0, Math.floor(share * length))));
    });
    this.element = element(
      'div',
      { class: 'composition' },
      this.#figures,
      this.#bar.element,
      this.#legend,
      this.#plot.element,
    );
  }

  /** Counts a record; what was still being counted is stopped. */
  async show(record: RecordRow): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#record = record;
    this.#parts = [];
    this.#profile = undefined;
    this.#legend.replaceChildren();
    this.#figures.replaceChildren(
      `Counting ${record.name}… `,
      element(
        'button',
        {
          type: 'button',
          onclick: () => {
            this.stop();
          },
        },
        'Cancel',
      ),
    );
    this.#redraw();
    const { host, protein } = this.#options;
    const { signal } = abort;
    try {
      const counted = await host.request('composition', { record: record.record }, { signal });
      this.#showCounts(record, counted);
      if (protein) return;
      this.#profile = await host.request(
        'profile',
        { record: record.record, bins: BINS },
        { signal },
      );
      this.#describePlot(record);
      this.#redraw();
    } catch (error) {
      if (this.#abort !== abort) return;
      const stopped = error instanceof HostError && error.cancelled;
      this.#figures.replaceChildren(
        stopped ? 'Not counted. ' : `${error instanceof Error ? error.message : String(error)} `,
        element(
          'button',
          { type: 'button', onclick: () => void this.show(record) },
          stopped ? 'Count' : 'Retry',
        ),
      );
    }
  }

  /** Stops counting. */
  stop(): void {
    this.#abort.abort();
  }

  /** Draws again, as when colours changed. */
  refresh(): void {
    if (this.#parts.length > 0 && this.#record !== undefined) this.#drawLegend();
    this.#redraw();
  }

  #redraw(): void {
    this.#bar.ask();
    this.#plot.ask();
  }

  #showCounts(
    record: RecordRow,
    { counts, lowerCase, total, gc }: FastaProtocol['requests']['composition']['result'],
  ): void {
    const { protein } = this.#options;
    const of = (letters: string): number =>
      [...letters].reduce((sum, letter) => sum + (counts[letter] ?? 0), 0);
    const letters = protein
      ? Object.keys(counts).sort((a, b) => of(b) - of(a))
      : ['A', 'C', 'G', of('U') > of('T') ? 'U' : 'T', 'N'];
    const named = letters.map((label) => ({ label, count: of(label), color: undefined }));
    const other = total - named.reduce((sum, { count }) => sum + count, 0);
    this.#parts = [...named, { label: 'other', count: other, color: undefined }].filter(
      ({ count }) => count > 0,
    );
    this.#gc = gc;
    const percent = (part: number): string =>
      Number.isFinite(part) ? `${(100 * part).toFixed(1)} %` : '–';
    const unit = protein ? 'residues' : 'bases';
    this.#figures.replaceChildren(
      [
        `${record.name}: ${total.toLocaleString('en')} ${unit}`,
        ...(protein ? [] : [`GC ${percent(gc)}`, `lower case ${percent(lowerCase / total)}`]),
      ].join(' · '),
    );
    this.#drawLegend();
    const said = this.#parts.map(({ label, count }) => `${label} ${percent(count / total)}`);
    this.#bar.element.setAttribute('aria-label', `Composition: ${said.join(', ')}`);
    this.#redraw();
  }

  #colored(): readonly (Part & { readonly color: string })[] {
    const styles = this.#options.styles(this.#bar);
    const grey = this.#bar.theme('--vscode-descriptionForeground', '#888');
    return this.#parts.map((part) => ({
      ...part,
      color: part.label === 'other' ? grey : (styles.get(part.label)?.color ?? grey),
    }));
  }

  #drawLegend(): void {
    const total = this.#parts.reduce((sum, { count }) => sum + count, 0);
    this.#legend.replaceChildren(
      ...this.#colored().map(({ label, count, color }) => {
        const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
        swatch.style.background = color;
        const share = ((100 * count) / total).toFixed(1);
        return element(
          'span',
          { class: 'legend-part' },
          swatch,
          `${label} ${count.toLocaleString('en')} (${share} %)`,
        );
      }),
    );
  }

  #paintBar({ context, width, height, theme }: Drawing): void {
    const parts = this.#colored();
    const total = parts.reduce((sum, { count }) => sum + count, 0);
    let x = 0;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.font = `bold 11px ${getComputedStyle(document.body).fontFamily}`;
    for (const { label, count, color } of parts) {
      const wide = (width * count) / total;
      context.fillStyle = color;
      context.fillRect(x, 0, Math.max(0, wide - 1), height);
      context.fillStyle = theme('--vscode-editor-background', '#1f1f1f');
      if (wide > 8 * label.length + 4) context.fillText(label, x + wide / 2, height / 2 + 1);
      x += wide;
    }
  }

  #describePlot(record: RecordRow): void {
    const known = [...(this.#profile ?? [])].filter((value) => Number.isFinite(value));
    const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;
    const [low, high] = known.reduce(
      ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
      [1, 0],
    );
    const said = known.length === 0 ? 'no bases' : `from ${percent(low)} to ${percent(high)}`;
    this.#plot.element.setAttribute('aria-label', `GC along ${record.name}: ${said}`);
  }

  #paintPlot({ context, width, height, theme }: Drawing): void {
    const profile = this.#profile;
    if (profile === undefined) return;
    const faint = theme('--vscode-descriptionForeground', '#888');
    const left = 36;
    context.font = `10px ${getComputedStyle(document.body).fontFamily}`;
    context.textBaseline = 'middle';
    const known = [...profile].filter((value) => Number.isFinite(value));
    if (known.length === 0) return;
    const low = Math.floor(10 * Math.min(...known)) / 10;
    const high = Math.max(low + 0.1, Math.ceil(10 * Math.max(...known)) / 10);
    const y = (value: number): number => 6 + (1 - (value - low) / (high - low)) * (height - 12);
    context.fillStyle = faint;
    context.textAlign = 'left';
    for (const value of [low, high]) {
      context.fillText(`${(100 * value).toFixed(0)} %`, 0, y(value));
    }
    context.strokeStyle = faint;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(left, y(this.#gc));
    context.lineTo(width, y(this.#gc));
    context.stroke();
    context.setLineDash([]);
    context.strokeStyle = theme('--vscode-charts-blue', '#3794ff');
    context.lineWidth = 1.5;
    context.beginPath();
    let pen = false;
    for (const [bin, value] of profile.entries()) {
      const x = ((bin + 0.5) / profile.length) * width;
      if (!Number.isFinite(value)) pen = false;
      else if (pen) context.lineTo(x, y(value));
      else {
        context.moveTo(x, y(value));
        pen = true;
      }
    }
    context.stroke();
    context.lineWidth = 1;
  }
}
