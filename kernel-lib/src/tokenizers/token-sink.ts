/** Collects tokens of a sequence and the letters that they stand for. */
export class TokenSink {
  ids = new Int32Array(1024);
  /** Start and end of each token. */
  offsets = new Int32Array(2048);
  count = 0;
  /** Whether the offsets will be read. */
  wantsOffsets = false;

  /** Forgets what was collected. */
  clear(): void {
    this.count = 0;
  }

  /** Makes room for more tokens. */
  reserve(more: number): void {
    const needed = this.count + more;
    if (needed <= this.ids.length) return;
    const ids = new Int32Array(needed * 2);
    const offsets = new Int32Array(needed * 4);
    ids.set(this.ids.subarray(0, this.count));
    offsets.set(this.offsets.subarray(0, this.count * 2));
    this.ids = ids;
    this.offsets = offsets;
  }

  add(id: number, start: number, end: number): void {
    this.reserve(1);
    this.ids[this.count] = id;
    this.offsets[2 * this.count] = start;
    this.offsets[2 * this.count + 1] = end;
    this.count++;
  }
}
