import { rowOf } from './local-changes.ts';
import type { LocalMemory } from './local-memory.ts';

/** Rows of a unit of work. */
const BLOCK = 40;

/** Right factors of matrix products, side by side, in the layout that the kernel takes. */
export class RightFactor {
  /** Columns of all factors; those of each are padded to whole vectors. */
  readonly columns: number;
  readonly #memory: LocalMemory;
  readonly #at: number;
  readonly #panelSize: number;

  /** @param values `[count, inner, width]`: factors of `inner` rows and `width` columns */
  constructor(memory: LocalMemory, values: Float32Array, inner: number, width: number) {
    const count = values.length / (inner * width);
    this.columns = count * rowOf(width);
    this.#memory = memory;
    this.#at = memory.reserve(inner * this.columns * 4);
    this.#panelSize = inner * 32;
    const source = memory.putRows(values, width, width);
    memory.run('packRight', this.columns / 8, inner * this.columns, [
      ...[source, inner * width * 4, width * 4, 4, inner, width, this.#at],
    ]);
  }

  /**
   * Product with the rows `[first, first + inner)` of the factors.
   *
   * @param left where `rows` rows lie, `leftRow` floats apart
   * @param result where `[rows, columns]` goes
   */
  multiply(
    left: number,
    leftRow: number,
    rows: number,
    result: number,
    first: number,
    inner: number,
  ): void {
    // A multiplication costs as much as reading a quarter of a float: whole vectors are multiplied.
    const work = (rows * inner * this.columns) / 4;
    const memory = this.#memory;
    memory.run('multiplyMatrices', Math.ceil(rows / BLOCK), work, [
      ...[left, 0, leftRow * 4, 4, rows, inner],
      ...[this.#at + first * 32, 0, this.#panelSize, this.columns],
      ...[result, 0, 0, BLOCK, memory.productScratch],
    ]);
  }
}
