import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { EnvironmentError, throwIfAborted } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { compileBinding } from './native-compile.ts';
import { installCuda, type CudaPackage } from './native-cuda.ts';
import { NODE_API_VERSION } from './native-folder.ts';
import { bundleKernels, KERNELS_FILE } from './native-kernels.ts';
import { withLock } from './native-lock.ts';
import { confirmInstallation } from './native-machine.ts';
import {
  checkInstallation,
  BINDING_REVISION,
  MANIFEST_FILE,
  type NativeInstallation,
  type NativeManifest,
} from './native-manifest.ts';
import { downloadWheels, megabyteProgress } from './native-pip.ts';
import {
  DOWNLOADS,
  nativeTarget,
  neededGlibc,
  planNative,
  SOURCES,
  type NativeOptions,
  type NativePlan,
} from './native-plan.ts';
import { HEADER_PREFIXES, TFJS_NODE_VERSION } from './native-releases.ts';
import { getSources } from './native-sources.ts';
import type { NativeCheck } from './native-verify.ts';
import {
  checkWheelHash,
  downloadedWheel,
  onlyWheel,
  openWheel,
  type WheelFile,
} from './native-wheel.ts';
import { unpackZip } from './native-zip.ts';

/** What was installed, or was there already. */
export interface NativeInstallResult extends NativeInstallation {
  /** Whether nothing had to be done. */
  readonly alreadyInstalled: boolean;
  /** What the check in a process of its own found. */
  readonly check: NativeCheck;
  /** Bytes on disk. */
  readonly bytes: number;
}

/** How an installation is checked. */
export type Confirm = typeof confirmInstallation;

const optionNames = ['gpu', 'tensorflow', 'wheel', 'root', 'environment', 'signal', 'progress'];

function totalBytes({ files }: NativeManifest): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Uses what is there if it works; undefined if it must be made anew. */
async function reuse(
  existing: NativeInstallation,
  confirm: Confirm,
  signal: AbortSignal | undefined,
): Promise<NativeInstallResult | undefined> {
  const { folder, manifest } = existing;
  const result = (check: NativeCheck) => ({
    ...existing,
    alreadyInstalled: true,
    check,
    bytes: totalBytes(manifest),
  });
  try {
    // A failure that is kept may be mended by now (a driver, a library path).
    const check = await confirm(existing, { signal }).catch((error: unknown) => {
      if (!(error instanceof EnvironmentError)) throw error;
      return confirm(existing, { signal, again: true });
    });
    const now = new Date();
    await utimes(path.join(folder, MANIFEST_FILE), now, now).catch(() => undefined);
    return result(check);
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  }
}

/** The wheel: the user's file, one from an interrupted run, or a download. */
async function getWheel(
  plan: NativePlan,
  options: NativeOptions,
): Promise<{ wheel: WheelFile; sha256: string; hash: NativeManifest['wheel']['hash'] }> {
  const { expectedHash, layout, variant, tensorflow } = plan;
  const downloads = path.join(plan.root, DOWNLOADS);
  const open = async (file: string, known?: string) => ({
    wheel: await openWheel(file, layout, variant),
    sha256: known ?? (await checkWheelHash(file, expectedHash, options)),
    hash: expectedHash?.source ?? ('given' as const),
  });
  if (plan.opened !== undefined) return open(plan.opened.file);
  if (plan.wheelName !== undefined && expectedHash !== undefined) {
    const kept = await downloadedWheel(downloads, plan.wheelName, expectedHash, options);
    if (kept !== undefined) return open(kept, expectedHash.sha256);
  }
  if (plan.pip === undefined) throw new EnvironmentError({ where: 'pip', found: 'none' });
  const names = await downloadWheels(
    {
      pip: plan.pip,
      requirements: [`${layout.package}==${tensorflow}`],
      layout,
      folder: downloads,
      task: `downloading TensorFlow ${tensorflow}`,
      ...(plan.wheelSize === undefined ? {} : { total: plan.wheelSize }),
    },
    { environment: options.environment, signal: options.signal, progress: options.progress },
  );
  const opened = await open(await onlyWheel(downloads, names));
  // pip itself compares with the index where the index gives a hash.
  return { ...opened, hash: expectedHash?.source ?? 'index' };
}

async function unpackLibraries(
  wheel: WheelFile,
  plan: NativePlan,
  folder: string,
  { signal, progress }: NativeOptions,
): Promise<void> {
  const libraries = new Set(plan.layout.libraries);
  const members = wheel.members.filter(
    ({ name }) => libraries.has(name) || HEADER_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
  const total = members.reduce((sum, { size }) => sum + size, 0);
  const report = megabyteProgress(progress, 'unpacking TensorFlow', total);
  let done = 0;
  await unpackZip(wheel.file, members, folder, {
    signal,
    onBytes(count) {
      done += count;
      report(done);
    },
  });
}

async function filesOf(folder: string): Promise<NativeManifest['files']> {
  const files: NativeManifest['files'] = [];
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const found = await stat(path.join(folder, name));
    if (found.isFile()) files.push({ path: name.split(path.sep).join('/'), size: found.size });
  }
  return files;
}

