import { UsageError } from '../core/errors.ts';
import { DNA } from './alphabet.ts';

/** Options of {@link oneHot}. */
export interface OneHotOptions {
  /** Row of an unknown base: all `zero` (default) or `uniform`, 0.25 each. */
  readonly unknown?: 'zero' | 'uniform';
}

/**
 * One row of four numbers a base.
 *
 * @param tokens DNA or RNA tokens
 * @returns float32 `[length, 4]` row-major, channels A, C, G, T
 *
 * @example
 * oneHot(encodeSequence('CN')); // [0, 1, 0, 0,  0, 0, 0, 0]
 */
export function oneHot(tokens: Uint8Array, options: OneHotOptions = {}): Float32Array {
  const { unknown = 'zero' } = options;
  if (unknown !== 'zero' && unknown !== 'uniform') {
    throw new UsageError({
      where: 'oneHot, option unknown',
      found: `'${String(unknown)}'`,
      expected: "'zero' or 'uniform'",
    });
  }
  const rows = new Float32Array(tokens.length * 4);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? DNA.unknownToken;
    if (token < DNA.unknownToken) rows[i * 4 + token] = 1;
    else if (unknown === 'uniform') rows.fill(0.25, i * 4, i * 4 + 4);
  }
  return rows;
}
