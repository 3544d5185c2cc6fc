import { EnvironmentError } from '../core/errors.ts';
import type { NativeVariant } from './native-folder.ts';

/** TensorFlow's version that is installed without a choice: the one that the project tests. */
export const TENSORFLOW_VERSION = '2.21.0';

/** Version of @tensorflow/tfjs-node whose sources are compiled: the one of TensorFlow.js here. */
export const TFJS_NODE_VERSION = '4.22.0';

/** Where the libraries lie in a wheel of one operating system. */
export interface WheelLayout {
  /** Package on the Python package index. */
  readonly package: string;
  /** Platform tags that pip is asked for, best first. */
  readonly platforms: readonly string[];
  /** The libraries in the wheel that the binding needs. */
  readonly libraries: readonly string[];
}

/** What is known beforehand of the wheel of `TENSORFLOW_VERSION`. */
export interface PinnedWheel {
  readonly file: string;
  readonly sha256: string;
  /** Bytes of the wheel. */
  readonly size: number;
  /** Bytes of the libraries in it. */
  readonly unpackedSize: number;
}

/**
 * The Python that wheels are asked for. The libraries in the wheels of all Pythons are the same, and
 * with one Python for everybody one hash can be pinned, whatever Python the user has.
 */
export const WHEEL_PYTHON = '3.11';

const linuxLibraries = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
];

const linux = (arch: string): readonly string[] =>
  // Since 2.19 the wheels are tagged 2_27; earlier ones 2_17 (that is manylinux2014).
  [`manylinux_2_27_${arch}`, `manylinux_2_17_${arch}`, `manylinux2014_${arch}`];

const layouts: Readonly<Record<string, WheelLayout>> = {
  'linux-x64-cpu': {
    package: 'tensorflow-cpu',
    platforms: linux('x86_64'),
    libraries: linuxLibraries,
  },
  'linux-x64-gpu': {
    package: 'tensorflow',
    platforms: linux('x86_64'),
    libraries: linuxLibraries,
  },
  'linux-arm64-cpu': {
    package: 'tensorflow',
    platforms: linux('aarch64'),
    libraries: linuxLibraries,
  },
  'darwin-arm64-cpu': {
    package: 'tensorflow',
    platforms: ['macosx_12_0_arm64'],
    libraries: [
      'tensorflow/libtensorflow_cc.2.dylib',
      'tensorflow/libtensorflow_framework.2.dylib',
    ],
  },
};

/** Hashes as the Python package index gives them for TensorFlow 2.21.0. */
const pinned: Readonly<Record<string, PinnedWheel>> = {
  'linux-x64-cpu': {
    file: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    size: 273_829_956,
    unpackedSize: 853_308_936,
  },
  'linux-x64-gpu': {
    file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    size: 572_440_367,
    unpackedSize: 1_259_021_080,
  },
  'linux-arm64-cpu': {
    file: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    size: 281_828_020,
    unpackedSize: 883_062_208,
  },
  'darwin-arm64-cpu': {
    file: 'tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl',
    sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
    size: 223_405_849,
    unpackedSize: 740_805_624,
  },
};

/** Headers in the wheel that tfjs-node's two source files include. */
export const HEADER_PREFIXES: readonly string[] = [
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tensorflow/tsl/platform/ctstring',
  'tensorflow/include/tsl/c/',
  'tensorflow/include/tsl/platform/ctstring',
  'tensorflow/include/xla/tsl/c/',
];

/** What the wheel of a version is known to be, where that version is pinned. */
export function pinnedWheel(
  version: string,
  variant: NativeVariant,
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): PinnedWheel | undefined {
  return version === TENSORFLOW_VERSION ? pinned[`${platform}-${arch}-${variant}`] : undefined;
}

/**
 * Where TensorFlow's libraries are for a machine.
 *
 * @throws EnvironmentError where TensorFlow publishes none that a binding can be linked with
 */
export function wheelLayout(
  variant: NativeVariant,
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): WheelLayout {
  const layout = layouts[`${platform}-${arch}-${variant}`];
  if (layout !== undefined) return layout;
  const where = `native TensorFlow${variant === 'gpu' ? ' with CUDA' : ''} on ${platform} ${arch}`;
  const stay = 'The backend wasm needs nothing and is used here.';
  if (platform === 'win32') {
    throw new EnvironmentError({
      where,
      found: "TensorFlow's wheel for Windows has no library that a Node addon can be linked with",
      fix: `Use Linux in WSL 2, where \`npx tatabox native\` works. ${stay}`,
    });
  }
  if (variant === 'gpu' && layouts[`${platform}-${arch}-cpu`] !== undefined) {
    throw new EnvironmentError({
      where,
      found: 'TensorFlow publishes CUDA libraries for Linux on x86-64 alone',
      fix: 'Run `npx tatabox native` without --gpu.',
    });
  }
  throw new EnvironmentError({
    where,
    found: 'TensorFlow publishes no libraries for this machine',
    expected: 'Linux on x86-64 or arm64, or macOS on Apple silicon',
    fix: stay,
  });
}

/** Bytes of the CUDA wheels that TensorFlow 2.21.0 asks for, and of the libraries in them. */
export const CUDA_SIZE = 2_500_000_000;
export const CUDA_UNPACKED_SIZE = 4_340_000_000;
