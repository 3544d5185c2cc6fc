import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphabetNamed, DNA, PROTEIN, RNA } from '../../../kernel-lib/src/sequence/alphabet.ts';
import { decodeTokens, encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';

describe('encodeSequence', () => {
  it('gives A 0, C 1, G 2, T and U 3 in either case, other IUPAC codes 4', () => {
    expect([...encodeSequence('ACGTUacgtu')]).toEqual([0, 1, 2, 3, 3, 0, 1, 2, 3, 3]);
    expect(new Set(encodeSequence('NRYSWKMBDHVnryswkmbdhv'))).toEqual(new Set([4]));
    expect([...encodeSequence('ACGU', { alphabet: RNA })]).toEqual([0, 1, 2, 3]);
    expect(encodeSequence('')).toHaveLength(0);
  });

  it('gives the twenty amino acids 0 to 19 and ambiguous ones 20', () => {
    const tokens = encodeSequence('ACDEFGHIKLMNPQRSTVWY', { alphabet: PROTEIN });
    expect([...tokens]).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(new Set(encodeSequence('XBZJUO*', { alphabet: PROTEIN }))).toEqual(new Set([20]));
  });

  it('names position and letter of what is no code', () => {
    expect(() => encodeSequence('ACGJT', { where: 'genes.tsv, row 3' })).toThrow(
      /^genes\.tsv, row 3: 'J' at position 3 \(0-based\); expected IUPAC nucleotide codes/,
    );
    expect(() => encodeSequence('AC GT')).toThrow(/a space at position 2.*Remove spaces/);
    expect(() => encodeSequence('AC\nGT')).toThrow(/a line break at position 2/);
    expect(() => encodeSequence('AC-GT')).toThrow(/gap of an alignment/);
    expect(() => encodeSequence('ACé')).toThrow(/'é' at position 2/);
    expect(() => encodeSequence('AC😀')).toThrow(/'😀' at position 2/);
    expect(() => encodeSequence('AĀ')).toThrow(/'Ā' at position 1/);
  });

  it('says when a protein was given as DNA', () => {
    expect(() => encodeSequence('MKVLAAGIV')).toThrow(/'L' at position 3.*seems to be a protein/);
    expect(() => encodeSequence('ACG1')).not.toThrow(/protein/);
  });

  it('reads other characters as unknown where it is told to', () => {
    expect([...encodeSequence('A-Ā1T', { onInvalid: 'unknown' })]).toEqual([0, 4, 4, 4, 3]);
  });

  it('refuses an unknown option value', () => {
    // @ts-expect-error the value is none of the two
    expect(() => encodeSequence('A', { onInvalid: 'ignore' })).toThrow(/'error' or 'unknown'/);
  });

  it('is inverse to decodeTokens for every token', () => {
    for (const alphabet of [DNA, RNA, PROTEIN]) {
      const token = fc.integer({ min: 0, max: alphabet.unknownToken });
      fc.assert(
        fc.property(fc.array(token, { maxLength: 200 }), (tokens) => {
          const text = decodeTokens(Uint8Array.from(tokens), { alphabet });
          expect([...encodeSequence(text, { alphabet })]).toEqual(tokens);
        }),
        { numRuns: 50 },
      );
    }
  });
});

describe('decodeTokens', () => {
  it('names a token that the alphabet does not have', () => {
    expect(() => decodeTokens(Uint8Array.of(0, 5))).toThrow(/token at position 1: 5.*0 to 4/);
  });
});

describe('alphabetNamed', () => {
  it('finds alphabets and names the nearest', () => {
    expect(alphabetNamed('rna')).toBe(RNA);
    expect(() => alphabetNamed('protien')).toThrow(/Did you mean 'protein'/);
    expect(() => alphabetNamed('constructor')).toThrow(/dna, rna or protein/);
  });
});
