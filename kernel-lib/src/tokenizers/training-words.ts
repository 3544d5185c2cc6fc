import { UsageError } from '../core/errors.ts';
import { marksOf, type TrainingWords } from './bpe-trainer.ts';
import { textToByteLetters } from './byte-letters.ts';
import { splitWords } from './pre-split.ts';

/** Symbols at most: positions are 32-bit whole numbers. */
const MOST_SYMBOLS = 2 ** 31 - 2;

/** Counts the words of lines of text, cut by GPT-2's pattern. */
export class WordCounter {
  readonly #counts = new Map<string, number>();
  #letters = 0;

  /** Distinct words. */
  get size(): number {
    return this.#counts.size;
  }

  /** Adds the words of a line. @throws UsageError where the text is too large */
  add(line: string): void {
    splitWords(line, 'gpt-2', (start, end) => {
      const word = line.slice(start, end);
      const count = this.#counts.get(word);
      this.#counts.set(word, (count ?? 0) + 1);
      if (count === undefined) this.#letters += word.length;
    });
    if (this.#letters > MOST_SYMBOLS) {
      throw new UsageError({
        where: 'training text of the tokenizer',
        found: 'more than 2 GB of different words',
        expected: 'at most 2 GB',
        fix: 'Train on a sample: the merges of a few hundred megabytes are hardly others.',
      });
    }
  }

  /**
   * The words as symbols; afterwards the counter is empty.
   *
   * @param idOf id of the letter of a byte
   * @param mostTokens ids of the vocabulary at most
   */
  take(idOf: (letter: string) => number, mostTokens: number): TrainingWords {
    const weights = [...new Set(this.#counts.values())].sort((a, b) => b - a);
    const byWeight = new Map(weights.map((weight) => [weight, [] as string[]]));
    let size = 1;
    for (const [word, count] of this.#counts) {
      const letters = textToByteLetters(word);
      byWeight.get(count)?.push(letters);
      size += letters.length + 1;
    }
    this.#counts.clear();
    const symbols = mostTokens < 0xfff0 ? new Uint16Array(size) : new Uint32Array(size);
    const [gap] = marksOf(symbols);
    const ids = new Uint32Array(512);
    const parts: { end: number; weight: number }[] = [];
    let at = 0;
    symbols[at++] = gap;
    for (const [weight, words] of byWeight) {
      for (const letters of words) {
        for (let i = 0; i < letters.length; i++) {
          const code = letters.charCodeAt(i);
          // 0 is no id yet; ids are stored one higher.
          ids[code] ||= idOf(letters.charAt(i)) + 1;
          symbols[at++] = (ids[code] ?? 1) - 1;
        }
        symbols[at++] = gap;
      }
      words.length = 0;
      parts.push({ end: at, weight });
    }
    return { symbols, parts };
  }
}
