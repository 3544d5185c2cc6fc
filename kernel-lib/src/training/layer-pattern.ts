import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';

/** Whether a layer's name fits a pattern, in which `*` stands for any characters. */
export function matchesPattern(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/** @throws UsageError when no layer fits a pattern, with the nearest name */
export function requireLayer(names: readonly string[], pattern: string, option: string): void {
  if (names.some((name) => matchesPattern(name, pattern))) return;
  throw new UsageError({
    where: `training options, ${option}`,
    found: `no layer is called '${pattern}'`,
    fix: suggestion(pattern, names),
  });
}
