/** The kernels that the library calls; see kernel-module.ts for their types. */
export { convolutionScratch, convolve, convolveFilterGradient, convolveInputGradient } from './convolution';
export { depthwise } from './depthwise';
export { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise-gradients';
export { localLayOut, localReach, localUnite } from './local-changes';
export {
  localMaxima,
  localMeans,
  localReachFirst,
  localRunningMaxima,
  localSums,
  localUpdateMaxima,
  localUpdateMeans,
} from './local-first-layer';
export {
  localAffine,
  localClear,
  localDifferences,
  localGather,
  localMerge,
  localPool,
  localRectify,
  localScatter,
  localTile,
} from './local-layers';
export { LEFT_SCRATCH, multiplyMatrices, packRight, sumParts } from './matrix-product';
// Exported so that they are not inlined: inside a larger function their sums would leave the registers.
export { addFullTile, addPackedTile, fullTile, packedTile } from './matrix-tile';
export { averagePoolGradient, maxPoolGradient } from './pooling';
export { segmentSum } from './segment-sum';
export { backwardMax, forwardMax } from './sequence-convolution-max';
export { backwardMean, forwardMean } from './sequence-convolution-mean';
export { forwardMaxOnly } from './sequence-maximum';
export {
  countNonzero,
  sparseBlock,
  sparseFilterGradient,
  sparseFilterScratch,
  sparseInputGradient,
  sparseInputScratch,
  transposeMatrix,
} from './sparse-gradients';
export { buildTables, foldTables, gradientSize, wordsScratch } from './sequence-tables';
