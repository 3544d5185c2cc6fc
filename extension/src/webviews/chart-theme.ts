import {
  contrast,
  formatColour,
  mixColours,
  parseColour,
  readableColour,
} from './chart-colours.ts';

/** The colours and the font that a chart is drawn with. */
export interface ChartTheme {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly axis: string;
  readonly grid: string;
  /** Colours of series, the most distinct first. */
  readonly series: readonly string[];
  readonly font: string;
  readonly highContrast: boolean;
}

/** A Vega-Lite specification as plain JSON. */
export type ChartSpecification = Readonly<Record<string, unknown>>;

const SERIES = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'] as const;

/** Where a theme of VS Code says nothing: those of its light theme. */
const DEFAULTS = {
  foreground: '#3b3b3b',
  background: '#ffffff',
  series: ['#1a85ff', '#d18616', '#388a34', '#652d90', '#e51400', '#bf8803'],
};

/** Contrast that text and marks have at least. */
const LEAST_CONTRAST = 3;

/**
 * The theme of charts by VS Code's variables.
 *
 * @param read the value of a CSS variable, empty where there is none
 * @param highContrast whether the theme is one of high contrast
 */
export function chartTheme(read: (variable: string) => string, highContrast = false): ChartTheme {
  const first = (names: readonly string[], otherwise: string): string =>
    names.map((name) => read(`--vscode-${name}`).trim()).find((text) => parseColour(text)) ??
    otherwise;
  const background = first(['notebook-editorBackground', 'editor-background'], DEFAULTS.background);
  const foreground = first(['editor-foreground', 'foreground'], DEFAULTS.foreground);
  const back = parseColour(background) ?? [255, 255, 255];
  const fore = parseColour(foreground) ?? [0, 0, 0];
  const between = (share: number): string => formatColour(mixColours(back, fore, share));
  return {
    foreground: formatColour(fore),
    background: formatColour(back),
    muted: highContrast ? formatColour(fore) : between(0.75),
    axis: highContrast ? formatColour(fore) : between(0.55),
    grid: between(highContrast ? 0.35 : 0.12),
    // Some themes have orange half transparent, as for marks that lie over text.
    series: SERIES.map((name, i) => {
      const color = first([`charts-${name}`], DEFAULTS.series[i] ?? foreground);
      return formatColour(readableColour(parseColour(color) ?? fore, back, fore, LEAST_CONTRAST));
    }),
    font: read('--vscode-font-family').trim() || 'sans-serif',
    highContrast,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What `over` says, and what `under` says where it does not. */
function merged(
  under: Record<string, unknown>,
  over: Record<string, unknown>,
): Record<string, unknown> {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    result[key] = isRecord(before) && isRecord(value) ? merged(before, value) : value;
  }
  return result;
}

/** What a chart is framed by is the theme's, whatever the specification says. */
function frame(theme: ChartTheme): Record<string, unknown> {
  const { foreground, muted, axis, grid } = theme;
  return {
    background: 'transparent',
    title: { color: foreground, subtitleColor: muted },
    axis: {
      domainColor: axis,
      tickColor: axis,
      gridColor: grid,
      labelColor: muted,
      titleColor: foreground,
    },
    header: { labelColor: foreground, titleColor: foreground },
    // Symbols of dashes have no colour of their own: they would be black on black.
    legend: { labelColor: muted, titleColor: foreground, symbolBaseStrokeColor: foreground },
    view: { stroke: null },
  };
}

/** What a specification may say otherwise. */
function defaults({ font, foreground, series }: ChartTheme): Record<string, unknown> {
  return {
    font,
    range: { category: [...series] },
    mark: { color: series[0] ?? foreground },
    text: { color: foreground },
    rule: { color: foreground },
    title: { anchor: 'start', fontSize: 13 },
    axis: { labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal' },
    legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal' },
  };
}

/** Keys whose value is a colour that is drawn on the background. */
const COLOURS = new Set([
  'color',
  'fill',
  'stroke',
  'labelColor',
  'titleColor',
  'subtitleColor',
  'domainColor',
  'tickColor',
]);

/** Where data stand: not for us to change, and large. */
const DATA = new Set(['data', 'datasets', 'usermeta']);

/** How deep a specification is nested at most before the rest is left as it is. */
const DEEPEST = 60;

function readable(value: unknown, theme: ChartTheme): unknown {
  if (typeof value !== 'string') return value;
  const colour = parseColour(value);
  const background = parseColour(theme.background);
  const foreground = parseColour(theme.foreground);
  if (colour === undefined || background === undefined || foreground === undefined) return value;
  if (contrast(colour, background) >= LEAST_CONTRAST) return value;
  return formatColour(readableColour(colour, background, foreground, LEAST_CONTRAST));
}

/** Marks of a colour that would not stand out from the background get one that does. */
function recoloured(value: unknown, theme: ChartTheme, depth = 0): unknown {
  if (depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((each) => recoloured(each, theme, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (DATA.has(key)) return [key, each];
      if (COLOURS.has(key) && typeof each === 'string') return [key, readable(each, theme)];
      return [key, recoloured(each, theme, depth + 1)];
    }),
  );
}

function readableRange(config: Record<string, unknown>, theme: ChartTheme): void {
  const { range } = config;
  if (!isRecord(range) || !Array.isArray(range['category'])) return;
  config['range'] = {
    ...range,
    category: range['category'].map((each: unknown) => readable(each, theme)),
  };
}

/** A specification in the colours of a theme; data and the colours of scales stay as they are. */
export function themedSpecification(
  specification: ChartSpecification,
  theme: ChartTheme,
): Record<string, unknown> {
  const { config, ...rest } = specification;
  const own = isRecord(config) ? config : {};
  const whole = merged(merged(defaults(theme), own), frame(theme));
  readableRange(whole, theme);
  const coloured = recoloured(rest, theme) as Record<string, unknown>;
  return { ...coloured, background: 'transparent', config: whole };
}

/** The address from which a specification would load data; undefined where all is inside. */
export function externalData(specification: unknown, depth = 0): string | undefined {
  if (depth > DEEPEST || typeof specification !== 'object' || specification === null) {
    return undefined;
  }
  for (const [key, value] of Object.entries(specification)) {
    if (key === 'values' || key === 'datasets') continue;
    if (key === 'data' && isRecord(value) && typeof value['url'] === 'string') return value['url'];
    const found = externalData(value, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
