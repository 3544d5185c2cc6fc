/** Sizes in pixels of a screen, colours as hexadecimal RGB. One look for every figure. */
export const figureDefaults = Object.freeze({
  /** Arimo is shipped and has the widths of Arial, so that a browser without it lays out alike. */
  fontFamily: "Arimo, 'Liberation Sans', Arial, Helvetica, sans-serif",
  fontSize: 11,
  axisTitleSize: 12,
  titleSize: 13,
  text: '#1f1f1f',
  mutedText: '#595959',
  axis: '#6b6b6b',
  grid: '#ebebeb',
  background: '#ffffff',
  /** Size of the plotting area, axes and legends come on top. */
  width: 420,
  height: 260,
  /** Side of a plotting area that must be square. */
  side: 300,
  /** Opacity of 95 % bands. */
  bandOpacity: 0.22,
  /** Okabe and Ito's palette, ordered so that the first few are the most distinct on white. */
  series: Object.freeze([
    '#0072B2',
    '#D55E00',
    '#009E73',
    '#CC79A7',
    '#E69F00',
    '#56B4E9',
    '#000000',
  ]),
  baseline: '#8c8c8c',
  accent: '#D55E00',
  /** Letters of sequence logos; any other letter takes `otherLetter`. */
  letters: Object.freeze<Record<string, string>>({
    A: '#009E73',
    C: '#0072B2',
    G: '#E69F00',
    T: '#D55E00',
    U: '#D55E00',
  }),
  otherLetter: '#595959',
  /** Few to many: light to dark, so that it survives greyscale printing. */
  sequential: Object.freeze(['#c6dbef', '#7fb6da', '#3a8bc2', '#125ca4', '#08306b', '#041c40']),
  /** Negative, zero, positive: blue, white, red-orange (safe for all common colour blindness). */
  diverging: Object.freeze([
    '#053061',
    '#2166ac',
    '#6aaed6',
    '#c9e0ef',
    '#ffffff',
    '#fcd9bd',
    '#f39a5b',
    '#d55e00',
    '#7a2e00',
  ]),
});

/** Options that every plot takes. */
export interface FigureOptions {
  /** Shown above the figure; none by default, as in papers whose caption is the title. */
  readonly title?: string;
  /** Alternative text; the default says what the figure shows with its main numbers. */
  readonly description?: string;
  /** Width of the plotting area in pixels; axes, legends and titles come on top. */
  readonly width?: number;
  /** Height of the plotting area in pixels. */
  readonly height?: number;
}

/** The names of `FigureOptions`, for checks. */
export const figureOptionNames = ['title', 'description', 'width', 'height'] as const;

/** The same look as a Vega-Lite `config`. */
export function vegaConfig(): Record<string, unknown> {
  const d = figureDefaults;
  return {
    // Marks without ARIA attributes: a reader of thousands of them is helped by the description.
    aria: false,
    background: d.background,
    font: d.fontFamily,
    padding: 8,
    view: { stroke: null },
    title: {
      anchor: 'start',
      frame: 'group',
      fontSize: d.titleSize,
      fontWeight: 'bold',
      color: d.text,
      subtitleFontSize: d.fontSize,
      subtitleColor: d.mutedText,
      subtitlePadding: 4,
      offset: 10,
    },
    axis: {
      domainColor: d.axis,
      tickColor: d.axis,
      tickSize: 4,
      gridColor: d.grid,
      gridWidth: 0.8,
      labelColor: d.text,
      // A label belongs under its tick, at the ends of the axis too.
      labelFlush: false,
      labelFontSize: d.fontSize,
      labelLimit: 0,
      labelPadding: 4,
      titleColor: d.text,
      titleFontSize: d.axisTitleSize,
      titleFontWeight: 'normal',
      titlePadding: 8,
    },
    header: { labelFontSize: d.axisTitleSize, labelColor: d.text, titleFontSize: d.axisTitleSize },
    legend: {
      labelColor: d.text,
      labelFontSize: d.fontSize,
      labelLimit: 0,
      titleColor: d.text,
      titleFontSize: d.fontSize,
      titleFontWeight: 'normal',
      titleLimit: 0,
      titlePadding: 8,
      symbolStrokeWidth: 2,
      gradientThickness: 10,
    },
    range: { category: [...d.series], ramp: [...d.sequential], heatmap: [...d.sequential] },
    line: { strokeWidth: 1.8, strokeCap: 'round', strokeJoin: 'round' },
  };
}
