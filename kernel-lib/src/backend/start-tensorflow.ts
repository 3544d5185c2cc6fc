import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { EnvironmentError } from '../core/errors.ts';

const require = createRequire(import.meta.url);

/** The installed native TensorFlow package, GPU first. */
export function nativePackage(): string | undefined {
  return ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].find((packageName) => {
    try {
      require.resolve(packageName);
      return true;
    } catch {
      return false;
    }
  });
}

/** Starts the backend `tensorflow`. @returns the npm package that provides it */
export async function startTensorFlow(): Promise<string> {
  const packageName = nativePackage();
  if (packageName === undefined) {
    throw new EnvironmentError({
      where: 'backend tensorflow',
      found: '@tensorflow/tfjs-node is not installed',
      fix: 'Install @tensorflow/tfjs-node, or use the backend wasm, which needs nothing else.',
    });
  }
  try {
    require(packageName);
  } catch (cause) {
    throw new EnvironmentError(
      {
        where: 'backend tensorflow',
        found: `${packageName} does not load: ${(cause as Error).message.split('\n')[0] ?? ''}`,
        fix: 'Rebuild the package, or use the backend wasm.',
      },
      { cause },
    );
  }
  await tf.setBackend('tensorflow');
  return packageName;
}
