/** Where a ruler has labels, and by how many bases its ticks are apart. */
export interface RulerTicks {
  readonly step: number;
  /** Bases counted from 1, as browsers show them. */
  readonly labelled: readonly number[];
}

/** Pixels that a label needs. */
const LABEL_WIDTH = 100;

/** Ticks at 1, 2 or 5 times a power of ten, so far apart that labels do not meet. */
export function rulerTicks(start: number, end: number, width: number): RulerTicks {
  const least = Math.max(1, ((end - start) / Math.max(1, width)) * LABEL_WIDTH);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= least) ?? least;
  const labelled: number[] = [];
  for (let at = Math.ceil((start + 1) / step) * step; at <= end; at += step) labelled.push(at);
  if (start < 1 && labelled[0] !== 1 && step > 1) labelled.unshift(1);
  return { step, labelled };
}