/** Builds the installation in a folder of its own, checks it there, and gives it its name. */
async function build(
  plan: NativePlan,
  options: NativeOptions,
  confirm: Confirm,
): Promise<NativeInstallResult> {
  const { root, folder, tensorflow, variant, layout, compiler } = plan;
  const { signal, progress, environment = process.env } = options;
  if (compiler === undefined) throw new EnvironmentError({ where: 'compiler', found: 'none' });
  const step = (task: string, done: number) => progress?.({ task, done, total: 1, unit: 'step' });
  const sources = await getSources(path.join(root, SOURCES), { environment, signal });
  const { wheel, sha256, hash } = await getWheel(plan, options);
  const work = await mkdtemp(path.join(root, `.${path.basename(folder)}.`));
  try {
    const kernels = await bundleKernels(path.join(sources.tfjsNode, 'dist'), TFJS_NODE_VERSION);
    await writeFile(path.join(work, KERNELS_FILE), kernels);
    await unpackLibraries(wheel, plan, work, options);
    let nvidia: readonly CudaPackage[] = [];
    if (variant === 'gpu' && plan.pip !== undefined) {
      nvidia = await installCuda(
        {
          pip: plan.pip,
          requirements: wheel.cudaRequirements,
          downloads: path.join(root, DOWNLOADS),
          folder: work,
        },
        { environment, signal, progress },
      );
    }
    step('compiling the binding', 0);
    await compileBinding(
      { compiler, sources, folder: work, libraries: layout.libraries },
      { environment, signal },
    );
    step('compiling the binding', 1);
    await rm(path.join(work, 'tensorflow', 'include'), { recursive: true, force: true });
    throwIfAborted(signal, 'installing native TensorFlow');
    const manifest: NativeManifest = {
      format: 1,
      tensorflow,
      variant,
      platform: process.platform,
      arch: process.arch,
      napi: NODE_API_VERSION,
      glibc: neededGlibc(plan.wheelName ?? path.basename(wheel.file)) ?? null,
      tfjsNode: TFJS_NODE_VERSION,
      binding: BINDING_REVISION,
      wheel: { file: path.basename(wheel.file), sha256, hash },
      nvidia: [...nvidia],
      compiler: compiler.version,
      installedAt: new Date().toISOString(),
      files: await filesOf(work),
    };
    step('checking: matrix product, training', 0);
    const check = await confirm({ folder: work, manifest }, { signal });
    step('checking: matrix product, training', 1);
    await writeFileAtomically(
      path.join(work, MANIFEST_FILE),
      `${JSON.stringify(manifest, undefined, 2)}\n`,
    );
    await replaceFolder(work, folder);
    return {
      ...checkInstallation(folder),
      alreadyInstalled: false,
      check,
      bytes: totalBytes(manifest),
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Gives a folder its name; what had it before is removed afterwards. */
async function replaceFolder(from: string, to: string): Promise<void> {
  const aside = `${from}.old`;
  await rename(to, aside).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await rename(from, to);
  await rm(aside, { recursive: true, force: true });
}

/** Removes what runs that were killed have left; only under the lock. */
async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (/^\.\d.*-napi\d+\./.test(name)) {
      await rm(path.join(root, name), { recursive: true, force: true });
    }
  }
  const downloads = path.join(root, DOWNLOADS);
  for (const name of await readdir(downloads).catch((): string[] => [])) {
    if (name.startsWith('.pip-')) await rm(path.join(downloads, name), { recursive: true });
  }
}

/**
 * Installs native TensorFlow for the backend `tensorflow` into the user's cache: libtensorflow out of
 * TensorFlow's own Python wheel, the binding of @tensorflow/tfjs-node compiled against it, checked in
 * a process of its own. Does nothing where it is there and works. Complete or absent.
 *
 * @param confirm how an installation is checked; tests without a TensorFlow give their own
 * @throws UsageError, InputError for options and wheels that cannot be; EnvironmentError for what the
 *   machine lacks; InterruptedError
 * @example
 * const { folder, check } = await installNative({ gpu: false });
 */
export async function installNative(
  options: NativeOptions = {},
  confirm: Confirm = confirmInstallation,
): Promise<NativeInstallResult> {
  checkOptionNames(options, optionNames, 'installNative');
  const { existing } = await nativeTarget(options);
  if (existing !== undefined) {
    const result = await reuse(existing, confirm, options.signal);
    if (result !== undefined) return result;
  }
  const plan = await planNative(options);
  const [obstacle] = plan.obstacles;
  if (obstacle !== undefined) throw obstacle;
  await mkdir(plan.root, { recursive: true });
  return withLock(path.join(plan.root, '.lock'), plan.root, async () => {
    await removeLeftovers(plan.root);
    const result = await build(plan, options, confirm);
    for (const name of [DOWNLOADS, SOURCES]) {
      await rm(path.join(plan.root, name), { recursive: true, force: true });
    }
    return result;
  });
}
