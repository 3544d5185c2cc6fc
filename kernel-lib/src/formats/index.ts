export { readBed, streamBed, writeBed, type BedOptions, type BedRecord } from './bed.ts';
export { openSource, type ByteSource, type FileSource } from './byte-source.ts';
export {
  openFasta,
  writeFastaIndex,
  type FastaIndexFiles,
  type OpenFastaOptions,
} from './fasta.ts';
export { FastaFile, type Contig, type FetchManyOptions, type FetchOptions } from './fasta-file.ts';
export {
  readFasta,
  streamFasta,
  writeFasta,
  type FastaRecord,
  type FastaRecordInput,
  type WriteFastaOptions,
} from './fasta-records.ts';
export {
  Hdf5File,
  openHdf5,
  writeHdf5,
  type Hdf5Attribute,
  type Hdf5Data,
  type Hdf5Dataset,
  type Hdf5Dtype,
  type Hdf5Input,
  type Hdf5ReadOptions,
  type WriteHdf5Options,
} from './hdf5.ts';
export {
  readKerasWeights,
  type KerasLayer,
  type KerasWeight,
  type KerasWeights,
} from './keras-hdf5.ts';
export {
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsFile,
  type SafetensorsInput,
  type SafetensorsInputs,
  type SafetensorsTensor,
} from './safetensors.ts';
export {
  numericColumn,
  readTable,
  requireColumns,
  writeTable,
  type ColumnType,
  type NumericColumnOptions,
  type ReadTableOptions,
} from './table.ts';
export { readFastq, streamFastq, type FastqOptions, type FastqRecord } from './fastq.ts';
export {
  readPeaks,
  streamPeaks,
  type PeakKind,
  type PeakOptions,
  type PeakRecord,
} from './peaks.ts';
export {
  readBedGraph,
  streamBedGraph,
  writeBedGraph,
  type BedGraphOptions,
  type BedGraphRecord,
  type WriteBedGraphOptions,
} from './bed-graph.ts';
export { readBedpe, streamBedpe, type BedpeEnd, type BedpeRecord } from './bedpe.ts';
export {
  readGff,
  streamGff,
  type GffAttributes,
  type GffDialect,
  type GffOptions,
  type GffRecord,
} from './gff.ts';
export {
  transcriptToBed,
  type CodingBlock,
  type Gene,
  type Transcript,
  type TranscriptBlock,
} from './gene.ts';
export { readGenes } from './genes.ts';
export {
  readVcf,
  readVcfHeader,
  streamVcf,
  VcfRecord,
  type VcfContig,
  type VcfField,
  type VcfFile,
  type VcfGenotype,
  type VcfHeader,
  type VcfType,
  type VcfValue,
} from './vcf.ts';
export {
  openTabix,
  TabixFile,
  type OpenTabixOptions,
  type TabixFormat,
  type TabixLine,
  type TabixRecord,
  type TabixRegion,
} from './tabix.ts';
export {
  readMotifs,
  writeMeme,
  type Motif,
  type MotifFormat,
  type ReadMotifsOptions,
} from './motifs.ts';
export { openTwoBit, TwoBitFile } from './two-bit.ts';
export {
  openBigWig,
  BigWigFile,
  type BigWigHeader,
  type BigWigItem,
  type BigWigStatistics,
  type BigWigSummary,
  type BigWigValuesOptions,
} from './big-wig.ts';
export {
  openBigBed,
  BigBedFile,
  type AutoSqlField,
  type AutoSqlTable,
  type AutoSqlValue,
  type BigBedRecord,
} from './big-bed.ts';
export {
  writeBigWig,
  type BigWigInput,
  type BigWigRun,
  type WriteBigWigOptions,
} from './big-wig-writer.ts';
export { bamCoverage, type BamCoverageOptions, type StrandShift } from './bam-coverage.ts';
export { openZip, ZipArchive, type OpenZipOptions, type ZipEntry } from './zip.ts';
export {
  readNpy,
  writeNpy,
  type NpyArray,
  type NpyData,
  type NpyDtype,
  type NpyTensor,
  type ReadNpyOptions,
} from './npy.ts';
export { readNpz, writeNpz, type ReadNpzOptions } from './npz.ts';
export { openSafetensors, SafetensorsReader } from './safetensors-reader.ts';
export {
  writeShardedSafetensors,
  type ShardedSafetensors,
  type WriteShardedSafetensorsOptions,
} from './safetensors-shards.ts';
export {
  streamTfRecords,
  writeTfRecords,
  type ReadTfRecordsOptions,
  type TfRecordCompression,
  type WriteTfRecordsOptions,
} from './tfrecord.ts';
export {
  decodeTfExample,
  encodeTfExample,
  streamTfExamples,
  writeTfExamples,
  type RawDtype,
  type ReadTfExamplesOptions,
  type TfArray,
  type TfExample,
  type TfFeature,
  type TfFeatureInput,
} from './tf-example.ts';
export { readArrow, writeArrow, type WriteArrowOptions } from './arrow.ts';
export { readParquet, writeParquet, type WriteParquetOptions } from './parquet.ts';
export { type ColumnarOptions } from './columnar-values.ts';
export {
  readTorchCheckpoint,
  type ReadTorchCheckpointOptions,
  type TorchCheckpoint,
  type TorchData,
  type TorchDtype,
  type TorchTensor,
} from './torch-checkpoint.ts';
export { inspectFile, type InspectFileOptions } from './inspect-file.ts';
export { formatFileReport } from './inspect-views.ts';
export {
  detectFormat,
  formatOfName,
  fileFormats,
  type Compression,
  type DetectedFormat,
  type FileFormat,
} from './detect-format.ts';
export type { ReadRunConfigText } from './inspect-documents.ts';
export type {
  FileFact,
  FileReport,
  InspectedColumn,
  InspectedContig,
  InspectedCount,
  InspectedMotif,
  InspectedTensor,
} from './inspect-types.ts';
