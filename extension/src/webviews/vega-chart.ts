import { parse, View, type Loader } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import {
  chartTheme,
  externalData,
  themedSpecification,
  type ChartSpecification,
  type ChartTheme,
} from './chart-theme.ts';

export type { ChartSpecification, ChartTheme } from './chart-theme.ts';

/** Options of {@link vegaChart}. */
export interface VegaChartOptions {
  /** Default: the colours of VS Code's theme, which are followed when they change. */
  readonly theme?: ChartTheme;
  /** Read by screen readers. Default: the specification's description or title. */
  readonly label?: string;
}

/** A chart in a page. */
export interface VegaChart {
  /** Resolves when it is drawn; it never rejects, for errors are shown in its place. */
  readonly drawn: Promise<void>;
  /** Replaces the rows of named data sets (`data: { name }` in the specification). */
  update(data: Readonly<Record<string, readonly object[]>>): Promise<void>;
  /** Fits the chart to its container; done by itself when the container's size changes. */
  resize(): Promise<void>;
  dispose(): void;
}

/** Width of the plotting area at least; a narrower place scrolls. */
const LEAST_WIDTH = 120;

/** Width where the specification says none: what the container has. */
const FIRST_WIDTH = 400;

/** Refuses every address: charts hold their data, and must not tell anybody that they are looked at. */
function closedLoader(): Loader {
  const refuse = (address: unknown): Promise<never> =>
    Promise.reject(new Error(`nothing is loaded from ${String(address)}`));
  const sanitize = (address: string) =>
    /^data:image\/(png|jpeg|gif|webp);base64,/.test(address)
      ? Promise.resolve({ href: address })
      : refuse(address);
  const loader = { load: refuse, sanitize, http: refuse, file: refuse };
  return loader as unknown as Loader;
}

/** The theme that a page has now. */
export function pageTheme(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const { classList, dataset } = document.body;
  const highContrast =
    classList.contains('vscode-high-contrast') ||
    (dataset['vscodeThemeKind'] ?? '').includes('high-contrast');
  return chartTheme((variable) => style.getPropertyValue(variable), highContrast);
}

/** Calls when VS Code's theme changes, which it says by attributes of the page. */
function onThemeChange(tell: () => void): () => void {
  let frame = 0;
  const observer = new MutationObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(tell);
  });
  const attributes = {
    attributes: true,
    attributeFilter: ['class', 'style', 'data-vscode-theme-id'],
  };
  observer.observe(document.body, attributes);
  observer.observe(document.documentElement, attributes);
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
  };
}

/** Whether one plotting area is drawn, whose width can be changed. */
function hasOneView(specification: ChartSpecification): boolean {
  const composed = ['facet', 'repeat', 'concat', 'hconcat', 'vconcat'];
  if (composed.some((key) => key in specification)) return false;
  const { encoding, width } = specification;
  const channels = typeof encoding === 'object' && encoding !== null ? Object.keys(encoding) : [];
  if (channels.some((channel) => ['row', 'column', 'facet'].includes(channel))) return false;
  return width === undefined || typeof width === 'number' || width === 'container';
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(String).join(' ');
  if (typeof value !== 'object' || value === null || !('text' in value)) return undefined;
  return textOf(value.text);
}

/**
 * Draws a Vega-Lite specification in the theme's colours, as wide as there is room and at most as wide
 * as it asks for. Expressions are interpreted, not compiled, so that it works under a strict
 * Content-Security-Policy; nothing is loaded.
 *
 * @example
 * const chart = vegaChart(element, { data: { name: 'loss', values: [] }, mark: 'line', encoding });
 * await chart.update({ loss: rows });
 */
export function vegaChart(
  container: HTMLElement,
  specification: ChartSpecification,
  options: VegaChartOptions = {},
): VegaChart {
  const chart = new Chart(container, specification, options);
  return {
    drawn: chart.draw(),
    update: (data) => chart.update(data),
    resize: () => chart.resize(),
    dispose: () => {
      chart.dispose();
    },
  };
}

