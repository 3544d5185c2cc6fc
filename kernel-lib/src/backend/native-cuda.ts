import { rm } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { Environment } from './native-folder.ts';
import { runtimeGlibc } from './native-manifest.ts';
import { downloadWheels, type Pip } from './native-pip.ts';
import { CUDA_SIZE } from './native-releases.ts';
import { readZipDirectory, unpackZip } from './native-zip.ts';

/** A CUDA package that was unpacked. */
export interface CudaPackage {
  readonly name: string;
  readonly version: string;
}

/** What `installCuda` works on. */
export interface CudaInput {
  readonly pip: Pip;
  /** The requirements of TensorFlow's extra `and-cuda`. */
  readonly requirements: readonly string[];
  readonly downloads: string;
  /** The installation being built. */
  readonly folder: string;
}

/** Parts of the CUDA wheels that TensorFlow loads or runs; the rest is for compiling CUDA programs. */
const wanted = [
  /^nvidia\/[^/]+\/lib\/[^/]+\.so[.\d]*$/,
  // XLA assembles its kernels with these.
  /^nvidia\/cuda_nvcc\/bin\/(?:ptxas|nvlink|fatbinary)$/,
  /^nvidia\/cuda_nvcc\/nvvm\/libdevice\/[^/]+\.bc$/,
];

/**
 * All tags of wheels that a glibc can load (PEP 600), newest first: NVIDIA's wheels carry many.
 *
 * @param glibc for example `2.36`
 */
export function manylinuxPlatforms(glibc: string): string[] {
  const newest = Number(glibc.split('.')[1]);
  const minors = Array.from({ length: Math.max(0, newest - 4) }, (_, index) => newest - index);
  const names = [
    ...minors.map((minor) => `manylinux_2_${String(minor)}`),
    'manylinux2014',
    'manylinux2010',
    'manylinux1',
  ];
  return names.map((name) => `${name}_x86_64`);
}

/** Name and version as a wheel's file name tells them. */
export function wheelNameParts(file: string): CudaPackage {
  const [name, version] = path.basename(file).split('-');
  if (name === undefined || version === undefined) {
    throw new InputError({ where: file, found: 'no name of a wheel' });
  }
  return { name: name.replaceAll('_', '-'), version };
}

/**
 * Gets the CUDA and cuDNN libraries of a TensorFlow with pip and unpacks them beside it, in the
 * folders where TensorFlow's own libraries look for them (`../nvidia/NAME/lib`). A wheel is removed
 * once it is unpacked.
 *
 * @throws EnvironmentError, InputError, InterruptedError
 */
export async function installCuda(
  { pip, requirements, downloads, folder }: CudaInput,
  options: LongWorkOptions & { readonly environment: Environment },
): Promise<CudaPackage[]> {
  const names = await downloadWheels(
    {
      pip,
      requirements,
      layout: { platforms: manylinuxPlatforms(runtimeGlibc() ?? '2.17') },
      withDependencies: true,
      folder: downloads,
      task: 'downloading CUDA',
      total: CUDA_SIZE,
    },
    options,
  );
  const packages: CudaPackage[] = [];
  const wheels = names.filter((name) => name.endsWith('.whl'));
  for (const [index, name] of wheels.entries()) {
    options.progress?.({
      task: 'unpacking CUDA',
      done: index,
      total: wheels.length,
      unit: 'packages',
    });
    const file = path.join(downloads, name);
    const members = await readZipDirectory(file);
    await unpackZip(
      file,
      members.filter((member) => wanted.some((pattern) => pattern.test(member.name))),
      folder,
      { signal: options.signal },
    );
    await rm(file, { force: true });
    packages.push(wheelNameParts(name));
  }
  options.progress?.({
    task: 'unpacking CUDA',
    done: wheels.length,
    total: wheels.length,
    unit: 'packages',
  });
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}
