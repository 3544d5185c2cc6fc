import { EnvironmentError } from '../core/errors.ts';
import { loadWebgpuPackages, type GpuAdapter } from './webgpu-packages.ts';

/** What WebGPU found to compute with. */
export interface WebgpuAdapter {
  /** As the driver says, for example `nvidia`. */
  readonly vendor: string;
  /** The device's name, as far as the driver tells it. */
  readonly device: string;
  /** Name and version of the driver; may be empty. */
  readonly driver: string;
  /** A software adapter computes on the processor: right, but slow; it is never chosen by default. */
  readonly kind: 'hardware' | 'software';
}

/** Software implementations of Vulkan and Direct3D, by what they call themselves. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** Says what an adapter is. */
export function describeAdapter({ info }: Pick<GpuAdapter, 'info'>): WebgpuAdapter {
  const { vendor, architecture, device, description, isFallbackAdapter } = info;
  const all = [vendor, architecture, device, description].join(' ');
  return {
    vendor: vendor || 'unknown vendor',
    device: device || architecture || 'unknown device',
    driver: description,
    kind: isFallbackAdapter === true || SOFTWARE.test(all) ? 'software' : 'hardware',
  };
}

/** The adapter that WebGPU prefers for heavy work. */
export async function requestWebgpuAdapter(): Promise<GpuAdapter> {
  const { gpu } = await loadWebgpuPackages();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter !== null) return adapter;
  throw new EnvironmentError({
    where: 'backend webgpu',
    found: 'no adapter',
    expected: 'a driver for Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows)',
    fix: 'Install the driver of the graphics card (on Linux also libvulkan1), or use the backend wasm.',
  });
}

/**
 * Looks for an adapter without starting the backend.
 *
 * @throws EnvironmentError when the packages are not installed or there is no adapter
 */
export async function findWebgpuAdapter(): Promise<WebgpuAdapter> {
  return describeAdapter(await requestWebgpuAdapter());
}
