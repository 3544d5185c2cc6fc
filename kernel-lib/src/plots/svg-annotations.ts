import type { Interval, Strand } from '../sequence/interval.ts';
import { figureDefaults } from './figure-defaults.ts';
import type { LinearScale } from './linear-scale.ts';
import { svgElement, svgNumber, svgText } from './svg.ts';
import { textWidth } from './text-width.ts';

/** A gene, peak or other stretch below the tracks; 0-based, half-open. */
export interface TrackAnnotation {
  readonly start: number;
  readonly end: number;
  readonly name?: string;
  /** A strand gives the box a tip in that direction. */
  readonly strand?: Strand;
}

const laneHeight = 28;
const boxHeight = 10;

/**
 * Boxes with their names, stacked in as few lanes as hold them without touching; the height is that
 * of all lanes.
 */
export function annotationLanes(
  annotations: readonly TrackAnnotation[],
  interval: Interval,
  x: LinearScale,
  top: number,
): { readonly svg: string; readonly height: number } {
  const [left, right] = x.range;
  const laneEnds: number[] = [];
  const parts: string[] = [];
  const inside = annotations
    .filter(({ start, end }) => end > interval.start && start < interval.end)
    .sort((a, b) => a.start - b.start);
  for (const { start, end, name = '', strand } of inside) {
    const from = Math.max(left, x(start));
    const to = Math.max(from + 1, Math.min(right, x(end)));
    const half = textWidth(name, figureDefaults.fontSize) / 2;
    // The name is centred under its box, but never runs out of the plotting area.
    const middle = Math.min(right - half, Math.max(left + half, (from + to) / 2));
    const [begin, finish] = [Math.min(from, middle - half), Math.max(to, middle + half)];
    let lane = laneEnds.findIndex((laneEnd) => laneEnd + 6 <= begin);
    if (lane < 0) lane = laneEnds.length;
    laneEnds[lane] = finish;
    const y = top + lane * laneHeight;
    parts.push(
      svgElement('path', { d: boxPath(from, to, y, strand), fill: figureDefaults.mutedText }),
      ...(name === '' ? [] : [svgText(name, middle, y + boxHeight + 11, { anchor: 'middle' })]),
    );
  }
  return {
    svg: parts.length === 0 ? '' : svgElement('g', { class: 'annotations' }, ...parts),
    height: laneEnds.length * laneHeight,
  };
}

function boxPath(from: number, to: number, y: number, strand: Strand | undefined): string {
  const tip = strand === '+' || strand === '-' ? Math.min(7, (to - from) / 2) : 0;
  const [upper, middle, lower] = [y, y + boxHeight / 2, y + boxHeight].map(svgNumber);
  const [a, b] = [from, to].map(svgNumber);
  if (strand === '-') {
    const shoulder = svgNumber(from + tip);
    return `M${a} ${middle}L${shoulder} ${upper}H${b}V${lower}H${shoulder}Z`;
  }
  const shoulder = svgNumber(to - tip);
  return `M${a} ${upper}H${shoulder}L${b} ${middle}L${shoulder} ${lower}H${a}Z`;
}
