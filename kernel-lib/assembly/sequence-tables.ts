/**
 * Tables of 3-mers, by which base tokens are convolved.
 *
 * A filter bank of width k over A, C, G, T is a sum over groups of three neighbouring taps. For
 * each group a table holds the sum of its taps for all 3-mers over A, C, G, T and unknown, so that
 * one window costs k/3 row additions instead of 4k multiply-adds a filter. Pointers are bytes in
 * the imported memory; table rows hold `padded` float32 values, a multiple of 16, while tensors
 * hold `filters`.
 *
 * Letters are 0 A, 1 C, 2 G, 3 T, 4 unknown and, where unknown bases count as a quarter of each
 * base, 5 padding (a zero row). `letters` is 5 or 6, and a table has letters³ words.
 */

/** Geometry of a convolution, as 32-bit integers in this order. */
@inline
export function field(geometry: usize, index: usize): i32 {
  return load<i32>(geometry + (index << 2));
}

export const LENGTH: usize = 0;
export const WIDTH: usize = 1;
export const FILTERS: usize = 2;
export const PADDED: usize = 3;
/** Padding before the sequence that the first window sees; negative inside of it. */
export const LEFT: usize = 4;
export const STRIDE: usize = 5;
export const DILATION: usize = 6;
export const POOL: usize = 7;
export const WINDOWS: usize = 8;
export const PHASES: usize = 9;
export const RELU: usize = 10;
export const LETTERS: usize = 11;
/** Pooled windows of one unit of work. */
export const CHUNK: usize = 12;

@inline
export function wordsOf(geometry: usize): i32 {
  const letters = field(geometry, LETTERS);
  return letters * letters * letters;
}

@inline
export function groupsOf(geometry: usize): i32 {
  return (field(geometry, WIDTH) + 2) / 3;
}

/** Words that one chunk of windows needs. */
function wordCount(geometry: usize): i32 {
  return (
    (field(geometry, CHUNK) * field(geometry, POOL) - 1) * field(geometry, STRIDE) +
    1 +
    3 * (groupsOf(geometry) - 1) * field(geometry, DILATION)
  );
}

/** Bytes of the words of one chunk: scratch of each part. */
export function wordsScratch(geometry: usize): usize {
  return ((<usize>wordCount(geometry) << 1) + 127) & ~63;
}

/** Bytes of a word in the table of a block of 16 filters. */
export const WORD: usize = 64;

/** Bytes from the tables of one block of 16 filters to those of the next. */
@inline
export function blockSize(geometry: usize): usize {
  return <usize>(groupsOf(geometry) * wordsOf(geometry)) * WORD;
}

/**
 * Adds a row of the filter bank to a word of a group's table. Tables of a block of 16 filters lie
 * together, `[block][group][word][16]`: a kernel works on one block at a time, and rows that lay
 * farther apart would push each other out of the first cache.
 */
@inline
function addToWord(word: usize, block: usize, source: usize, row: usize, factor: f32): void {
  const share = v128.splat<f32>(factor);
  for (let byte: usize = 0; byte < row; byte += 16) {
    const target = word + (byte >> 6) * block + (byte & 63);
    v128.store(
      target,
      v128.add<f32>(v128.load(target), v128.mul<f32>(share, v128.load(source + byte))),
    );
  }
}

/** Adds a word of a group's table to a row of the filter bank. */
@inline
function addFromWord(target: usize, word: usize, block: usize, row: usize, factor: f32): void {
  const share = v128.splat<f32>(factor);
  for (let byte: usize = 0; byte < row; byte += 16) {
    const source = word + (byte >> 6) * block + (byte & 63);
    v128.store(
      target + byte,
      v128.add<f32>(v128.load(target + byte), v128.mul<f32>(share, v128.load(source))),
    );
  }
}

/**
 * Tables from kernel[tap][letter][filter]; taps past the kernel are zero. Units of work: groups.
 */
