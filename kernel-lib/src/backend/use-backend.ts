import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
// Registers the gradients of all operations, which tfjs-core alone does not.
import '@tensorflow/tfjs-layers';
import { EnvironmentError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { registerMendedGradients } from './mended-gradients.ts';
import { registerMendedKernels } from './mended-kernels.ts';
import { addTensorMethods } from './mended-tensor-methods.ts';
import { registerSequenceConvolution } from './sequence-convolution.ts';
import {
  nativePackage,
  startedTensorFlow,
  startTensorFlow,
  tensorFlowDevice,
} from './start-tensorflow.ts';
import { startWasm } from './start-wasm.ts';
import { runningWebgpu, startWebgpu, type StartedWebgpu } from './start-webgpu.ts';
import { registerTensorFlowKernels } from './tensorflow-kernels.ts';
import { findWebgpuAdapter } from './webgpu-adapter.ts';
import { webgpuInstalled } from './webgpu-packages.ts';

/** The backends of TensorFlow.js that the library runs on, best first. */
export const BACKEND_NAMES = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

/** What runs the tensor operations. */
export interface BackendInfo {
  readonly name: BackendName;
  /** The npm package that provides it. */
  readonly packageName: string;
  readonly version: string;
  /** What computes, where the backend can say so: `amd Radeon 890M, Mesa 24.2 (hardware)`. */
  readonly device?: string;
}

const require = createRequire(import.meta.url);

function versionOf(packageName: string): string {
  // What `tatabox native` has installed lies in the user's cache, where require does not look.
  const native = startedTensorFlow();
  if (native?.packageName === packageName) return native.version;
  return (require(`${packageName}/package.json`) as { version: string }).version;
}

function webgpuInfo({ packageName, version, adapter }: StartedWebgpu): BackendInfo {
  const { vendor, device, driver, kind } = adapter;
  const name = [`${vendor} ${device}`, ...(driver === '' ? [] : [driver])].join(', ');
  return { name: 'webgpu', packageName, version, device: `${name} (${kind})` };
}

async function start(name: BackendName): Promise<BackendInfo> {
  // Production mode only silences an advertisement that would land in notebook cells.
  tf.enableProdMode();
  addTensorMethods();
  registerMendedGradients();
  if (name === 'webgpu') {
    const info = webgpuInfo(await startWebgpu());
    await tf.ready();
    registerMendedKernels(name);
    return info;
  }
  let packageName = '@tensorflow/tfjs-backend-cpu';
  if (name === 'tensorflow') packageName = await startTensorFlow();
  else if (name === 'wasm') packageName = await startWasm();
  else await tf.setBackend('cpu');
  await tf.ready();
  registerSequenceConvolution(name);
  if (name === 'tensorflow') registerTensorFlowKernels();
  registerMendedKernels(name);
  return { name, packageName, version: versionOf(packageName), ...deviceOf(name) };
}

function deviceOf(name: BackendName): Pick<BackendInfo, 'device'> {
  const device = name === 'tensorflow' ? tensorFlowDevice() : undefined;
  return device === undefined ? {} : { device };
}

function asBackendName(name: string, where: string): BackendName {
  if ((BACKEND_NAMES as readonly string[]).includes(name)) return name as BackendName;
  throw new UsageError({
    where,
    found: `unknown backend '${name}'`,
    fix: suggestion(name, BACKEND_NAMES),
  });
}

/** Whether there is a graphics card for `webgpu`: a software adapter is slower than `wasm`. */
async function hasGraphicsCard(): Promise<boolean> {
  return webgpuInstalled() && (await findWebgpuAdapter()).kind === 'hardware';
}

/** Does something that only a part of all machines can do. @returns undefined where it cannot */
async function ifPossible<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  }
}

/**
 * Chooses what runs the tensor operations and gets it ready.
 *
 * Without a name: the environment variable `TATABOX_BACKEND`, else native TensorFlow if it is
 * installed and loads, else `webgpu` if its packages are installed and there is a graphics card
 * for it, else `wasm` (SIMD, always there).
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
    const info = await ifPossible(() => start('tensorflow'));
    if (info !== undefined) return info;
  }
  if ((await ifPossible(hasGraphicsCard)) === true) {
    const info = await ifPossible(() => start('webgpu'));
    if (info !== undefined) return info;
  }
  return start('wasm');
}

/** The backend in use, started with the defaults of `useBackend` if none is in use yet. */
export async function ensureBackend(): Promise<BackendInfo> {
  const current = tf.engine().backendName as string | null;
  if (current === 'webgpu') {
    const started = runningWebgpu();
    if (started !== undefined) return webgpuInfo(started);
  }
  if (current === 'tensorflow' || current === 'wasm' || current === 'cpu') {
    if (tf.getKernel('SequenceConvolution', current) !== undefined) {
      const packageName =
        current === 'tensorflow'
          ? (startedTensorFlow()?.packageName ?? '@tensorflow/tfjs-node')
          : `@tensorflow/tfjs-backend-${current}`;
      const version = versionOf(packageName);
      return { name: current, packageName, version, ...deviceOf(current) };
    }
  }
  return useBackend();
}
