import * as tf from '@tensorflow/tfjs-core';
import { ownHeap, type KernelHeap } from '../backend/kernel-heap.ts';
import type { ParallelKernel } from '../backend/kernel-module.ts';
import { sharedHeapOf } from '../backend/shared-wasm-backend.ts';

/** Memory is taken from the backend in blocks of at least this many bytes. */
const BLOCK = 2 ** 22;

/** Floats that are worth a part of their own: fewer are computed before another thread has woken. */
const PART = 16_384;

/** Parts of one kernel call at most. */
const MOST_PARTS = 32;

/** A stretch of memory that is made longer where it is too short for the next chunk. */
export interface GrowingStretch {
  at: number;
  bytes: number;
}

/**
 * Part of the memory of the compiled kernels, held as long as a network is open: weights, unchanged
 * activations and changes stay in it from one chunk to the next. Views are valid until the next
 * `reserve`.
 */
export class LocalMemory {
  readonly #heap: KernelHeap;
  readonly #blocks: number[] = [];
  #next = 0;
  #end = 0;
  #productScratch = 0;

  constructor() {
    this.#heap = sharedHeapOf(tf.backend()) ?? ownHeap();
  }

  /** Scratch of matrix products, for all parts of a call. */
  get productScratch(): number {
    if (this.#productScratch === 0) {
      const { LEFT_SCRATCH } = this.#heap.threads().exports;
      this.#productScratch = this.reserve(MOST_PARTS * LEFT_SCRATCH.value);
    }
    return this.#productScratch;
  }

  /** A stretch of zeros, aligned to vectors. */
  reserve(bytes: number): number {
    const size = Math.ceil(bytes / 64) * 64;
    if (this.#next + size > this.#end) {
      const block = Math.max(size, BLOCK);
      const start = this.#heap.allocate(block + 64);
      this.#blocks.push(start);
      this.#next = Math.ceil(start / 64) * 64;
      this.#end = this.#next + block;
    }
    const start = this.#next;
    this.#next += size;
    // By a kernel: JavaScript fills shared memory byte by byte.
    this.run('localClear', size, 0, [start]);
    return start;
  }

  /** Makes a stretch hold `bytes`; what it held is lost where it is moved. */
  ensure(stretch: GrowingStretch, bytes: number): void {
    if (stretch.bytes >= bytes) return;
    stretch.bytes = Math.ceil(bytes * 1.25);
    stretch.at = this.reserve(stretch.bytes);
  }

  /**
   * Runs a kernel of assembly/local-*.ts, on several threads where that pays.
   *
   * @param units units of work that can be divided
   * @param floats how much work it is: numbers that are read or written, more or less
   */
  run(kernel: ParallelKernel, units: number, floats: number, given: readonly number[]): void {
    const parts = Math.max(1, Math.min(units, MOST_PARTS, Math.floor(floats / PART)));
    if (units > 0) this.#heap.threads().run(kernel, parts, units, given);
  }

  floats(start: number, length: number): Float32Array {
    return new Float32Array(this.#heap.memory.buffer, start, length);
  }

  integers(start: number, length: number): Int32Array {
    return new Int32Array(this.#heap.memory.buffer, start, length);
  }

  bytes(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#heap.memory.buffer, start, length);
  }

  /** Copies rows of `from` values into rows of `to` values, zeros behind them. */
  putRows(values: Float32Array, from: number, to: number): number {
    const rows = values.length / from;
    const start = this.reserve(rows * to * 4);
    const target = this.floats(start, rows * to);
    if (from === to) {
      target.set(values);
      return start;
    }
    for (let row = 0; row < rows; row++) {
      target.set(values.subarray(row * from, (row + 1) * from), row * to);
    }
    return start;
  }

  /** Writes a structure of 32-bit numbers. */
  structure(fields: readonly number[]): number {
    const start = this.reserve(fields.length * 4);
    this.integers(start, fields.length).set(fields);
    return start;
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const block of this.#blocks.splice(0)) this.#heap.free(block);
    this.#next = 0;
    this.#end = 0;
    this.#productScratch = 0;
  }
}
