import { describe, expect, it } from 'vitest';
import { readMotifs } from '../../../kernel-lib/src/formats/motifs.ts';
import { temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string, options = {}) => readMotifs(folder.write('motifs.txt', text), options);

const counts = `>AHR_HUMAN.H11MO.0.B
40.5\t18.25\t56.25\t39.0
10.0\t0.0\t144.0\t0.0
0.0\t154.0\t0.0\t0.0
154.0\t0.0\t0.0\t0.0
1.0\t2.0\t3.0\t148.0
>AIRE.H12CORE.0.P.B
1 2 3 4
0 0 10 0
`;

/** As HOCOMOCO makes weights: a pseudocount of ln N, spread over a background of 0.25. */
function weightsOf(text: string): string {
  return text.replace(/^[\d].*$/gm, (row) => {
    const values = row.split(/\s+/).map(Number);
    const total = values.reduce((sum, value) => sum + value, 0);
    const pseudo = Math.log(total);
    return values
      .map((value) => Math.log((value + pseudo / 4) / ((total + pseudo) / 4)).toFixed(6))
      .join('\t');
  });
}

describe('readMotifs, HOCOMOCO', () => {
  it('reads counts of version 11 and 12', async () => {
    const [ahr, aire] = await read(counts);
    expect(ahr).toMatchObject({
      id: 'AHR_HUMAN.H11MO.0.B',
      name: 'AHR_HUMAN.H11MO.0.B',
      length: 5,
    });
    expect([...ahr!.counts!.subarray(4, 8)]).toEqual([10, 0, 144, 0]);
    expect(ahr!.sites).toBe(154);
    expect(ahr!.matrix[6]).toBeCloseTo(144 / 154, 12);
    expect(aire).toMatchObject({ id: 'AIRE.H12CORE.0.P.B', length: 2, sites: 10 });
  });

  it('reads probabilities and weights', async () => {
    const probabilities = '>A.H12CORE.0.P.B\n0.1 0.2 0.3 0.4\n1 0 0 0\n';
    const [motif] = await read(probabilities);
    expect(motif).toEqual({
      id: 'A.H12CORE.0.P.B',
      name: 'A.H12CORE.0.P.B',
      length: 2,
      matrix: Float64Array.of(0.1, 0.2, 0.3, 0.4, 1, 0, 0, 0),
    });
    const [weighted] = await read(weightsOf(counts));
    expect(weighted).not.toHaveProperty('counts');
    const pseudo = Math.log(154);
    expect(weighted!.matrix[6]).toBeCloseTo((144 + pseudo / 4) / (154 + pseudo), 5);
    expect(weighted!.matrix[5]).toBeCloseTo(pseudo / 4 / (154 + pseudo), 5);
  });

  it('tells it from JASPAR by names, by lengths, or by the option', async () => {
    const square = '>x\n1 2 3 4\n5 6 7 8\n1 1 1 1\n2 2 2 2\n';
    const [jaspar] = await read(square);
    expect([...jaspar!.counts!.subarray(0, 4)]).toEqual([1, 5, 1, 2]);
    const [hocomoco] = await read(square, { format: 'hocomoco' });
    expect([...hocomoco!.counts!.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    const [named] = await read(square.replace('x', 'X.H12INVIVO.1.M.C'));
    expect(named!.counts).toEqual(hocomoco!.counts);
    const [first] = await read(`${square}>y\n1 2 3 4\n5 6 7 8\n`);
    expect(first!.counts).toEqual(hocomoco!.counts);
    await expect(read(square, { format: 'transfac' })).rejects.toThrow(/meme, jaspar, hocomoco/);
    await expect(read('', { format: 'hocomoco' })).rejects.toThrow(/empty file/);
  });

  it.each([
    ['>A.H11MO.0.B\n1 2 3\n', /line 2: '1 2 3'; expected four numbers/],
    ['>A.H11MO.0.B\n1 2 3 x\n', /line 2/],
    ['>A.H11MO.0.B\n', /line 1: no rows for motif 'A.H11MO.0.B'/],
    ['>A.H11MO.0.B\n0 0 0 0\n', /sum to 0 at position 1/],
    ['>A.H11MO.0.B\n-1 -1 -1 -1\n', /probabilities sum to 0\.3679.*pcm/],
    ['>A.H11MO.0.B\n-1 999 0 0\n', /sum to Infinity/],
    ['>A.H11MO.0.B\n1 2 3 4\n>A.H11MO.0.B\n1 2 3 4\n', /for a second time/],
    ['>\n1 2 3 4\n1 1 1 1\n', /no id/],
  ])('explains %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
