import { BED_GRAPH, FIXED_STEP, SECTION_HEADER_BYTES, VARIABLE_STEP } from './big-wig-sections.ts';

/** Bytes of the items of a section at most. */
const ITEM_BYTES = 1 << 14;
/** Items that are gathered at most: those of the kind that needs least bytes. */
const MOST_ITEMS = ITEM_BYTES / 4;
/** Items in equal steps that are worth a section of their own. */
const WORTHWHILE = 128;

/** Most items of a section, and most bytes of one. */
export const SECTION_ITEMS = MOST_ITEMS;
export const SECTION_BYTES = SECTION_HEADER_BYTES + ITEM_BYTES;

/** A section that is ready to be compressed. */
export interface EncodedSection {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * Turns ascending items into sections of bigWig data: fixedStep where lengths and distances are equal
 * (4 bytes an item), variableStep where lengths are (8), else bedGraph (12).
 */
export class BigWigSectionEncoder {
  readonly #starts = new Uint32Array(MOST_ITEMS);
  readonly #ends = new Uint32Array(MOST_ITEMS);
  readonly #values = new Float32Array(MOST_ITEMS);
  #count = 0;
  /** Where the items in equal steps begin that the last one belongs to. */
  #runStart = 0;
  /** Where the items of equal length begin that the last one belongs to. */
  #spanStart = 0;
  #id = 0;
  #ready: EncodedSection[] = [];

  /** Whether sections are ready. */
  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Sections that became ready since the last call. */
  take(): EncodedSection[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** Adds an item; it has passed all checks. */
  add(id: number, start: number, end: number, value: number): void {
    if (id !== this.#id) {
      this.flush();
      this.#id = id;
    }
    const count = this.#count;
    if (count > 0) {
      const span = end - start;
      const lastStart = this.#starts[count - 1] ?? 0;
      const lastSpan = (this.#ends[count - 1] ?? 0) - lastStart;
      if (span !== lastSpan) {
        this.#breakRun(count, MOST_ITEMS / 4);
        this.#spanStart = this.#count;
      } else if (count - this.#runStart >= 2) {
        const step = lastStart - (this.#starts[count - 2] ?? 0);
        // Two items alone make a step of any length: the last one begins the next run.
        if (start - lastStart !== step) this.#breakRun(count - 1, MOST_ITEMS / 2);
      }
    }
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#values[this.#count] = value;
    this.#count++;
    if (this.#count === this.#room()) this.flush();
  }

  /** Adds values in equal steps of their own length: a section in itself. */
  addDense(id: number, start: number, span: number, values: ArrayLike<number>): void {
    this.flush();
    this.#id = id;
    const bytes = sectionBytes(id, start, start + span * values.length, FIXED_STEP, values.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(12, span, true);
    view.setUint32(16, span, true);
    for (let i = 0; i < values.length; i++) {
      view.setFloat32(SECTION_HEADER_BYTES + 4 * i, values[i] ?? 0, true);
    }
    this.#ready.push({ id, start, end: start + span * values.length, bytes });
  }

  /** Makes a section of what was gathered. */
  flush(): void {
    this.#emit(0, this.#count);
    this.#count = 0;
    this.#runStart = 0;
    this.#spanStart = 0;
  }

  /** Items that fit, by the kind of section that they make so far. */
  #room(): number {
    if (this.#spanStart > 0) return MOST_ITEMS / 4;
    return this.#runStart > 0 ? MOST_ITEMS / 2 : MOST_ITEMS;
  }

  /**
   * Ends a run of equal steps: a long one becomes a section, and so does what came before it.
   *
   * @param next the first item after the run
   * @param room items that the section may have from now on
   */
  #breakRun(next: number, room: number): void {
    if (next - this.#runStart >= WORTHWHILE) {
      const count = this.#count;
      this.#emit(0, this.#runStart);
      this.#emit(this.#runStart, next);
      this.#starts.copyWithin(0, next, count);
      this.#ends.copyWithin(0, next, count);
      this.#values.copyWithin(0, next, count);
      this.#count = count - next;
      this.#runStart = 0;
      this.#spanStart = 0;
      return;
    }
    this.#runStart = next;
    if (this.#count >= room) this.flush();
  }

  #emit(from: number, to: number): void {
    const count = to - from;
    if (count === 0) return;
    const starts = this.#starts.subarray(from, to);
    const ends = this.#ends.subarray(from, to);
    const first = starts[0] ?? 0;
    const last = ends[count - 1] ?? 0;
    const span = (ends[0] ?? 0) - first;
    const step = count > 1 ? (starts[1] ?? 0) - first : span;
    const sameSpan = starts.every((start, i) => (ends[i] ?? 0) - start === span);
    const sameStep = sameSpan && starts.every((start, i) => start === first + i * step);
    const kind = sameStep ? FIXED_STEP : sameSpan ? VARIABLE_STEP : BED_GRAPH;
    const bytes = sectionBytes(this.#id, first, last, kind, count);
    const view = new DataView(bytes.buffer);
    if (sameStep) view.setUint32(12, step, true);
    if (sameSpan) view.setUint32(16, span, true);
    for (let i = 0, at = SECTION_HEADER_BYTES; i < count; i++) {
      if (kind !== FIXED_STEP) {
        view.setUint32(at, starts[i] ?? 0, true);
        at += 4;
      }
      if (kind === BED_GRAPH) {
        view.setUint32(at, ends[i] ?? 0, true);
        at += 4;
      }
      view.setFloat32(at, this.#values[from + i] ?? 0, true);
      at += 4;
    }
    this.#ready.push({ id: this.#id, start: first, end: last, bytes });
  }
}

/** A section with its header, but for step and span. */
function sectionBytes(
  id: number,
  start: number,
  end: number,
  kind: number,
  count: number,
): Uint8Array {
  const itemBytes = kind === BED_GRAPH ? 12 : kind === VARIABLE_STEP ? 8 : 4;
  const bytes = new Uint8Array(SECTION_HEADER_BYTES + count * itemBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, start, true);
  view.setUint32(8, end, true);
  view.setUint8(20, kind);
  view.setUint16(22, count, true);
  return bytes;
}
