import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { UsageError } from '../core/errors.ts';
import { KernelThreads } from './kernel-threads.ts';

const PAGE = 65536;

/** Largest memory that WebAssembly can address. */
const MAX_PAGES = 65536;

/** A shared memory with the kernels on it, from which stretches are allocated. */
export interface KernelHeap {
  readonly memory: WebAssembly.Memory;
  /** @returns offset in bytes, a multiple of 16 */
  allocate(bytes: number): number;
  free(offset: number): void;
  /** The threads that compute on it, started when they are first asked for. */
  threads(): KernelThreads;
}

/** An empty memory that threads can share, and that can grow. */
export function sharedMemory(pages: number): WebAssembly.Memory {
  // Where address space is limited (ulimit -v), the reservation is made smaller.
  for (let maximum = MAX_PAGES; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum, shared: true });
    } catch (error) {
      if (maximum <= 4096) throw error;
    }
  }
}

const VARIABLE = 'TATABOX_THREADS';

/** More threads than this only wait for each other. */
const MAX_THREADS = 64;

/** A worker thread (of an ensemble) has one core; elsewhere there are as many threads as cores. */
function defaultThreadCount(): number {
  if (!isMainThread) return 1;
  const given = process.env[VARIABLE];
  if (given === undefined || given === '') return Math.min(availableParallelism(), MAX_THREADS);
  return checkThreadCount(Number(given), VARIABLE);
}

function checkThreadCount(count: number, where: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= MAX_THREADS) return count;
  throw new UsageError({
    where,
    found: `${count} threads`,
    expected: `a whole number from 1 to ${MAX_THREADS}`,
  });
}

let threadCount: number | undefined;
const started = new Map<WebAssembly.Memory, KernelThreads>();

/** Threads that kernels compute with: the environment variable TATABOX_THREADS, or one a core. */
export function kernelThreadCount(): number {
  return (threadCount ??= defaultThreadCount());
}

/**
 * Changes the number of threads; those that run are ended and started again when needed. Results do
 * not depend on it.
 *
 * @throws UsageError for anything but a whole number from 1 to 64
 */
export async function setKernelThreadCount(count: number): Promise<void> {
  if (count === kernelThreadCount()) return;
  threadCount = checkThreadCount(count, 'threads');
  const running = [...started.values()];
  started.clear();
  await Promise.all(running.map((threads) => threads.close()));
}

/** The threads that compute on a memory. */
export function threadsOn(memory: WebAssembly.Memory): KernelThreads {
  let threads = started.get(memory);
  if (threads === undefined) {
    threads = new KernelThreads(memory, kernelThreadCount());
    started.set(memory, threads);
  }
  return threads;
}

/** A memory of our own, for backends whose tensors lie elsewhere. */
class OwnHeap implements KernelHeap {
  readonly memory = sharedMemory(1);
  #end = 1024;
  #open = 0;

  /** Stretches are handed out one behind the other; all are free when the last one is. */
  allocate(bytes: number): number {
    const start = this.#end;
    this.#end = (start + bytes + 63) & ~63;
    const missing = this.#end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    this.#open++;
    return start;
  }

  free(): void {
    this.#open--;
    if (this.#open === 0) this.#end = 1024;
  }

  threads(): KernelThreads {
    return threadsOn(this.memory);
  }
}

let own: OwnHeap | undefined;

/** The memory for backends whose tensors lie elsewhere. */
export function ownHeap(): KernelHeap {
  return (own ??= new OwnHeap());
}
