import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, TataboxError, UsageError } from '../core/errors.ts';
import { checkFolderWritable } from '../core/file-writer.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { findCompiler, type Compiler } from './native-compile.ts';
import {
  installName,
  nativeFolder,
  type Environment,
  type NativeVariant,
} from './native-folder.ts';
import {
  checkInstallation,
  isOlder,
  runtimeGlibc,
  type NativeInstallation,
} from './native-manifest.ts';
import { askIndex, findPip, type Pip } from './native-pip.ts';
import {
  CUDA_SIZE,
  CUDA_UNPACKED_SIZE,
  pinnedWheel,
  TENSORFLOW_VERSION,
  wheelLayout,
  type WheelLayout,
} from './native-releases.ts';
import { checkSources } from './native-sources.ts';
import { openWheel, type ExpectedHash, type WheelFile } from './native-wheel.ts';

/** What `installNative` is asked for. */
export interface NativeOptions extends LongWorkOptions {
  /** TensorFlow with CUDA. Default false. */
  readonly gpu?: boolean;
  /** Version of TensorFlow. Default the version of the wheel, else 2.21.0, whose hash is known. */
  readonly tensorflow?: string;
  /** A wheel of TensorFlow that is there already, instead of a download. */
  readonly wheel?: string;
  /** Folder of all installations. Default the user's cache. */
  readonly root?: string;
  /** Where `PATH`, `CXX` and the like are read. Default `process.env`. */
  readonly environment?: Environment;
}

/** What an installation will take, and what stands against it. */
export interface NativePlan {
  readonly tensorflow: string;
  readonly variant: NativeVariant;
  /** Folder of all installations. */
  readonly root: string;
  /** Folder of this one. */
  readonly folder: string;
  /** Where the wheel comes from: a file, or the package that pip downloads. */
  readonly wheel: string;
  /** The wheel's SHA-256, where it is known beforehand. */
  readonly expectedHash: ExpectedHash | undefined;
  /** File name of the wheel on the index, where it is known beforehand. */
  readonly wheelName: string | undefined;
  /** Bytes of that file, where they are known. */
  readonly wheelSize: number | undefined;
  /** Bytes that are needed while it is installed. */
  readonly spaceNeeded: number;
  /** Bytes that are free for this user. */
  readonly spaceFree: number;
  readonly pip: Pip | undefined;
  readonly compiler: Compiler | undefined;
  readonly layout: WheelLayout;
  readonly opened: WheelFile | undefined;
  /** The installation, if it is there and whole. */
  readonly existing: NativeInstallation | undefined;
  /** Why it cannot be installed; empty if nothing is in the way. */
  readonly obstacles: readonly TataboxError[];
}

/** Folder of downloads below the root, emptied after each installation. */
export const DOWNLOADS = 'downloads';

/** Folder of sources from npm below the root, emptied likewise. */
export const SOURCES = 'sources';

/** The tags manylinux_2_27 and its like name the oldest glibc. */
export function neededGlibc(wheelName: string): string | undefined {
  const match = /manylinux_(\d+)_(\d+)/.exec(wheelName);
  if (match !== null) return `${match[1] ?? ''}.${match[2] ?? ''}`;
  return wheelName.includes('manylinux2014') ? '2.17' : undefined;
}

function checkGlibc(layout: WheelLayout, file: string | undefined): void {
  if (process.platform !== 'linux') return;
  const has = runtimeGlibc();
  const needs = neededGlibc(file ?? layout.platforms[0] ?? '') ?? '2.17';
  if (has !== undefined && !isOlder(has, needs)) return;
  throw new EnvironmentError({
    where: 'native TensorFlow',
    found:
      has === undefined
        ? 'no glibc here (Alpine Linux has musl instead)'
        : `glibc ${has} on this machine`,
    expected: `glibc ${needs} or newer`,
    fix: 'Use a newer Linux such as Debian 11 or Ubuntu 20.04, or stay with the backend wasm.',
  });
}

/** A size as people read it. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

async function freeSpace(root: string): Promise<number> {
  let folder = root;
  while (!existsSync(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Runs a step of the plan; what a user can mend is kept, so that all of it is told at once. */
async function attempt<T>(
  obstacles: TataboxError[],
  step: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof TataboxError) || error.name === 'InterruptedError') throw error;
    obstacles.push(error);
    return undefined;
  }
}

function existingInstallation(folder: string): NativeInstallation | undefined {
  try {
    return checkInstallation(folder);
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  }
}