export function buildTables(
  geometry: usize,
  kernel: usize,
  tables: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>field(geometry, PADDED) << 2;
  const letters = field(geometry, LETTERS);
  const words = wordsOf(geometry);
  const width = field(geometry, WIDTH);
  const block = blockSize(geometry);
  for (let group = from; group < to; group++) {
    for (let word = 0; word < words; word++) {
      const target = tables + <usize>(group * words + word) * WORD;
      for (let at: usize = 0; at < row; at += 64) memory.fill(target + (at >> 6) * block, 0, WORD);
      let rest = word;
      for (let tap = 2; tap >= 0; tap--) {
        const letter = rest % letters;
        rest /= letters;
        const position = group * 3 + tap;
        if (position >= width) continue;
        const source = kernel + <usize>(position * 4) * row;
        if (letter < 4) {
          addToWord(target, block, source + <usize>letter * row, row, 1);
        } else if (letter == 4 && letters == 6) {
          for (let base: usize = 0; base < 4; base++) {
            addToWord(target, block, source + base * row, row, 0.25);
          }
        }
      }
    }
  }
}

/**
 * kernelGradient[tap][letter][filter] from the gradients of the tables, summed over `parts`.
 * Units of work: groups.
 */
export function foldTables(
  geometry: usize,
  tables: usize,
  parts: i32,
  kernelGradient: usize,
  part: i32,
  from: i32,
  to: i32,
): void {
  const row = <usize>field(geometry, PADDED) << 2;
  const letters = field(geometry, LETTERS);
  const words = wordsOf(geometry);
  const width = field(geometry, WIDTH);
  const block = blockSize(geometry);
  const size = gradientSize(geometry);
  for (let group = from; group < to; group++) {
    const taps = min(3, width - group * 3);
    memory.fill(kernelGradient + <usize>(group * 12) * row, 0, <usize>(taps * 4) * row);
    for (let word = 0; word < words; word++) {
      let rest = word;
      for (let tap = 2; tap >= 0; tap--) {
        const letter = rest % letters;
        rest /= letters;
        const position = group * 3 + tap;
        if (position >= width) continue;
        const target = kernelGradient + <usize>(position * 4) * row;
        for (let i = 0; i < parts; i++) {
          const at = tables + <usize>i * size + <usize>(group * words + word) * WORD;
          if (letter < 4) {
            addFromWord(target + <usize>letter * row, at, block, row, 1);
          } else if (letter == 4 && letters == 6) {
            for (let base: usize = 0; base < 4; base++) {
              addFromWord(target + base * row, at, block, row, 0.25);
            }
          }
        }
      }
    }
  }
}

/** words[i] = index of the 3-mer that a group sees whose first tap lies on column `first + i`. */
export function indexWords(geometry: usize, tokens: usize, first: i32, count: i32, words: usize): void {
  const length = field(geometry, LENGTH);
  const letters = field(geometry, LETTERS);
  const dilation = field(geometry, DILATION);
  const outside = letters - 1;
  const start = first - field(geometry, LEFT);
  for (let i = 0; i < count; i++) {
    const position = start + i;
    const word =
      (letterAt(tokens, length, position, outside) * letters +
        letterAt(tokens, length, position + dilation, outside)) *
        letters +
      letterAt(tokens, length, position + 2 * dilation, outside);
    store<u16>(words + (<usize>i << 1), <u16>word);
  }
}

@inline
function letterAt(tokens: usize, length: i32, position: i32, outside: i32): i32 {
  if (<u32>position >= <u32>length) return outside;
  const letter = load<u32>(tokens + (<usize>position << 2));
  return letter > 3 ? 4 : letter;
}

/** Stores the values of a block of 16 filters, or the first of them. */
@inline
export function storeBlock(
  target: usize,
  lanes: i32,
  spare: usize,
  v0: v128,
  v1: v128,
  v2: v128,
  v3: v128,
): void {
  const at = lanes >= 16 ? target : spare;
  v128.store(at, v0);
  v128.store(at, v1, 16);
  v128.store(at, v2, 32);
  v128.store(at, v3, 48);
  if (lanes < 16) memory.copy(target, spare, <usize>lanes << 2);
}

/** Bytes of the table gradients and the bias gradient of one part. */
export function gradientSize(geometry: usize): usize {
  const row = <usize>field(geometry, PADDED) << 2;
  return row * <usize>(wordsOf(geometry) * groupsOf(geometry));
}

/** A block of 16 values of a tensor row, the missing ones zero. */
@inline
export function blockAt(source: usize, lanes: i32, spare: usize): usize {
  if (lanes >= 16) return source;
  memory.fill(spare, 0, 64);
  memory.copy(spare, source, <usize>lanes << 2);
  return spare;
}

