/** Numbers that are appended, eight bytes each. */
export class NumberList {
  #values = new Float64Array(8);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const values = new Float64Array(2 * this.#length);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.#length++] = value;
  }

  /** Forgets all; the memory is kept. */
  clear(): void {
    this.#length = 0;
  }

  /** The number that was appended last, or 0. */
  last(): number {
    return this.#length === 0 ? 0 : (this.#values[this.#length - 1] ?? 0);
  }

  /** A copy of no more memory than they need. */
  values(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}

/** Bytes that are appended. */
export class ByteList {
  #values = new Uint8Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#values.length) {
      const values = new Uint8Array(Math.max(2 * this.#values.length, length));
      values.set(this.#values.subarray(0, this.#length));
      this.#values = values;
    }
    this.#values.set(bytes, this.#length);
    this.#length = length;
  }

  /** The byte that was appended last. */
  last(): number | undefined {
    return this.#length === 0 ? undefined : this.#values[this.#length - 1];
  }

  /** Takes back the last byte. */
  drop(): void {
    this.#length = Math.max(0, this.#length - 1);
  }

  /** A copy of no more memory than they need. */
  values(): Uint8Array {
    return this.#values.slice(0, this.#length);
  }
}
