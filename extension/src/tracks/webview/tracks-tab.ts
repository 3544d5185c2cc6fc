import { byId, element } from '../../webviews/element.ts';
import type { Feature, Region } from '../track-types.ts';
import type { TrackInfo } from '../tracks-protocol.ts';
import { BaseLane } from './base-lane.ts';
import { drawOverview, drawRuler, OVERVIEW_HEIGHT, RULER_HEIGHT } from './draw-ruler.ts';
import { FeatureTooltip } from './feature-tooltip.ts';
import { formatBases, formatRegion } from './format-text.ts';
import type { PageContext } from './page-context.ts';
import { RegionBar } from './region-bar.ts';
import { sharpContext } from './sharp-canvas.ts';
import { onThemeChange, themeColors, type ThemeColors } from './theme-colors.ts';
import { TrackLane } from './track-lane.ts';
import { listenToView } from './view-gestures.ts';
import { Viewport } from './viewport.ts';

/** Space between the edge of the page and the canvases. */
const MARGIN = 12;

/** The view of the genome with its tracks. */
export class TracksTab {
  readonly element: HTMLElement;
  readonly #page: PageContext;
  readonly #view = new Viewport();
  readonly #bar: RegionBar;
  readonly #overview = element('canvas', { class: 'overview', 'aria-hidden': 'true' });
  readonly #ruler = element('canvas', { class: 'ruler', 'aria-hidden': 'true' });
  readonly #lanesBox = element('div', { class: 'lanes' });
  readonly #genomeNote = element('div', { class: 'message warning', hidden: true });
  readonly #live = element('div', { class: 'visually-hidden', role: 'status' });
  readonly #area: HTMLElement;
  readonly #tooltip: FeatureTooltip;
  readonly #bases: BaseLane;
  readonly #observers: readonly { disconnect(): void }[];
  #lanes: TrackLane[] = [];
  #colors: ThemeColors;
  #selection: readonly [number, number] | undefined;
  /** Where Tab steps through features: the lane and the place among those drawn. */
  #step: { readonly lane: TrackLane; readonly at: number } | undefined;
  #frame = 0;
  #keepTimer = 0;

