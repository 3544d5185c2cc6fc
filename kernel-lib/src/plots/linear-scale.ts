/** Maps values to pixels along one axis. */
export interface LinearScale {
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  (value: number): number;
}

/** A linear map from `domain` to `range`; an empty domain is widened around its value. */
export function linearScale(
  domain: readonly [number, number],
  range: readonly [number, number],
): LinearScale {
  const [low, high] = domain[0] === domain[1] ? [domain[0] - 0.5, domain[1] + 0.5] : domain;
  const factor = (range[1] - range[0]) / (high - low);
  const scale = (value: number) => range[0] + (value - low) * factor;
  return Object.assign(scale, { domain: [low, high] as const, range });
}

/** Smallest and largest value; spreading a long array into Math.max would overflow the stack. */
export function extent(values: Iterable<number>): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** The step of 1, 2 or 5 times a power of ten that gives about `count` ticks over `span`. */
export function tickStep(span: number, count: number): number {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const fraction = raw / power;
  if (fraction >= Math.sqrt(50)) return 10 * power;
  if (fraction >= Math.sqrt(10)) return 5 * power;
  if (fraction >= Math.SQRT2) return 2 * power;
  return power;
}

/** Round numbers inside a domain, about `count` of them. */
export function ticks(domain: readonly [number, number], count: number): number[] {
  const [low, high] = domain;
  if (!(high > low)) return [low];
  const step = tickStep(high - low, count);
  const result: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  for (let i = first; i <= last; i++) {
    // i * step accumulates no error, but 3 * 0.1 still needs rounding.
    result.push(Number((i * step).toPrecision(12)));
  }
  return result;
}

/** The domain widened to whole steps. */
export function niceDomain(
  domain: readonly [number, number],
  count: number,
): readonly [number, number] {
  const [low, high] = domain;
  if (!(high > low)) return [low - 0.5, high + 0.5];
  const step = tickStep(high - low, count);
  // 0.3 as float32 is 0.30000001 and must not add a step.
  return [
    Number((Math.floor(low / step + 1e-6) * step).toPrecision(12)),
    Number((Math.ceil(high / step - 1e-6) * step).toPrecision(12)),
  ];
}

/** A number as tick labels write it: a true minus sign, separators of thousands, no float noise. */
export function formatTick(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size < 1e-4 || size >= 1e9
      ? value.toExponential(2).replace(/\.?0+e/, 'e')
      : value.toLocaleString('en-US', { maximumSignificantDigits: 6, maximumFractionDigits: 6 });
  return text.replace(/-/g, '\u2212');
}

/** A result as captions write it: `0.61`, `−0.046`, `1.00`, `1,093`. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 100 && Number.isInteger(value))) return formatTick(value);
  const digits = size >= 100 ? 1 : size >= 0.1 ? 2 : 3;
  return (size < 1e-3 ? value.toExponential(1) : value.toFixed(digits)).replace(/-/g, '\u2212');
}
