import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { EnvironmentError, TataboxError } from '../core/errors.ts';
import { BINDING_FILE, QUIET_LOG_FILE } from './native-compile.ts';
import { KERNELS_FILE, type RegisterBackend } from './native-kernels.ts';
import { confirmInstallation } from './native-machine.ts';
import { listInstallations, type NativeInstallation } from './native-manifest.ts';
import { packageNameOf, quietLog } from './native-verify.ts';

const require = createRequire(import.meta.url);

const packageNames = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** The native TensorFlow that computes, or would. */
export interface NativeTensorFlow {
  /** The npm package whose kernels are used. */
  readonly packageName: string;
  /** Version of that package. */
  readonly version: string;
  /** Folder of the package, or of the installation in the user's cache. */
  readonly folder: string;
  /** Version of TensorFlow itself; undefined where only loading the package would tell. */
  readonly tensorflow?: string;
}

/** What can be started, or why what is there cannot. */
type Candidate =
  | { readonly kind: 'package'; readonly found: NativeTensorFlow }
  | {
      readonly kind: 'installation';
      readonly found: NativeTensorFlow;
      readonly installation: NativeInstallation;
    }
  | { readonly kind: 'broken'; readonly reason: string };

/** Why a package that is installed cannot be used; undefined if nothing speaks against it. */
function obstacle(folder: string): string | undefined {
  const lib = path.join(folder, 'lib');
  const bindings = existsSync(lib)
    ? readdirSync(lib).filter((name) => existsSync(path.join(lib, name, BINDING_FILE)))
    : [];
  if (bindings.length === 0) return 'its native part is missing (its own installer failed)';
  try {
    const tfjs = createRequire(path.join(folder, 'package.json')).resolve('@tensorflow/tfjs');
    const core = createRequire(tfjs).resolve('@tensorflow/tfjs-core');
    if (core === require.resolve('@tensorflow/tfjs-core')) return undefined;
    return `it uses another copy of @tensorflow/tfjs-core (${path.dirname(core)}); \`npm dedupe\` may help`;
  } catch {
    return '@tensorflow/tfjs, which it needs, is missing';
  }
}

function packageCandidates(): Candidate[] {
  return packageNames.flatMap((packageName): Candidate[] => {
    let folder: string;
    try {
      folder = path.dirname(require.resolve(`${packageName}/package.json`));
    } catch {
      return [];
    }
    const reason = obstacle(folder);
    if (reason !== undefined) return [{ kind: 'broken', reason: `${packageName}: ${reason}` }];
    const { version } = require(`${packageName}/package.json`) as { version: string };
    return [{ kind: 'package', found: { packageName, version, folder } }];
  });
}

function candidates(): Candidate[] {
  const { installations, broken } = listInstallations();
  return [
    ...packageCandidates(),
    ...installations.map((installation): Candidate => {
      const { folder, manifest } = installation;
      return {
        kind: 'installation',
        installation,
        found: {
          packageName: packageNameOf(installation),
          version: manifest.tfjsNode,
          folder,
          tensorflow: manifest.tensorflow,
        },
      };
    }),
    ...broken.map(({ folder, problem }): Candidate => ({
      kind: 'broken',
      reason: `${folder}: ${why(problem)}`,
    })),
  ];
}

/**
 * The native TensorFlow that would be started: the package `@tensorflow/tfjs-node-gpu` or
 * `@tensorflow/tfjs-node` beside this library if it is whole and shares its TensorFlow.js, else what
 * `npx tatabox native` has installed. Loads nothing; undefined where there is none.
 */
export function findNativeTensorFlow(): NativeTensorFlow | undefined {
  return candidates()
    .filter((candidate) => candidate.kind !== 'broken')
    .at(0)?.found;
}

/** The npm package that native TensorFlow would come from, GPU first. */
export function nativePackage(): string | undefined {
  const isLoaded = tf.findBackendFactory('tensorflow') !== null;
  return findNativeTensorFlow()?.packageName ?? (isLoaded ? '@tensorflow/tfjs-node' : undefined);
}

/** What `startTensorFlow` has started in this thread: a backend cannot be loaded twice. */
let started: NativeTensorFlow | undefined;

/** The native TensorFlow that was started in this thread, if any. */
export function startedTensorFlow(): NativeTensorFlow | undefined {
  return started;
}

/** What the backend of tfjs-node tells of itself. */
interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** What computes while `tensorflow` is in use, for example `TensorFlow 2.21.0 on the processor`. */
export function tensorFlowDevice(): string | undefined {
  if ((tf.engine().backendName as string | null) !== 'tensorflow') return undefined;
  const { isUsingGpuDevice, binding } = tf.backend() as unknown as NodeBackend;
  return `TensorFlow ${binding.TF_Version} on the ${isUsingGpuDevice ? 'GPU' : 'processor'}`;
}

async function load(candidate: Exclude<Candidate, { kind: 'broken' }>): Promise<void> {
  // The library reads these when it is loaded.
  Object.assign(process.env, quietLog(process.env));
  if (candidate.kind === 'package') {
    require(candidate.found.packageName);
    return;
  }
  await confirmInstallation(candidate.installation);
  const { folder } = candidate.found;
  if (existsSync(path.join(folder, QUIET_LOG_FILE))) require(path.join(folder, QUIET_LOG_FILE));
  const register = require(path.join(folder, KERNELS_FILE)) as RegisterBackend;
  const binding = require(path.join(folder, BINDING_FILE)) as object;
  register(tf, binding, packageNameOf(candidate.installation));
}

function why(error: unknown): string {
  if (error instanceof TataboxError) {
    const { found, expected } = error.details;
    return expected === undefined ? found : `${found}; expected ${expected}`;
  }
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/**
 * Starts the backend `tensorflow` with the first native TensorFlow that loads; see
 * `findNativeTensorFlow`.
 *
 * @returns the npm package that provides it
 * @throws EnvironmentError when there is none or none loads
 */
export async function startTensorFlow(): Promise<string> {
  const reasons: string[] = [];
  // It may have been started before, by this library or by the user's own import of tfjs-node.
  if (tf.findBackendFactory('tensorflow') !== null) {
    if (await tf.setBackend('tensorflow')) {
      // Packages of TensorFlow.js carry one version.
      const imported = {
        packageName: '@tensorflow/tfjs-node',
        version: tf.version_core,
        folder: '',
      };
      started ??= findNativeTensorFlow() ?? imported;
      return started.packageName;
    }
    reasons.push('the backend that is registered does not start');
    tf.removeBackend('tensorflow');
  }
  for (const candidate of candidates()) {
    if (candidate.kind === 'broken') {
      reasons.push(candidate.reason);
      continue;
    }
    try {
      await load(candidate);
      if (!(await tf.setBackend('tensorflow'))) throw new Error('it does not start');
      started = candidate.found;
      return candidate.found.packageName;
    } catch (error) {
      reasons.push(`${candidate.found.folder}: ${why(error)}`);
    }
  }
  throw new EnvironmentError({
    where: 'backend tensorflow',
    found: reasons.length === 0 ? 'native TensorFlow is not installed' : reasons.join('; '),
    fix: 'Run `npx tatabox native` to install it, or use the backend wasm, which needs nothing else.',
  });
}