function checkVersion(tensorflow: string | undefined, wheel: WheelFile | undefined): string {
  if (tensorflow !== undefined && !/^\d+\.\d+\.\d+(?:[a-z]+\d+)?$/.test(tensorflow)) {
    throw new UsageError({
      where: '--tensorflow',
      found: `'${tensorflow}'`,
      expected: `a version such as ${TENSORFLOW_VERSION}`,
    });
  }
  if (wheel !== undefined && tensorflow !== undefined && wheel.version !== tensorflow) {
    throw new UsageError({
      where: '--wheel',
      found: `TensorFlow ${wheel.version} in ${wheel.file}`,
      expected: `${tensorflow}, as --tensorflow says`,
    });
  }
  return wheel?.version ?? tensorflow ?? TENSORFLOW_VERSION;
}

/** What is wanted, before anything is asked of the machine. */
type NativeTarget = Pick<
  NativePlan,
  'tensorflow' | 'variant' | 'root' | 'folder' | 'layout' | 'opened' | 'wheel' | 'existing'
>;

/**
 * Which installation the options mean, and whether it is there.
 *
 * @throws UsageError, InputError, EnvironmentError as `planNative`
 */
export async function nativeTarget(options: NativeOptions = {}): Promise<NativeTarget> {
  const { gpu = false, root = nativeFolder(options.environment) } = options;
  const variant = gpu ? 'gpu' : 'cpu';
  const layout = wheelLayout(variant);
  const opened =
    options.wheel === undefined ? undefined : await openWheel(options.wheel, layout, variant);
  const tensorflow = checkVersion(options.tensorflow, opened);
  const folder = path.join(root, installName(tensorflow, variant));
  const wheel = options.wheel ?? `${layout.package}==${tensorflow}`;
  const existing = existingInstallation(folder);
  return { tensorflow, variant, root, folder, layout, opened, wheel, existing };
}

/**
 * Finds out what an installation of native TensorFlow will take on this machine; changes nothing.
 *
 * @throws UsageError, InputError for a version or a wheel that cannot be;
 *   EnvironmentError where TensorFlow has no libraries for the machine
 */
export async function planNative(options: NativeOptions = {}): Promise<NativePlan> {
  const { environment = process.env } = options;
  const target = await nativeTarget(options);
  const { tensorflow, variant, root, folder, layout, opened } = target;
  const gpu = variant === 'gpu';
  const pinned = pinnedWheel(tensorflow, variant);
  const programs = { environment, signal: options.signal };
  const obstacles: TataboxError[] = [];
  const pip =
    opened === undefined || gpu ? await attempt(obstacles, () => findPip(programs)) : undefined;
  const compiler = await attempt(obstacles, () => findCompiler(programs));
  await attempt(obstacles, () => checkSources(path.join(root, SOURCES), programs));
  const onIndex =
    opened !== undefined || pinned !== undefined || pip === undefined
      ? undefined
      : await attempt(obstacles, () => askIndex(pip, target.wheel, layout, programs));
  const wheelName =
    opened === undefined ? (pinned?.file ?? onIndex?.file) : path.basename(opened.file);
  await attempt(obstacles, () => {
    checkGlibc(layout, wheelName);
  });
  await attempt(obstacles, () => checkFolderWritable(folder));
  const size = pinned ?? pinnedWheel(TENSORFLOW_VERSION, variant) ?? { size: 0, unpackedSize: 0 };
  const spaceNeeded =
    (opened === undefined ? size.size : 0) +
    size.unpackedSize +
    (gpu ? CUDA_SIZE + CUDA_UNPACKED_SIZE : 0);
  const spaceFree = await freeSpace(root);
  await attempt(obstacles, () => {
    if (spaceFree >= spaceNeeded) return;
    throw new EnvironmentError({
      where: root,
      found: `${gigabytes(spaceFree)} of free disk space`,
      expected: `${gigabytes(spaceNeeded)} while it is installed`,
      fix: 'Free some, or set XDG_CACHE_HOME to a folder on another disk (for each later use, too).',
    });
  });
  let expectedHash: ExpectedHash | undefined;
  if (pinned !== undefined && wheelName === pinned.file) {
    expectedHash = { sha256: pinned.sha256, source: 'pinned' };
  } else if (onIndex?.sha256 !== undefined) {
    expectedHash = { sha256: onIndex.sha256, source: 'index' };
  }
  return {
    ...target,
    wheelName,
    wheelSize: pinned?.size,
    expectedHash,
    pip,
    compiler,
    spaceNeeded,
    spaceFree,
    obstacles,
  };
}
