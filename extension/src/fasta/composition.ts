import type { Alphabet, Composition } from './sequence-types.ts';

const isLower = (letter: number): boolean => letter > 96 && letter < 123;

/** 1 for what counts as G or C, 2 for the other bases, 0 for all else, by byte. */
export const BASE_CLASSES: Uint8Array = (() => {
  const classes = new Uint8Array(256);
  for (const letter of 'GCSgcs') classes[letter.charCodeAt(0)] = 1;
  for (const letter of 'ATUWatuw') classes[letter.charCodeAt(0)] = 2;
  return classes;
})();

/** Counts letters. */
export class LetterCounter {
  readonly #counts = new Float64Array(256);

  add(letters: Uint8Array): void {
    // Two tables in turn: a letter that repeats would otherwise wait for its own count.
    const [even, odd] = [new Uint32Array(256), new Uint32Array(256)];
    const last = letters.length - 1;
    let i = 0;
    for (; i < last; i += 2) {
      const [a, b] = [letters[i] ?? 0, letters[i + 1] ?? 0];
      even[a] = (even[a] ?? 0) + 1;
      odd[b] = (odd[b] ?? 0) + 1;
    }
    if (i <= last) odd[letters[i] ?? 0] = (odd[letters[i] ?? 0] ?? 0) + 1;
    for (let byte = 0; byte < 256; byte++) {
      this.#counts[byte] = (this.#counts[byte] ?? 0) + (even[byte] ?? 0) + (odd[byte] ?? 0);
    }
  }

  finish(alphabet: Alphabet): Composition {
    const counts: Record<string, number> = {};
    const byClass = [0, 0, 0];
    let [lowerCase, total] = [0, 0];
    for (const [byte, count] of this.#counts.entries()) {
      if (count === 0) continue;
      const letter = String.fromCharCode(isLower(byte) ? byte - 32 : byte);
      counts[letter] = (counts[letter] ?? 0) + count;
      if (isLower(byte)) lowerCase += count;
      total += count;
      const which = BASE_CLASSES[byte] ?? 0;
      byClass[which] = (byClass[which] ?? 0) + count;
    }
    const [, strong = 0, weak = 0] = byClass;
    const gc = alphabet === 'protein' ? NaN : strong / (strong + weak);
    return { counts, lowerCase, total, gc };
  }
}
