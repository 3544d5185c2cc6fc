const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes as people read it, by powers of 1,000 as the Hub shows them. */
export function sizeText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = unit === 0 || value >= 99.5 ? String(Math.round(value)) : value.toPrecision(2);
  return `${text} ${UNITS[unit] ?? ''}`;
}

/** A count as people read it: `950`, `12.3k`, `4.5M`. */
export function countText(count: number): string {
  for (const [size, letter] of [
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (count >= size) return `${String(Number((count / size).toPrecision(3)))}${letter}`;
  }
  return String(count);
}

/** How long ago something was, in the largest unit that fits. */
export function ageText(date: Date, now: number = Date.now()): string {
  const seconds = Math.max(0, (now - date.getTime()) / 1000);
  for (const [size, name] of [
    [365 * 86_400, 'year'],
    [30 * 86_400, 'month'],
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ] as const) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${String(count)} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}
