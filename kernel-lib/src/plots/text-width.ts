import { fontBytes, type FontWeight } from './font-files.ts';

interface FontWidths {
  /** Advance width in em by code point. */
  readonly byCodePoint: ReadonlyMap<number, number>;
  /** Width of a character that the font lacks. */
  readonly missing: number;
}

/** Reads the advance widths (tables `cmap` format 4, `hmtx`) of a TrueType font. */
function readWidths(bytes: Uint8Array): FontWidths {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const entry = 12 + 16 * i;
    const tag = String.fromCharCode(...bytes.subarray(entry, entry + 4));
    tables.set(tag, view.getUint32(entry + 8));
  }
  const offset = (tag: string): number => {
    const found = tables.get(tag);
    if (found === undefined) throw new Error(`font without a ${tag} table`);
    return found;
  };
  const unitsPerEm = view.getUint16(offset('head') + 18);
  const longMetrics = view.getUint16(offset('hhea') + 34);
  const advance = (glyph: number) =>
    view.getUint16(offset('hmtx') + 4 * Math.min(glyph, longMetrics - 1)) / unitsPerEm;

  const cmap = offset('cmap');
  let subtable = -1;
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const at = cmap + view.getUint32(cmap + 4 + 8 * i + 4);
    if (view.getUint16(at) === 4) subtable = at;
  }
  if (subtable < 0) throw new Error('font without a character map of format 4');
  const segments = view.getUint16(subtable + 6) / 2;
  const ends = subtable + 14;
  const starts = ends + 2 * segments + 2;
  const deltas = starts + 2 * segments;
  const rangeOffsets = deltas + 2 * segments;
  const byCodePoint = new Map<number, number>();
  for (let s = 0; s < segments; s++) {
    const end = view.getUint16(ends + 2 * s);
    const start = view.getUint16(starts + 2 * s);
    const delta = view.getInt16(deltas + 2 * s);
    const rangeOffset = view.getUint16(rangeOffsets + 2 * s);
    for (let code = start; code <= end && code !== 0xffff; code++) {
      let glyph = code;
      if (rangeOffset !== 0) {
        glyph = view.getUint16(rangeOffsets + 2 * s + rangeOffset + 2 * (code - start));
        if (glyph === 0) continue;
      }
      byCodePoint.set(code, advance((glyph + delta) & 0xffff));
    }
  }
  return { byCodePoint, missing: 0.8 };
}

const widths = new Map<FontWeight, FontWidths>();

/**
 * Width of a line of text in pixels, from the shipped font's own metrics: no canvas is needed.
 *
 * @example
 * textWidth('TSS', 11); // 21.4
 */
export function textWidth(text: string, fontSize: number, weight: FontWeight = 'regular'): number {
  let font = widths.get(weight);
  if (font === undefined) {
    font = readWidths(fontBytes(weight));
    widths.set(weight, font);
  }
  let em = 0;
  for (const character of text) {
    em += font.byCodePoint.get(character.codePointAt(0) ?? 0) ?? font.missing;
  }
  return em * fontSize;
}

/** Breaks a text between words into lines of at most `width` pixels (a longer word stays whole). */
export function wrapText(
  text: string,
  width: number,
  fontSize: number,
  weight: FontWeight = 'regular',
): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, fontSize, weight) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
