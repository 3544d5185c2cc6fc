import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, InputError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { NativeVariant } from './native-folder.ts';
import { fileSha256, readZipDirectory, readZipText, type ZipMember } from './native-zip.ts';
import type { WheelLayout } from './native-releases.ts';

/** A wheel of TensorFlow as a file. */
export interface WheelFile {
  readonly file: string;
  /** Name of the package, `tensorflow` or `tensorflow-cpu`. */
  readonly package: string;
  readonly version: string;
  /** The CUDA packages that it needs, as pip takes them, for example `nvidia-nccl-cu12<3.0,>=2.27.7`. */
  readonly cudaRequirements: readonly string[];
  readonly members: readonly ZipMember[];
}

/** The value of a header of a wheel's METADATA (the format of e-mail headers, PEP 566). */
function headers(metadata: string, name: string): string[] {
  const head = metadata.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const prefix = `${name.toLowerCase()}:`;
  return head
    .split(/\r?\n/)
    .filter((line) => line.toLowerCase().startsWith(prefix))
    .map((line) => line.slice(prefix.length).trim());
}

/** The requirements of an extra, without their markers; `Requires-Dist: NAME; extra == "and-cuda"`. */
export function extraRequirements(metadata: string, extra: string): string[] {
  const marker = new RegExp(`;.*\\bextra\\s*==\\s*["']${extra}["']`);
  return headers(metadata, 'Requires-Dist')
    .filter((line) => marker.test(line))
    .map((line) => (line.split(';')[0] ?? '').replaceAll(/[\s()]/g, ''));
}

/**
 * Opens a wheel and reads what it says of itself.
 *
 * @throws InputError when it is no wheel of TensorFlow with the libraries for this machine
 */
export async function openWheel(
  file: string,
  layout: WheelLayout,
  variant: NativeVariant,
): Promise<WheelFile> {
  const members = await readZipDirectory(file);
  const information = members.find(({ name }) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  const metadata = information === undefined ? '' : await readZipText(file, information);
  const name = (headers(metadata, 'Name')[0] ?? '').replaceAll('_', '-').toLowerCase();
  const version = headers(metadata, 'Version')[0];
  if (version === undefined || !['tensorflow', 'tensorflow-cpu'].includes(name)) {
    throw new InputError({
      where: file,
      found: name === '' ? 'no package that says its name' : `the package ${name}`,
      expected: `a wheel of ${layout.package}`,
    });
  }
  const names = new Set(members.map((member) => member.name));
  const missing = layout.libraries.filter((library) => !names.has(library));
  if (missing.length > 0) {
    throw new InputError({
      where: file,
      found: `no ${missing.join(', no ')} in it`,
      expected: `the wheel of ${layout.package} for ${layout.platforms[0] ?? process.platform}`,
    });
  }
  const cudaRequirements = extraRequirements(metadata, 'and-cuda');
  if (variant === 'gpu' && (name !== 'tensorflow' || cudaRequirements.length === 0)) {
    throw new InputError({
      where: file,
      found: `${name} ${version}, which has no CUDA`,
      expected: `a wheel of ${layout.package}`,
      fix: 'Leave --gpu out, or give the other wheel.',
    });
  }
  return { file, package: name, version, cudaRequirements, members };
}

/** Where the hash of a wheel was known from; see the manifest. */
export interface ExpectedHash {
  readonly sha256: string;
  readonly source: 'pinned' | 'index';
}

/**
 * SHA-256 of a wheel, compared with the one that is expected.
 *
 * @throws InputError when they differ; InterruptedError
 */
export async function checkWheelHash(
  file: string,
  expected: ExpectedHash | undefined,
  { signal }: LongWorkOptions,
): Promise<string> {
  const sha256 = await fileSha256(file, { signal });
  if (expected !== undefined && sha256 !== expected.sha256) {
    throw new InputError({
      where: file,
      found: `SHA-256 ${sha256}`,
      expected: `${expected.sha256} (${expected.source === 'pinned' ? 'known to tatabox' : 'from the package index'})`,
      fix: 'Download the wheel again.',
    });
  }
  return sha256;
}

/**
 * A wheel that an earlier, interrupted run has downloaded whole; one with another hash is removed.
 */
export async function downloadedWheel(
  folder: string,
  file: string,
  expected: ExpectedHash,
  options: LongWorkOptions,
): Promise<string | undefined> {
  const found = path.join(folder, file);
  if (!existsSync(found)) return undefined;
  try {
    await checkWheelHash(found, expected, options);
    return found;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await rm(found, { force: true });
    return undefined;
  }
}

/** The one wheel of a package among files. @throws EnvironmentError when pip gave none */
export async function onlyWheel(folder: string, names: readonly string[]): Promise<string> {
  const wheel = names.find((name) => name.endsWith('.whl'));
  if (wheel !== undefined) return path.join(folder, wheel);
  throw new EnvironmentError({
    where: folder,
    found: `pip downloaded ${(await readdir(folder)).join(', ')}`,
    expected: 'a wheel',
  });
}
