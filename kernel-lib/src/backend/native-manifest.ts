import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../core/errors.ts';
import { NODE_API_VERSION, nativeFolder } from './native-folder.ts';

/** Name of the file that is written last: a folder without it is no installation. */
export const MANIFEST_FILE = 'manifest.json';

/**
 * Revision of the binding that we compile; a new one makes older installations out of date. 2 keeps
 * signals away from operations (tensorflow-signal-guard.ts).
 */
export const BINDING_REVISION = 2;

const manifestSchema = z.object({
  format: z.literal(1),
  tensorflow: z.string(),
  variant: z.enum(['cpu', 'gpu']),
  platform: z.string(),
  arch: z.string(),
  /** Version of Node's binary interface. */
  napi: z.number(),
  /** Oldest C library that the libraries work with; null where that is not known or not glibc. */
  glibc: z.string().nullable(),
  tfjsNode: z.string(),
  binding: z.number().default(1),
  wheel: z.object({
    file: z.string(),
    sha256: z.string(),
    /** `pinned`: the hash that tatabox knows; `index`: the index's; `given`: a file of the user's. */
    hash: z.enum(['pinned', 'index', 'given']),
  }),
  /** CUDA libraries, by package of the Python index. */
  nvidia: z.array(z.object({ name: z.string(), version: z.string() })),
  compiler: z.string(),
  installedAt: z.string(),
  /** Every file by its path in the folder, with its bytes. */
  files: z.array(z.object({ path: z.string(), size: z.number() })),
});

/** What an installation says of itself. */
export type NativeManifest = z.infer<typeof manifestSchema>;

/** An installation of native TensorFlow in the user's cache. */
export interface NativeInstallation {
  readonly folder: string;
  readonly manifest: NativeManifest;
}

/** A folder that should be an installation and is not. */
export interface BrokenInstallation {
  readonly folder: string;
  readonly problem: EnvironmentError;
}

const again = 'Run `npx tatabox native` to install it anew.';

function problem(folder: string, found: string, expected?: string, fix = again): EnvironmentError {
  return new EnvironmentError({ where: folder, found, expected, fix });
}

/** Version of glibc that this Node runs with; undefined elsewhere. */
export function runtimeGlibc(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  // Without this a report asks the name server for the names of all open connections.
  const before = report.excludeNetwork;
  report.excludeNetwork = true;
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  if (before === undefined) delete report.excludeNetwork;
  else report.excludeNetwork = before;
  return header.glibcVersionRuntime;
}

/** Whether a version such as `2.36` is older than another. */
export function isOlder(version: string, than: string): boolean {
  const a = version.split('.').map(Number);
  const b = than.split('.').map(Number);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/**
 * Reads and checks an installation without loading it: it is for this machine and this Node, and all
 * its files have their sizes. What is loaded unchecked can end the process.
 *
 * @throws EnvironmentError that says what is wrong
 */
export function checkInstallation(folder: string): NativeInstallation {
  let manifest: NativeManifest;
  const file = path.join(folder, MANIFEST_FILE);
  try {
    manifest = manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw problem(
      folder,
      existsSync(file) ? `${MANIFEST_FILE} cannot be read` : `no ${MANIFEST_FILE}`,
      'an installation of native TensorFlow',
    );
  }
  const { platform, arch, napi, glibc, binding } = manifest;
  if (platform !== process.platform || arch !== process.arch) {
    const here = `${process.platform} ${process.arch}`;
    throw problem(folder, `TensorFlow for ${platform} ${arch}`, `one for ${here}`);
  }
  if (Number(process.versions['napi']) < napi || napi !== NODE_API_VERSION) {
    throw problem(
      folder,
      `compiled for Node-API ${String(napi)}`,
      `${String(NODE_API_VERSION)} (Node ${process.version} has ${process.versions['napi'] ?? 'none'})`,
    );
  }
  if (binding < BINDING_REVISION) {
    throw problem(
      folder,
      `a binding of revision ${String(binding)}, compiled by an older tatabox`,
      `revision ${String(BINDING_REVISION)}`,
    );
  }
  if (glibc !== null) {
    const has = runtimeGlibc();
    if (has === undefined || isOlder(has, glibc)) {
      const found = has === undefined ? 'no glibc' : `glibc ${has}`;
      throw problem(
        folder,
        `${found} on this machine`,
        `glibc ${glibc} or newer`,
        'Use a newer Linux, or stay with the backend wasm.',
      );
    }
  }
  for (const { path: name, size } of manifest.files) {
    const found = statSync(path.join(folder, name), { throwIfNoEntry: false });
    if (found === undefined) throw problem(folder, `${name} is missing`);
    if (found.size !== size) {
      throw problem(
        folder,
        `${name} has ${found.size.toLocaleString('en-US')} bytes`,
        size.toLocaleString('en-US'),
      );
    }
  }
  return { folder, manifest };
}

/**
 * All installations of this user, the one that was installed or confirmed last first; broken ones
 * apart. Loads nothing.
 */
export function listInstallations(root: string = nativeFolder()): {
  readonly installations: readonly NativeInstallation[];
  readonly broken: readonly BrokenInstallation[];
} {
  const installations: (NativeInstallation & { readonly chosen: number })[] = [];
  const broken: BrokenInstallation[] = [];
  let names: string[] = [];
  try {
    names = readdirSync(root);
  } catch {
    // Nothing was ever installed.
  }
  // Anything else there (downloads, locks, what is being built) has no such name.
  const suffix = `-${process.platform}-${process.arch}-napi${String(NODE_API_VERSION)}`;
  for (const name of names.filter((found) => /^\d/.test(found) && found.endsWith(suffix))) {
    const folder = path.join(root, name);
    try {
      const installation = checkInstallation(folder);
      const chosen = statSync(path.join(folder, MANIFEST_FILE)).mtimeMs;
      installations.push({ ...installation, chosen });
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      broken.push({ folder, problem: error });
    }
  }
  installations.sort((a, b) => b.chosen - a.chosen);
  return {
    installations: installations.map(({ folder, manifest }) => ({ folder, manifest })),
    broken,
  };
}
