import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countUnknown, gcContent } from '../../../kernel-lib/src/sequence/composition.ts';
import { decodeTokens, encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { oneHot } from '../../../kernel-lib/src/sequence/one-hot.ts';
import { reverseComplement } from '../../../kernel-lib/src/sequence/reverse-complement.ts';
import { shiftTokens } from '../../../kernel-lib/src/sequence/shift-tokens.ts';

const tokenArrays = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 100 })
  .map((tokens) => Uint8Array.from(tokens));

describe('reverseComplement', () => {
  it('complements and reverses, unknown stays unknown', () => {
    expect(decodeTokens(reverseComplement(encodeSequence('AACGTTN')))).toBe('NAACGTT');
  });

  it('is its own inverse and keeps the GC content', () => {
    fc.assert(
      fc.property(tokenArrays, (tokens) => {
        expect(reverseComplement(reverseComplement(tokens))).toEqual(tokens);
        expect(gcContent(reverseComplement(tokens))).toBe(gcContent(tokens));
      }),
    );
  });

  it('refuses tokens of a protein', () => {
    expect(() => reverseComplement(Uint8Array.of(0, 7))).toThrow(/position 1: 7/);
  });
});

describe('shiftTokens', () => {
  it('moves towards the 3′ end and fills with unknown', () => {
    const tokens = encodeSequence('ACGT');
    expect(decodeTokens(shiftTokens(tokens, 1))).toBe('NACG');
    expect(decodeTokens(shiftTokens(tokens, -2))).toBe('GTNN');
    expect(decodeTokens(shiftTokens(tokens, 0))).toBe('ACGT');
    expect(decodeTokens(shiftTokens(tokens, 9))).toBe('NNNN');
    expect(decodeTokens(shiftTokens(tokens, -9))).toBe('NNNN');
    expect(() => shiftTokens(tokens, 0.5)).toThrow(/0.5.*whole number/);
  });

  it('is the same as shifting the other strand the other way', () => {
    fc.assert(
      fc.property(tokenArrays, fc.integer({ min: -20, max: 20 }), (tokens, offset) => {
        expect(reverseComplement(shiftTokens(tokens, offset))).toEqual(
          shiftTokens(reverseComplement(tokens), -offset),
        );
      }),
    );
  });
});

describe('gcContent and countUnknown', () => {
  it('leave out unknown bases', () => {
    expect(gcContent(encodeSequence('GCAN'))).toBeCloseTo(2 / 3, 15);
    expect(gcContent(encodeSequence('NN'))).toBeNaN();
    expect(countUnknown(encodeSequence('GCANR'))).toBe(2);
  });
});

describe('oneHot', () => {
  it('gives channels A, C, G, T and zeros or quarters for unknown', () => {
    expect([...oneHot(encodeSequence('GN'))]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect([...oneHot(encodeSequence('TN'), { unknown: 'uniform' })]).toEqual([
      0, 0, 0, 1, 0.25, 0.25, 0.25, 0.25,
    ]);
    // @ts-expect-error the value is none of the two
    expect(() => oneHot(new Uint8Array(1), { unknown: 'half' })).toThrow(/'zero' or 'uniform'/);
  });
});
