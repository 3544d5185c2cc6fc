import type { Random } from '../core/random.ts';
import { DNA } from './alphabet.ts';

/**
 * Shuffles the known bases among their positions; unknown bases stay where they are.
 *
 * @returns a new sequence with the same base counts
 */
export function mononucleotideShuffle(tokens: Uint8Array, random: Random): Uint8Array {
  const known = random.shuffle(tokens.filter((token) => token < DNA.unknownToken));
  let next = 0;
  return tokens.map((token) => (token < DNA.unknownToken ? (known[next++] ?? token) : token));
}

/**
 * A uniformly drawn sequence with exactly the same dinucleotide counts and the same first and last
 * base. Unknown bases stay where they are and each stretch of known bases between them is shuffled
 * by itself, so that masked or padded regions remain masked or padded.
 *
 * Altschul and Erickson 1985, Molecular Biology and Evolution 2:526. The tree of last edges is
 * drawn by Wilson's loop-erased random walk (Propp and Wilson 1998), which stays fast where one
 * base dominates.
 *
 * @param tokens DNA or RNA tokens
 * @returns a new sequence of the same length
 *
 * @example
 * dinucleotideShuffle(encodeSequence('ACGTACGGTCA'), new Random(1));
 */
export function dinucleotideShuffle(tokens: Uint8Array, random: Random): Uint8Array {
  const result = Uint8Array.from(tokens);
  let start = 0;
  while (start < result.length) {
    if ((result[start] ?? 0) >= DNA.unknownToken) {
      start++;
      continue;
    }
    let end = start;
    while (end < result.length && (result[end] ?? 0) < DNA.unknownToken) end++;
    shuffleStretch(result.subarray(start, end), random);
    start = end;
  }
  return result;
}

/** Replaces a stretch of known bases by a random Euler path over its dinucleotides, in place. */
function shuffleStretch(stretch: Uint8Array, random: Random): void {
  if (stretch.length < 4) return; // First and last base are fixed: only one order is possible.
  const successors = successorLists(stretch);
  const root = stretch[stretch.length - 1] ?? 0;
  const lastEdges = drawLastEdges(successors, root, random);
  for (const [base, list] of successors.entries()) {
    const lastEdge = lastEdges[base] ?? -1;
    if (lastEdge < 0) {
      random.shuffle(list);
      continue;
    }
    const end = list.length - 1;
    [list[lastEdge], list[end]] = [list[end] ?? 0, list[lastEdge] ?? 0];
    random.shuffle(list.subarray(0, end));
  }
  const used = [0, 0, 0, 0];
  let base = stretch[0] ?? 0;
  for (let i = 1; i < stretch.length; i++) {
    const edge = used[base] ?? 0;
    used[base] = edge + 1;
    base = successors[base]?.[edge] ?? 0;
    stretch[i] = base;
  }
}

/** For each base, the bases that follow it, in order of appearance. */
function successorLists(stretch: Uint8Array): Uint8Array[] {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i + 1 < stretch.length; i++) {
    const base = stretch[i] ?? 0;
    counts[base] = (counts[base] ?? 0) + 1;
  }
  const lists = counts.map((count) => new Uint8Array(count));
  const filled = [0, 0, 0, 0];
  for (let i = 0; i + 1 < stretch.length; i++) {
    const base = stretch[i] ?? 0;
    const place = filled[base] ?? 0;
    filled[base] = place + 1;
    const list = lists[base];
    if (list !== undefined) list[place] = stretch[i + 1] ?? 0;
  }
  return lists;
}

/**
 * Which edge each base leaves by for the last time: a uniform spanning tree towards `root`.
 *
 * @returns index into each base's successors; −1 for the root and for bases that do not occur
 */
function drawLastEdges(
  successors: readonly Uint8Array[],
  root: number,
  random: Random,
): readonly number[] {
  const edges = [-1, -1, -1, -1];
  const inTree = [false, false, false, false];
  inTree[root] = true;
  for (const [start, list] of successors.entries()) {
    if (list.length === 0) continue;
    let base = start;
    while (inTree[base] !== true) {
      const options = successors[base];
      if (options === undefined || options.length === 0) break;
      const edge = random.integer(options.length);
      edges[base] = edge; // A later visit overwrites it: that erases the loop.
      base = options[edge] ?? root;
    }
    for (base = start; inTree[base] !== true; base = successors[base]?.[edges[base] ?? 0] ?? root) {
      inTree[base] = true;
    }
  }
  edges[root] = -1;
  return edges;
}
