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
export { readMotifs, writeMeme, type Motif } from './motifs.ts';
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
