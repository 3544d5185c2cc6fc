import { byteLetters, byteLettersToBytes, bytesToText } from './byte-letters.ts';
import type { BpeEncoder } from './bpe-encoder.ts';
import type { BpeSettings } from './bpe-settings.ts';
import { BpeQueueEncoder } from './bpe-queue-encoder.ts';
import { BpeTrieEncoder } from './bpe-trie-encoder.ts';
import { normalize, requireAligned } from './normalizer.ts';
import { isAllLetters, splitWords } from './pre-split.ts';
import { SequenceTokenizer } from './sequence-tokenizer.ts';
import type { TokenSink } from './token-sink.ts';
import { tokenizerJson } from './tokenizer-json.ts';

const utf8 = new TextEncoder();

/** A tokenizer of byte-pair encoding, as the model `BPE` of `tokenizers`. */
export class BpeTokenizer extends SequenceTokenizer {
  readonly kind: string;
  readonly settings: BpeSettings;
  readonly #encoder: BpeEncoder;
  /** Ids by byte, or by code of a letter below 256. */
  readonly #table = new Int32Array(256).fill(-1);
  /** Ids of the bytes `<0x00>` …, where they are used. */
  readonly #byteTokens: Int32Array | undefined;
  #symbols = new Int32Array(2048);
  #lengths = new Int32Array(2048);
  /** Letters of each symbol where symbols and letters differ: start and end. */
  #places = new Int32Array(4096);

