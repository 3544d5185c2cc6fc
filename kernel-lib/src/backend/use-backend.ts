import { createRequire } from 'node:module';
import path from 'node:path';
import type * as wasmBackend from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
// Registers the gradients of all operations, which tfjs-core alone does not.
import '@tensorflow/tfjs-layers';
import { EnvironmentError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { registerSequenceConvolution } from './sequence-convolution.ts';
import { registerWasmTrainingKernels } from './wasm-training-kernels.ts';

/** The backends of TensorFlow.js that the library runs on, best first. */
export const BACKEND_NAMES = ['tensorflow', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

/** What runs the tensor operations. */
export interface BackendInfo {
  readonly name: BackendName;
  /** The npm package that provides it. */
  readonly packageName: string;
  readonly version: string;
}

const require = createRequire(import.meta.url);

function versionOf(packageName: string): string {
  return (require(`${packageName}/package.json`) as { version: string }).version;
}

/** The installed native TensorFlow package, GPU first. */
function nativePackage(): string | undefined {
  return ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].find((packageName) => {
    try {
      require.resolve(packageName);
      return true;
    } catch {
      return false;
    }
  });
}

async function startTensorFlow(): Promise<string> {
  const packageName = nativePackage();
  if (packageName === undefined) {
    throw new EnvironmentError({
      where: 'backend tensorflow',
      found: '@tensorflow/tfjs-node is not installed',
      fix: 'Install @tensorflow/tfjs-node, or use the backend wasm, which needs nothing else.',
    });
  }
  try {
    require(packageName);
  } catch (cause) {
    throw new EnvironmentError(
      {
        where: 'backend tensorflow',
        found: `${packageName} does not load: ${(cause as Error).message.split('\n')[0] ?? ''}`,
        fix: 'Rebuild the package, or use the backend wasm.',
      },
      { cause },
    );
  }
  await tf.setBackend('tensorflow');
  return packageName;
}

async function startWasm(): Promise<string> {
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

async function start(name: BackendName): Promise<BackendInfo> {
  // Production mode only silences an advertisement that would land in notebook cells.
  tf.enableProdMode();
  let packageName = '@tensorflow/tfjs-backend-cpu';
  if (name === 'tensorflow') packageName = await startTensorFlow();
  else if (name === 'wasm') packageName = await startWasm();
  else await tf.setBackend('cpu');
  await tf.ready();
  registerSequenceConvolution(name);
  return { name, packageName, version: versionOf(packageName) };
}

function asBackendName(name: string, where: string): BackendName {
  if ((BACKEND_NAMES as readonly string[]).includes(name)) return name as BackendName;
  throw new UsageError({
    where,
    found: `unknown backend '${name}'`,
    fix: suggestion(name, BACKEND_NAMES),
  });
}

/**
 * Chooses what runs the tensor operations and gets it ready.
 *
 * Without a name: the environment variable `TATABOX_BACKEND`, else native TensorFlow if its package
 * is installed and loads, else `wasm` (SIMD, always there).
 *
 * @example
 * const backend = await useBackend();
 * backend.name; // 'wasm'
 * @throws UsageError for an unknown name; EnvironmentError if the backend cannot be started
 */
export async function useBackend(name?: BackendName): Promise<BackendInfo> {
  const wanted = name ?? process.env['TATABOX_BACKEND'];
  if (wanted !== undefined && wanted !== '') {
    return start(asBackendName(wanted, name === undefined ? 'TATABOX_BACKEND' : 'useBackend'));
  }
  if (nativePackage() !== undefined) {
    try {
      return await start('tensorflow');
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
    }
  }
  return start('wasm');
}

/** The backend in use, started with the defaults of `useBackend` if none is in use yet. */
export async function ensureBackend(): Promise<BackendInfo> {
  const current = tf.engine().backendName as string | null;
  if (current === 'tensorflow' || current === 'wasm' || current === 'cpu') {
    if (tf.getKernel('SequenceConvolution', current) !== undefined) {
      const packageName =
        current === 'tensorflow'
          ? (nativePackage() ?? '@tensorflow/tfjs-node')
          : `@tensorflow/tfjs-backend-${current}`;
      return { name: current, packageName, version: versionOf(packageName) };
    }
  }
  return useBackend();
}
