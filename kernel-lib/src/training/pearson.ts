/**
 * Pearson correlation over examples that come in batches, one for each output, without keeping
 * them (Welford's update in double precision).
 */
export class StreamingPearson {
  #count = 0;
  readonly #meanX: Float64Array;
  readonly #meanY: Float64Array;
  readonly #squaresX: Float64Array;
  readonly #squaresY: Float64Array;
  readonly #products: Float64Array;

  /** @param outputs number of outputs: the length of the last axis of the values */
  constructor(outputs: number) {
    this.#meanX = new Float64Array(outputs);
    this.#meanY = new Float64Array(outputs);
    this.#squaresX = new Float64Array(outputs);
    this.#squaresY = new Float64Array(outputs);
    this.#products = new Float64Array(outputs);
  }

  /** Adds rows of `outputs` values each, row-major. */
  add(x: ArrayLike<number>, y: ArrayLike<number>): void {
    const outputs = this.#meanX.length;
    for (let start = 0; start < x.length; start += outputs) {
      this.#count += 1;
      for (let j = 0; j < outputs; j++) {
        const valueX = x[start + j] as number;
        const valueY = y[start + j] as number;
        const deltaX = valueX - (this.#meanX[j] as number);
        const deltaY = valueY - (this.#meanY[j] as number);
        const meanX = (this.#meanX[j] as number) + deltaX / this.#count;
        const meanY = (this.#meanY[j] as number) + deltaY / this.#count;
        this.#meanX[j] = meanX;
        this.#meanY[j] = meanY;
        this.#squaresX[j] = (this.#squaresX[j] as number) + deltaX * (valueX - meanX);
        this.#squaresY[j] = (this.#squaresY[j] as number) + deltaY * (valueY - meanY);
        this.#products[j] = (this.#products[j] as number) + deltaX * (valueY - meanY);
      }
    }
  }

  /** The correlation of each output; NaN where one of the two does not vary. */
  values(): number[] {
    return Array.from(this.#products, (product, j) => {
      const squares = (this.#squaresX[j] as number) * (this.#squaresY[j] as number);
      return squares > 0 ? product / Math.sqrt(squares) : NaN;
    });
  }

  /** The mean over the outputs that vary; undefined if none does. */
  mean(): number | undefined {
    const defined = this.values().filter((value) => !Number.isNaN(value));
    if (defined.length === 0) return undefined;
    return defined.reduce((sum, value) => sum + value, 0) / defined.length;
  }
}
