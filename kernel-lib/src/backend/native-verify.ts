import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../core/errors.ts';
import { BINDING_FILE, QUIET_LOG_LEVEL } from './native-compile.ts';
import type { Environment } from './native-folder.ts';
import { KERNELS_FILE } from './native-kernels.ts';
import { lastLines, runProgram, type ProgramEnd } from './native-process.ts';
import type { NativeInstallation } from './native-manifest.ts';

const require = createRequire(import.meta.url);

/** Shape of a `NativeCheck`. */
export const nativeCheckSchema = z.object({
  /** Version that the library itself tells. */
  tensorflow: z.string(),
  /** Whether TensorFlow found a GPU and computes on it. */
  gpu: z.boolean(),
  /** What TensorFlow said of a GPU that it did not find. */
  gpuProblem: z.string().optional(),
  /** Largest difference of a matrix product from the exact one. */
  matrixProductError: z.number(),
  /** Loss before and after the training steps. */
  losses: z.array(z.number()),
});

/** What the check of an installation found. */
export type NativeCheck = z.infer<typeof nativeCheckSchema>;

/**
 * The program of the check. It is a process of its own, for a library that does not fit the machine
 * can end the process that loads it.
 */
const program = `
const { core, layers, kernels, binding, packageName } = JSON.parse(process.argv[1]);
(async () => {
  const tf = require(core);
  require(layers);
  tf.enableProdMode();
  const register = require(kernels);
  const native = require(binding);
  register(tf, native, packageName);
  if (!(await tf.setBackend('tensorflow'))) throw new Error('the backend does not start');
  const n = 64;
  const left = Float32Array.from({ length: n * n }, (_, i) => (i % 7) - 3);
  const right = Float32Array.from({ length: n * n }, (_, i) => (i % 5) - 2);
  const product = tf.matMul(tf.tensor2d(left, [n, n]), tf.tensor2d(right, [n, n])).dataSync();
  let matrixProductError = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += left[i * n + k] * right[k * n + j];
      matrixProductError = Math.max(matrixProductError, Math.abs(sum - product[i * n + j]));
    }
  }
  const x = tf.randomNormal([8, 20, 4], 0, 1, 'float32', 1);
  const y = tf.mean(tf.mean(x, 1), 1, true);
  const kernel = tf.variable(tf.randomNormal([3, 4, 6], 0, 0.3, 'float32', 2));
  const weights = tf.variable(tf.randomNormal([6, 1], 0, 0.3, 'float32', 3));
  const optimizer = tf.train.adam(0.05);
  const losses = [];
  for (let step = 0; step < 20; step++) {
    const loss = optimizer.minimize(
      () => tf.mean(tf.square(tf.sub(
        tf.matMul(tf.max(tf.relu(tf.conv1d(x, kernel, 1, 'same')), 1), weights), y))), true);
    losses.push(loss.dataSync()[0]);
  }
  console.log(JSON.stringify({
    tensorflow: native.TF_Version,
    gpu: native.isUsingGpuDevice(),
    matrixProductError,
    losses: [losses[0], losses[losses.length - 1]],
  }));
})().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
`;

/** The npm package that an installation stands for; tfjs-node looks at this name alone. */
export function packageNameOf({
  manifest,
}: NativeInstallation): '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu' {
  return manifest.variant === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
}

/** Silences TensorFlow's C++ log, where the user has not chosen. */
export function quietLog(environment: Environment): Record<string, string | undefined> {
  return { TF_CPP_MIN_LOG_LEVEL: QUIET_LOG_LEVEL, ...environment };
}

function failure(folder: string, found: string): EnvironmentError {
  return new EnvironmentError({
    where: `check of native TensorFlow in ${folder}`,
    found,
    fix: 'Stay with the backend wasm, or try `npx tatabox native` with another --tensorflow VERSION.',
  });
}

/** What TensorFlow's log says of CUDA, without time and place: `E0000 00:00:17.3 127 cuda.cc:52] …`. */
function gpuWarnings(stderr: string): string {
  const lines = stderr
    .split('\n')
    .filter((line) => /cuda|gpu|cudnn|driver/i.test(line))
    .map((line) => line.replace(/^.*?\w+\.cc:\d+\]\s*/, '').trim());
  return [...new Set(lines)].slice(0, 3).join(' | ');
}

function describeCrash({ signal, code, stderr }: ProgramEnd): string {
  const said = lastLines(stderr);
  const ending =
    signal === null ? `it ended with exit code ${String(code)}` : `it crashed (${signal})`;
  const reason =
    signal === 'SIGILL' ? '; perhaps this processor lacks instructions that it was built for' : '';
  return `${ending}${reason}${said === '' ? '' : `: ${said}`}`;
}

/**
 * Loads an installation in a process of its own, multiplies two matrices and trains a small
 * convolution for 20 steps.
 *
 * @throws EnvironmentError when it crashes, does not load or computes wrongly; InterruptedError
 */
export async function checkInProcess(
  installation: NativeInstallation,
  options: { readonly environment?: Environment; readonly signal?: AbortSignal } = {},
): Promise<NativeCheck> {
  const { folder, manifest } = installation;
  const { environment = process.env, signal } = options;
  const input = JSON.stringify({
    core: require.resolve('@tensorflow/tfjs-core'),
    layers: require.resolve('@tensorflow/tfjs-layers'),
    kernels: path.join(folder, KERNELS_FILE),
    binding: path.join(folder, BINDING_FILE),
    packageName: packageNameOf(installation),
  });
  const end = await runProgram(process.execPath, ['-e', program, input], {
    // Its warnings say why a GPU is not used.
    environment: { TF_CPP_MIN_LOG_LEVEL: '1', ...environment, NODE_OPTIONS: undefined },
    signal,
    seconds: 180,
  });
  if (end === undefined) throw failure(folder, `${process.execPath} cannot be started`);
  if (end.code !== 0) throw failure(folder, describeCrash(end));
  let check: NativeCheck;
  try {
    check = nativeCheckSchema.parse(JSON.parse(end.stdout.trim().split('\n').at(-1) ?? ''));
  } catch {
    throw failure(folder, `it printed ${lastLines(end.stdout, 1)}`);
  }
  const [before = NaN, after = NaN] = check.losses;
  if (!(check.matrixProductError < 1e-3)) {
    throw failure(folder, `a matrix product that is wrong by ${String(check.matrixProductError)}`);
  }
  if (!(after < before)) {
    throw failure(folder, `a loss that went from ${String(before)} to ${String(after)}`);
  }
  const gpuProblem = manifest.variant === 'gpu' && !check.gpu ? gpuWarnings(end.stderr) : '';
  return gpuProblem === '' ? check : { ...check, gpuProblem };
}
