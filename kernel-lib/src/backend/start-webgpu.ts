import * as tf from '@tensorflow/tfjs-core';
import { EnvironmentError } from '../core/errors.ts';
import { describeAdapter, requestWebgpuAdapter, type WebgpuAdapter } from './webgpu-adapter.ts';
import {
  loadWebgpuPackages,
  WEBGPU_BACKEND_PACKAGE,
  type GpuAdapter,
  type GpuDevice,
  type WebgpuBackend,
} from './webgpu-packages.ts';

/** The backend `webgpu` as it runs. */
export interface StartedWebgpu {
  readonly packageName: string;
  readonly version: string;
  readonly adapter: WebgpuAdapter;
}

interface Running extends StartedWebgpu {
  /** What went wrong on the device since it was opened. */
  readonly failure: () => string | undefined;
}

let running: Running | undefined;

/** The limits that the backend's programs go to, as far as the adapter does. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

const FEATURES = ['timestamp-query'];

async function openDevice(adapter: GpuAdapter): Promise<GpuDevice> {
  try {
    return await adapter.requestDevice({
      requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
      requiredLimits: Object.fromEntries(
        LIMITS.flatMap((name) => {
          const limit = adapter.limits[name];
          return limit === undefined ? [] : [[name, limit]];
        }),
      ),
    });
  } catch (cause) {
    const { vendor, device } = describeAdapter(adapter);
    throw new EnvironmentError(
      {
        where: `backend webgpu, ${vendor} ${device}`,
        found: `the device cannot be opened: ${(cause as Error).message}`,
        fix: 'Use the backend wasm.',
      },
      { cause },
    );
  }
}

/**
 * WebGPU reports errors (an invalid program, memory that is used up) beside the work, whose result
 * is then zeros. The first one is kept and thrown where results are read.
 */
function watchDevice(device: GpuDevice): () => string | undefined {
  let failure: string | undefined;
  device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= error.message;
  });
  void device.lost.then(({ message }) => {
    failure ??= `the device was lost: ${message}`;
  });
  return () => failure;
}

/** Makes reads throw what the device reported, and say how to read where they cannot. */
function guardReads(backend: WebgpuBackend, failure: () => string | undefined): void {
  const [read, readSync] = [backend.read.bind(backend), backend.readSync.bind(backend)];
  const requireNoFailure = (): void => {
    const found = failure();
    if (found === undefined) return;
    throw new EnvironmentError({
      where: 'backend webgpu',
      found: found.trim(),
      fix: 'Use a smaller batch, or the backend wasm.',
    });
  };
  backend.read = async (dataId) => {
    const values = await read(dataId);
    requireNoFailure();
    return values;
  };
  backend.readSync = (dataId) => {
    requireNoFailure();
    if (backend.tensorMap.get(dataId).values != null) return readSync(dataId);
    throw new EnvironmentError({
      where: 'backend webgpu',
      found: 'dataSync() or arraySync() of a tensor that is on the graphics card',
      expected: 'an asynchronous read, the only one that WebGPU has in Node',
      fix: 'Write await tensor.data() or await tensor.array().',
    });
  };
}

async function open(): Promise<Running> {
  const { createBackend, version } = await loadWebgpuPackages();
  const adapter = await requestWebgpuAdapter();
  const device = await openDevice(adapter);
  const failure = watchDevice(device);
  const backend = createBackend(device, adapter.info);
  guardReads(backend, failure);
  tf.registerBackend('webgpu', () => backend);
  return {
    packageName: WEBGPU_BACKEND_PACKAGE,
    version,
    adapter: describeAdapter(adapter),
    failure,
  };
}

/**
 * Starts the backend `webgpu`, or goes back to it. After an error on the device it is opened anew;
 * tensors of before are gone then.
 *
 * @throws EnvironmentError when the packages are missing, or there is no adapter or no device
 */
export async function startWebgpu(): Promise<StartedWebgpu> {
  if (running !== undefined && running.failure() !== undefined) {
    tf.removeBackend('webgpu');
    running = undefined;
  }
  running ??= await open();
  await tf.setBackend('webgpu');
  return running;
}

/** The backend `webgpu` if it was started. */
export function runningWebgpu(): StartedWebgpu | undefined {
  return running;
}
