import { element, icon, iconButton } from '../../webviews/element.ts';
import type { Feature, Region } from '../track-types.ts';
import type { Drawing, TrackInfo } from '../tracks-protocol.ts';
import { drawFeatures, type DrawnFeature } from './draw-features.ts';
import { drawDensity, drawSignal } from './draw-signal.ts';
import { FeatureRows } from './feature-rows.ts';
import { formatCount, formatValue } from './format-text.ts';
import { scaleControl } from './scale-control.ts';
import { sharpContext } from './sharp-canvas.ts';
import type { ThemeColors } from './theme-colors.ts';
import type { Viewport } from './viewport.ts';

/** What a lane asks of the view that it is in. */
export interface LaneActions {
  readonly draw: (
    track: string,
    region: Region,
    bins: number,
    signal: AbortSignal,
  ) => Promise<Drawing>;
  readonly move: (by: -1 | 1) => void;
  readonly remove: () => void;
  readonly change: (info: TrackInfo) => void;
  readonly redraw: () => void;
}

const SHORTEST = 30;
/** Height of a track of features, alone and among others, and of a signal. */
const ROOMY = 260;
const USUAL = 130;
const SIGNAL = 90;
const TALLEST = 800;

/** A track of the view: its name and controls, and below them its canvas. */
export class TrackLane {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  selected: number | undefined;
  hovered: number | undefined;
  #info: TrackInfo;
  readonly #actions: LaneActions;
  readonly #note: HTMLElement;
  readonly #busy: HTMLElement;
  readonly #controls: HTMLElement;
  readonly #sash: HTMLElement;
  #height: number;
  /** The user chose it. */
  #isOwnHeight: boolean;
  #isAlone = true;
  #data: { readonly region: Region; readonly drawing: Drawing } | undefined;
  #asked: { readonly region: Region; readonly abort: AbortController } | undefined;
  #drawn: readonly DrawnFeature[] = [];
  readonly #rows = new FeatureRows();

