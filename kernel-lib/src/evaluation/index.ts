export {
  promoterBaselines,
  type PromoterBaseline,
  type PromoterBaselineOptions,
} from './baselines.ts';
export {
  bootstrapDifference,
  bootstrapMetrics,
  type BootstrapDifference,
  type BootstrapMetrics,
  type BootstrapOptions,
  type ConfidenceInterval,
} from './bootstrap.ts';
export {
  averageRanks,
  coefficientOfDetermination,
  meanAbsoluteError,
  meanSquaredError,
  pearson,
  regressionMetricNames,
  regressionMetrics,
  spearman,
  squaredPearson,
  type ReferenceMeanOptions,
  type RegressionMetricName,
  type RegressionMetrics,
} from './metrics.ts';
export {
  modelComparison,
  type ComparedModel,
  type ModelComparison,
  type ModelComparisonOptions,
  type ModelComparisonRow,
} from './model-comparison.ts';
export {
  chooseNestedRidge,
  chooseRidge,
  defaultRidgePenalties,
  fitRidge,
  predictLeadingColumns,
  type DesignMatrix,
  type RidgeChoice,
  type RidgeChoiceOptions,
  type RidgeModel,
  type RidgeOptions,
} from './ridge.ts';
export {
  evaluateMaskedLanguage,
  unigramBaseline,
  type EvaluateMaskedLanguageOptions,
  type MaskedLanguageMetrics,
  type UnigramBaseline,
} from './masked-language.ts';
export {
  multiTargetMetrics,
  type ModelTargetMetrics,
  type MultiTargetMetrics,
  type MultiTargetOptions,
  type MultiTargetPredictions,
  type TargetMetrics,
} from './multi-target-metrics.ts';
export { kmerRidge, type KmerRidge, type KmerRidgeOptions } from './kmer-ridge.ts';
export { adjustedRandIndex } from './adjusted-rand-index.ts';
