import { UsageError } from '../core/errors.ts';
import type { AttentionMaps } from './attention.ts';

/** Which layer and head; the mean over all of them where one is not given. */
export interface AttentionChoice {
  /** Layer, from 0. */
  readonly layer?: number | undefined;
  /** Head, from 0. */
  readonly head?: number | undefined;
}

function checkChoice(value: number | undefined, count: number, name: string): void {
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value < count)) return;
  throw new UsageError({
    where: `attention, ${name}`,
    found: String(value),
    expected: `a whole number from 0 to ${String(count - 1)}`,
  });
}

/**
 * The map of one layer and head, or the mean over those that are not chosen.
 *
 * @returns `[tokens, tokens]`, row-major; rows sum to 1
 * @throws UsageError for a layer or head that the model has not
 */
export function attentionMap(maps: AttentionMaps, choice: AttentionChoice = {}): Float32Array {
  const { layers, heads, probabilities, tokens } = maps;
  const { layer, head } = choice;
  checkChoice(layer, layers, 'layer');
  checkChoice(head, heads, 'head');
  const size = tokens.length ** 2;
  const sums = new Float64Array(size);
  let count = 0;
  for (let each = 0; each < layers * heads; each++) {
    if (layer !== undefined && Math.floor(each / heads) !== layer) continue;
    if (head !== undefined && each % heads !== head) continue;
    count++;
    for (let i = 0; i < size; i++) {
      sums[i] = (sums[i] ?? 0) + (probabilities[each * size + i] ?? 0);
    }
  }
  return Float32Array.from(sums, (sum) => sum / count);
}

/**
 * Attention between letters: what a token gives to another is shared out equally among the letters
 * of that, and each letter has the row of its token (the mean of them where tokens overlap). A row
 * sums to 1 minus what goes to start, end and other tokens without letters. Letters in no token have
 * rows and columns of zeros.
 *
 * @param map `[tokens, tokens]` as `attentionMap` and `attentionRollout` give it
 * @returns `[letters, letters]`, row-major
 */
export function attentionOfLetters(maps: AttentionMaps, map: Float32Array): Float32Array {
  const { sequence, tokens, offsets } = maps;
  const letters = sequence.length;
  const holders = new Float64Array(letters);
  forEachLetter(offsets, tokens.length, (_token, letter) => {
    holders[letter] = (holders[letter] ?? 0) + 1;
  });
  const result = new Float32Array(letters * letters);
  const row = new Float64Array(letters);
  for (let token = 0; token < tokens.length; token++) {
    const [start = 0, end = 0] = [offsets[2 * token], offsets[2 * token + 1]];
    if (end <= start) continue;
    row.fill(0);
    forEachLetter(offsets, tokens.length, (other, letter, width) => {
      row[letter] = (row[letter] ?? 0) + (map[token * tokens.length + other] ?? 0) / width;
    });
    for (let letter = start; letter < end; letter++) {
      const share = 1 / (holders[letter] ?? 1);
      for (let other = 0; other < letters; other++) {
        const at = letter * letters + other;
        result[at] = (result[at] ?? 0) + share * (row[other] ?? 0);
      }
    }
  }
  return result;
}

/**
 * How much each letter is attended to: the mean over the tokens of the rows of what they give to it.
 * Sums to 1 minus what goes to tokens without letters.
 *
 * @param map `[tokens, tokens]`
 * @returns one number a letter
 */
export function attentionReceived(maps: AttentionMaps, map: Float32Array): Float32Array {
  const { sequence, tokens, offsets } = maps;
  const count = tokens.length;
  const received = new Float64Array(sequence.length);
  forEachLetter(offsets, count, (token, letter, width) => {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += map[row * count + token] ?? 0;
    received[letter] = (received[letter] ?? 0) + sum / count / width;
  });
  return Float32Array.from(received);
}

/**
 * Attention rollout (Abnar and Zuidema 2020): maps of all layers multiplied, each the mean over heads
 * and half the identity for the residual connection. How much of the input tokens has reached each
 * token behind the last layer.
 *
 * @returns `[tokens, tokens]`, row-major; rows sum to 1
 */
export function attentionRollout(maps: AttentionMaps): Float32Array {
  const count = maps.tokens.length;
  let rollout: Float64Array | undefined;
  for (let layer = 0; layer < maps.layers; layer++) {
    const mixed = Float64Array.from(
      attentionMap(maps, { layer }),
      (value, i) => value / 2 + (i % (count + 1) === 0 ? 0.5 : 0),
    );
    rollout = rollout === undefined ? mixed : product(mixed, rollout, count);
  }
  return Float32Array.from(rollout ?? []);
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let middle = 0; middle < size; middle++) {
      const factor = a[row * size + middle] ?? 0;
      for (let column = 0; column < size; column++) {
        const at = row * size + column;
        result[at] = (result[at] ?? 0) + factor * (b[middle * size + column] ?? 0);
      }
    }
  }
  return result;
}

function forEachLetter(
  offsets: Int32Array,
  tokens: number,
  visit: (token: number, letter: number, width: number) => void,
): void {
  for (let token = 0; token < tokens; token++) {
    const [start = 0, end = 0] = [offsets[2 * token], offsets[2 * token + 1]];
    for (let letter = start; letter < end; letter++) visit(token, letter, end - start);
  }
}
