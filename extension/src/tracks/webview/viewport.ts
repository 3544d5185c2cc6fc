import type { Region } from '../track-types.ts';

/** Bases that are shown at least. */
export const NARROWEST = 20;

/** The stretch of a contig that is in sight, and how it is laid on pixels. Bases may be fractions. */
export class Viewport {
  #chrom = '';
  #length = 1;
  #start = 0;
  #end = 1;
  #width = 1;

  get chrom(): string {
    return this.#chrom;
  }
  get length(): number {
    return this.#length;
  }
  get start(): number {
    return this.#start;
  }
  get end(): number {
    return this.#end;
  }
  get span(): number {
    return this.#end - this.#start;
  }
  /** Width in pixels. */
  get width(): number {
    return this.#width;
  }
  get pixelsPerBase(): number {
    return this.#width / this.span;
  }

  /** Whole bases that are seen, in part or wholly. */
  get region(): Region {
    return {
      chrom: this.#chrom,
      start: Math.floor(this.#start),
      end: Math.min(this.#length, Math.ceil(this.#end)),
    };
  }

  resize(width: number): void {
    this.#width = Math.max(1, width);
  }

  /** Goes to a contig; places on it are kept within it from now on. */
  setContig(chrom: string, length: number): void {
    this.#chrom = chrom;
    this.#length = Math.max(1, length);
    this.show(this.#start, this.#end);
  }

  /** Shows a stretch; one that is too narrow is widened around its middle, and all is kept on the contig. */
  show(start: number, end: number): void {
    const span = Math.min(this.#length, Math.max(NARROWEST, end - start));
    const from = (start + end - span) / 2;
    this.#start = Math.max(0, Math.min(from, this.#length - span));
    this.#end = this.#start + span;
  }

  /** Makes the stretch `factor` times as wide; the base at `anchor` stays under its pixel. */
  zoom(factor: number, anchor = (this.#start + this.#end) / 2): void {
    const span = Math.min(this.#length, Math.max(NARROWEST, this.span * factor));
    const share = (anchor - this.#start) / this.span;
    this.show(anchor - share * span, anchor + (1 - share) * span);
  }

  pan(bases: number): void {
    const { span } = this;
    const start = Math.max(0, Math.min(this.#start + bases, this.#length - span));
    this.show(start, start + span);
  }

  /** Pixel of a base's left edge. */
  x(base: number): number {
    return (base - this.#start) * this.pixelsPerBase;
  }

  /** Base at a pixel, as a fraction. */
  base(x: number): number {
    return this.#start + x / this.pixelsPerBase;
  }

  /** What to ask for around the view, so that a little panning needs nothing new. */
  wanted(): Region {
    const margin = this.span / 2;
    return {
      chrom: this.#chrom,
      start: Math.max(0, Math.floor(this.#start - margin)),
      end: Math.min(this.#length, Math.ceil(this.#end + margin)),
    };
  }
}