class Chart {
  readonly #container: HTMLElement;
  readonly #specification: ChartSpecification;
  readonly #options: VegaChartOptions;
  readonly #place = document.createElement('div');
  readonly #observer: ResizeObserver;
  readonly #stopFollowing: () => void;
  readonly #data: Record<string, readonly object[]> = {};
  readonly #oneView: boolean;
  #view: View | undefined;
  #theme = '';
  #disposed = false;
  /** Drawings and changes, one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(
    container: HTMLElement,
    specification: ChartSpecification,
    options: VegaChartOptions,
  ) {
    this.#container = container;
    this.#specification = specification;
    this.#options = options;
    this.#oneView = hasOneView(specification);
    const label = options.label ?? textOf(specification['description']);
    this.#place.setAttribute('role', 'img');
    this.#place.setAttribute('aria-label', label ?? textOf(specification['title']) ?? 'Chart');
    this.#place.style.overflowX = 'auto';
    container.append(this.#place);
    this.#observer = new ResizeObserver(() => void this.resize());
    this.#observer.observe(container);
    this.#stopFollowing =
      options.theme === undefined
        ? onThemeChange(() => {
            if (JSON.stringify(pageTheme()) !== this.#theme) void this.draw();
          })
        : () => undefined;
  }

  draw(): Promise<void> {
    return this.#do(async () => {
      const theme = this.#options.theme ?? pageTheme();
      this.#theme = JSON.stringify(theme);
      const url = externalData(this.#specification);
      if (url !== undefined) {
        throw new Error(`the chart wants data from ${url}; put the rows inside, as data.values`);
      }
      const themed = themedSpecification(this.#specification, theme);
      if (this.#oneView && typeof themed['width'] !== 'number') themed['width'] = FIRST_WIDTH;
      const { spec } = compile(themed as unknown as TopLevelSpec, { logger: silentLogger() });
      const problems: string[] = [];
      const view = new View(parse(spec, undefined, { ast: true }), {
        container: this.#place,
        renderer: 'canvas',
        hover: true,
        loader: closedLoader(),
        logger: silentLogger(problems),
        expr: expressionInterpreter,
      } as ConstructorParameters<typeof View>[1]);
      this.#view?.finalize();
      this.#view = view;
      for (const [name, rows] of Object.entries(this.#data)) view.data(name, [...rows]);
      await view.runAsync();
      if (problems.length > 0) throw new Error(problems.join('\n'));
      await this.#fit();
    });
  }

  update(data: Readonly<Record<string, readonly object[]>>): Promise<void> {
    Object.assign(this.#data, data);
    return this.#do(async () => {
      const view = this.#view;
      if (view === undefined) return;
      for (const [name, rows] of Object.entries(data)) view.data(name, [...rows]);
      // Labels of other lengths need other margins.
      await view.resize().runAsync();
      await this.#fit();
    });
  }

  resize(): Promise<void> {
    return this.#do(() => this.#fit());
  }

  dispose(): void {
    this.#disposed = true;
    this.#observer.disconnect();
    this.#stopFollowing();
    this.#view?.finalize();
    this.#view = undefined;
    this.#place.remove();
  }

  /** What axes and legends take beside the plotting area. */
  #beside(view: View): number {
    const drawn = this.#place.querySelector('canvas')?.getBoundingClientRect().width ?? 0;
    return Math.max(0, drawn - view.width());
  }

  async #fit(): Promise<void> {
    const view = this.#view;
    const room = this.#container.clientWidth;
    if (view === undefined || !this.#oneView || room === 0) return;
    const { width } = this.#specification;
    const wanted = typeof width === 'number' ? width : Infinity;
    const fitting = Math.max(LEAST_WIDTH, Math.min(wanted, Math.floor(room - this.#beside(view))));
    if (fitting === view.width()) return;
    await view.width(fitting).resize().runAsync();
  }

  #do(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#disposed) return;
      try {
        await work();
      } catch (error) {
        this.#showError(error);
      }
    });
    return this.#work;
  }

  #showError(error: unknown): void {
    if (this.#disposed) return;
    this.#view?.finalize();
    this.#view = undefined;
    const message = document.createElement('p');
    message.setAttribute('role', 'alert');
    message.style.color = 'var(--vscode-errorForeground)';
    message.style.whiteSpace = 'pre-wrap';
    const text = error instanceof Error ? error.message : String(error);
    message.textContent = `This chart cannot be drawn: ${text}`;
    this.#place.replaceChildren(message);
    this.#place.removeAttribute('role');
  }
}

/** What Vega and Vega-Lite complain of; their warnings, as of other versions' schemas, are dropped. */
function silentLogger(problems: string[] = []) {
  const logger = {
    level: () => logger,
    error: (...args: readonly unknown[]) => {
      problems.push(args.map(String).join(' '));
      return logger;
    },
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  return logger as unknown as NonNullable<Parameters<typeof compile>[1]>['logger'];
}
