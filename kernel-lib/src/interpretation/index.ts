export { ablate, marginalize } from './perturbations.ts';
export type { AblateOptions, MarginalizeOptions, Perturbation } from './perturbations.ts';
export { adjustPValues } from './adjust-p-values.ts';
export {
  attribute,
  attributionMethods,
  type AttributionMethod,
  type AttributionMethodOptions,
} from './attribute.ts';
export { attributeShuffled } from './attribute-shuffled.ts';
export type { Attribution, AttributionOptions } from './attribution.ts';
export { deepLift, type DeepLiftOptions } from './deep-lift.ts';
export { deepLiftKernels } from './deep-lift-rules.ts';
export type { TokenExamples } from './examples.ts';
export { gradientTimesInput, saliency, type GradientOptions } from './gradients.ts';
export { fisherExactGreater, type CountTable } from './hypergeometric.ts';
export {
  importanceProfile,
  type ImportanceSeries,
  type PositionImportance,
  type PositionImportanceOptions,
} from './importance-profile.ts';
export { integratedGradients, type IntegratedGradientsOptions } from './integrated-gradients.ts';
export {
  enrichMotifs,
  type AttributedSequences,
  type EnrichmentNull,
  type MotifEnrichment,
  type EnrichMotifsOptions,
  type EnrichedMotif,
} from './motif-enrichment.ts';
export { scanMotifs, type MotifHit, type MotifScan, type MotifScanOptions } from './motif-scan.ts';
export { motifScores, type MotifScoreOptions, type MotifScores } from './motif-scores.ts';
export { groupMotifs, motifSimilarity, type MotifSimilarity } from './motif-similarity.ts';
export {
  mutagenesisAttribution,
  saturationMutagenesis,
  streamMutagenesis,
  type ExampleMutagenesis,
  type MutagenesisOptions,
  type SaturationMutagenesis,
} from './mutagenesis.ts';
export type { ReferenceKind, ReferenceOptions } from './references.ts';
export { callSeqlets, type Contributions, type Seqlet, type SeqletOptions } from './seqlets.ts';
export type { SequenceScorer } from './sequence-scorer.ts';
export type { SubstitutionOptions, Substitutions, SubstitutionScores } from './substitutions.ts';
export {
  datasetScorer,
  sequenceScorer,
  type PredictorScorer,
  type ScorerOptions,
  type SequencesToExplain,
} from './predictor-scorer.ts';
