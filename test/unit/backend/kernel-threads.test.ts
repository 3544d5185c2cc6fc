import { spawnSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { KernelCall } from '../../../kernel-lib/src/backend/kernel-call.ts';
import {
  kernelThreadCount,
  setKernelThreadCount,
  sharedMemory,
} from '../../../kernel-lib/src/backend/kernel-heap.ts';
import { KernelThreads } from '../../../kernel-lib/src/backend/kernel-threads.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../../kernel-lib/src/core/random.ts';

const usual = kernelThreadCount();
afterAll(() => setKernelThreadCount(usual));

/** Sums `parts` stretches of `size` floats with some threads. */
async function sumWith(threads: KernelThreads, memory: WebAssembly.Memory, job: number) {
  const size = 1 + (job % 97);
  const parts = new Float32Array(memory.buffer, 4096, 3 * size);
  for (let i = 0; i < parts.length; i++) parts[i] = (job * 31 + i) % 1009;
  const target = new Float32Array(memory.buffer, 16384, size).fill(-1);
  threads.run('sumParts', Math.min(size, 1 + (job % 11)), size, [4096, 3, size, 16384]);
  for (let i = 0; i < size; i++) {
    const expected = parts[i]! + parts[size + i]! + parts[2 * size + i]!;
    if (target[i] !== expected) return `job ${job}, value ${i}: ${target[i]} for ${expected}`;
  }
  return '';
}

describe('KernelThreads', () => {
  it.each([1, 2, 4])('does thousands of short jobs right with %i threads', async (count) => {
    const memory = sharedMemory(1);
    const threads = new KernelThreads(memory, count);
    expect(threads.count).toBe(count);
    for (let job = 0; job < 5000; job++) {
      expect(await sumWith(threads, memory, job)).toBe('');
      // Lets worker threads fall asleep now and then.
      if (job % 1000 === 999) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await threads.close();
    // Without its workers the calling thread does all parts itself.
    expect(await sumWith(threads, memory, 4711)).toBe('');
  });

  it('reports a kernel that fails, on whichever thread, and goes on', async () => {
    const memory = sharedMemory(1);
    const threads = new KernelThreads(memory, 3);
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(() => {
        threads.run('sumParts', 8, 64, [2 ** 30, 2, 64, 0]);
      }).toThrow(/out of bounds/);
      expect(await sumWith(threads, memory, attempt)).toBe('');
    }
    await threads.close();
  });

  it('works beyond the former end of a memory that has just grown', async () => {
    const memory = sharedMemory(2);
    const threads = new KernelThreads(memory, 4);
    for (let pages = 2; pages < 400; pages += 2) {
      memory.grow(2);
      const last = (pages + 1) * 65536;
      // `localClear` fills memory, which checks bounds where ordinary stores do not.
      threads.run('localClear', 8, 65536, [last]);
      threads.run('sumParts', 8, 64, [4096, 2, 64, last]);
    }
    await threads.close();
  });

  it('keeps no process alive, nor does the backend leave handlers of errors behind', async () => {
    const program = `
      import { useBackend } from './kernel-lib/src/backend/use-backend.ts';
      import { kernelThreadCount } from './kernel-lib/src/backend/kernel-heap.ts';
      import * as tf from '@tensorflow/tfjs-core';
      await useBackend('wasm');
      const a = tf.ones([300, 300]);
      console.log(tf.matMul(a, a).dataSync()[0], kernelThreadCount(), typeof globalThis.Worker,
        process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection'));
    `;
    const { outputFiles } = await build({
      stdin: { contents: program, loader: 'ts', resolveDir: process.cwd() },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      write: false,
    });
    const run = spawnSync('node', ['--input-type=module', '-'], {
      input: outputFiles[0]!.text,
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, TATABOX_THREADS: '3' },
    });
    expect(run.stderr).toBe('');
    expect(run.stdout.trim()).toBe(`300 3 ${typeof Reflect.get(globalThis, 'Worker')} 0 0`);
    expect(run.status).toBe(0);
  });
});

describe('results', () => {
  function gradients(): Float32Array[] {
    const random = new Random(5);
    const numbers = (size: number): Float32Array =>
      Float32Array.from({ length: size }, () => random.normal());
    return tf.tidy(() => {
      const x = tf.tensor3d(numbers(12 * 200 * 16), [12, 200, 16]);
      const w = tf.tensor3d(numbers(7 * 16 * 24), [7, 16, 24]);
      return tf
        .grads((a: tf.Tensor, b: tf.Tensor) =>
          tf.sum(tf.square(tf.conv1d(a as tf.Tensor3D, b as tf.Tensor3D, 1, 'same'))),
        )([x, w])
        .map((tensor) => tensor.dataSync() as Float32Array);
    });
  }

  it('have the same bits with any number of threads', async () => {
    await useBackend('wasm');
    const results: Float32Array[][] = [];
    for (const count of [1, 2, 5, 2]) {
      await setKernelThreadCount(count);
      results.push(gradients());
    }
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
  });

  it('frees its scratch: the memory stops growing', async () => {
    await useBackend('wasm');
    const size = (): number => {
      const call = new KernelCall(tf.backend());
      const { byteLength } = call.floats(0, 0).buffer;
      call.end();
      return byteLength;
    };
    gradients();
    gradients();
    const before = size();
    const { numTensors } = tf.memory();
    for (let i = 0; i < 30; i++) gradients();
    expect(size()).toBe(before);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
