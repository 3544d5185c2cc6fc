import { createHash } from 'node:crypto';
import { figureDefaults } from './figure-defaults.ts';

/** Values of SVG attributes; undefined leaves the attribute out. */
export type SvgAttributes = Readonly<Record<string, string | number | undefined>>;

/** A number for SVG with at most two decimals; refuses NaN and infinity, which viewers drop silently. */
export function svgNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`not a finite coordinate: ${value}`);
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

/**
 * Text made safe for XML, as content or as an attribute. Control characters, which XML 1.0 cannot
 * hold in any form, and lone surrogates become U+FFFD.
 */
export function escapeXml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
      .replace(/'/g, '&#39;')
  );
}

/** An SVG element as a string. Children must be SVG already: plain text goes through `svgText`. */
export function svgElement(name: string, attributes: SvgAttributes, ...children: string[]): string {
  let opening = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    opening += ` ${key}="${typeof value === 'number' ? svgNumber(value) : escapeXml(value)}"`;
  }
  return children.length === 0 ? `${opening}/>` : `${opening}>${children.join('')}</${name}>`;
}

/** How a text is set. */
export interface SvgTextOptions {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly color?: string;
  readonly bold?: boolean;
  /** Degrees clockwise around the text's own point. */
  readonly rotate?: number;
}

/** A line of text whose baseline starts (or ends, or is centred) at x, y. */
export function svgText(text: string, x: number, y: number, options: SvgTextOptions = {}): string {
  const { size = figureDefaults.fontSize, anchor = 'start', bold, rotate } = options;
  return svgElement(
    'text',
    {
      x,
      y,
      'font-size': size,
      'font-weight': bold ? 'bold' : undefined,
      'text-anchor': anchor === 'start' ? undefined : anchor,
      fill: options.color ?? figureDefaults.text,
      transform:
        rotate === undefined ? undefined : `rotate(${rotate} ${svgNumber(x)} ${svgNumber(y)})`,
    },
    escapeXml(text),
  );
}

/** A straight line. */
export function svgLine(
  from: readonly [number, number],
  to: readonly [number, number],
  attributes: SvgAttributes = {},
): string {
  return svgElement('line', {
    x1: from[0],
    y1: from[1],
    x2: to[0],
    y2: to[1],
    stroke: figureDefaults.axis,
    ...attributes,
  });
}

/** The root element with white background, font, title and description for screen readers. */
export function svgDocument(
  size: { readonly width: number; readonly height: number },
  labels: { readonly title: string; readonly description: string },
  ...children: string[]
): string {
  const width = Math.ceil(size.width);
  const height = Math.ceil(size.height);
  return svgElement(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      'xmlns:xlink': 'http://www.w3.org/1999/xlink',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'font-family': figureDefaults.fontFamily,
    },
    svgElement('title', {}, escapeXml(labels.title)),
    svgElement('desc', {}, escapeXml(labels.description)),
    svgElement('rect', { width, height, fill: figureDefaults.background }),
    ...children,
  );
}

/**
 * Gives the ids of an SVG a prefix derived from its content: two figures in one HTML page must not
 * share ids, or one is clipped by the other's clip path.
 */
export function withUniqueIds(svg: string): string {
  const ids = new Set([...svg.matchAll(/ id="([^"]+)"/g)].map((match) => match[1] ?? ''));
  if (ids.size === 0) return svg;
  const prefix = `f${createHash('sha256').update(svg).digest('hex').slice(0, 8)}-`;
  const rename = (id: string) => (ids.has(id) ? `${prefix}${id}` : id);
  return svg
    .replace(/ id="([^"]+)"/g, (_, id: string) => ` id="${rename(id)}"`)
    .replace(/url\(#([^)]+)\)/g, (_, id: string) => `url(#${rename(id)})`)
    .replace(/href="#([^"]+)"/g, (_, id: string) => `href="#${rename(id)}"`);
}

/** Width and height in pixels of an SVG's root element. */
export function svgSize(svg: string): { width: number; height: number } {
  const root = /<svg[^>]*>/.exec(svg)?.[0] ?? '';
  const width = Number(/\swidth="([\d.]+)/.exec(root)?.[1] ?? Number.NaN);
  const height = Number(/\sheight="([\d.]+)/.exec(root)?.[1] ?? Number.NaN);
  return { width, height };
}