  constructor(page: PageContext) {
    this.#page = page;
    this.#colors = themeColors(page.info().baseColors);
    this.#tooltip = new FeatureTooltip(byId('page', HTMLElement));
    this.#bar = new RegionBar({
      goTo: (text) => this.goTo(text),
      zoom: (factor) => {
        this.#change(() => {
          this.#view.zoom(factor);
        });
      },
      pan: (share) => {
        this.#change(() => {
          this.#view.pan(share * this.#view.span);
        });
      },
      showAll: () => {
        this.#change(() => {
          this.#view.show(0, this.#view.length);
        });
      },
      addTrack: () => {
        page.host.request('addTrack', {}).catch(page.complain);
      },
    });
    const redraw = (): void => {
      this.redraw();
    };
    this.#bases = new BaseLane((region) => page.host.request('bases', region), redraw);
    this.#area = element(
      'div',
      {
        class: 'tracks-area',
        tabIndex: 0,
        role: 'application',
        'aria-roledescription': 'genome tracks',
        'aria-describedby': 'tracks-keys',
      },
      this.#overview,
      this.#ruler,
      this.#bases.element,
      this.#lanesBox,
    );
    this.element = element(
      'div',
      {
        class: 'tab-panel',
        id: 'panel-tracks',
        role: 'tabpanel',
        'aria-labelledby': 'tab-tracks',
        hidden: true,
      },
      this.#bar.element,
      this.#genomeNote,
      this.#area,
      this.#live,
      element(
        'div',
        { class: 'visually-hidden', id: 'tracks-keys' },
        'Arrow keys move, plus and minus zoom, Home and End go to the ends of the contig, Enter begins to step through features with Tab, Escape ends it.',
      ),
    );
    listenToView({
      area: this.#area,
      ruler: this.#ruler,
      overview: this.#overview,
      view: this.#view,
      change: (move) => {
        this.#change(move);
      },
      select: (range) => {
        this.#selection = range;
        redraw();
      },
      hover: (event) => {
        this.#hover(event);
      },
      click: (event) => {
        this.#click(event);
      },
      step: (by) => this.#stepTo(by),
      open: () => {
        this.#openStep();
      },
      leave: () => this.#leaveSteps(),
    });
    const resized = new ResizeObserver(redraw);
    resized.observe(this.#area);
    const themed = onThemeChange(() => {
      this.#colors = themeColors(page.info().baseColors);
      redraw();
    });
    this.#observers = [resized, themed];
    this.#startView();
    this.update();
  }

  /** Tracks, contigs or genome changed. */
  update(): void {
    const { tracks, contigs, contigCount, genome, baseColors } = this.#page.info();
    this.#colors = themeColors(baseColors);
    this.#bar.setContigs(contigs, contigCount);
    const known = contigs.find(({ name }) => name === this.#view.chrom);
    if (known !== undefined) this.#view.setContig(known.name, known.length);
    this.#bases.forget();
    this.#genomeNote.hidden = genome?.problem === undefined;
    this.#genomeNote.textContent = genome?.problem ?? '';
    const old = new Map(this.#lanes.map((lane) => [lane.id, lane]));
    this.#lanes = tracks.map((info) => {
      const lane = old.get(info.id) ?? this.#makeLane(info);
      old.delete(info.id);
      lane.update(info, tracks.length === 1);
      return lane;
    });
    for (const lane of old.values()) lane.dispose();
    this.#lanes.forEach((lane, index) => {
      if (this.#lanesBox.children[index] === lane.element) return;
      this.#lanesBox.insertBefore(lane.element, this.#lanesBox.children[index] ?? null);
    });
    this.redraw();
  }

  /** Called when the tab comes into sight. */
  show(): void {
    this.redraw();
  }

  focus(): void {
    this.#area.focus();
  }

  focusRegionBox(): void {
    this.#bar.focus();
  }

  /** Goes to the region that a text means. */
  async goTo(text: string): Promise<void> {
    const { host, file } = this.#page;
    const found = await host.request('locate', { text, chrom: this.#view.chrom });
    this.#go(found, 0);
    if (found.row !== undefined) {
      const { details } = await host.request('find', { row: found.row });
      this.#page.selectRow(details);
      this.mark(this.#page.info().tracks.find(({ isMain }) => isMain)?.id ?? file.name, found.row);
    }
    this.#area.focus();
  }

  /** Shows a region with a fifth of it free on both sides. */
  showRegion(region: Region): void {
    this.#go(region, Math.max(20, (region.end - region.start) * 0.2));
  }

  /** Marks a record of a track; `undefined` marks none. */
  mark(track: string | undefined, row: number | undefined): void {
    for (const lane of this.#lanes) lane.selected = lane.id === track ? row : undefined;
    this.redraw();
  }

  redraw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#draw();
    });
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#keepTimer);
    for (const observer of this.#observers) observer.disconnect();
    for (const lane of this.#lanes) lane.dispose();
    this.#tooltip.dispose();
    this.element.remove();
  }

  #startView(): void {
    const { contigs } = this.#page.info();
    const { view: kept } = this.#page.state();
    const first = contigs[0] ?? { name: '', length: 1 };
    const known = contigs.find(({ name }) => name === kept?.chrom);
    if (kept !== undefined && known !== undefined) {
      this.#view.setContig(known.name, known.length);
      this.#view.show(kept.start, kept.end);
    } else {
      this.#view.setContig(first.name, first.length);
      this.#view.show(0, first.length);
    }
    if (this.#page.state().view === undefined) this.#keep();
  }

  #go(region: Region, margin: number): void {
    this.#change(() => {
      const { contigs } = this.#page.info();
      const known = contigs.find(({ name }) => name === region.chrom);
      const length = Math.max(known?.length ?? 0, region.end);
      this.#view.setContig(region.chrom, length);
      this.#view.show(region.start - margin, region.end + margin);
    });
    this.#bar.settle(this.#view);
  }

  #change(move: () => void): void {
    move();
    this.#tooltip.hide();
    this.redraw();
    window.clearTimeout(this.#keepTimer);
    this.#keepTimer = window.setTimeout(() => {
      this.#keep();
    }, 200);
  }

  #keep(): void {
    const { chrom, start, end } = this.#view;
    this.#page.keep({ view: { chrom, start, end } });
  }

  #draw(): void {
    const width = this.#area.clientWidth - 2 * MARGIN;
    if (width <= 0) return;
    const view = this.#view;
    view.resize(width);
    const overview = sharpContext(this.#overview, width, OVERVIEW_HEIGHT);
    if (overview !== undefined) drawOverview(overview, view, this.#colors);
    const ruler = sharpContext(this.#ruler, width, RULER_HEIGHT);
    if (ruler !== undefined) drawRuler(ruler, view, this.#colors, this.#selection);
    const { genome } = this.#page.info();
    const hasGenome = genome !== undefined && genome.problem === undefined;
    this.#bases.draw(view, this.#colors, hasGenome);
    for (const lane of this.#lanes) lane.draw(view, this.#colors);
    this.#bar.show(view);
    this.#area.setAttribute('aria-label', `Genome tracks, ${formatRegion(view.region)}`);
  }

  #makeLane(info: TrackInfo): TrackLane {
    const { host, complain } = this.#page;
    const arrange = (lanes: readonly TrackLane[]): void => {
      const tracks = lanes.map(({ info: { id, height, scale } }) => ({
        id,
        ...(height === undefined ? {} : { height }),
        ...(scale === undefined ? {} : { scale }),
      }));
      host.request('arrange', { tracks }).catch(complain);
    };
    const lane: TrackLane = new TrackLane(info, {
      draw: (track, region, bins, signal) =>
        host.request('draw', { track, region, bins }, { signal }),
      move: (by) => {
        const from = this.#lanes.indexOf(lane);
        const others = this.#lanes.filter((other) => other !== lane);
        others.splice(Math.max(0, from + by), 0, lane);
        arrange(others);
      },
      remove: () => {
        arrange(this.#lanes.filter((other) => other !== lane));
      },
      change: () => {
        arrange(this.#lanes);
      },
      redraw: () => {
        this.redraw();
      },
    });
    return lane;
  }

  /** The lane of an event, and where on its canvas. */
  #laneOf(event: PointerEvent | MouseEvent): { lane: TrackLane; x: number; y: number } | undefined {
    const lane = this.#lanes.find(({ canvas }) => canvas === event.target);
    if (lane === undefined) return undefined;
    const { left, top } = lane.canvas.getBoundingClientRect();
    return { lane, x: event.clientX - left, y: event.clientY - top };
  }

  #hover(event: PointerEvent): void {
    const at = this.#laneOf(event);
    const feature = at?.lane.featureAt(at.x, at.y);
    const hadHover = this.#lanes.some(({ hovered }) => hovered !== undefined);
    for (const lane of this.#lanes) {
      lane.hovered = lane === at?.lane ? feature?.row : undefined;
    }
    if (feature !== undefined || hadHover) this.redraw();
    this.#area.classList.toggle('over-feature', feature !== undefined);
    if (at !== undefined && feature !== undefined) {
      this.#tooltip.showFeature(feature, this.#view.chrom, event.clientX, event.clientY);
      return;
    }
    const value = at?.lane.valueAt(at.x, this.#view);
    if (at === undefined || value === undefined) this.#tooltip.hide();
    else {
      const base = Math.floor(this.#view.base(at.x));
      const place = formatRegion({ chrom: this.#view.chrom, start: base, end: base + 1 });
      this.#tooltip.showText([place.replace(/-[\d,]+$/, ''), value], event.clientX, event.clientY);
    }
  }

  #click(event: MouseEvent): void {
    const at = this.#laneOf(event);
    const feature = at?.lane.featureAt(at.x, at.y);
    if (at === undefined || feature === undefined) return;
    this.#select(at.lane, feature);
  }

  #select(lane: TrackLane, feature: Feature): void {
    this.mark(lane.id, feature.row);
    this.#page.selectFeature(lane.id, this.#view.chrom, feature);
  }

  /** Steps to another feature in sight. @returns whether there is one */
  #stepTo(by: number): boolean {
    const all = this.#lanes.flatMap((lane) => lane.drawn.map((drawn, at) => ({ lane, at, drawn })));
    if (all.length === 0) {
      this.#live.textContent = 'No single features in view; zoom in.';
      return false;
    }
    const from = all.findIndex(({ lane, at }) => lane === this.#step?.lane && at === this.#step.at);
    const next = all[this.#step === undefined || from < 0 ? 0 : from + by];
    if (next === undefined) {
      this.#leaveSteps();
      return false;
    }
    const { lane, at, drawn } = next;
    this.#step = { lane, at };
    for (const other of this.#lanes) other.hovered = other === lane ? drawn.feature.row : undefined;
    const { name, start, end, strand } = drawn.feature;
    const region = formatRegion({ chrom: this.#view.chrom, start, end });
    const side = strand === '.' ? '' : `, strand ${strand === '+' ? 'plus' : 'minus'}`;
    this.#live.textContent = `${name} ${region}, ${formatBases(end - start)}${side}`;
    lane.element.scrollIntoView({ block: 'nearest' });
    const box = lane.canvas.getBoundingClientRect();
    this.#tooltip.showFeature(
      drawn.feature,
      this.#view.chrom,
      box.left + Math.max(0, drawn.left),
      box.top + drawn.top + drawn.height,
    );
    this.redraw();
    return true;
  }

  #openStep(): void {
    const { lane, at } = this.#step ?? {};
    const feature = at === undefined ? undefined : lane?.drawn[at]?.feature;
    if (lane === undefined || feature === undefined) this.#stepTo(0);
    else this.#select(lane, feature);
  }

  /** Ends the steps. @returns whether there were any */
  #leaveSteps(): boolean {
    const was = this.#step !== undefined;
    this.#step = undefined;
    for (const lane of this.#lanes) lane.hovered = undefined;
    this.#tooltip.hide();
    this.redraw();
    return was;
  }
}
