import { suggestion } from '../core/nearest.ts';
import { UsageError } from '../core/errors.ts';

/** Throws for an option that is not known, naming the nearest; types alone do not stop plain JSON. */
export function checkOptionNames(where: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new UsageError({
        where,
        found: `unknown option '${name}'`,
        fix: suggestion(name, known),
      });
    }
  }
}
