import * as tf from '@tensorflow/tfjs-core';
import { EnvironmentError } from '../core/errors.ts';
import { mendPrograms, registerWebgpuKernels } from './webgpu-kernels.ts';
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
  readonly isLost: () => boolean;
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

/** What went wrong on a device, which WebGPU reports beside the work. */
class DeviceErrors {
  #first: string | undefined;
  #lost: string | undefined;

  constructor(device: GpuDevice) {
    device.addEventListener('uncapturederror', (event) => {
      // Else the driver writes it to the terminal as well, with all that follows from it.
      event.preventDefault();
      this.#first ??= event.error.message.trim();
    });
    void device.lost.then(({ message }) => {
      this.#lost = `the device was lost: ${message.trim()}`;
    });
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Throws what was reported since the last time: the results of that work are zeros, not numbers. */
  throwIfAny(): void {
    const found = this.#lost ?? this.#first;
    this.#first = undefined;
    if (found === undefined) return;
    throw new EnvironmentError({
      where: 'backend webgpu',
      found,
      fix: this.isLost
        ? 'Choose the backend again and load the model anew; use a smaller batch or the backend wasm.'
        : 'Use a smaller batch, or the backend wasm.',
    });
  }
}

/** Makes reads throw what the device reported, and say how to read where they cannot. */
function guardReads(backend: WebgpuBackend, errors: DeviceErrors): void {
  const [read, readSync] = [backend.read.bind(backend), backend.readSync.bind(backend)];
  backend.read = async (dataId) => {
    const values = await read(dataId);
    errors.throwIfAny();
    return values;
  };
  backend.readSync = (dataId) => {
    errors.throwIfAny();
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
  const errors = new DeviceErrors(device);
  const backend = createBackend(device, adapter.info);
  guardReads(backend, errors);
  mendPrograms(backend);
  registerWebgpuKernels();
  tf.registerBackend('webgpu', () => backend);
  return {
    packageName: WEBGPU_BACKEND_PACKAGE,
    version,
    adapter: describeAdapter(adapter),
    isLost: () => errors.isLost,
  };
}

/**
 * Starts the backend `webgpu`, or goes back to it. A device that was lost is opened anew; the tensors
 * of before are gone then.
 *
 * @throws EnvironmentError when the packages are missing, or there is no adapter or no device
 */
export async function startWebgpu(): Promise<StartedWebgpu> {
  if (running?.isLost() === true) {
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
