import { UsageError } from '../core/errors.ts';

/** Reads the value of an option that is a whole number. */
export function wholeNumberOption(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,9}$/.test(text) && value >= least) return value;
    throw new UsageError({
      where: `option ${option}`,
      found: `'${text}'`,
      expected: `a whole number from ${String(least)}`,
    });
  };
}
