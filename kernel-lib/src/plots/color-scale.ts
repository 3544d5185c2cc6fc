/** Red, green and blue, 0 to 255. */
export type RgbColor = readonly [red: number, green: number, blue: number];

function parseHex(color: string): RgbColor {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/**
 * A colour on a ramp of evenly spaced colours.
 *
 * @param colors two or more colours as `#rrggbb`
 * @param position 0 (first colour) to 1 (last); beyond is clamped
 */
export function rampColor(colors: readonly string[], position: number): RgbColor {
  const at = Math.min(1, Math.max(0, position)) * (colors.length - 1);
  const index = Math.min(colors.length - 2, Math.floor(at));
  const from = parseHex(colors[index] ?? '#000000');
  const to = parseHex(colors[index + 1] ?? '#000000');
  const mix = (a: number, b: number) => Math.round(a + (b - a) * (at - index));
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])];
}

/** The colour as `#rrggbb`. */
export function hexColor(color: RgbColor): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
