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
