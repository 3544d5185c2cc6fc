import { Worker } from 'node:worker_threads';
import {
  instantiateKernels,
  kernelModule,
  PARALLEL_KERNELS,
  type KernelExports,
  type ParallelKernel,
} from './kernel-module.ts';

const PAGE = 65536;

/** Words of the control block, 32 bits each. */
const TICKET = 0;
const DONE = 1;
const FAILED = 2;
const KERNEL = 3;
const PARTS = 4;
const UNITS = 5;
const COUNT = 6;
const PAGES = 7;
/** Offset of the arguments (64-bit floats) in bytes. */
const ARGUMENTS = 64;
const MAX_ARGUMENTS = 32;
/** Offset and size of the message of a kernel that failed. */
const MESSAGE = ARGUMENTS + MAX_ARGUMENTS * 8;
const MAX_MESSAGE = 256;

/** A ticket holds the number of the job and, in its low bits, the next part that nobody has. */
const PART_BITS = 10;
const CLOSED = (1 << PART_BITS) - 1;

/**
 * What a worker thread runs. A part is claimed by raising the ticket; the claim fails if another
 * job has begun since the ticket was read, so a slow worker never works with stale arguments. It
 * looks for a new job for some microseconds before it sleeps, because waking it costs as much.
 *
 * When another thread has made the memory larger, V8 tells this thread with some delay, and until
 * then memory.fill and memory.copy fail beyond the former end: growing by nothing asks for the news.
 */
const WORKER_SOURCE = `
const { module, memory, control, names } = require('node:worker_threads').workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const words = new Int32Array(control);
const values = new Float64Array(control, ${ARGUMENTS}, ${MAX_ARGUMENTS});
const message = new Uint8Array(control, ${MESSAGE}, ${MAX_MESSAGE});
let idle = 0;
let pages = 0;
for (;;) {
  const ticket = Atomics.load(words, ${TICKET});
  const part = ticket & ${CLOSED};
  const parts = Atomics.load(words, ${PARTS});
  if (part >= parts) {
    if (++idle > 4000) {
      Atomics.wait(words, ${TICKET}, ticket);
      idle = 0;
    }
    continue;
  }
  const kernel = names[Atomics.load(words, ${KERNEL})];
  const units = Atomics.load(words, ${UNITS});
  const given = Array.from(values.subarray(0, Atomics.load(words, ${COUNT})));
  if (Atomics.compareExchange(words, ${TICKET}, ticket, ticket + 1) !== ticket) continue;
  idle = 0;
  try {
    if (Atomics.load(words, ${PAGES}) !== pages) {
      pages = Atomics.load(words, ${PAGES});
      memory.grow(0);
    }
    exports[kernel](...given, part, Math.floor((part * units) / parts), Math.floor(((part + 1) * units) / parts));
  } catch (error) {
    const text = Buffer.from(String(error)).subarray(0, ${MAX_MESSAGE});
    message.set(text);
    Atomics.store(words, ${FAILED}, text.length);
  }
  Atomics.add(words, ${DONE}, 1);
  Atomics.notify(words, ${DONE});
}
`;

/**
 * Runs kernels in parts on the calling thread and on worker threads that share its memory.
 *
 * Which thread takes a part is left to chance; what a part computes is not, so results do not
 * depend on the number of threads. A worker that is not up yet, or busy elsewhere, only means that
 * the calling thread does more of the parts.
 */
export class KernelThreads {
  readonly exports: KernelExports;
  readonly #workers: Worker[] = [];
  readonly #control = new SharedArrayBuffer(MESSAGE + MAX_MESSAGE);
  readonly #words = new Int32Array(this.#control);
  readonly #values = new Float64Array(this.#control, ARGUMENTS, MAX_ARGUMENTS);
  readonly #memory: WebAssembly.Memory;
  #job = 0;

  /** @param threads threads that compute, the calling one among them */
  constructor(memory: WebAssembly.Memory, threads: number) {
    this.exports = instantiateKernels(memory);
    this.#memory = memory;
    this.#words[TICKET] = CLOSED;
    for (let index = 1; index < threads; index++) {
      const worker = new Worker(WORKER_SOURCE, {
        eval: true,
        name: 'tatabox kernels',
        workerData: {
          module: kernelModule(),
          memory,
          control: this.#control,
          names: PARALLEL_KERNELS,
        },
      });
      // A thread that waits for work keeps no process alive, and one that dies is not missed.
      worker.unref();
      worker.on('error', () => undefined);
      this.#workers.push(worker);
    }
  }

  /** Threads that compute, the calling one among them. */
  get count(): number {
    return this.#workers.length + 1;
  }

  /**
   * Runs a kernel and returns when all of it is done.
   *
   * @param parts stretches that the units of work are cut into, at most 1,000
   */
  run(kernel: ParallelKernel, parts: number, units: number, given: readonly number[]): void {
    const compute = this.exports[kernel];
    if (parts <= 1 || this.#workers.length === 0) {
      for (let part = 0; part < parts; part++) compute(...given, ...stretch(part, parts, units));
      return;
    }
    const words = this.#words;
    words[DONE] = 0;
    words[FAILED] = 0;
    words[KERNEL] = PARALLEL_KERNELS.indexOf(kernel);
    words[UNITS] = units;
    words[COUNT] = given.length;
    words[PAGES] = this.#memory.buffer.byteLength / PAGE;
    this.#values.set(given);
    Atomics.store(words, PARTS, parts);
    this.#job = (this.#job + 1) % (1 << 20);
    const opened = this.#job << PART_BITS;
    Atomics.store(words, TICKET, opened);
    Atomics.notify(words, TICKET);
    try {
      for (;;) {
        const ticket = Atomics.load(words, TICKET);
        const part = ticket & CLOSED;
        if (part >= parts) break;
        if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) !== ticket) continue;
        Atomics.add(words, DONE, 1);
        compute(...given, ...stretch(part, parts, units));
      }
    } finally {
      this.#waitFor(parts);
    }
    const failed = words[FAILED] ?? 0;
    if (failed > 0) {
      const text = Buffer.from(new Uint8Array(this.#control, MESSAGE, failed)).toString();
      throw new Error(`kernel ${kernel} failed in a worker thread: ${text}`);
    }
  }

  /** Waits until all parts are done, then closes the job so that its arguments may change. */
  #waitFor(parts: number): void {
    const words = this.#words;
    // A kernel that threw on this thread leaves parts that nobody has claimed: claim them unworked.
    for (;;) {
      const ticket = Atomics.load(words, TICKET);
      if ((ticket & CLOSED) >= parts) break;
      if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) === ticket) {
        Atomics.add(words, DONE, 1);
      }
    }
    for (let turn = 0; ; turn++) {
      const done = Atomics.load(words, DONE);
      if (done >= parts) break;
      if (turn > 20_000) Atomics.wait(words, DONE, done, 1);
    }
    Atomics.store(words, TICKET, (this.#job << PART_BITS) | CLOSED);
  }

  /** Ends the worker threads; the calling thread can go on alone. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
  }
}

/** Index of a part, and its units of work. */
function stretch(part: number, parts: number, units: number): [number, number, number] {
  return [part, Math.floor((part * units) / parts), Math.floor(((part + 1) * units) / parts)];
}
