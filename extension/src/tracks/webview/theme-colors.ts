import { basePalette, textColour } from '../../webviews/base-palette.ts';
import type { ViewInfo } from '../tracks-protocol.ts';

/** A colour as its three parts, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** What is drawn with, as the theme has it now. */
export interface ThemeColors {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly line: string;
  readonly feature: string;
  readonly signal: string;
  readonly arc: string;
  readonly focus: string;
  readonly selection: string;
  readonly font: string;
  /** Family of letters of one width. */
  readonly mono: string;
  readonly bases: Readonly<Record<string, string>>;
  /** A colour of a file so that it is seen on the background. */
  readonly readable: (color: Rgb) => string;
}

/** Reads the colours of the theme. */
export function themeColors(baseColors: ViewInfo['baseColors']): ThemeColors {
  const style = getComputedStyle(document.body);
  const read = (name: string, otherwise: string): string => {
    const value = style.getPropertyValue(`--vscode-${name}`).trim();
    return value === '' ? otherwise : value;
  };
  const foreground = read('foreground', '#888888');
  const background = read('editor-background', '#000000');
  const paper = parseColor(background) ?? [0, 0, 0];
  const ink = parseColor(foreground) ?? [128, 128, 128];
  const light = luminance(paper) > 0.18;
  const wanted = basePalette(baseColors === 'colorBlindSafe' ? baseColors : 'theme', light);
  const letter = (color: string): string =>
    cssColor(baseColors === 'none' ? ink : textColour(parseColor(color) ?? ink, paper));
  const bases = {
    A: letter(wanted.A),
    C: letter(wanted.C),
    G: letter(wanted.G),
    T: letter(wanted.T),
  };
  return {
    foreground,
    background,
    muted: read('descriptionForeground', foreground),
    line: read('panel-border', read('contrastBorder', 'rgba(128,128,128,0.35)')),
    feature: read('charts-blue', '#3794ff'),
    signal: read('charts-green', '#89d185'),
    arc: read('charts-purple', '#b180d7'),
    focus: read('focusBorder', '#007fd4'),
    selection: read('editor-selectionBackground', 'rgba(80,140,220,0.4)'),
    font: `${read('font-size', '13px').replace('13px', '11px')} ${read('font-family', 'sans-serif')}`,
    mono: read('editor-font-family', 'monospace'),
    bases,
    readable: (color) => cssColor(readableColor(color, paper, ink)),
  };
}

/** Tells when the theme changes. */
export function onThemeChange(changed: () => void): MutationObserver {
  const observer = new MutationObserver(changed);
  const attributes = {
    attributes: true,
    attributeFilter: ['class', 'style', 'data-vscode-theme-id'],
  };
  observer.observe(document.body, attributes);
  observer.observe(document.documentElement, attributes);
  return observer;
}

/** `#rgb`, `#rrggbb` and `rgb(…)`, with or without transparency. */
export function parseColor(text: string): Rgb | undefined {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(text)?.[1];
  if (hex !== undefined) {
    const size = hex.length < 6 ? 1 : 2;
    const part = (index: number): number => {
      const digits = hex.slice(index * size, (index + 1) * size);
      return parseInt(size === 1 ? digits + digits : digits, 16);
    };
    return [part(0), part(1), part(2)];
  }
  const parts = /^rgba?\(\s*([\d.]+)[,\s]+([\d.]+)[,\s]+([\d.]+)/.exec(text);
  return parts === null ? undefined : [Number(parts[1]), Number(parts[2]), Number(parts[3])];
}

/** Contrast of graphics with what is behind them that WCAG 2.1 asks for (criterion 1.4.11). */
const CONTRAST = 3;

/** A colour moved towards the ink until it stands out from the paper. */
export function readableColor(color: Rgb, paper: Rgb, ink: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.1) {
    const mixed = color.map((part, i) => Math.round(part + ((ink[i] ?? 0) - part) * share));
    const [red = 0, green = 0, blue = 0] = mixed;
    if (contrast([red, green, blue], paper) >= CONTRAST) return [red, green, blue];
  }
  return ink;
}

function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (part: number): number => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function cssColor([red, green, blue]: Rgb): string {
  return `rgb(${String(red)},${String(green)},${String(blue)})`;
}
