import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { EnvironmentError } from '../core/errors.ts';
import { makeSharedWasmBackend, sharedHeapOf } from './shared-wasm-backend.ts';
import { registerWasmTrainingKernels } from './wasm-training-kernels.ts';

const NAME = 'wasm';

/** Puts our start of the backend in the place of the package's own. */
function register(): void {
  const current = tf.findBackend(NAME) as object | null;
  if (current !== null && sharedHeapOf(current) !== undefined) return;
  if (current !== null && tf.getBackend() === NAME && tf.memory().numTensors > 0) {
    throw new EnvironmentError({
      where: 'backend wasm',
      found: 'the backend was started by another program and holds tensors',
      fix: "Call tatabox's useBackend('wasm') before the first tensor is made.",
    });
  }
  tf.removeBackend(NAME);
  tf.registerBackend(NAME, makeSharedWasmBackend, 2);
}

/** Starts the backend `wasm`. @returns the npm package that provides it */
export async function startWasm(): Promise<string> {
  register();
  registerWasmTrainingKernels();
  if (!(await tf.setBackend(NAME))) {
    throw new EnvironmentError({
      where: 'backend wasm',
      found: 'WebAssembly with SIMD and shared memory could not be started in this Node',
      expected: `Node 20.19 or newer (this is ${process.version})`,
    });
  }
  return '@tensorflow/tfjs-backend-wasm';
}
