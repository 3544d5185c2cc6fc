export type {
  EncodeBatchOptions,
  EncodeOptions as TokenizerEncodeOptions,
  Encoding,
  Side,
  SpecialTokenIds,
  TokenBatch,
  Tokenizer,
  TokenizerDefaults,
} from './tokenizer.ts';
export type {
  TokenizerOptions,
  TokenizerSettings,
  TokenizerTemplate,
} from './sequence-tokenizer.ts';
export {
  BERT_SPECIAL_TOKENS,
  ROBERTA_SPECIAL_TOKENS,
  type SpecialTokenNames,
} from './special-tokens.ts';
export type { AddedToken } from './added-tokens.ts';
export { BpeTokenizer } from './bpe-tokenizer.ts';
export type { BpeSettings } from './bpe-settings.ts';
export { ByteLevelBpeTokenizer, type ByteLevelBpeOptions } from './byte-level-bpe-tokenizer.ts';
export { KmerTokenizer, type KmerRemainder, type KmerTokenizerOptions } from './k-mer-tokenizer.ts';
export { CharacterTokenizer, type CharacterTokenizerOptions } from './character-tokenizer.ts';
export { allKmers, kmersToSequence, sequenceToKmers, type KmerCut } from './kmer-words.ts';
export { loadTokenizer, TOKENIZER_FILES } from './load-tokenizer.ts';
export { saveTokenizer } from './save-tokenizer.ts';
export {
  trainByteLevelBpe,
  type TrainByteLevelBpeOptions,
  type TrainedTokenizer,
  type TrainingText,
} from './train-byte-level-bpe.ts';
export { tokenizeFile, type TokenizedFile, type TokenizeFileOptions } from './tokenize-file.ts';
export { readSequenceLines, type LetterCase } from './read-sequence-lines.ts';
