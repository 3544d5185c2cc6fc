import { damagedFile, dataView } from './damaged-file.ts';
import type { ContigStretch } from './bbi-index.ts';

/** Kinds of sections. */
export const BED_GRAPH = 1;
export const VARIABLE_STEP = 2;
export const FIXED_STEP = 3;

/** Bytes of a section's header, and of a summary of a zoom level. */
export const SECTION_HEADER_BYTES = 24;
export const ZOOM_RECORD_BYTES = 32;

/** Receives the stretches of a section, cut to what was asked for. */
export type ItemVisitor = (start: number, end: number, value: number) => void;

/** Receives summaries as they are stored: not cut. */
export type ZoomVisitor = (
  start: number,
  end: number,
  basesCovered: number,
  min: number,
  max: number,
  sum: number,
  sumSquares: number,
) => void;

/** What is being read, for messages and for the order of its items. */
export interface SectionReading {
  readonly file: string;
  readonly littleEndian: boolean;
  readonly stretch: ContigStretch;
  /** End of the last item: the next ones begin there or later. */
  last: number;
}

/**
 * Visits the items of a section of bigWig data that meet a stretch (Kent et al. 2010, supplementary
 * tables 12 and 13).
 *
 * @throws InputError for a section that is cut, of another kind, or whose items are not in order
 */
export function visitSection(bytes: Uint8Array, reading: SectionReading, visit: ItemVisitor): void {
  const { file, littleEndian: little, stretch } = reading;
  if (bytes.length < SECTION_HEADER_BYTES) throw damagedFile(file, 'section', 'no header');
  const view = dataView(bytes);
  if (view.getUint32(0, little) !== stretch.id) return;
  const sectionStart = view.getUint32(4, little);
  const step = view.getUint32(12, little);
  const span = view.getUint32(16, little);
  const kind = bytes[20] ?? 0;
  const count = view.getUint16(22, little);
  const itemBytes = kind === BED_GRAPH ? 12 : kind === VARIABLE_STEP ? 8 : 4;
  if (kind < BED_GRAPH || kind > FIXED_STEP) {
    throw damagedFile(file, 'section', `kind ${String(kind)}`, 'kind 1, 2 or 3');
  }
  if (SECTION_HEADER_BYTES + count * itemBytes > bytes.length) {
    throw damagedFile(file, 'section', `${String(count)} items in ${String(bytes.length)} bytes`);
  }
  const from = stretch.start;
  const to = stretch.end;
  for (let i = 0, at = SECTION_HEADER_BYTES; i < count; i++, at += itemBytes) {
    const start = kind === FIXED_STEP ? sectionStart + i * step : view.getUint32(at, little);
    const end = kind === BED_GRAPH ? view.getUint32(at + 4, little) : start + span;
    if (start < reading.last || end < start) {
      throw damagedFile(
        file,
        `section from base ${String(sectionStart)}`,
        `${String(start)} to ${String(end)} after ${String(reading.last)}`,
        'values in order that do not overlap',
      );
    }
    reading.last = end;
    if (start < to && end > from && end > start) {
      const value = view.getFloat32(at + itemBytes - 4, little);
      visit(start < from ? from : start, end > to ? to : end, value);
    }
  }
}

/** Visits the summaries of a block of a zoom level that meet a stretch (supplementary table 19). */
export function visitZoomBlock(
  bytes: Uint8Array,
  reading: SectionReading,
  visit: ZoomVisitor,
): void {
  const { file, littleEndian: little, stretch } = reading;
  if (bytes.length % ZOOM_RECORD_BYTES !== 0) {
    throw damagedFile(file, 'zoom level', `a block of ${String(bytes.length)} bytes`);
  }
  const view = dataView(bytes);
  for (let at = 0; at < bytes.length; at += ZOOM_RECORD_BYTES) {
    if (view.getUint32(at, little) !== stretch.id) continue;
    const start = view.getUint32(at + 4, little);
    const end = view.getUint32(at + 8, little);
    if (start < reading.last || end <= start) {
      throw damagedFile(
        file,
        'zoom level',
        `a summary of ${String(start)} to ${String(end)} after ${String(reading.last)}`,
        'summaries in order that do not overlap',
      );
    }
    reading.last = end;
    if (start >= stretch.end || end <= stretch.start) continue;
    visit(
      start,
      end,
      view.getUint32(at + 12, little),
      view.getFloat32(at + 16, little),
      view.getFloat32(at + 20, little),
      view.getFloat32(at + 24, little),
      view.getFloat32(at + 28, little),
    );
  }
}
