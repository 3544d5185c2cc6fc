/** Letters of a text that count. */
const LONGEST = 200;

/**
 * Texts of rows to sort them by, in pooled bytes: a million strings take several times as much, and V8
 * keeps the room that they had.
 */
export class TextKeys {
  readonly #starts: Float64Array;
  readonly #lengths: Uint16Array;
  #bytes = Buffer.allocUnsafeSlow(1 << 20);
  #used = 0;

  /** @param rows numbers of rows are below this */
  constructor(rows: number) {
    this.#starts = new Float64Array(rows);
    this.#lengths = new Uint16Array(rows);
  }

  set(row: number, text: string): void {
    const key = text.length > LONGEST ? text.slice(0, LONGEST) : text;
    // A letter takes up to three bytes in UTF-8.
    if (this.#bytes.length - this.#used < 3 * key.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#bytes.length);
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    const length = this.#bytes.write(key, this.#used);
    this.#starts[row] = this.#used;
    this.#lengths[row] = length;
    this.#used += length;
  }

  /** Negative where the text of `a` comes first, by its code points. */
  compare(a: number, b: number): number {
    const bytes = this.#bytes;
    const [first, second] = [this.#starts[a] ?? 0, this.#starts[b] ?? 0];
    const [left, right] = [this.#lengths[a] ?? 0, this.#lengths[b] ?? 0];
    const both = Math.min(left, right);
    for (let i = 0; i < both; i++) {
      const difference = (bytes[first + i] ?? 0) - (bytes[second + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return left - right;
  }
}
