import { inflateSync } from 'node:zlib';
import { expect } from 'vitest';
import { textWidth } from '../../../kernel-lib/src/plots/text-width.ts';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface PlacedText {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function unescapeXml(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
}

/**
 * Walks an SVG as strict XML (every tag closed, every `<` and `&` escaped) and gives its elements
 * and where each text lies, following translations and quarter turns.
 */
export function readSvg(svg: string): { elements: Element[]; texts: PlacedText[] } {
  const elements: Element[] = [];
  const texts: PlacedText[] = [];
  const open: { element: Element; x: number; y: number }[] = [];
  const token = /<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let at = 0;
  for (let match = token.exec(svg); match !== null; match = token.exec(svg)) {
    at = token.lastIndex;
    const [, closing, name = '', rawAttributes = '', selfClosing, content] = match;
    if (content !== undefined) {
      expect(content, 'bare ampersand').not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/);
      const parent = open.at(-1);
      if (parent && ['text', 'tspan'].includes(parent.element.name)) {
        texts.push(place(unescapeXml(content), open));
      }
      continue;
    }
    if (closing === '/') {
      expect(open.pop()?.element.name).toBe(name);
      continue;
    }
    const attributes: Record<string, string> = {};
    for (const [, key = '', value = ''] of rawAttributes.matchAll(/([\w:-]+)="([^"]*)"/g)) {
      attributes[key] = unescapeXml(value);
    }
    const element = { name, attributes };
    elements.push(element);
    if (selfClosing === '/') continue;
    const outer = open.at(-1) ?? { x: 0, y: 0 };
    const move = /translate\(([-\d.e]+)[, ]+([-\d.e]+)\)/.exec(attributes['transform'] ?? '');
    const x = outer.x + Number(move?.[1] ?? 0) + Number(attributes['x'] ?? 0);
    const y = outer.y + Number(move?.[2] ?? 0) + Number(attributes['y'] ?? 0);
    open.push({ element, x, y: y + Number(attributes['dy'] ?? 0) });
  }
  expect(at, `XML breaks off at: ${svg.slice(at, at + 80)}`).toBe(svg.length);
  expect(open).toHaveLength(0);
  return { elements, texts };
}

function place(text: string, open: readonly { element: Element; x: number; y: number }[]) {
  const holder = open.findLast(({ element }) => element.name === 'text');
  const { attributes } = holder!.element;
  const { x, y } = open.at(-1)!;
  const size = Number.parseFloat(attributes['font-size'] ?? '11');
  const width = textWidth(text, size, attributes['font-weight'] === 'bold' ? 'bold' : 'regular');
  const before = { start: 0, middle: 0.5, end: 1 }[attributes['text-anchor'] ?? 'start']! * width;
  if (/rotate\(-90/.test(attributes['transform'] ?? '')) {
    return { text, left: x - size * 0.8, right: x, top: y - (width - before), bottom: y + before };
  }
  return { text, left: x - before, right: x - before + width, top: y - size * 0.8, bottom: y };
}

/** A figure for publication: valid XML, finite coordinates, every label inside the picture. */
export function expectSoundSvg(svg: string): void {
  const { elements, texts } = readSvg(svg);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(elements[0]!.name).toBe('svg');
  const width = Number(elements[0]!.attributes['width']);
  const height = Number(elements[0]!.attributes['height']);
  for (const { text, left, right, top, bottom } of texts) {
    expect(left, `'${text}' is cut at the left`).toBeGreaterThanOrEqual(-0.5);
    expect(right, `'${text}' is cut at the right`).toBeLessThanOrEqual(width + 0.5);
    expect(top, `'${text}' is cut at the top`).toBeGreaterThanOrEqual(-0.5);
    expect(bottom, `'${text}' is cut at the bottom`).toBeLessThanOrEqual(height + 0.5);
  }
  expect(elements.some(({ name }) => name === 'script')).toBe(false);
  expect(elements.flatMap(({ attributes }) => Object.keys(attributes))).not.toContain('onload');
}

/** The texts of an SVG in document order. */
export function svgTexts(svg: string): string[] {
  return readSvg(svg).texts.map(({ text }) => text);
}

/** Decodes an 8-bit PNG without interlacing (filters of the W3C specification, section 9). */
export function decodePng(png: Uint8Array): {
  width: number;
  height: number;
  channels: number;
  pixels: Uint8Array;
} {
  const bytes = Buffer.from(png);
  expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  expect(bytes[24]).toBe(8);
  const channels = { 2: 3, 6: 4 }[bytes[25]!]!;
  const data: Buffer[] = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') {
      data.push(bytes.subarray(at + 8, at + 8 + length));
    }
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(data));
  const stride = width * channels;
  expect(raw.length).toBe(height * (stride + 1));
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const value = raw[y * (stride + 1) + 1 + i]!;
      const a = i >= channels ? pixels[y * stride + i - channels]! : 0;
      const b = y > 0 ? pixels[(y - 1) * stride + i]! : 0;
      const c = y > 0 && i >= channels ? pixels[(y - 1) * stride + i - channels]! : 0;
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const predicted = [0, a, b, (a + b) >> 1, paeth][filter!]!;
      pixels[y * stride + i] = value + predicted;
    }
  }
  return { width, height, channels, pixels };
}
