export { loadTokenizer } from './load-tokenizer.ts';
export { saveTokenizer } from './save-tokenizer.ts';
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
