import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { EnvironmentError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { Environment } from './native-folder.ts';
import { TFJS_NODE_VERSION } from './native-releases.ts';
import { programError, runProgram } from './native-process.ts';

/** An npm package that is needed as source, by the hash that npm's index gives for it. */
interface SourcePackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

const tfjsNode: SourcePackage = {
  name: '@tensorflow/tfjs-node',
  version: TFJS_NODE_VERSION,
  integrity:
    'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
};

/** Headers of Node's binary interface; Node's own are not installed with every Node. */
const nodeHeaders: SourcePackage = {
  name: 'node-api-headers',
  version: '1.9.0',
  integrity:
    'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
};

/** Where the sources for the binding lie. */
export interface NativeSources {
  /** Folder of @tensorflow/tfjs-node, with `binding/` and `dist/`. */
  readonly tfjsNode: string;
  /** Folder with `node_api.h`. */
  readonly nodeHeaders: string;
}

/**
 * Unpacks the regular files of an npm package (a gzipped tar, format ustar) without its first folder.
 *
 * @throws EnvironmentError for a name that leads out of the folder
 */
export async function unpackPackage(archive: Uint8Array, folder: string): Promise<void> {
  const tar = gunzipSync(archive);
  const text = (from: number, length: number): string =>
    (tar.toString('utf8', from, from + length).split('\0')[0] ?? '').trim();
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    const prefix = text(at + 345, 155);
    const name = `${prefix === '' ? '' : `${prefix}/`}${text(at, 100)}`.replace(/^[^/]*\//, '');
    if (type === '0' || type === '') {
      const target = path.join(folder, name);
      if (path.relative(folder, target).startsWith('..')) {
        throw new EnvironmentError({
          where: 'npm package',
          found: `the name '${name}', which leads out of the folder`,
        });
      }
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, tar.subarray(at + 512, at + 512 + size));
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/**
 * A package that is installed where this library or the user's work is.
 *
 * @param version the one that is needed; any without
 */
function installedPackage(name: string, version?: string): string | undefined {
  for (const from of [import.meta.url, path.join(process.cwd(), 'package.json')]) {
    try {
      const require = createRequire(from);
      const file = require.resolve(`${name}/package.json`);
      const found = (require(file) as { version: string }).version;
      if (version === undefined || version === found) return path.dirname(file);
    } catch {
      // Not installed there.
    }
  }
  return undefined;
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

function noNpm(label: string): EnvironmentError {
  return new EnvironmentError({
    where: `download of ${label}`,
    found: 'no npm on the PATH',
    fix: `Put npm, which comes with Node, on the PATH, or \`npm install --ignore-scripts ${label}\` in the project.`,
  });
}

/** Where a package from npm is kept. */
function packageFolder({ name, version }: SourcePackage, folder: string): string {
  return path.join(folder, `${path.basename(name)}-${version}`);
}

/** Options of `getSources`. */
export interface SourceOptions extends Pick<LongWorkOptions, 'signal'> {
  readonly environment: Environment;
}

/**
 * Downloads a package with npm, checks its hash and unpacks it; one that is there already is used.
 *
 * @throws EnvironmentError without npm, without the network, or with another hash
 */
async function fetchPackage(
  source: SourcePackage,
  folder: string,
  { environment, signal }: SourceOptions,
): Promise<string> {
  const label = `${source.name}@${source.version}`;
  const target = packageFolder(source, folder);
  if (existsSync(path.join(target, 'package.json'))) return target;
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(path.join(folder, '.npm-'));
  try {
    const end = await runProgram(npm, ['pack', label, '--silent', '--pack-destination', '.'], {
      cwd: temporary,
      environment,
      signal,
    });
    const fix = `Connect to the npm registry, or \`npm install --ignore-scripts ${label}\` in the project.`;
    if (end === undefined) throw noNpm(label);
    if (end.code !== 0) throw programError(`npm pack ${label}`, end, fix);
    const archive = (await readdir(temporary)).find((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw programError(`npm pack ${label}`, end, fix);
    const bytes = await readFile(path.join(temporary, archive));
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (integrity !== source.integrity) {
      throw new EnvironmentError({
        where: `download of ${label}`,
        found: `integrity ${integrity}`,
        expected: source.integrity,
        fix: 'Try again; if it persists, the registry gives another package than npm published.',
      });
    }
    await rm(target, { recursive: true, force: true });
    await unpackPackage(bytes, path.join(temporary, 'unpacked'));
    await rename(path.join(temporary, 'unpacked'), target);
    return target;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Folder of Node's headers beside the running Node, if it has them. */
function ownNodeHeaders(): string | undefined {
  const folder = path.join(path.dirname(process.execPath), '..', 'include', 'node');
  return existsSync(path.join(folder, 'node_api.h')) ? folder : undefined;
}

/** The project's own tfjs-node (or -gpu, whose sources are the same), whether it works or not. */
function ownTfjsNode(): string | undefined {
  return ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu']
    .map((name) => installedPackage(name, TFJS_NODE_VERSION))
    .find((found) => found !== undefined && existsSync(path.join(found, 'binding')));
}

/** Folder with headers that are there already, of Node itself or of the package. */
function ownHeaders(): string | undefined {
  const installed = installedPackage(nodeHeaders.name);
  return (
    ownNodeHeaders() ?? (installed === undefined ? undefined : path.join(installed, 'include'))
  );
}

/**
 * Says beforehand whether the sources are there or npm could get them.
 *
 * @throws EnvironmentError without npm
 */
export async function checkSources(folder: string, options: SourceOptions): Promise<void> {
  const isKept = (source: SourcePackage) =>
    existsSync(path.join(packageFolder(source, folder), 'package.json'));
  const missing = [
    ...(ownTfjsNode() === undefined && !isKept(tfjsNode) ? [tfjsNode] : []),
    ...(ownHeaders() === undefined && !isKept(nodeHeaders) ? [nodeHeaders] : []),
  ];
  const [first] = missing;
  if (first === undefined) return;
  const end = await runProgram(npm, ['--version'], { ...options, seconds: 60 });
  if (end?.code !== 0) throw noNpm(`${first.name}@${first.version}`);
}

/**
 * Finds the sources for the binding: @tensorflow/tfjs-node (or -gpu) of the project, else from npm;
 * Node's headers beside Node or in the project, else from npm.
 *
 * @param folder where packages from npm are kept
 */
export async function getSources(folder: string, options: SourceOptions): Promise<NativeSources> {
  return {
    tfjsNode: ownTfjsNode() ?? (await fetchPackage(tfjsNode, folder, options)),
    nodeHeaders:
      ownHeaders() ?? path.join(await fetchPackage(nodeHeaders, folder, options), 'include'),
  };
}
