export { alphabetNamed, DNA, PROTEIN, RNA, type Alphabet, type AlphabetName } from './alphabet.ts';
export { countUnknown, gcContent } from './composition.ts';
export {
  intersectIntervals,
  mergeIntervals,
  subtractIntervals,
  type MergeIntervalsOptions,
} from './combine-intervals.ts';
export { matchContigName } from './contig-names.ts';
export { decodeTokens, encodeSequence, type EncodeOptions } from './encode-sequence.ts';
export type { Interval, Strand } from './interval.ts';
export { kmerCounts, kmerIndices, kmerNames, type KmerCountOptions } from './kmers.ts';
export { oneHot, type OneHotOptions } from './one-hot.ts';
export { IntervalIndex, overlaps, overlapsAny, type StrandOptions } from './overlaps.ts';
export { formatInterval, parseInterval } from './parse-interval.ts';
export {
  promoterInterval,
  type PromoterOptions,
  type TranscriptionStart,
} from './promoter-interval.ts';
export {
  clipInterval,
  makeWindows,
  resizeInterval,
  shiftInterval,
  type ResizeOptions,
  type WindowOptions,
} from './reshape-interval.ts';
export { reverseComplement } from './reverse-complement.ts';
export { shiftTokens } from './shift-tokens.ts';
export { dinucleotideShuffle, mononucleotideShuffle } from './shuffle-sequence.ts';
export { sortIntervals, type SortIntervalsOptions } from './sort-intervals.ts';
export {
  clusterByIdentity,
  type ClusterByIdentityOptions,
  type ClusterMode,
  type SequenceClusters,
} from './sequence-clusters.ts';
export type { ResolvedCriteria, SimilarityCriteria } from './cluster-criteria.ts';
