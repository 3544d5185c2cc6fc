import { TataboxError, UsageError } from '../core/errors.ts';
import { escapeXml, withUniqueIds } from './svg.ts';
import { textWidth } from './text-width.ts';

/** A Vega-Lite 5 specification as plain JSON. */
export type VegaLiteSpecification = Readonly<Record<string, unknown>>;

/** The schema that names the version; front ends choose their renderer by it. */
export const vegaLiteSchema = 'https://vega.github.io/schema/vega-lite/v5.json';

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** The parts of vega and vega-lite that are used here. */
interface VegaModules {
  readonly vega: {
    parse(specification: unknown): unknown;
    loader(): Record<string, unknown>;
    View: new (
      runtime: unknown,
      options: Record<string, unknown>,
    ) => { toSVG(): Promise<string>; finalize(): void };
    textMetrics: { width: (item: TextItem, text: unknown) => number };
  };
  readonly vegaLite: {
    compile(specification: unknown, options: Record<string, unknown>): { spec: unknown };
  };
}

let modules: Promise<VegaModules> | undefined;

/** A CommonJS module imported dynamically has its exports in `default`, a bundled one does not. */
function exportsOf(module: object, name: string): unknown {
  return name in module ? module : (module as { default: unknown }).default;
}

/** The one place where vega is imported: half a second that only figures pay. */
function loadVega(): Promise<VegaModules> {
  modules ??= (async () => {
    const vega = exportsOf(await import('vega'), 'View') as VegaModules['vega'];
    const vegaLite = exportsOf(await import('vega-lite'), 'compile') as VegaModules['vegaLite'];
    // Without a canvas vega guesses 0.8 em a character, which leaves holes beside every axis.
    vega.textMetrics.width = (item, text) => {
      const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600;
      const line = text === null || text === undefined ? '' : String(text);
      return textWidth(line, item.fontSize ?? 11, bold ? 'bold' : 'regular');
    };
    return { vega, vegaLite };
  })();
  return modules;
}

/** Options of `renderVega`. */
export interface RenderVegaOptions {
  /** Read by screen readers as the name of the figure. */
  readonly title?: string;
  /** Read by screen readers as its description. */
  readonly description?: string;
}

/** Collects what vega would write to the console. */
function silentLogger(problems: string[]) {
  const logger = {
    level: () => logger,
    error: (...parts: unknown[]) => {
      problems.push(parts.join(' '));
      return logger;
    },
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}

/**
 * Renders a Vega-Lite 5 specification to SVG in Node, with neither browser nor canvas. Text is
 * measured with the shipped font. Data must be inside the specification: nothing is read from disk
 * or from the network.
 *
 * @throws UsageError when the specification does not compile or names data by URL
 * @example
 * const svg = await renderVega({
 *   data: { values: [{ a: 1, b: 2 }] },
 *   mark: 'point',
 *   encoding: { x: { field: 'a', type: 'quantitative' }, y: { field: 'b', type: 'quantitative' } },
 * });
 */
export async function renderVega(
  specification: VegaLiteSpecification,
  options: RenderVegaOptions = {},
): Promise<string> {
  const { vega, vegaLite } = await loadVega();
  const problems: string[] = [];
  const logger = silentLogger(problems);
  // Vega only warns of data that does not load, and draws an empty plot.
  const refuse = (uri: unknown) => {
    problems.push(`it names data or an image by address, '${String(uri)}'`);
    return Promise.reject(new Error('not loaded'));
  };
  let svg: string;
  try {
    // A copy, because Vega marks the rows of data that it is given.
    const { spec } = vegaLite.compile(structuredClone(specification), { logger });
    const loader = { ...vega.loader(), load: refuse, file: refuse, http: refuse };
    const view = new vega.View(vega.parse(spec), { renderer: 'none', logger, loader });
    try {
      svg = await view.toSVG();
    } finally {
      view.finalize();
    }
  } catch (error) {
    if (error instanceof TataboxError) throw error;
    throw unusable(error instanceof Error ? error.message : String(error), error);
  }
  const problem = problems[0];
  if (problem !== undefined) throw unusable(problem);
  return withUniqueIds(labelled(svg, options));
}

function unusable(found: string, cause?: unknown): UsageError {
  return new UsageError(
    {
      where: 'Vega-Lite specification',
      found,
      expected: 'a Vega-Lite 5 specification with its data in it (data.values)',
    },
    { cause },
  );
}

/** Puts the name and the description of the figure into the root element. */
function labelled(svg: string, { title, description }: RenderVegaOptions): string {
  const labels = [
    title === undefined ? '' : `<title>${escapeXml(title)}</title>`,
    description === undefined ? '' : `<desc>${escapeXml(description)}</desc>`,
  ].join('');
  return svg.replace(/<svg([^>]*)>/, (_, attributes: string) => {
    return `<svg${attributes} role="img">${labels}`;
  });
}
