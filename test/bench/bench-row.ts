/** What one repetition took, and a number that shows what was computed. */
export interface Repetition {
  readonly milliseconds: number;
  /** Compared with the peer's: a loss, a sum of outputs, a checksum of bytes. */
  readonly check: number;
}

/** One side of a row, ready to be timed. */
export interface PreparedWork {
  run(): Promise<Repetition> | Repetition;
}

/** One row of the benchmark: the same work by us and by a peer. */
export interface BenchRow {
  /** Name for `--only`, also that of the files in rows/ and peers/. */
  readonly name: string;
  readonly work: string;
  /** Backends that it is measured on; `none` where no tensor is involved. */
  readonly backends: readonly ('tensorflow' | 'webgpu' | 'wasm' | 'none')[];
  /** Whom we are compared with: a script in peers/ and the names of its entries. */
  readonly peers: readonly { readonly name: string; readonly script: string }[];
  /** Ratio (peer's time / ours) to reach, by backend; none for rows that only inform. */
  readonly goals: Readonly<Record<string, number>>;
  /** Milliseconds that our side may take, where the goal is not a ratio. */
  readonly limitMilliseconds?: number;
  /** Largest relative difference of the two checks. */
  readonly tolerance: number;
  /** Repetitions that count; one more is run first and forgotten. */
  readonly repetitions: number;
  /**
   * Makes our side ready, its inputs and weights included, and writes what the peer needs into the
   * folder. Both sides are told the same folder; ours is always prepared first.
   */
  prepare(folder: string, backend: string): Promise<PreparedWork>;
}
