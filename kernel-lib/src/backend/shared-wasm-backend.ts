import { createRequire } from 'node:module';
import path from 'node:path';
import type * as wasmPackage from '@tensorflow/tfjs-backend-wasm';
import { EnvironmentError } from '../core/errors.ts';
import { sharedMemory, threadsOn, type KernelHeap } from './kernel-heap.ts';

/**
 * The wasm backend of TensorFlow.js on a memory that threads can share.
 *
 * In Node the package starts its single-threaded module, whose memory no other thread can see. Its
 * threaded module runs as well, given a memory and one thread: then our kernels read and write
 * tensors in place, on as many threads as there are, and the package's own thread pool (eight
 * threads whatever the machine) stays off.
 */

const require = createRequire(import.meta.url);

/** What the package's modules look like once they are up. */
interface WasmModule {
  _malloc(bytes: number): number;
  _free(offset: number): void;
  cwrap(name: string, result: string | null, parameters: string[]): (...values: never[]) => unknown;
  tfjs?: Record<string, unknown>;
}

type WasmBackend = InstanceType<typeof wasmPackage.BackendWasm>;
type ModuleFactory = (options: Record<string, unknown>) => Promise<WasmModule>;

/** Takes the place of the package's worker threads: says that it is loaded and never works. */
class IdleWorker {
  #answer: ((message: { cmd: string }) => void) | undefined;

  on(event: string, listener: (message: { cmd: string }) => void): void {
    if (event === 'message') this.#answer = listener;
  }

  postMessage({ cmd }: { cmd: string }): void {
    if (cmd === 'load') queueMicrotask(() => this.#answer?.({ cmd: 'loaded' }));
  }

  ref(): void {
    // Keeps nothing alive.
  }

  unref(): void {
    // Keeps nothing alive.
  }

  terminate(): void {
    // Nothing runs.
  }
}

/** Runs the package's start-up, keeping what it does to the process to itself. */
async function undisturbed<T>(start: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const listeners = events.map((event) => process.rawListeners(event));
  const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  Object.defineProperty(globalThis, 'Worker', {
    configurable: true,
    get: () => IdleWorker,
    set: () => undefined,
  });
  try {
    return await start();
  } finally {
    if (worker === undefined) Reflect.deleteProperty(globalThis, 'Worker');
    else Object.defineProperty(globalThis, 'Worker', worker);
    // Its handlers would turn every error of the user's program into another one.
    events.forEach((event, index) => {
      for (const listener of process.rawListeners(event)) {
        if (!listeners[index]?.includes(listener)) {
          process.removeListener(event, listener as () => void);
        }
      }
    });
  }
}

const heaps = new WeakMap<object, KernelHeap>();

/** The memory of a backend that `makeSharedWasmBackend` made. */
export function sharedHeapOf(backend: unknown): KernelHeap | undefined {
  return heaps.get(backend as object);
}

/** Starts the package's threaded module on a shared memory. */
export async function makeSharedWasmBackend(): Promise<WasmBackend> {
  const packageName = '@tensorflow/tfjs-backend-wasm';
  const wasm = require(packageName) as typeof wasmPackage;
  const folder = path.join(
    path.dirname(require.resolve(`${packageName}/package.json`)),
    'wasm-out',
  );
  const file = path.join(folder, 'tfjs-backend-wasm-threaded-simd.js');
  const factory = require(file) as ModuleFactory;
  const memory = sharedMemory(256);
  const module = await undisturbed(() =>
    factory({
      wasmMemory: memory,
      mainScriptUrlOrBlob: file,
      locateFile: (name: string) => path.join(folder, name),
    }),
  );
  const numbers = (count: number): string[] => Array.from({ length: count }, () => 'number');
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, numbers(1)),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, numbers(3)),
    disposeData: module.cwrap('dispose_data', null, numbers(1)),
    dispose: module.cwrap('dispose', null, []),
  };
  // As shipped, a tensor that does not fit would silently be written over whatever lies at 0.
  const malloc = module._malloc;
  module._malloc = (bytes) => {
    const at = malloc(bytes);
    if (at === 0 && bytes > 0) {
      throw new EnvironmentError({
        where: 'backend wasm',
        found: `no memory left for ${(bytes / 2 ** 20).toFixed(1)} MiB`,
        expected: 'all tensors together within 4 GiB, the most that WebAssembly can address',
        fix: 'Make batches smaller, dispose of tensors, or use the backend tensorflow.',
      });
    }
    return at;
  };
  wasm.setThreadsCount(1);
  const backend = new wasm.BackendWasm(
    module as unknown as ConstructorParameters<typeof wasm.BackendWasm>[0],
  );
  heaps.set(backend, {
    memory,
    allocate: (bytes) => module._malloc(bytes) >>> 0,
    free: (offset) => {
      module._free(offset);
    },
    threads: () => threadsOn(memory),
  });
  return backend;
}
