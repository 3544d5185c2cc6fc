import { rowOf } from './local-changes.ts';
import type { LocalMemory } from './local-memory.ts';

/** Rows of a unit of work, as in assembly/local-layers.ts. */
const BLOCK = 40;

/** The right factor of matrix products, in the layout that the kernel takes. */
export class RightFactor {
  /** Columns, padded to whole vectors. */
  readonly columns: number;
  readonly #memory: LocalMemory;
  readonly #at: number;
  readonly #panelSize: number;

  /**
   * @param inner rows of the factor
   * @param columns a multiple of 8
   * @param value its value at a row and a column
   */
  constructor(
    memory: LocalMemory,
    inner: number,
    columns: number,
    value: (row: number, column: number) => number,
  ) {
    this.columns = rowOf(columns);
    this.#memory = memory;
    this.#at = memory.reserve(inner * this.columns * 4);
    this.#panelSize = inner * 32;
    const panels = memory.floats(this.#at, inner * this.columns);
    for (let column = 0; column < columns; column++) {
      const panel = (column >> 3) * inner * 8 + (column & 7);
      for (let row = 0; row < inner; row++) panels[panel + row * 8] = value(row, column);
    }
  }

  /**
   * Product with the rows `[first, first + inner)` of the factor.
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
    this.#memory.run('localMultiply', Math.ceil(rows / BLOCK), work, [
      ...[left, leftRow * 4, rows, inner, this.#at + first * 32, this.#panelSize, this.columns],
      result,
    ]);
  }
}
