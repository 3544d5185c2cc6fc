import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeAdapter } from '../../../kernel-lib/src/backend/webgpu-adapter.ts';
import type * as useBackendModule from '../../../kernel-lib/src/backend/use-backend.ts';

const start = process.cwd();
const require = createRequire(import.meta.url);
let folder: string;

/** The modules anew: they remember packages that they have loaded. */
async function fresh(): Promise<typeof useBackendModule> {
  vi.resetModules();
  return import('../../../kernel-lib/src/backend/use-backend.ts');
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Native TensorFlow, which a machine may have or not, has tests of its own. */
const native = vi.hoisted(() => ({ installed: false, starts: 0 }));
vi.mock('../../../kernel-lib/src/backend/start-tensorflow.ts', () => {
  return {
    nativePackage: () => (native.installed ? '@tensorflow/tfjs-node' : undefined),
    startedTensorFlow: () => undefined,
    tensorFlowDevice: () => undefined,
    startTensorFlow: async () => {
      native.starts += 1;
      const { EnvironmentError } = await import('../../../kernel-lib/src/core/errors.ts');
      throw new EnvironmentError({ where: 'backend tensorflow', found: 'it does not load' });
    },
  };
});

// Beside the library they come before those of the project
const hasWebgpu = isInstalled('webgpu') && isInstalled('@tensorflow/tfjs-backend-webgpu');

/** Writes a package into the node_modules of the project. */
async function writePackage(name: string, manifest: object, code: string): Promise<void> {
  const place = path.join(folder, 'node_modules', ...name.split('/'));
  await mkdir(place, { recursive: true });
  await writeFile(path.join(place, 'package.json'), JSON.stringify({ name, ...manifest }));
  await writeFile(path.join(place, 'index.js'), code);
}

interface Card {
  readonly vendor?: string;
  readonly device?: string;
  readonly description?: string;
}

/**
 * Packages that behave as the real ones: the driver gives a card (or none), the backend computes
 * with the kernels of `cpu`.
 */
async function installWebgpu(card: Card | undefined, version = '4.22.0'): Promise<void> {
  const info = { vendor: '', architecture: '', device: '', description: '', ...card };
  await writePackage(
    'webgpu',
    { type: 'module', main: 'index.js' },
    `
    export const globals = { GPUBufferUsage: { STORAGE: 128 } };
    class Device {
      constructor() {
        this.lost = new Promise((resolve) => { this.lose = resolve; });
        Device.last = this;
      }
      addEventListener(type, listener) { this.report = listener; }
    }
    export { Device };
    export const create = () => ({
      requestAdapter: () => Promise.resolve(${
        card === undefined
          ? 'null'
          : `{
        info: ${JSON.stringify(info)},
        features: new Set(['timestamp-query']),
        limits: { maxBufferSize: 1000 },
        requestDevice: (wanted) => {
          Device.wanted = wanted;
          return Promise.resolve(new Device());
        },
      }`
      }),
    });`,
  );
  await writePackage(
    '@tensorflow/tfjs-backend-webgpu',
    { main: 'index.js', version },
    `
    const tf = require('@tensorflow/tfjs-core');
    const { MathBackendCPU } = require('@tensorflow/tfjs-backend-cpu');
    if (globalThis.navigator && globalThis.navigator.gpu) throw new Error('too early');
    if (GPUBufferUsage.STORAGE !== 128) throw new Error('no globals');
    tf.copyRegisteredKernels('cpu', 'webgpu');
    exports.WebGPUBackend = class extends MathBackendCPU {
      constructor(device) {
        super();
        if (!globalThis.navigator.gpu) throw new Error('WebGPU is not supported on this device');
        this.device = device;
        this.tensorMap = this.data;
      }
      runWebGPUProgram() {}
    };`,
  );
}

interface FakeDevice {
  lose(info: { message: string }): void;
  report(event: { error: { message: string }; preventDefault(): void }): void;
}

async function lastDevice(): Promise<FakeDevice> {
  const file = path.join(folder, 'node_modules', 'webgpu', 'index.js');
  const driver = (await import(/* @vite-ignore */ file)) as { Device: { last: FakeDevice } };
  return driver.Device.last;
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-backend-'));
  await writeFile(path.join(folder, 'package.json'), '{}');
  process.chdir(folder);
  vi.stubEnv('TATABOX_BACKEND', undefined);
  Object.assign(native, { installed: false, starts: 0 });
});

afterEach(async () => {
  process.chdir(start);
  vi.unstubAllEnvs();
  if (tf.engine().backendNames().includes('webgpu')) tf.removeBackend('webgpu');
  for (const { kernelName } of tf.getKernelsForBackend('webgpu')) {
    tf.unregisterKernel(kernelName, 'webgpu');
  }
  await rm(folder, { recursive: true });
});

describe('choice of a backend', () => {
  it('is the name that was given, then the environment, then the best one', async () => {
    const { useBackend, ensureBackend } = await fresh();
    expect((await useBackend('cpu')).name).toBe('cpu');
    expect((await ensureBackend()).name).toBe('cpu');
    vi.stubEnv('TATABOX_BACKEND', 'cpu');
    expect((await useBackend('wasm')).name).toBe('wasm');
    expect((await useBackend()).name).toBe('cpu');
    vi.stubEnv('TATABOX_BACKEND', '');
    expect((await useBackend()).name).toBe('wasm');
    expect(await ensureBackend()).toMatchObject({
      packageName: '@tensorflow/tfjs-backend-wasm',
      version: '4.22.0',
    });
  });

  it('passes over native TensorFlow that does not load, unless it was asked for', async () => {
    native.installed = true;
    const { useBackend } = await fresh();
    expect((await useBackend()).name).toBe('wasm');
    expect(native.starts).toBe(1);
    await expect(useBackend('tensorflow')).rejects.toThrow(/does not load/);
  });

  it('names the nearest name to an unknown one, and where it stands', async () => {
    const { useBackend } = await fresh();
    await expect(useBackend('webgu' as 'webgpu')).rejects.toThrow(
      /^useBackend: unknown backend 'webgu'.*webgpu/,
    );
    vi.stubEnv('TATABOX_BACKEND', 'gpu');
    await expect(useBackend()).rejects.toThrow(/^TATABOX_BACKEND: unknown backend 'gpu'/);
  });
});

