/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

const HEX = /^#([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/i;
const FUNCTION = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i;
const NAMED: Readonly<Record<string, Rgb>> = {
  black: [0, 0, 0],
  white: [255, 255, 255],
  grey: [128, 128, 128],
  gray: [128, 128, 128],
};

/** A colour of CSS in one of the forms that themes and charts use; undefined for others. */
export function parseColour(text: string): Rgb | undefined {
  const trimmed = text.trim();
  const hex = HEX.exec(trimmed)?.[1];
  if (hex !== undefined) {
    const size = hex.length < 6 ? 1 : 2;
    const part = (i: number): number => {
      const digits = hex.slice(i * size, (i + 1) * size);
      return parseInt(size === 1 ? digits + digits : digits, 16);
    };
    return [part(0), part(1), part(2)];
  }
  const values = FUNCTION.exec(trimmed);
  if (values !== null) return [Number(values[1]), Number(values[2]), Number(values[3])];
  return NAMED[trimmed.toLowerCase()];
}

/** A colour as CSS takes it. */
export function formatColour(colour: Rgb): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** The colour at a share of the way from one to another. */
export function mixColours(from: Rgb, to: Rgb, share: number): Rgb {
  const part = (i: 0 | 1 | 2): number => from[i] + (to[i] - from[i]) * share;
  return [part(0), part(1), part(2)];
}

/** Relative luminance of WCAG 2.2, 0 to 1. */
export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** Contrast of WCAG 2.2, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** The colour itself, or as much of another mixed in as it takes to stand out from the background. */
export function readableColour(colour: Rgb, background: Rgb, towards: Rgb, least: number): Rgb {
  for (let share = 0; share < 1; share += 0.1) {
    const mixed = mixColours(colour, towards, share);
    if (contrast(mixed, background) >= least) return mixed;
  }
  return towards;
}
