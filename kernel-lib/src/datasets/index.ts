export {
  checkInputs,
  requireInputs,
  type InputCheck,
  type InputCheckColumns,
  type InputCheckOptions,
  type InputCheckRow,
  type InputStatus,
} from './compatibility-check.ts';
export { batches, disposeBatch, type Batch, type BatchOptions } from './batches.ts';
export { crossValidationSplits, type CrossValidationOptions } from './cross-validation.ts';
export {
  dataCard,
  type DataCard,
  type DataCardOptions,
  type DataCardPart,
  type Distribution,
} from './data-card.ts';
export type { Dataset, Example, ExampleInput, InputValues } from './dataset.ts';
export {
  InMemoryDataset,
  type InMemoryDatasetParts,
  type InMemoryInput,
} from './in-memory-dataset.ts';
export { IntervalDataset, intervalDataset } from './interval-dataset.ts';
export type { IntervalDatasetOptions } from './interval-dataset-options.ts';
export type { WindowAugmentation } from './window-augmentation.ts';
export {
  promoterExpressionDataset,
  type PromoterExpressionDataset,
} from './promoter-expression-dataset.ts';
export {
  mrnaFeatures,
  type FeatureColumn,
  type GeneColumns,
  type PromoterExpressionOptions,
  type TargetColumn,
} from './promoter-expression-options.ts';
export {
  clusterBySimilarity,
  similarSequencePairs,
  type SimilarityClusters,
  type SimilarityOptions,
  type SimilarPair,
} from './similar-sequences.ts';
export { splitByBlocks, type BlockSplit, type BlockSplitOptions } from './split-by-blocks.ts';
export { splitByChromosome, type ChromosomeSplitOptions } from './split-by-chromosome.ts';
export { splitByCluster, splitRandomly, type RandomSplitOptions } from './split-by-group.ts';
export { splitExamples, type SplitInput, type SplitOptions } from './split-options.ts';
export {
  splitByColumn,
  splitParts,
  type ColumnSplitOptions,
  type Split,
  type SplitFractions,
  type SplitPart,
} from './split.ts';
export { StandardScaler, type FeatureColumns, type StandardScalerJson } from './standard-scaler.ts';
export {
  TargetTransform,
  type NumberTransform,
  type TargetTransformJson,
  type TargetTransformOptions,
} from './target-transform.ts';
export {
  transcriptFeatureColumns,
  transcriptFeatures,
  transcriptFeatureTable,
  type TranscriptFeatures,
} from './transcript-features.ts';
export {
  maskedLanguageDataset,
  maskedPositions,
  type MaskedLanguageOptions,
  type MaskingOptions,
  type Sequences,
} from './masked-language-dataset.ts';
export {
  openSequenceCorpus,
  type SequenceCorpus,
  type SequenceCorpusOptions,
} from './sequence-corpus.ts';
export { someSequences, splitByContent, type ContentSplit } from './split-by-content.ts';
export { tokenStatistics, type TokenStatistics } from './token-statistics.ts';
export { boxCox, boxCoxLogLikelihood, fitBoxCox, inverseBoxCox } from './box-cox.ts';
export {
  kmerFlip,
  positionBuckets,
  type IntegerSource,
  type KmerFlip,
  type KmerFlipOptions,
} from './kmer-flip.ts';
export { PythonRandom } from './python-random.ts';
export { NumpyRandom } from './python-random-numpy.ts';
export {
  targetTransformNames,
  TargetTransforms,
  type TargetColumnJson,
  type TargetTransformName,
  type TargetTransformsOptions,
} from './target-transforms.ts';
export {
  tissueExpressionCrossValidation,
  tissueExpressionDataset,
  type DroppedPromoters,
  type TissueExpressionDataset,
} from './tissue-expression-dataset.ts';
export {
  TissueExpressionExamples,
  type TissueExpressionStore,
  type TokenRows,
} from './tissue-expression-examples.ts';
export type { TissueExpressionOptions } from './tissue-expression-options.ts';
export {
  assignClusterFolds,
  foldCrossValidation,
  splitByFolds,
  type ClusterFoldOptions,
  type FoldCrossValidationOptions,
  type FoldParts,
} from './tissue-expression-folds.ts';
export {
  parseLabels,
  readLabelledPromoters,
  selectTargets,
  type LabelledPromoters,
  type ReadLabelledPromotersOptions,
} from './tissue-expression-labels.ts';
export {
  auditJson,
  leakageAudit,
  withoutLeaks,
  type AuditedPair,
  type AuditedPart,
  type AuditPart,
  type AuditRecord,
  type LeakageAudit,
  type LeakageAuditOptions,
  type LeakageExample,
  type LeakageKind,
} from './leakage-audit.ts';
export {
  clusterMembers,
  readClusterTable,
  writeClusterTable,
  type ClusterMember,
} from './cluster-table.ts';
export {
  streamSequenceRecords,
  type SequenceRecord,
  type SequenceRecordOptions,
} from './sequence-records.ts';
