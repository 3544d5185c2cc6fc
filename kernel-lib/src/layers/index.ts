export {
  namedVariables,
  readWeights,
  writeWeights,
  type WeightsByName,
  type WeightValues,
} from './named-weights.ts';
export { FixedStandardisation } from './fixed-standardisation.ts';
export { SeededDropout, type SeededDropoutConfig } from './seeded-dropout.ts';
export { SeededNoise } from './seeded-noise.ts';
export { SequenceConv1D, type SequenceConv1DConfig } from './sequence-conv1d.ts';
export { setTrainingStep, type StepDependentLayer } from './training-step.ts';
