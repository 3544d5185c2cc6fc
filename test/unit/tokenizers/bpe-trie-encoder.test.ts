import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BpeMerges } from '../../../kernel-lib/src/tokenizers/bpe-merges.ts';
import { resolveMerges } from '../../../kernel-lib/src/tokenizers/bpe-merges.ts';
import { BpeQueueEncoder } from '../../../kernel-lib/src/tokenizers/bpe-queue-encoder.ts';
import { bpeTokenBorders } from '../../../kernel-lib/src/tokenizers/bpe-token-borders.ts';
import { BpeTrieEncoder } from '../../../kernel-lib/src/tokenizers/bpe-trie-encoder.ts';
import { Vocabulary } from '../../../kernel-lib/src/tokenizers/vocabulary.ts';

/** A vocabulary as training by the definition makes it: slow, and short enough to be seen right. */
function train(lines: readonly string[], letters: string, merges: number) {
  const tokens = [...letters];
  const pairs: [string, string][] = [];
  let words = lines.map((line) => [...line]);
  while (pairs.length < merges) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]!} ${word[i]!}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const top = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0];
    if (top === undefined) break;
    const [left, right] = top[0].split(' ') as [string, string];
    // Each token is made once: what the rule of the encoder needs.
    if (tokens.includes(left + right)) break;
    tokens.push(left + right);
    pairs.push([left, right]);
    words = words.map((word) => {
      const merged: string[] = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === left && word[i + 1] === right) merged.push(left + word[++i]!);
        else merged.push(word[i]!);
      }
      return merged;
    });
  }
  const entries = tokens.map((token, id) => [token, id] as const);
  const vocabulary = Vocabulary.from(entries, 'the test');
  return { vocabulary, merges: resolveMerges(vocabulary, pairs, String) };
}

const encoded = (
  encoder: { encode(symbols: Int32Array, count: number, lengths: Int32Array): number },
  letters: readonly number[],
) => {
  const symbols = Int32Array.from(letters);
  const lengths = new Int32Array(letters.length);
  const count = encoder.encode(symbols, letters.length, lengths);
  return [Array.from(symbols.subarray(0, count)), Array.from(lengths.subarray(0, count))];
};

const words = (letters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), maxLength });

test.each(['A', 'AC', 'ACGT', 'ACGTN', 'ACDEFGHIKLMNPQRSTVWY'])(
  'gives what the merges give in their order, letters %s',
  (letters) => {
    fc.assert(
      fc.property(
        fc.array(words(letters, 60), { minLength: 1, maxLength: 6 }),
        fc.array(words(`${letters}x`, 200), { minLength: 1, maxLength: 6 }),
        (lines, texts) => {
          const { vocabulary, merges } = train(lines, `${letters}x`, 40);
          const encoder = BpeTrieEncoder.tryFrom(merges, vocabulary.size);
          fc.pre(encoder !== undefined);
          const exact = new BpeQueueEncoder(merges);
          for (const text of [...texts, ...lines]) {
            const ids = [...text].map((letter) => vocabulary.id(letter)!);
            expect(encoded(encoder!, ids)).toEqual(encoded(exact, ids));
          }
        },
      ),
      { numRuns: 60 },
    );
  },
);

test('two tokens may stand beside each other where merging their letters gives both', () => {
  fc.assert(
    fc.property(fc.array(words('ACG', 50), { minLength: 1, maxLength: 5 }), (lines) => {
      const { vocabulary, merges } = train(lines, 'ACG', 25);
      const borders = bpeTokenBorders(merges, vocabulary.size)!;
      const exact = new BpeQueueEncoder(merges);
      for (let first = 0; first < vocabulary.size; first++) {
        for (let second = 0; second < vocabulary.size; second++) {
          const text = vocabulary.token(first) + vocabulary.token(second);
          const [ids] = encoded(
            exact,
            [...text].map((letter) => vocabulary.id(letter)!),
          );
          const column = borders.columnOf[second]!;
          const word = borders.matrix[borders.rowOf[first]! + (column >> 5)]!;
          const isAllowed = ((word >>> (column & 31)) & 1) === 0;
          expect(isAllowed).toBe(ids!.length === 2 && ids![0] === first && ids![1] === second);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('leaves other merges to the queue', () => {
  const from = (tokens: string[], pairs: [string, string][]): BpeTrieEncoder | undefined => {
    const entries = tokens.map((token, id) => [token, id] as const);
    const vocabulary = Vocabulary.from(entries, 'the test');
    const merges: BpeMerges = resolveMerges(vocabulary, pairs, String);
    return BpeTrieEncoder.tryFrom(merges, vocabulary.size);
  };
  expect(from(['A', 'C'], [])).toBeUndefined();
  expect(from(['A', 'C', 'AC'], [['A', 'C']])).toBeDefined();
  // One token by two merges.
  const twice: [string, string][] = [
    ['A', 'C'],
    ['C', 'A'],
    ['A', 'CA'],
    ['AC', 'A'],
  ];
  expect(from(['A', 'C', 'AC', 'CA', 'ACA'], twice)).toBeUndefined();
  // A part that is made only behind.
  const late: [string, string][] = [
    ['AC', 'A'],
    ['A', 'C'],
  ];
  expect(from(['A', 'C', 'AC', 'ACA'], late)).toBeUndefined();
});

test('a token of 65,536 letters is built and found', () => {
  const tokens = ['A'];
  const pairs: [string, string][] = [];
  while (tokens.at(-1)!.length < 1 << 16) {
    const last = tokens.at(-1)!;
    pairs.push([last, last]);
    tokens.push(last + last);
  }
  const vocabulary = Vocabulary.from(
    tokens.map((token, id) => [token, id] as const),
    'the test',
  );
  const merges = resolveMerges(vocabulary, pairs, String);
  const encoder = BpeTrieEncoder.tryFrom(merges, vocabulary.size)!;
  const letters = new Array<number>((1 << 17) + 5).fill(0);
  expect(encoded(encoder, letters)).toEqual([
    [16, 16, 2, 0],
    [1 << 16, 1 << 16, 4, 1],
  ]);
});
