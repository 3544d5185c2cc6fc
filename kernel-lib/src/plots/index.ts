export type { DensityMode } from './density-layer.ts';
export { figureDefaults, type FigureOptions } from './figure-defaults.ts';
export { Figure, figureFromSpecification, type FigureParts } from './figure.ts';
export type { CaptionMetrics } from './metric-caption.ts';
export { metricRows, type MetricRowsOptions } from './metric-rows.ts';
export {
  plotDistribution,
  type DistributionGroup,
  type DistributionMode,
  type DistributionOptions,
} from './plot-distribution.ts';
export {
  plotImportanceProfile,
  type ImportanceProfile,
  type ImportanceProfileOptions,
} from './plot-importance-profile.ts';
export {
  plotMetricComparison,
  type MetricComparisonOptions,
  type MetricRow,
} from './plot-metric-comparison.ts';
export {
  plotMotifEnrichment,
  type MotifEnrichmentOptions,
  type MotifEnrichmentRow,
} from './plot-motif-enrichment.ts';
export {
  plotMutagenesisHeatmap,
  type MutagenesisEffects,
  type MutagenesisHeatmapOptions,
} from './plot-mutagenesis-heatmap.ts';
export {
  plotPredictedVsObserved,
  type PredictedAndObserved,
  type PredictedVsObservedOptions,
} from './plot-predicted-vs-observed.ts';
export { plotResiduals, type ResidualsOptions } from './plot-residuals.ts';
export {
  plotSequenceLogo,
  type LogoHighlight,
  type LogoMode,
  type SequenceLogoOptions,
} from './plot-sequence-logo.ts';
export { plotTracks, type Track, type TrackMode, type TracksOptions } from './plot-tracks.ts';
export {
  plotTrainingCurves,
  type EpochValues,
  type TrainingCurve,
  type TrainingCurvesOptions,
  type TrainingHistory,
} from './plot-training-curves.ts';
export { renderPng, type PngOptions } from './render-png.ts';
export { renderVega, type RenderVegaOptions, type VegaLiteSpecification } from './render-vega.ts';
export type { TrackAnnotation } from './svg-annotations.ts';
export { plotAttention, type AttentionPlotOptions } from './plot-attention.ts';
export {
  plotEmbedding,
  type EmbeddingPlotOptions,
  type EmbeddingPoints,
} from './plot-embedding.ts';
export {
  plotPositionInfluence,
  type PositionInfluencePlotOptions,
} from './plot-position-influence.ts';
export {
  plotTokenAttributions,
  type LetterContributions,
  type TokenAttributionsPlotOptions,
} from './plot-token-attributions.ts';
