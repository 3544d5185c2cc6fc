import type { BpeMerges } from './bpe-merges.ts';
import type { NormalizerStep } from './normalizer.ts';
import type { PreSplit } from './pre-split.ts';
import type { TokenizerSettings } from './sequence-tokenizer.ts';

/** What a tokenizer of byte-pair encoding is made of. */
export interface BpeSettings extends TokenizerSettings {
  readonly merges: BpeMerges;
  /** Whether letters stand for bytes. */
  readonly byteLevel: boolean;
  readonly preSplit: PreSplit;
  /** Puts a space before a text that begins with none. Default false. */
  readonly addPrefixSpace?: boolean;
  readonly normalizer?: readonly NormalizerStep[];
  /** Id for letters that are not in the vocabulary; they are dropped where there is none. */
  readonly unknownId?: number;
  /** Makes one token of unknown letters beside each other. Default false. */
  readonly fuseUnknown?: boolean;
  /** Writes unknown letters as tokens `<0x41>` of their bytes. Default false. */
  readonly byteFallback?: boolean;
  /** A word that is a token as a whole is not merged. Default false. */
  readonly ignoreMerges?: boolean;
  /** Parts of the `tokenizer.json` that it was read from. */
  readonly json?: Readonly<Record<string, unknown>>;
}
