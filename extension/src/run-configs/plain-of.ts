import type { Document } from 'yaml';

/** The content of a document as plain values; undefined where it cannot be had. */
export function plainOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    // Aliases that lead nowhere or explode: the diagnostics tell of them.
    return undefined;
  }
}