  constructor(settings: BpeSettings) {
    super(settings);
    this.settings = settings;
    this.kind = settings.byteLevel ? 'byte-level-bpe' : 'bpe';
    const { vocabulary, merges, byteLevel } = settings;
    this.#encoder = BpeTrieEncoder.tryFrom(merges, vocabulary.size) ?? new BpeQueueEncoder(merges);
    for (let code = 0; code < 256; code++) {
      const letter = byteLevel ? (byteLetters[code] ?? '') : String.fromCharCode(code);
      this.#table[code] = vocabulary.id(letter) ?? -1;
    }
    if (settings.byteFallback === true) {
      this.#byteTokens = Int32Array.from({ length: 256 }, (_, byte) => {
        const hex = byte.toString(16).toUpperCase().padStart(2, '0');
        return vocabulary.id(`<0x${hex}>`) ?? -1;
      });
    }
  }

  toJSON(): object {
    return tokenizerJson(this, this.settings);
  }

  protected tokenize(text: string, sink: TokenSink): void {
    if (this.finder.needsSigns && isAllLetters(text)) {
      this.#tokenizePart(text, 0, sink);
      return;
    }
    for (const part of this.finder.split(text)) {
      if (part.id !== undefined) sink.add(part.id, part.start, part.end);
      else this.#tokenizePart(text.slice(part.start, part.end), part.start, sink);
    }
  }

  #tokenizePart(part: string, start: number, sink: TokenSink): void {
    const { normalizer = [], preSplit, addPrefixSpace } = this.settings;
    const normalized = normalizer.length === 0 ? undefined : normalize(part, normalizer);
    if (normalized !== undefined && sink.wantsOffsets) requireAligned(normalized);
    let text = normalized?.text ?? part;
    let shift = start + (normalized?.shift ?? 0);
    let least = 0;
    if (addPrefixSpace === true && text !== '' && !text.startsWith(' ')) {
      text = ` ${text}`;
      // The space is no letter of the sequence.
      least = shift;
      shift--;
    }
    splitWords(text, preSplit, (from, to) => {
      this.#tokenizeWord(text, from, to, shift, least, sink);
    });
  }

  #tokenizeWord(
    text: string,
    from: number,
    to: number,
    shift: number,
    least: number,
    sink: TokenSink,
  ): void {
    if (this.settings.ignoreMerges === true) {
      const word = text.slice(from, to);
      const letters = this.settings.byteLevel ? bytesAsLetters(word) : word;
      const id = this.vocabulary.id(letters);
      if (id !== undefined) {
        sink.add(id, Math.max(least, from + shift), to + shift);
        return;
      }
    }
    this.#reserve(to - from);
    const plain = this.#symbols;
    const table = this.#table;
    // Plain letters that the vocabulary has: one symbol each.
    let count = 0;
    for (; count < to - from; count++) {
      const code = text.charCodeAt(from + count);
      const id = code < 128 ? (table[code] ?? -1) : -1;
      if (id < 0) break;
      plain[count] = id;
    }
    const isPlain = count === to - from;
    if (!isPlain) count = this.#symbolsOf(text.slice(from, to));
    const tokens = this.#encoder.encode(this.#symbols, count, this.#lengths);
    sink.reserve(tokens);
    const { ids, offsets } = sink;
    let at = sink.count;
    sink.count += tokens;
    ids.set(this.#symbols.subarray(0, tokens), at);
    if (!sink.wantsOffsets) return;
    let symbol = 0;
    for (let i = 0; i < tokens; i++, at++) {
      const next = symbol + (this.#lengths[i] ?? 0);
      const begin = isPlain ? symbol : (this.#places[2 * symbol] ?? 0);
      const end = isPlain ? next : (this.#places[2 * next - 1] ?? 0);
      offsets[2 * at] = Math.max(least, from + begin + shift);
      offsets[2 * at + 1] = from + end + shift;
      symbol = next;
    }
  }

  #reserve(letters: number): void {
    if (letters <= this.#symbols.length) return;
    this.#symbols = new Int32Array(letters * 2);
    this.#lengths = new Int32Array(letters * 2);
    this.#places = new Int32Array(letters * 4);
  }

  /** Symbols of a word with letters of any kind, and their places. @returns how many */
  #symbolsOf(word: string): number {
    const { byteLevel, unknownId, fuseUnknown = false } = this.settings;
    this.#reserve(4 * word.length);
    let count = 0;
    const add = (id: number, begin: number, end: number): void => {
      this.#symbols[count] = id;
      this.#places[2 * count] = begin;
      this.#places[2 * count + 1] = end;
      count++;
    };
    // An unknown letter waits for what follows it, which may be one more.
    let waiting: [begin: number, end: number] | undefined;
    const flush = (): void => {
      if (waiting !== undefined && unknownId !== undefined) add(unknownId, ...waiting);
      waiting = undefined;
    };
    const unknown = (begin: number, end: number): void => {
      if (waiting !== undefined && fuseUnknown) waiting[1] = end;
      else {
        flush();
        waiting = [begin, end];
      }
    };
    let begin = 0;
    for (const letter of word) {
      const end = begin + letter.length;
      const code = letter.codePointAt(0) ?? 0;
      if (byteLevel) {
        for (const byte of code < 128 ? [code] : utf8.encode(letter)) {
          const id = this.#table[byte] ?? -1;
          if (id < 0) unknown(begin, end);
          else {
            flush();
            add(id, begin, end);
          }
        }
      } else {
        const id = code < 256 ? (this.#table[code] ?? -1) : (this.vocabulary.id(letter) ?? -1);
        const bytes = id < 0 ? this.#bytesOf(letter) : undefined;
        if (id >= 0) {
          flush();
          add(id, begin, end);
        } else if (bytes !== undefined) {
          // `tokenizers` lets a letter that waits come behind the bytes.
          for (const byte of bytes) add(byte, begin, end);
        } else unknown(begin, end);
      }
      begin = end;
    }
    flush();
    return count;
  }

  /** Tokens of the bytes of a letter, where all of them are in the vocabulary. */
  #bytesOf(letter: string): readonly number[] | undefined {
    const tokens = this.#byteTokens;
    if (tokens === undefined) return undefined;
    const ids = Array.from(utf8.encode(letter), (byte) => tokens[byte] ?? -1);
    return ids.includes(-1) ? undefined : ids;
  }

  protected joinTokens(ids: readonly number[]): string {
    const added = new Set(this.addedTokens.map(({ id }) => id));
    const pieces: Uint8Array[] = [];
    for (const id of ids) {
      const token = this.token(id);
      const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
      if (this.#byteTokens !== undefined && byte !== undefined) {
        pieces.push(Uint8Array.of(Number.parseInt(byte, 16)));
      } else if (this.settings.byteLevel && !added.has(id)) pieces.push(byteLettersToBytes(token));
      else pieces.push(utf8.encode(token));
    }
    return bytesToText(Buffer.concat(pieces));
  }
}

function bytesAsLetters(word: string): string {
  let letters = '';
  for (const byte of utf8.encode(word)) letters += byteLetters[byte] ?? '';
  return letters;
}