describe.skipIf(hasWebgpu)('the backend webgpu', () => {
  it('says how its packages are installed', async () => {
    const { useBackend } = await fresh();
    await expect(useBackend('webgpu')).rejects.toMatchObject({
      name: 'EnvironmentError',
      message: expect.stringMatching(
        /not installed.*npm install webgpu@\S+ @tensorflow\/tfjs-backend-webgpu@4\.22\.0/,
      ) as string,
    });
  });

  it('wants the version of TensorFlow.js that the library has', async () => {
    await installWebgpu({ vendor: 'acme' }, '4.21.0');
    const { useBackend } = await fresh();
    await expect(useBackend('webgpu')).rejects.toThrow(/4\.21\.0; expected 4\.22\.0/);
  });

  it('says when a package does not load', async () => {
    await installWebgpu({ vendor: 'acme' });
    await writePackage(
      'webgpu',
      { type: 'module', main: 'index.js' },
      "throw new Error('no binary for this machine')",
    );
    const { useBackend } = await fresh();
    await expect(useBackend('webgpu')).rejects.toThrow(/do not load: no binary for this machine/);
  });

  it('says which drivers there are when there is no card', async () => {
    await installWebgpu(undefined);
    const { useBackend } = await fresh();
    await expect(useBackend('webgpu')).rejects.toThrow(/no adapter; expected .*Vulkan/);
    expect((await useBackend()).name).toBe('wasm');
  });

  it('is chosen by itself where there is a graphics card', async () => {
    await installWebgpu({ vendor: 'acme', device: '3000', description: 'Acme 1.2' });
    const { useBackend, ensureBackend } = await fresh();
    const info = await useBackend();
    expect(info).toEqual({
      name: 'webgpu',
      packageName: '@tensorflow/tfjs-backend-webgpu',
      version: '4.22.0',
      device: 'acme 3000, Acme 1.2 (hardware)',
    });
    expect(await ensureBackend()).toEqual(info);
    expect(tf.getBackend()).toBe('webgpu');
    expect((globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu).toBeUndefined();
  });

  it('is not chosen by itself where it would compute on the processor', async () => {
    await installWebgpu({ vendor: 'google', description: 'SwiftShader driver 5.0.0' });
    const { useBackend } = await fresh();
    expect((await useBackend()).name).toBe('wasm');
    expect((await useBackend('webgpu')).device).toBe(
      'google unknown device, SwiftShader driver 5.0.0 (software)',
    );
  });

  it('throws what the device reports once, and opens a lost one anew', async () => {
    await installWebgpu({ vendor: 'acme' });
    const { useBackend } = await fresh();
    await useBackend('webgpu');
    const device = await lastDevice();
    const preventDefault = vi.fn();
    device.report({ error: { message: 'out of memory\n' }, preventDefault });
    device.report({ error: { message: 'what follows from it' }, preventDefault });
    expect(preventDefault).toHaveBeenCalledTimes(2);
    const tensor = tf.tensor1d([1, 2]);
    await expect(tensor.data()).rejects.toThrow(
      'backend webgpu: out of memory. Use a smaller batch, or the backend wasm.',
    );
    expect([...(await tensor.data())]).toEqual([1, 2]);
    device.lose({ message: 'unplugged' });
    await Promise.resolve();
    await expect(tensor.data()).rejects.toThrow(/the device was lost: unplugged/);
    expect(() => tensor.dataSync()).toThrow(/lost/);
    await useBackend('webgpu');
    expect(await lastDevice()).not.toBe(device);
    const after = tf.tensor1d([3]);
    expect([...(await after.data())]).toEqual([3]);
    after.dispose();
  });
});

describe('describeAdapter', () => {
  const empty = { vendor: '', architecture: '', device: '', description: '' };

  it.each([
    { vendor: 'nvidia', architecture: 'hopper', description: 'NVIDIA: 570.86' },
    { vendor: 'apple', architecture: 'common-3', description: 'Apple M1' },
    { vendor: 'intel', architecture: 'xe', device: '0x9a49', description: 'Mesa 24.2' },
    { vendor: 'amd', architecture: 'rdna-3', isFallbackAdapter: false },
  ])('takes a card for a card: %o', (info) => {
    expect(describeAdapter({ info: { ...empty, ...info } }).kind).toBe('hardware');
  });

  it.each([
    { vendor: 'google', architecture: 'swiftshader' },
    { vendor: 'mesa', description: 'llvmpipe: Mesa 22.3.6 (LLVM 15.0.6)' },
    { vendor: 'microsoft', device: '0x8c', description: 'Microsoft Basic Render Driver' },
    { vendor: 'acme', isFallbackAdapter: true },
  ])('takes the processor for the processor: %o', (info) => {
    expect(describeAdapter({ info: { ...empty, ...info } }).kind).toBe('software');
  });

  it('has a name for what has none', () => {
    expect(describeAdapter({ info: empty })).toEqual({
      vendor: 'unknown vendor',
      device: 'unknown device',
      driver: '',
      kind: 'hardware',
    });
    expect(describeAdapter({ info: { ...empty, architecture: 'xe' } }).device).toBe('xe');
  });
});
