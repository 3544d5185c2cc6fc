import { kernelsBase64 } from './kernels.wasm.ts';

/** Functions of the compiled assembly/ folder; pointers are byte offsets in the module's memory. */
export interface KernelExports {
  buildTables(kernel: number, width: number, filters: number, tables: number): void;
  foldTables(tables: number, width: number, filters: number, kernelGradient: number): void;
  indexWords(tokens: number, length: number, left: number, count: number, words: number): void;
  forwardMax(
    words: number,
    tables: number,
    groups: number,
    bias: number,
    filters: number,
    pool: number,
    windows: number,
    relu: boolean,
    output: number,
    best: number,
  ): void;
  backwardMax(
    words: number,
    groups: number,
    filters: number,
    windows: number,
    relu: boolean,
    output: number,
    best: number,
    gradient: number,
    tableGradient: number,
    biasGradient: number,
  ): void;
  forwardMean(
    words: number,
    tables: number,
    groups: number,
    bias: number,
    filters: number,
    pool: number,
    windows: number,
    phases: number,
    relu: boolean,
    output: number,
  ): void;
  backwardMean(
    words: number,
    tables: number,
    groups: number,
    bias: number,
    filters: number,
    pool: number,
    windows: number,
    phases: number,
    relu: boolean,
    gradient: number,
    tableGradient: number,
    biasGradient: number,
  ): void;
  accumulateOuterProducts(
    input: number,
    step: number,
    gradient: number,
    rows: number,
    size: number,
    columns: number,
    result: number,
  ): void;
}

/** The vector kernels work on rows of a multiple of 16 values. */
export const LANES = 16;

const PAGE = 65536;

interface KernelModule {
  readonly memory: WebAssembly.Memory;
  readonly exports: KernelExports;
}

let loaded: KernelModule | undefined;

function load(): KernelModule {
  if (loaded === undefined) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const abort = (): never => {
      throw new Error('a compiled kernel aborted');
    };
    const compiled = new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64'));
    const instance = new WebAssembly.Instance(compiled, { env: { memory, abort } });
    loaded = { memory, exports: instance.exports as unknown as KernelExports };
  }
  return loaded;
}

/** The compiled kernels and fresh use of their memory for one call. */
export function kernelCall(): { exports: KernelExports; arena: Arena } {
  const { memory, exports } = load();
  return { exports, arena: new Arena(memory) };
}

/** Hands out aligned stretches of the module's memory for one call. */
export class Arena {
  readonly #memory: WebAssembly.Memory;
  #end = 1024;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  reserve(bytes: number): number {
    const start = this.#end;
    this.#end = (start + bytes + 63) & ~63;
    return start;
  }

  /** Grows the memory to hold all that was reserved; views are valid from here on. */
  commit(): void {
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
  }

  floats(start: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, start, length);
  }

  integers(start: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, start, length);
  }
}

/** Copies rows of `from` values into rows of `to` values, padding with zeros or cutting. */
export function copyRows(
  source: Float32Array | Int32Array,
  from: number,
  target: Float32Array | Int32Array,
  to: number,
): void {
  if (from === to) {
    target.set(source);
    return;
  }
  const shared = Math.min(from, to);
  const rows = source.length / from;
  if (to > from) target.fill(0);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < shared; i++) target[row * to + i] = source[row * from + i] ?? 0;
  }
}