  constructor(info: TrackInfo, actions: LaneActions) {
    this.#info = info;
    this.#actions = actions;
    this.#isOwnHeight = info.height !== undefined;
    this.#height = info.height ?? ROOMY;
    this.#note = element('span', { class: 'lane-note muted' });
    this.#busy = element(
      'span',
      { class: 'lane-busy', hidden: true, title: 'Loading' },
      icon('loading'),
    );
    this.#controls = element('span', { class: 'lane-controls' });
    this.canvas = element('canvas', { class: 'lane-canvas', 'aria-hidden': 'true' });
    this.#sash = element('div', {
      class: 'lane-sash',
      role: 'separator',
      tabIndex: 0,
      title: 'Drag, or use the up and down arrow keys, to change the height',
      'aria-orientation': 'horizontal',
      'aria-label': `Height of ${info.name}`,
      'aria-valuemin': String(SHORTEST),
      'aria-valuemax': String(TALLEST),
      'aria-valuenow': String(this.#height),
    });
    this.element = element(
      'section',
      { class: 'lane', 'aria-label': `Track ${info.name}` },
      element(
        'div',
        { class: 'lane-head' },
        icon(info.kind === 'signal' ? 'graph-line' : 'symbol-array'),
        element('span', { class: 'lane-name', title: info.name }, info.name),
        element('span', { class: 'muted' }, info.format),
        this.#busy,
        this.#note,
        element('span', { class: 'spacer' }),
        this.#controls,
      ),
      this.canvas,
      this.#sash,
    );
    this.#listenToSash(this.#sash);
    this.#fillControls();
  }

  get id(): string {
    return this.#info.id;
  }

  get info(): TrackInfo {
    return this.#isOwnHeight ? { ...this.#info, height: this.#height } : this.#info;
  }

  /** Features that are drawn, from left to right. */
  get drawn(): readonly DrawnFeature[] {
    return this.#drawn;
  }

  /** Takes what is known of the track; one that stands alone gets more room. */
  update(info: TrackInfo, isAlone: boolean): void {
    if (info.reads !== this.#info.reads) this.forget();
    this.#info = info;
    this.#isAlone = isAlone;
    const isSignal = info.kind === 'signal' || info.format === 'bedGraph';
    this.#isOwnHeight = info.height !== undefined;
    this.#height = info.height ?? (isSignal ? SIGNAL : isAlone ? ROOMY : USUAL);
    this.#sash.setAttribute('aria-valuenow', String(this.#height));
    this.#fillControls();
  }

  /** Forgets what was read, because the file changed. */
  forget(): void {
    this.#asked?.abort.abort();
    this.#asked = undefined;
    this.#data = undefined;
  }

  /** The feature under a point of the canvas, the topmost and smallest first. */
  featureAt(x: number, y: number): Feature | undefined {
    const hits = this.#drawn.filter(
      ({ left, right, top, height }) =>
        x >= left - 2 && x <= right + 2 && y >= top - 1 && y <= top + height + 1,
    );
    hits.sort((a, b) => a.right - a.left - (b.right - b.left));
    return hits[0]?.feature;
  }

  /** What a signal or density is at a point. */
  valueAt(x: number, view: Viewport): string | undefined {
    if (this.#data === undefined) return undefined;
    const { region, drawing } = this.#data;
    if (drawing.kind !== 'signal' && drawing.kind !== 'density') return undefined;
    const bins = drawing.kind === 'signal' ? drawing.mean.length : drawing.counts.length;
    const step = (region.end - region.start) / bins;
    const bin = Math.floor((view.base(x) - region.start) / step);
    if (bin < 0 || bin >= bins) return undefined;
    if (drawing.kind === 'density') {
      return `${formatCount(drawing.counts[bin] ?? 0)} features in ${formatCount(step)} bp`;
    }
    const mean = drawing.mean[bin] ?? NaN;
    if (Number.isNaN(mean)) return 'no value';
    if (step <= 1) return formatValue(mean);
    const [least, most] = [
      formatValue(drawing.min[bin] ?? NaN),
      formatValue(drawing.max[bin] ?? NaN),
    ];
    return `mean ${formatValue(mean)}, from ${least} to ${most} in ${formatCount(step)} bp`;
  }

  /** Draws what is here and asks for what is missing. */
  draw(view: Viewport, colors: ThemeColors): void {
    this.#want(view);
    const context = sharpContext(this.canvas, view.width, this.#height);
    this.#drawn = [];
    if (context === undefined) return;
    const { problem } = this.#info;
    if (problem !== undefined) {
      this.#write(context, colors, problem);
      return;
    }
    if (this.#data === undefined || this.#data.region.chrom !== view.chrom) {
      this.#write(context, colors, 'Loading…');
      return;
    }
    const { drawing, region } = this.#data;
    const height = this.#height;
    if (drawing.kind === 'absent') this.#write(context, colors, `No ${view.chrom} in this file`);
    else if (drawing.kind === 'signal') {
      drawSignal(context, view, colors, { region, drawing, height, scale: this.#info.scale });
    } else if (drawing.kind === 'density') {
      drawDensity(context, view, colors, { region, drawing, height });
    } else {
      const { selected, hovered } = this;
      const { features } = drawing;
      this.#drawn = [
        ...drawFeatures(context, view, colors, {
          features,
          height,
          chrom: view.chrom,
          selected,
          hovered,
          rows: this.#rows,
        }),
      ].sort((a, b) => a.left - b.left || a.top - b.top);
      if (features.length === 0) this.#write(context, colors, 'Nothing here');
    }
    this.#note.textContent = this.#noteText(drawing);
  }

  dispose(): void {
    this.forget();
    this.element.remove();
  }

  #noteText(drawing: Drawing): string {
    if (drawing.kind === 'features') return `${formatCount(this.#drawn.length)} in view`;
    if (drawing.kind === 'density') return `${formatCount(drawing.total)} around here`;
    return '';
  }

  #write(context: CanvasRenderingContext2D, colors: ThemeColors, text: string): void {
    context.font = colors.font;
    context.textBaseline = 'middle';
    context.fillStyle = colors.muted;
    context.fillText(text, 8, this.#height / 2);
  }

  #want(view: Viewport): void {
    if (this.#info.problem !== undefined) return;
    const sight = view.region;
    if (this.#data !== undefined && isEnough(this.#data, sight, view)) return;
    if (this.#asked !== undefined && isAround(this.#asked.region, sight, view)) return;
    this.#asked?.abort.abort();
    const abort = new AbortController();
    const region = view.wanted();
    this.#asked = { region, abort };
    this.#busy.hidden = false;
    const bins = Math.ceil(view.width * ((region.end - region.start) / view.span));
    this.#actions
      .draw(this.id, region, Math.min(bins, region.end - region.start), abort.signal)
      .then(
        (drawing) => {
          if (abort.signal.aborted) return;
          this.#data = { region, drawing };
          this.#asked = undefined;
          this.#busy.hidden = true;
          this.#actions.redraw();
        },
        (error: unknown) => {
          if (abort.signal.aborted) return;
          this.#busy.hidden = true;
          this.#info = {
            ...this.#info,
            problem: error instanceof Error ? error.message : String(error),
          };
          this.#actions.redraw();
        },
      );
  }

  #fillControls(): void {
    const { name, isMain, kind, format } = this.#info;
    const isSignal = kind === 'signal' || format === 'bedGraph';
    this.#controls.replaceChildren(
      ...(isSignal
        ? [
            scaleControl(this.#info.scale, name, (scale) => {
              this.#info = withScale(this.info, scale);
              this.#actions.change(this.info);
            }),
          ]
        : []),
      ...(this.#isAlone
        ? []
        : [
            iconButton('arrow-up', `Move ${name} up`, () => {
              this.#actions.move(-1);
            }),
            iconButton('arrow-down', `Move ${name} down`, () => {
              this.#actions.move(1);
            }),
          ]),
      ...(isMain
        ? []
        : [
            iconButton('close', `Remove ${name} from the view`, () => {
              this.#actions.remove();
            }),
          ]),
    );
  }

  #setHeight(height: number, sash: HTMLElement): void {
    this.#isOwnHeight = true;
    this.#height = Math.max(SHORTEST, Math.min(TALLEST, Math.round(height)));
    sash.setAttribute('aria-valuenow', String(this.#height));
    this.#actions.redraw();
  }

  #listenToSash(sash: HTMLElement): void {
    sash.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      sash.setPointerCapture(event.pointerId);
      const start = event.clientY - this.#height;
      const move = (to: PointerEvent): void => {
        this.#setHeight(to.clientY - start, sash);
      };
      sash.addEventListener('pointermove', move);
      const stop = (): void => {
        sash.removeEventListener('pointermove', move);
        this.#actions.change(this.info);
      };
      sash.addEventListener('lostpointercapture', stop, { once: true });
    });
    sash.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
      event.preventDefault();
      event.stopPropagation();
      this.#setHeight(this.#height + (event.key === 'ArrowUp' ? -10 : 10), sash);
      this.#actions.change(this.info);
    });
  }
}

function withScale(info: TrackInfo, scale: TrackInfo['scale']): TrackInfo {
  const changed: { -readonly [K in keyof TrackInfo]: TrackInfo[K] } = { ...info };
  delete changed.scale;
  return scale === undefined ? changed : { ...changed, scale };
}

/** Whether data cover what is in sight, as finely as it is shown. */
function isEnough(
  { region, drawing }: { readonly region: Region; readonly drawing: Drawing },
  sight: Region,
  view: Viewport,
): boolean {
  if (region.chrom !== sight.chrom) return false;
  if (region.start > sight.start || region.end < sight.end) return false;
  return drawing.kind === 'features' || drawing.kind === 'absent' || isFine(region, view);
}

function isAround(region: Region, sight: Region, view: Viewport): boolean {
  const covers =
    region.chrom === sight.chrom && region.start <= sight.start && region.end >= sight.end;
  return covers && isFine(region, view);
}

/** Bins made for a stretch of at most three times the view still show its detail. */
function isFine(region: Region, view: Viewport): boolean {
  return region.end - region.start <= view.span * 3;
}
