import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMotifs, writeMeme, type Motif } from '../../../kernel-lib/src/formats/motifs.ts';
import { repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string) => readMotifs(folder.write('motifs.txt', text));
const meme = `MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.303 C 0.183 G 0.209 T 0.306

MOTIF crp alternative name
letter-probability matrix: alength= 4 w= 2 nsites= 17 E= 4.1e-009
 0.000000  0.176471  0.000000  0.823529
 0.500000  0.500000  0.000000  0.000001

URL http://example.org/crp

MOTIF lexA
letter-probability matrix:
1 0 0 0
0 0 0 1
0.25 0.25 0.25 0.25
`;

describe('readMotifs, JASPAR', () => {
  it('reads the 178 fungal motifs', async () => {
    const motifs = await readMotifs(
      `${repository}notebooks/data/motifs/JASPAR2024_CORE_fungi.jaspar.gz`,
    );
    expect(motifs).toHaveLength(178);
    const [abf1] = motifs;
    expect(abf1).toMatchObject({ id: 'MA0265.3', name: 'ABF1', length: 14, sites: 427 });
    expect([...abf1!.counts!.subarray(0, 4)]).toEqual([69, 72, 10, 276]);
    expect(abf1!.matrix[3]).toBeCloseTo(276 / 427, 12);
    for (const { matrix, length } of motifs) {
      expect(matrix).toHaveLength(length * 4);
      for (let i = 0; i < length; i++) {
        const row = matrix.subarray(i * 4, i * 4 + 4);
        expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it('reads raw rows, too', async () => {
    const [motif] = await read('>MA1\n1 0\n0 2\n1 0\n2 2\n');
    expect(motif).toEqual({
      id: 'MA1',
      name: 'MA1',
      length: 2,
      counts: Float64Array.of(1, 0, 1, 2, 0, 2, 0, 2),
      matrix: Float64Array.of(0.25, 0, 0.25, 0.5, 0, 0.5, 0, 0.5),
      sites: 4,
    });
  });

  it.each([
    ['>A x\nA [1 2]\nC [1 2]\nG [1 2]\n', /line 1: 3 rows of numbers/],
    ['>A x\nA [1 2]\nG [1 2]\n', /line 3: the row of 'G'; expected the row of C/],
    ['>A x\nA [1 2]\nC [1]\n', /line 3: 1 positions; expected 2/],
    ['>A x\n1\n1\n1\n1\n1\n', /line 6: a fifth row/],
    ['>A x\nA [1 z]\n', /line 2: 'z'; expected a number/],
    ['>A x\n0\n0\n0\n0\n', /no counts at position 1 of 'A'/],
    ['>A\n1\n1\n1\n1\n>A\n1\n1\n1\n1\n', /'A' for a second time/],
    ['>\n1\n1\n1\n1\n', /no id/],
    ['', /empty file/],
    ['A C G T\n', /'MEME version …'.*JASPAR/],
  ])('explains %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('readMotifs, MEME', () => {
  it('reads matrices, names, sites and background', async () => {
    const motifs = await read(meme);
    expect(await readMotifs(folder.write('gz', gzipSync(meme)))).toEqual(motifs);
    expect(motifs.map(({ id, name, length, sites }) => ({ id, name, length, sites }))).toEqual([
      { id: 'crp', name: 'alternative name', length: 2, sites: 17 },
      { id: 'lexA', name: 'lexA', length: 3, sites: undefined },
    ]);
    expect([...motifs[0]!.background!]).toEqual([0.303, 0.183, 0.209, 0.306]);
    expect(motifs[0]!.matrix[5]).toBeCloseTo(0.5, 5);
    expect([...motifs[1]!.matrix.subarray(0, 8)]).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('passes over an alphabet that is defined letter by letter', async () => {
    const defined = meme.replace(
      'ALPHABET= ACGT',
      'ALPHABET "DNA" DNA-LIKE\nA "Adenine" CC0000 ~ T "Thymine" 008000\nN = ACGT\nEND ALPHABET',
    );
    expect(await read(defined)).toEqual(await read(meme));
  });

  it.each([
    [meme.replace('ACGT', 'ACDEFGHIKLMNPQRSTVWY'), /line 3: the alphabet 'ACDE/],
    [meme.replace('version 4', 'version 3'), /MEME version 3/],
    [meme.replace('w= 2', 'w= 3'), /2 rows for motif 'crp'; expected 3/],
    [meme.replace('0.823529', '0.523529'), /line 12: probabilities that sum to 0\.7/],
    [meme.replace('C 0.183', 'X 0.183'), /background/],
    [meme.replace('MOTIF lexA', ''), /a matrix before any MOTIF/],
    ['MEME version 4\n', /no motif/],
    ['MEME version 4\nMOTIF a\n', /no matrix for motif 'a'/],
  ])('explains a mistake (%#)', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('writeMeme', () => {
  it('is inverse to readMotifs', async () => {
    const row = fc
      .array(fc.integer({ min: 0, max: 1000 }), { minLength: 4, maxLength: 4 })
      .map((counts) => {
        const total = counts.reduce((sum, count) => sum + count, 0);
        return total === 0 ? [0.25, 0.25, 0.25, 0.25] : counts.map((count) => count / total);
      });
    const rows = fc.array(row, { minLength: 1, maxLength: 12 });
    const file = folder.path('written.meme');
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 4 }), async (matrices) => {
        const motifs = matrices.map((matrix, i): Motif => {
          const background = Float64Array.of(0.3, 0.2, 0.2, 0.3);
          const data = Float64Array.from(matrix.flat());
          const id = `M${String(i)}`;
          return { id, name: `n ${id}`, length: matrix.length, matrix: data, sites: i, background };
        });
        await writeMeme(file, motifs);
        expect(await readMotifs(file)).toEqual(motifs);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses an id with spaces', async () => {
    const motif = { id: 'a b', name: 'x', length: 1, matrix: Float64Array.of(1, 0, 0, 0) };
    await expect(writeMeme(folder.path('x.meme'), [motif])).rejects.toThrow(/without spaces/);
  });
});
