import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFasta } from '../../../../extension/src/fasta/format-fasta.ts';
import { parsePlace } from '../../../../extension/src/fasta/parse-place.ts';
import { reverseComplementLetters } from '../../../../extension/src/fasta/reverse-complement-letters.ts';
import {
  aminoAcidOf,
  translateFrame,
  translateSixFrames,
} from '../../../../extension/src/fasta/translate.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (letters: Uint8Array): string => Buffer.from(letters).toString('latin1');

describe('translation', () => {
  const codon = (letters: string): string => {
    const [a = 0, b = 0, c = 0] = bytes(letters);
    return String.fromCharCode(aminoAcidOf(a, b, c));
  };

  it.each([
    ['ATG', 'M'],
    ['aug', 'M'],
    ['TAA', '*'],
    ['TGA', '*'],
    ['TAR', '*'],
    ['TRA', '*'],
    ['TGG', 'W'],
    ['GCN', 'A'],
    ['MGR', 'R'],
    ['YTA', 'L'],
    ['ATH', 'I'],
    ['ATN', 'X'],
    ['RAY', 'X'],
    ['NNN', 'X'],
    ['A-G', 'X'],
    ['---', '-'],
  ])('%s is %s', (letters, aminoAcid) => {
    expect(codon(letters)).toBe(aminoAcid);
  });

  it('has 64 codons of 20 amino acids and three stops', () => {
    const bases = [...'TCAG'];
    const all = bases.flatMap((a) => bases.flatMap((b) => bases.map((c) => codon(a + b + c))));
    expect(new Set(all).size).toBe(21);
    expect(all.filter((aminoAcid) => aminoAcid === '*')).toHaveLength(3);
    expect(all.filter((aminoAcid) => 'LRS'.includes(aminoAcid))).toHaveLength(18);
  });

  it('reads six frames', () => {
    const frames = translateSixFrames(bytes('ATGGCCTAAC'));
    expect(
      frames.map(({ strand, frame, aminoAcids }) => [strand, frame, text(aminoAcids)]),
    ).toEqual([
      ['+', 0, 'MA*'],
      ['+', 1, 'WPN'],
      ['+', 2, 'GL'],
      ['-', 0, 'VRP'],
      ['-', 1, 'LGH'],
      ['-', 2, '*A'],
    ]);
    expect(translateSixFrames(bytes('AC')).every(({ aminoAcids }) => aminoAcids.length === 0)).toBe(
      true,
    );
  });

  it('reads the other strand as the reverse complement is read', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[ACGTRYSWKMBDHVNacgt-]{0,40}$/),
        fc.nat(2),
        (letters, frame) => {
          const turned = reverseComplementLetters(bytes(letters));
          expect(translateFrame(bytes(letters), frame, '-')).toEqual(translateFrame(turned, frame));
        },
      ),
    );
  });
});

describe('reverse complement', () => {
  it('keeps codes, case and gaps', () => {
    expect(text(reverseComplementLetters(bytes('ACGTRYKMBVDHSWNacgt-*')))).toBe(
      '*-acgtNWSDHBVKMRYACGT',
    );
    expect(text(reverseComplementLetters(bytes('AUGCa'), 'RNA'))).toBe('uGCAU');
    expect(text(reverseComplementLetters(bytes('AUG')))).toBe('CAT');
  });
});

describe('formatFasta', () => {
  it('wraps at 60 letters', () => {
    expect(formatFasta('a\nb', bytes('A'.repeat(61)))).toBe(`>a b\n${'A'.repeat(60)}\nA\n`);
    expect(formatFasta('a', bytes(''))).toBe('>a\n');
    expect(formatFasta('a', bytes('ACGT'), 2)).toBe('>a\nAC\nGT\n');
  });
});

describe('parsePlace', () => {
  const records = [
    { name: 'chr1', description: '', length: 10_000 },
    { name: 'HLA-A*01:01', description: '', length: 3000 },
    { name: 'chr1:5-9', description: '', length: 5 },
    { name: '<b>&\u0001', description: '', length: 50 },
  ];

  it.each([
    ['chr1:1,234-5,678', 0, 1233, 5678],
    [' chr1:1234-5678 ', 0, 1233, 5678],
    ['chr1:1234..5678', 0, 1233, 5678],
    ['chr1:1234–5678', 0, 1233, 5678],
    ['>chr1:1-10(-)', 0, 0, 10],
    ['chr1', 0, 0, 10_000],
    ['chr1:', 0, 0, 10_000],
    ['chr1:1234', 0, 1233, 1234],
    ['chr1:9,999-99,999', 0, 9998, 10_000],
    ['chr1:9,000-', 0, 8999, 10_000],
    ['chr1:5-9', 2, 0, 5],
    ['chr1:5-8', 0, 4, 8],
    ['HLA-A*01:01', 1, 0, 3000],
    ['HLA-A*01:01:5-9', 1, 4, 9],
    ['20-30', 1, 19, 30],
    ['1,020', 1, 1019, 1020],
    ['<b>&\u0001:2-3', 3, 1, 3],
  ])('reads %s', (typed, record, start, end) => {
    expect(parsePlace(typed, records, 1)).toEqual({ record, start, end });
  });

  it.each([
    ['', 'nothing'],
    ['chr2:5-9', "Did you mean 'chr1'"],
    ['Chr1', "Did you mean 'chr1'"],
    ['chr1:0-5', 'counted from 1'],
    ['chr1:9-5', 'before its start'],
    ['chr1:10,001', '1 to 10,000'],
    ['chr1:x-y', "'chr1:x-y'"],
    ['chr1:,-5', 'comma without digits'],
    ['chr1:99999999999999999999-5', '1 to 10,000'],
  ])('refuses %s', (typed, message) => {
    expect(() => parsePlace(typed, records, 0)).toThrow(message);
  });

  it('takes no range where no record is shown', () => {
    expect(() => parsePlace('5-9', records)).toThrow("no record '5-9'");
  });
});
