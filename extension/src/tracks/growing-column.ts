type Numbers = Float64Array | Uint32Array | Uint8Array;

/** A column of numbers that grows: memory is a few bytes a value, whatever a file claims to hold. */
export class GrowingColumn<T extends Numbers> {
  readonly #make: (length: number) => T;
  #values: T;
  #length = 0;

  /** @param make makes an array, for example `(length) => new Uint32Array(length)` */
  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(1024);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(Math.ceil(this.#length * 1.5));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The values, without room for more; the column itself is empty then. */
  finish(): T {
    const values = this.#make(this.#length);
    values.set(this.#values.subarray(0, this.#length));
    this.#values = this.#make(0);
    return values;
  }
}

/** A column of whole numbers below 2³², and one of any numbers. */
export const wholeColumn = (): GrowingColumn<Uint32Array> =>
  new GrowingColumn((length) => new Uint32Array(length));
export const numberColumn = (): GrowingColumn<Float64Array> =>
  new GrowingColumn((length) => new Float64Array(length));
export const byteColumn = (): GrowingColumn<Uint8Array> =>
  new GrowingColumn((length) => new Uint8Array(length));
