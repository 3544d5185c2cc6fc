import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MotifMatcher } from '../../../../extension/src/fasta/motif-matcher.ts';
import { reverseComplementLetters } from '../../../../extension/src/fasta/reverse-complement-letters.ts';
import { SequenceDocument } from '../../../../extension/src/fasta/sequence-document.ts';

const SETS: Record<string, string> = {
  ...{
    A: 'A',
    C: 'C',
    G: 'G',
    T: 'T',
    U: 'T',
    R: 'AG',
    Y: 'CT',
    S: 'CG',
    W: 'AT',
    K: 'GT',
    M: 'AC',
  },
  ...{ B: 'CGT', D: 'AGT', H: 'ACT', V: 'ACG', N: 'ACGT' },
};
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const other = (text: string): string =>
  Buffer.from(reverseComplementLetters(bytes(text), 'DNA')).toString();

/** Hits by the definition. */
function naive(motif: string, letters: string, both: boolean): [number, string][] {
  const fits = (pattern: string, start: number): boolean =>
    [...pattern].every((code, i) => {
      const set = SETS[letters.charAt(start + i).toUpperCase()];
      return (
        set !== undefined && [...set].every((base) => SETS[code.toUpperCase()]?.includes(base))
      );
    });
  const reverse = other(motif.toUpperCase().replaceAll('U', 'T'));
  const isOwn = reverse === motif.toUpperCase().replaceAll('U', 'T');
  const hits: [number, string][] = [];
  for (let start = 0; start + motif.length <= letters.length; start++) {
    if (fits(motif, start)) hits.push([start, '+']);
    if (both && !isOwn && fits(reverse, start)) hits.push([start, '-']);
  }
  return hits;
}

describe('MotifMatcher', () => {
  it('finds what the definition finds, whatever the length', () => {
    const motif = fc.oneof(
      fc.stringMatching(/^[ACGTURYSWKMBDHVNacgtn]{1,8}$/),
      fc.stringMatching(/^[AN]{10,50}$/),
    );
    const letters = fc.oneof(
      fc.stringMatching(/^[ACGTNacgtRYU-]{0,90}$/),
      fc.stringMatching(/^[AT]{0,90}$/),
    );
    fc.assert(
      fc.property(motif, letters, fc.boolean(), (wanted, text, both) => {
        const hits: [number, string][] = [];
        const matcher = new MotifMatcher(wanted, 'DNA', both);
        matcher.search(bytes(text), text.length, (start, strand) => hits.push([start, strand]));
        expect(hits).toEqual(naive(wanted, text, both));
      }),
      { numRuns: 500 },
    );
  });

  it('finds hits across the pieces in which a file is read', async () => {
    // One hit at each place where a piece of 2^18 or 2^20 letters could begin.
    const length = (1 << 21) + 5000;
    const letters = Buffer.alloc(length, 'C');
    const places = [1 << 18, 1 << 19, 1 << 20, 2 << 20].flatMap((border) => [
      border - 9,
      border - 3,
      border,
    ]);
    for (const place of places) letters.write('GAT', place);
    const document = await SequenceDocument.open(bytes(`>a\n${letters.toString()}\n`), {
      temporaryFolder: '.',
    });
    const starts: number[] = [];
    for await (const hits of document.find('GATC', { bothStrands: false })) {
      for (const { start } of hits) starts.push(start);
    }
    expect(starts).toEqual(places.filter((place) => letters[place + 3] === 67));
    await document.close();
  });

  it('reads codes of proteins', () => {
    const found = (motif: string, letters: string): number[] => {
      const starts: number[] = [];
      new MotifMatcher(motif, 'protein', false).search(bytes(letters), letters.length, (start) =>
        starts.push(start),
      );
      return starts;
    };
    expect(found('RXB', 'ARGDRGNRGE*R*D')).toEqual([1, 4]);
    expect(found('W*', 'AW*W')).toEqual([1]);
    expect(found('A', 'XA')).toEqual([1]);
  });

  it.each([
    ['TATAZAW', 'DNA', "letter 'Z' at place 5", 'W (AT)'],
    ['GAA1', 'RNA', "letter '1' at place 4", 'W (AU)'],
    ['', 'DNA', 'no letter', 'TATAWAW'],
    ['A'.repeat(1001), 'DNA', '1001 letters', '1000'],
    ['R?D', 'protein', "letter '?' at place 2", 'X (any)'],
  ] as const)('refuses %s in %s', (motif, alphabet, found, expected) => {
    const make = (): MotifMatcher => new MotifMatcher(motif, alphabet, true);
    expect(make).toThrow(found);
    expect(make).toThrow(expected);
  });
});
