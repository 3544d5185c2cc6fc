import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import type * as tf from '@tensorflow/tfjs-core';
import { EnvironmentError } from '../core/errors.ts';

/** Gives WebGPU to Node: Dawn, with its binaries. */
export const WEBGPU_DRIVER_PACKAGE = 'webgpu';

/** The backend `webgpu` of TensorFlow.js. */
export const WEBGPU_BACKEND_PACKAGE = '@tensorflow/tfjs-backend-webgpu';

/** What adds both. */
export const WEBGPU_INSTALL_COMMAND =
  'npm install webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0';

const BACKEND_VERSION = '4.22.0';

/** The parts of the WebGPU standard that are used here; the package has no types of its own. */
export interface Gpu {
  requestAdapter(options?: { powerPreference?: string }): Promise<GpuAdapter | null>;
}

export interface GpuAdapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly features: ReadonlySet<string>;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: {
    requiredFeatures: readonly string[];
    requiredLimits: Readonly<Record<string, number>>;
  }): Promise<GpuDevice>;
}

export interface GpuDevice {
  readonly lost: Promise<{ readonly message: string }>;
  addEventListener(
    type: 'uncapturederror',
    listener: (event: {
      readonly error: { readonly message: string };
      preventDefault(): void;
    }) => void,
  ): void;
  destroy(): void;
}

/** A program of the backend, with the source of its shader. */
export interface WebgpuProgram {
  readonly shaderKey: string;
  getUserCode(): string;
}

/** The backend of TensorFlow.js, with what this library uses of it beyond its public part. */
export interface WebgpuBackend extends tf.KernelBackend {
  readonly tensorMap: { get(dataId: object): { readonly values?: tf.BackendValues | null } };
  write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId;
  disposeData(dataId: object): boolean;
  runWebGPUProgram(program: WebgpuProgram, ...rest: unknown[]): tf.TensorInfo;
}

/** The backend's package, and the driver below it. */
export interface WebgpuPackages {
  readonly gpu: Gpu;
  readonly createBackend: (device: GpuDevice, info: GpuAdapter['info']) => WebgpuBackend;
  readonly version: string;
}

interface Place {
  readonly require: NodeJS.Require;
  readonly driver: string;
  readonly backend: string;
}

const libraryRequire = createRequire(import.meta.url);

/** Beside the library, or in the project that is worked in (for a library that lies elsewhere). */
function findPlace(): Place | undefined {
  for (const require of [libraryRequire, createRequire(path.join(process.cwd(), 'package.json'))]) {
    try {
      return {
        require,
        driver: require.resolve(WEBGPU_DRIVER_PACKAGE),
        backend: require.resolve(WEBGPU_BACKEND_PACKAGE),
      };
    } catch {
      // Looks in the next place
    }
  }
  return undefined;
}

/** Whether both packages are installed; loads neither. */
export function webgpuInstalled(): boolean {
  return findPlace() !== undefined;
}

function notInstalled(): EnvironmentError {
  return new EnvironmentError({
    where: 'backend webgpu',
    found: `the packages ${WEBGPU_DRIVER_PACKAGE} and ${WEBGPU_BACKEND_PACKAGE} are not installed`,
    fix: `Run: ${WEBGPU_INSTALL_COMMAND}`,
  });
}

/** The driver's objects that the backend expects as globals. */
const NEEDED_GLOBALS = [
  'GPUBuffer',
  'GPUBufferUsage',
  'GPUExternalTexture',
  'GPUMapMode',
  'GPUTexture',
  'GPUTextureUsage',
] as const;

/**
 * Runs the backend's module with WebGPU as parameters of its module function. It was written for
 * browsers and reads `navigator.gpu`, `GPUBuffer` and others as globals; like this the process's own
 * globals stay as they are, and the module gets the instance of TensorFlow.js that the library uses,
 * wherever the package lies.
 */
async function loadBackendModule(
  file: string,
  gpu: Gpu,
  globals: Readonly<Record<string, unknown>>,
): Promise<{
  WebGPUBackend: new (device: GpuDevice, info: GpuAdapter['info']) => WebgpuBackend;
}> {
  const navigator: { gpu?: Gpu } = {};
  const parameters: Record<string, unknown> = {
    exports: {},
    require: (name: string) =>
      name.startsWith('@tensorflow/') ? libraryRequire(name) : createRequire(file)(name),
    globalThis: { navigator },
    navigator,
    ...Object.fromEntries(NEEDED_GLOBALS.map((name) => [name, globals[name]])),
  };
  const run = compileFunction(await readFile(file, 'utf8'), Object.keys(parameters), {
    filename: file,
  }) as (...values: unknown[]) => void;
  run(...Object.values(parameters));
  // Not before: with it the module would register a backend that opens a device of its own.
  navigator.gpu = gpu;
  return parameters['exports'] as Awaited<ReturnType<typeof loadBackendModule>>;
}

async function load(): Promise<WebgpuPackages> {
  const place = findPlace();
  if (place === undefined) throw notInstalled();
  const { version } = place.require(`${WEBGPU_BACKEND_PACKAGE}/package.json`) as {
    version: string;
  };
  if (version !== BACKEND_VERSION) {
    throw new EnvironmentError({
      where: 'backend webgpu',
      found: `${WEBGPU_BACKEND_PACKAGE} ${version}`,
      expected: BACKEND_VERSION,
      fix: `Run: ${WEBGPU_INSTALL_COMMAND}`,
    });
  }
  try {
    const driver = (await import(/* @vite-ignore */ pathToFileURL(place.driver).href)) as {
      create(options: string[]): Gpu;
      globals: Readonly<Record<string, unknown>>;
    };
    const gpu = driver.create([]);
    const { WebGPUBackend } = await loadBackendModule(place.backend, gpu, driver.globals);
    return {
      gpu,
      createBackend: (device, info) => new WebGPUBackend(device, info),
      version,
    };
  } catch (cause) {
    throw new EnvironmentError(
      {
        where: 'backend webgpu',
        found: `its packages do not load: ${(cause as Error).message.split('\n')[0] ?? ''}`,
        fix: 'Install them again, or use the backend wasm.',
      },
      { cause },
    );
  }
}

let loaded: Promise<WebgpuPackages> | undefined;

/**
 * Loads both packages, once.
 *
 * @throws EnvironmentError when one is missing, of another version, or does not load
 */
export function loadWebgpuPackages(): Promise<WebgpuPackages> {
  loaded ??= load().catch((error: unknown) => {
    // May be mended while a notebook runs
    loaded = undefined;
    throw error;
  });
  return loaded;
}
