import type { Region } from '../track-types.ts';

/** A number with thousands separators. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Bases as a person says them: `315 bp`, `12.4 kb`, `1.2 Mb`. */
export function formatBases(bases: number): string {
  if (bases < 10_000) return `${formatCount(bases)} bp`;
  const [value, unit] = bases < 1e6 ? [bases / 1e3, 'kb'] : [bases / 1e6, 'Mb'];
  return `${value.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`;
}

/** `chrI:1,001-2,500`, counted from 1 as browsers do. */
export function formatRegion({ chrom, start, end }: Region): string {
  return `${chrom}:${formatCount(start + 1)}-${formatCount(end)}`;
}

/** A value of a signal, short. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2);
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}

/** A count with its noun. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
