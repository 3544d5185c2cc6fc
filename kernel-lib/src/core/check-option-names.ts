import { UsageError } from './errors.ts';
import { suggestion } from './nearest.ts';

/** Throws for an option that is not known, naming the nearest; types alone do not stop plain JSON. */
export function checkOptionNames(options: object, known: readonly string[], where: string): void {
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
