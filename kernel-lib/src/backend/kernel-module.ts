import { kernelsBase64, relaxedKernelsBase64 } from './kernels.wasm.ts';

/** The vector kernels keep rows of tables in multiples of 16 values. */
export const LANES = 16;

/** Functions of assembly/ that compute a size; arguments are byte offsets or numbers. */
export interface KernelSizes {
  convolutionScratch(geometry: number): number;
  wordsScratch(geometry: number): number;
  gradientSize(geometry: number): number;
  sparseFilterScratch(width: number, channels: number, positions: number, filters: number): number;
  sparseInputScratch(width: number, channels: number, positions: number, filters: number): number;
  /** Bytes of scratch of one part of a matrix product. */
  readonly LEFT_SCRATCH: { readonly value: number };
}

/**
 * Functions of assembly/ that work in parts: behind their own arguments (documented there) they
 * take the index of the part and the units of work, from and to.
 */
export const PARALLEL_KERNELS = [
  'packRight',
  'multiplyMatrices',
  'sumParts',
  'convolve',
  'convolveInputGradient',
  'convolveFilterGradient',
  'countNonzero',
  'transposeMatrix',
  'sparseInputGradient',
  'sparseFilterGradient',
  'depthwise',
  'depthwiseInputGradient',
  'depthwiseFilterGradient',
  'maxPoolGradient',
  'averagePoolGradient',
  'segmentSum',
  'buildTables',
  'foldTables',
  'forwardMax',
  'forwardMaxOnly',
  'backwardMax',
  'forwardMean',
  'backwardMean',
  // What a substitution changes: interpretation/local-memory.ts.
  'localClear',
  'localLayOut',
  'localReach',
  'localReachFirst',
  'localUnite',
  'localSums',
  'localRunningMaxima',
  'localMaxima',
  'localMeans',
  'localUpdateMaxima',
  'localUpdateMeans',
  'localDifferences',
  'localAffine',
  'localRectify',
  'localGather',
  'localPool',
  'localMerge',
  'localTile',
  'localScatter',
] as const;

export type ParallelKernel = (typeof PARALLEL_KERNELS)[number];

export type KernelExports = KernelSizes &
  Readonly<Record<ParallelKernel, (...values: number[]) => void>>;

let compiled: WebAssembly.Module | undefined;

/** The compiled kernels, with relaxed SIMD where this Node has it (22 and newer). */
export function kernelModule(): WebAssembly.Module {
  if (compiled === undefined) {
    const relaxed = Buffer.from(relaxedKernelsBase64, 'base64');
    compiled = new WebAssembly.Module(
      WebAssembly.validate(relaxed) ? relaxed : Buffer.from(kernelsBase64, 'base64'),
    );
  }
  return compiled;
}

/** The kernels on a shared memory. */
export function instantiateKernels(memory: WebAssembly.Memory): KernelExports {
  const instance = new WebAssembly.Instance(kernelModule(), { env: { memory } });
  return instance.exports as unknown as KernelExports;
}
