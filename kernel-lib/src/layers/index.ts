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
export { Gelu, gelu, type GeluForm } from './gelu.ts';
export { GatherPositions } from './gather-positions.ts';
export {
  LayerNormalisation,
  layerNormalisation,
  type LayerNormalisationConfig,
} from './layer-normalisation.ts';
export { Linear, linear, type LinearConfig } from './linear.ts';
export {
  MultiHeadSelfAttention,
  type MultiHeadSelfAttentionConfig,
} from './multi-head-self-attention.ts';
export { ResidualAdd, type ResidualAddConfig } from './residual-add.ts';
export {
  scaledDotProductAttention,
  type AttentionOptions,
} from './scaled-dot-product-attention.ts';
export {
  embeddingLookup,
  TokenAndPositionEmbedding,
  tokenPositions,
  type TokenAndPositionEmbeddingConfig,
} from './token-and-position-embedding.ts';
export { TokenScores, type TokenScoresConfig, type TokenTableLayer } from './token-scores.ts';
export {
  rotaryAngles,
  rotaryFrequencies,
  rotaryPositions,
  type RotaryAngles,
} from './rotary-positions.ts';
export {
  TokenDropoutEmbedding,
  tokenDropoutFactors,
  type TokenDropoutEmbeddingConfig,
} from './token-dropout-embedding.ts';
export { HidePadding } from './hide-padding.ts';
export { FirstPosition } from './first-position.ts';
export { MaskedMean, maskedMean } from './masked-mean.ts';
export { TokenMask, type TokenMaskConfig } from './token-mask.ts';
