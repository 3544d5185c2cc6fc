import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadTokenizer } from '../../../kernel-lib/src/tokenizers/load-tokenizer.ts';
import { DNABERT2, FLORABERT } from './golden.ts';

const florabert = await loadTokenizer(FLORABERT, { paddingSide: 'left' });
const dnabert2 = await loadTokenizer(DNABERT2);

test('decode gives the text back, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      fc.pre(!/\p{Cs}/u.test(text) && !/<(?:s|\/s|pad|unk|mask)>/.test(text));
      expect(florabert.decode(florabert.encode(text))).toBe(text);
    }),
  );
  const bases = fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), maxLength: 300 });
  fc.assert(
    fc.property(bases, (text) => {
      expect(florabert.decode(florabert.encode(text))).toBe(text);
      expect(dnabert2.decode(dnabert2.encode(text))).toBe(text);
    }),
  );
});

test('offsets cover the text without gaps', () => {
  const bases = fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T', 'N', 'a'), maxLength: 200 });
  fc.assert(
    fc.property(bases, (text) => {
      const { ids, offsets } = florabert.encodeWithOffsets(text);
      const pieces = Array.from(ids, (_, i) => text.slice(offsets[2 * i], offsets[2 * i + 1]));
      expect(pieces.join('')).toBe(text);
      expect(pieces.slice(1, -1)).toEqual(
        Array.from(ids.slice(1, -1), (id) => florabert.token(id)),
      );
      const cut = florabert.encodeWithOffsets(text, { maxLength: 5, truncationSide: 'left' });
      const kept = Math.min(3, ids.length - 2);
      expect(Array.from(cut.ids.slice(1, -1))).toEqual(
        Array.from(ids.slice(ids.length - 1 - kept, -1)),
      );
      expect(Array.from(cut.offsets.slice(2, -2))).toEqual(
        Array.from(offsets.slice(offsets.length - 2 - 2 * kept, -2)),
      );
    }),
  );
});

test('a batch holds what single calls give', () => {
  const sequences = fc.array(
    fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T', 'N'), maxLength: 80 }),
    { maxLength: 6 },
  );
  const side = fc.constantFrom('left' as const, 'right' as const);
  fc.assert(
    fc.property(
      sequences,
      fc.integer({ min: 2, max: 30 }),
      side,
      side,
      (texts, maxLength, a, b) => {
        const batch = florabert.encodeBatch(texts, {
          maxLength,
          truncationSide: a,
          paddingSide: b,
        });
        expect([batch.rows, batch.length]).toEqual([texts.length, maxLength]);
        for (const [row, text] of texts.entries()) {
          const ids = Array.from(florabert.encode(text, { maxLength, truncationSide: a }));
          const padding = new Array<number>(maxLength - ids.length).fill(2);
          const expected = b === 'left' ? [...padding, ...ids] : [...ids, ...padding];
          const from = row * maxLength;
          expect(Array.from(batch.inputIds.slice(from, from + maxLength))).toEqual(expected);
          const mask = batch.attentionMask.slice(from, from + maxLength);
          const first = b === 'left' ? padding.length : 0;
          expect(Array.from(mask)).toEqual(
            expected.map((_, i) => Number(i >= first && i < first + ids.length)),
          );
        }
      },
    ),
  );
});

test('says what is wrong with a call', () => {
  expect(() => florabert.encode('A', { maxLength: 1 })).toThrow(
    /option maxLength: 1; expected at least 2, the tokens put around each sequence/,
  );
  expect(Array.from(florabert.encode('ACGT', { maxLength: 2 }))).toEqual([0, 1]);
  expect(florabert.encode('A', { maxLength: 1, addSpecialTokens: false }).length).toBe(1);
  expect(() => florabert.encode('A', { maxLength: 2.5 })).toThrow(/expected a whole number from 1/);
  expect(() => florabert.encode('A', { maxlength: 5 } as object)).toThrow(/'maxlength'/);
  expect(() => florabert.encode(5 as unknown as string)).toThrow(
    /sequence: number; expected a text/,
  );
  expect(() => florabert.encode('A', { truncationSide: 'middle' as 'left' })).toThrow(
    /expected 'left' or 'right'/,
  );
  expect(() => florabert.encodeBatch(['A'], {} as { maxLength: number })).toThrow(/no maxLength/);
  expect(() => florabert.token(5261)).toThrow(
    /token id: 5261; expected a whole number from 0 to 5260/,
  );
  expect(() => florabert.decode([0, 9999])).toThrow(/token id: 9999/);
});

test('special tokens are kept in the text where asked for', () => {
  const ids = florabert.encode('AC');
  expect(florabert.decode(ids, { keepSpecialTokens: true })).toBe('<s>AC</s>');
});

test('a sequence of 5 kb and one of N alone', () => {
  const long = florabert.encode('ACGTN'.repeat(1000), { maxLength: 256 });
  expect(long.length).toBe(256);
  expect(florabert.decode(florabert.encode('N'.repeat(5000)))).toBe('N'.repeat(5000));
  // Letters that DNABERT-2's vocabulary has not become unknown tokens, one each.
  expect(Array.from(dnabert2.encode('NNN'))).toEqual([1, 0, 0, 0, 2]);
});
