export {
  extractPromoters,
  type ExtractedPromoters,
  type ExtractPromotersOptions,
  type Promoter,
  type PromoterReport,
} from './promoter-extraction.ts';
export type { GeneIdAttribute, GeneIdRule } from './promoter-extraction-genes.ts';
export { parsePromoterName, writePromoters, type PromoterName } from './promoter-file.ts';
export {
  combinePromoters,
  type CombinedSpecies,
  type CombinePromotersOptions,
  type SpeciesPromoters,
} from './promoter-file-combine.ts';
export { describePromoterReport } from './promoter-report.ts';
export { readLinkTable, type LinkedFile, type LinkKind, type LinkRow } from './link-table.ts';
export type { Checksum, ChecksumAlgorithm } from './download-checksum.ts';
export {
  download,
  type DownloadedFile,
  type DownloadFailure,
  type DownloadOptions,
  type DownloadReport,
} from './download.ts';
export {
  downloadPromoters,
  type DownloadedPromoters,
  type DownloadPromotersOptions,
  type DownloadPromotersReport,
  type PromoterFailure,
  type PromoterSettings,
} from './download-promoters.ts';
export { executeQuantification, quantificationTable, quantify } from './quantify.ts';
export type { ExecuteQuantificationOptions, Quantification, SampleSummary } from './quantify.ts';
export { prepareQuantification } from './quantify-prepare.ts';
export type {
  PreparedAnnotation,
  PreparedQuantification,
  PreparedSample,
  Reference,
  ToolName,
} from './quantify-prepare.ts';
export type { QuantifyOptions, Strandedness } from './quantify-options.ts';
export { readRnaSeqSamples, type RnaSeqSample } from './quantify-samples.ts';
export type { FileFingerprint } from './quantify-stage.ts';
export type { Trimming, TrimmingOptions } from './trimmomatic.ts';
export type { InstalledTool } from './external-tool.ts';
export { readFeatureCounts, type GeneCounts } from './feature-counts.ts';
export { transcriptsPerMillion } from './tpm.ts';
export { readEnaFileReport, type EnaFile, type EnaRun } from './ena-file-report.ts';
export { enaLinks, writeEnaLinks, writeEnaSamples, type EnaLink } from './ena-tables.ts';
export { prepareEnaRuns, type PreparedEnaRuns, type PrepareEnaRunsOptions } from './ena-runs.ts';
export {
  describeRuns,
  readRunOrder,
  referenceGenomeOf,
  uniqueOrganRuns,
  writeRunOrder,
  type SequenceRun,
} from './sequence-run.ts';
export {
  maizeTissues,
  selectGenes,
  selectTissues,
  type ExpressionTable,
} from './expression-table.ts';
export {
  expressionMetadataColumns,
  readExpressionTable,
  type ReadExpressionOptions,
} from './expression-reader.ts';
export {
  filterExpressed,
  type FilteredExpression,
  type FilterExpressedOptions,
} from './expression-filter.ts';
export {
  normalisedExpressionTable,
  normalisedToTpm,
  readNormalisedExpression,
  type NormalisedExpression,
  type NormalisedFile,
} from './expression-normalised.ts';
export { readCultivars, type Cultivar } from './expression-cultivars.ts';
export { readClusterFolds, readFolds } from './expression-folds.ts';
export {
  labelPromoters,
  type LabelledPromoter,
  type LabelledPromoterCounts,
  type LabelPromotersOptions,
} from './expression-promoters.ts';
export {
  writeExpressionTables,
  writeLabelledPromoters,
  writeTrainingTables,
  type TrainingTables,
} from './expression-output.ts';
export {
  expressionQuality,
  type CultivarQuality,
  type ExpressionQuality,
  type ExpressionQualityLimits,
  type ExpressionQualityOptions,
  type ExpressionStatus,
  type TissueQuality,
} from './expression-quality.ts';
export { writeExpressionQuality } from './expression-quality-file.ts';
export {
  prepareExpression,
  type ExpressionSource,
  type PreparedExpression,
  type PrepareExpressionOptions,
} from './expression-preparation.ts';
