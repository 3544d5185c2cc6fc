import { createRequire } from 'node:module';
import path from 'node:path';
import type * as wasmBackend from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { EnvironmentError } from '../core/errors.ts';
import { registerWasmTrainingKernels } from './wasm-training-kernels.ts';

const require = createRequire(import.meta.url);

/** Starts the backend `wasm`. @returns the npm package that provides it */
export async function startWasm(): Promise<string> {
  const packageName = '@tensorflow/tfjs-backend-wasm';
  const wasm = require(packageName) as typeof wasmBackend;
  wasm.setWasmPaths(`${path.dirname(require.resolve(packageName))}${path.sep}`);
  registerWasmTrainingKernels();
  if (!(await tf.setBackend('wasm'))) {
    throw new EnvironmentError({
      where: 'backend wasm',
      found: 'WebAssembly with SIMD could not be started in this Node',
      expected: `Node 20.19 or newer (this is ${process.version})`,
    });
  }
  return packageName;
}
