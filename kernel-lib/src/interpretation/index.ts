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
export {
  attentionMaps,
  type AttentionMaps,
  type AttentionOptions as AttentionMapOptions,
} from './attention.ts';
export {
  attentionMap,
  attentionOfLetters,
  attentionReceived,
  attentionRollout,
  type AttentionChoice,
} from './attention-letters.ts';
export {
  attributeTokens,
  type TokenAttribution,
  type TokenAttributionMethod,
  type TokenAttributionOptions,
  type TokenBaseline,
} from './token-attributions.ts';
export {
  mutagenesisOfOutput,
  streamTokenMutagenesis,
  type TokenMutagenesis,
  type TokenMutagenesisOptions,
} from './token-mutagenesis.ts';
export { tokeniseSequences, type TokenisedSequence } from './token-model.ts';
export {
  substituteKmers,
  type KmerSubstitutions,
  type SubstituteKmersOptions,
} from './position-influence.ts';
export {
  positionInfluence,
  type InfluenceBin,
  type InfluenceProfile,
  type PositionInfluence,
  type PositionInfluenceOptions,
} from './position-influence-profile.ts';
export {
  topKmersByPosition,
  type KmerInfluence,
  type TopKmersOptions,
} from './position-influence-kmers.ts';
export {
  embedSequences,
  type EmbeddingPooling,
  type EmbedSequencesOptions,
} from './embed-sequences.ts';
export {
  exportEmbeddings,
  type ExportedEmbeddings,
  type ExportEmbeddingsOptions,
  type SequenceChunk,
} from './embed-export.ts';
export { outputEmbeddings, type OutputEmbeddings } from './embed-outputs.ts';
export { kmerComposition } from './embed-composition.ts';
export {
  labelSeparation,
  type LabelSeparation,
  type LabelSeparationOptions,
} from './embed-separation.ts';
export { nearestNeighbours, type NeighbourOptions, type Neighbours } from './embed-neighbours.ts';
export {
  principalComponents,
  type PrincipalComponents,
  type PrincipalComponentsOptions,
} from './principal-components.ts';
export { umap, type UmapOptions } from './umap.ts';
export { writeProjector, type EmbeddingMetadata, type ProjectorTensor } from './projector.ts';
