import type * as tf from '@tensorflow/tfjs-core';
import { ownHeap, type KernelHeap } from './kernel-heap.ts';
import type { KernelExports, ParallelKernel } from './kernel-module.ts';
import { sharedHeapOf } from './shared-wasm-backend.ts';

type KernelDataType = 'float32' | 'int32';

/** A tensor that a kernel call fills. */
export interface KernelOutput {
  readonly shape: number[];
  readonly dtype: KernelDataType;
  /** Offset in the kernels' memory, in bytes. */
  readonly at: number;
}

/** What every backend of TensorFlow.js in Node can do with tensor data. */
interface CopiedData {
  readSync(dataId: object): Float32Array | Int32Array;
  write(values: Float32Array | Int32Array, shape: number[], dtype: KernelDataType): object;
}

/** What the wasm backend can do besides: its tensors lie in the kernels' memory. */
interface DataInPlace {
  readonly dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: KernelDataType): tf.TensorInfo;
}

/**
 * One call of compiled kernels: where its inputs and outputs lie in their memory, and scratch that
 * is freed at the end. On `wasm` tensors are read and written in place; from other backends they
 * are copied once in and once out.
 */
export class KernelCall {
  readonly #heap: KernelHeap;
  readonly #backend: unknown;
  readonly #inPlace: boolean;
  readonly #scratch: number[] = [];
  readonly #outputs = new Map<KernelOutput, tf.TensorInfo | undefined>();

  constructor(backend: unknown) {
    const heap = sharedHeapOf(backend);
    this.#inPlace = heap !== undefined;
    this.#heap = heap ?? ownHeap();
    this.#backend = backend;
  }

  get exports(): KernelExports {
    return this.#heap.threads().exports;
  }

  /** Offset of the values of an input. */
  input(info: tf.TensorInfo): number {
    if (this.#inPlace) {
      return (this.#backend as DataInPlace).dataIdMap.get(info.dataId).memoryOffset;
    }
    const values = (this.#backend as CopiedData).readSync(info.dataId);
    const at = this.scratch(values.byteLength);
    if (values instanceof Int32Array) this.integers(at, values.length).set(values);
    else this.floats(at, values.length).set(values);
    return at;
  }

  /** A tensor for results; its values are undefined until a kernel has written them. */
  output(shape: number[], dtype: KernelDataType = 'float32'): KernelOutput {
    if (this.#inPlace) {
      const backend = this.#backend as DataInPlace;
      const info = backend.makeOutput(shape, dtype);
      const output = { shape, dtype, at: backend.dataIdMap.get(info.dataId).memoryOffset };
      this.#outputs.set(output, info);
      return output;
    }
    const size = shape.reduce((product, side) => product * side, 1);
    const output = { shape, dtype, at: this.scratch(size * 4) };
    this.#outputs.set(output, undefined);
    return output;
  }

  /** Memory for this call alone. @returns its offset */
  scratch(bytes: number): number {
    const at = this.#heap.allocate(Math.max(bytes, 64));
    this.#scratch.push(at);
    return at;
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#heap.memory.buffer, at, length);
  }

  integers(at: number, length: number): Int32Array {
    return new Int32Array(this.#heap.memory.buffer, at, length);
  }

  /** Integers in memory, as the kernels take geometry. @returns their offset */
  geometry(values: readonly number[]): number {
    const at = this.scratch(values.length * 4);
    this.integers(at, values.length).set(values);
    return at;
  }

  /** Runs a kernel on all threads; see `KernelThreads.run`. */
  run(kernel: ParallelKernel, parts: number, units: number, given: readonly number[]): void {
    this.#heap.threads().run(kernel, parts, units, given);
  }

  /** The tensor of an output, for the backend. */
  take(output: KernelOutput): tf.TensorInfo {
    const { shape, dtype, at } = output;
    const info = this.#outputs.get(output);
    if (info !== undefined) return info;
    const size = shape.reduce((product, side) => product * side, 1);
    const values = dtype === 'int32' ? this.integers(at, size) : this.floats(at, size);
    const dataId = (this.#backend as CopiedData).write(values.slice(), shape, dtype);
    return { dataId, shape, dtype };
  }

  /** Frees the scratch. */
  end(): void {
    for (const at of this.#scratch.splice(0)) this.#heap.free(at);
  }
}

/** Runs one call and hands its outputs to the backend. */
export function callKernels(
  backend: unknown,
  body: (call: KernelCall) => KernelOutput[],
): tf.TensorInfo[] {
  const call = new KernelCall(backend);
  try {
    return body(call).map((output) => call.take(output));
  } finally {
    call.end();
  }
}
