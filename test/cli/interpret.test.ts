import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHdf5 } from '../../kernel-lib/src/formats/hdf5.ts';
import { readNpz, type ReadArray } from './read-npz.ts';
import { filesBelow, runCommand } from './run-command.ts';
import { makeYeastSubset, WINDOW, type YeastSubset } from './yeast-subset.ts';

const LENGTH = WINDOW.upstream + WINDOW.downstream;
const sequences = 3;
let yeast: YeastSubset;
let source: string[];

beforeAll(async () => {
  yeast = await makeYeastSubset();
  const file = await yeast.write('tiny.tatabox.yaml', yeast.config());
  const { json, stderr } = await runCommand(['run', file, '--json']);
  if (json?.modelFolder === undefined) throw new Error(stderr);
  const contig = yeast.contigs.get('chrI')!;
  const starts = Array.from({ length: sequences }, (_, i) => 20_000 + 500 * i);
  const records = starts.map((at) => `>at${at}\n${contig.slice(at, at + LENGTH)}\n`);
  const fasta = await yeast.write('some.fa', records.join(''));
  source = [json.modelFolder as string, '--fasta', fasta, '--missing-inputs', 'mean'];
});

afterAll(() => yeast.remove());

async function interpret(method: string, name: string): Promise<string> {
  const out = path.join(yeast.folder, name);
  const args = ['interpret', ...source, '--method', method, '--out', out, '--json'];
  const { code, json, stderr } = await runCommand(args);
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  expect(json).toMatchObject({ out, rows: sequences, method });
  return out;
}

/** The value of each sequence's own base at each position. */
function ownBases(scores: ReadArray, tokens: ReadArray): number[] {
  return Array.from(tokens.data as Uint8Array, (token, i) => Number(scores.data[i * 4 + token]));
}

describe('interpret', () => {
  it.each(['ism', 'gradient', 'saliency', 'integrated-gradients', 'deep-lift'])(
    '%s writes arrays that NumPy reads',
    async (method) => {
      const arrays = await readNpz(await interpret(method, `${method}.npz`));
      const { ids, tokens, scores, contributions, predictions, deltas, effects } = arrays;
      expect(ids!.data).toEqual(['at20000', 'at20500', 'at21000']);
      expect(tokens!.shape).toEqual([sequences, LENGTH]);
      expect(scores!.shape).toEqual([sequences, LENGTH, 4]);
      expect(contributions!.shape).toEqual([sequences, LENGTH]);
      expect(predictions!.shape).toEqual([sequences]);
      expect(scores!.data.some((value) => value !== 0)).toBe(true);
      const text = await readFile(path.join(yeast.folder, 'some.fa'), 'utf8');
      const bases = text.split('\n').filter((line) => line !== '' && !line.startsWith('>'));
      expect(Array.from(tokens!.data as Uint8Array, (token) => 'ACGT'[token]).join('')).toBe(
        bases.join(''),
      );
      const own = ownBases(scores!, tokens!);
      if (method === 'ism') {
        // A base in place of itself has no effect.
        expect(ownBases(effects!, tokens!)).toEqual(own.map(() => 0));
      }
      if (method !== 'saliency') {
        expect(Array.from(contributions!.data as Float32Array)).toEqual(own);
      }
      // Methods that explain a difference of predictions say how far they are from it.
      const complete = method === 'integrated-gradients' || method === 'deep-lift';
      expect(deltas !== undefined).toBe(complete);
      if (deltas !== undefined) {
        expect(deltas.shape).toEqual([sequences]);
        for (const delta of deltas.data)
          expect(Math.abs(Number(delta))).toBeLessThan(method === 'deep-lift' ? 1e-3 : 0.05);
      }
    },
  );

  it('writes the same numbers to .npz, .h5 and .tsv', async () => {
    const arrays = await readNpz(path.join(yeast.folder, 'ism.npz'));
    const file = await openHdf5(await interpret('ism', 'ism.h5'));
    try {
      const scores = file.read('scores');
      expect(scores.shape).toEqual(arrays['scores']!.shape);
      expect(Array.from(scores.data as Float32Array)).toEqual(
        Array.from(arrays['scores']!.data as Float32Array),
      );
    } finally {
      file.close();
    }
    const text = await readFile(await interpret('ism', 'ism.tsv'), 'utf8');
    const [header, ...rows] = text.trimEnd().split('\n');
    expect(header).toBe('id\tposition\tbase\tcontribution\tA\tC\tG\tT');
    expect(rows).toHaveLength(sequences * LENGTH);
    rows.forEach((row, i) => {
      const [id, position, base, contribution, ...scores] = row.split('\t');
      expect(id).toBe(arrays['ids']!.data[Math.floor(i / LENGTH)]);
      expect(Number(position)).toBe(i % LENGTH);
      expect(base).toBe('ACGT'[Number(arrays['tokens']!.data[i])]);
      expect(Number(contribution)).toBe(arrays['contributions']!.data[i]);
      expect(scores.map(Number)).toEqual(
        Array.from((arrays['scores']!.data as Float32Array).slice(i * 4, i * 4 + 4)),
      );
    });
  });

  it('explains mutations as predict sees them', async () => {
    const arrays = await readNpz(path.join(yeast.folder, 'ism.npz'));
    const { tokens, effects, predictions } = arrays;
    const original = Array.from(tokens!.data.slice(0, LENGTH) as Uint8Array, (t) => 'ACGT'[t]!);
    const places = [3, 77, 140, 199];
    const mutated = places.map((place) => {
      const letters = [...original];
      letters[place] = letters[place] === 'A' ? 'C' : 'A';
      return `>m${place}\n${letters.join('')}\n`;
    });
    const fasta = await yeast.write('mutated.fa', mutated.join(''));
    const out = path.join(yeast.folder, 'mutated.tsv');
    const [model = ''] = source;
    const args = ['predict', model, '--fasta', fasta, '--missing-inputs', 'mean', '--out', out];
    expect((await runCommand(args)).code).toBe(0);
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n').slice(1);
    const values = lines.map((line) => Number(line.split('\t')[1]));
    places.forEach((place, i) => {
      const base = original[place] === 'A' ? 1 : 0;
      const effect = Number(effects!.data[place * 4 + base]);
      expect(values[i]! - Number(predictions!.data[0])).toBeCloseTo(effect, 4);
    });
  });

  it('refuses an ending that it cannot write before it computes', async () => {
    const out = path.join(yeast.folder, 'a.csv');
    const { code, stderr } = await runCommand([
      ...['interpret', ...source, '--method', 'ism', '--out', out],
    ]);
    expect(code).toBe(2);
    expect(stderr.replaceAll(yeast.folder, 'FOLDER')).toMatchInlineSnapshot(`
      "error: --out FOLDER/a.csv: the ending .csv; expected .npz, .h5 or .tsv
      "
    `);
    expect(await filesBelow(yeast.folder)).not.toContain('a.csv');
  });
});
