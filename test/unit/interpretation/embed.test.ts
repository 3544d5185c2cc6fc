import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, InterruptedError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { readNpy } from '../../../kernel-lib/src/formats/npy.ts';
import { readNpz } from '../../../kernel-lib/src/formats/npz.ts';
import { kmerComposition } from '../../../kernel-lib/src/interpretation/embed-composition.ts';
import {
  exportEmbeddings,
  type SequenceChunk,
} from '../../../kernel-lib/src/interpretation/embed-export.ts';
import { outputEmbeddings } from '../../../kernel-lib/src/interpretation/embed-outputs.ts';
import { embedSequences } from '../../../kernel-lib/src/interpretation/embed-sequences.ts';
import { tokeniseSequences } from '../../../kernel-lib/src/interpretation/token-model.ts';
import { writeProjector } from '../../../kernel-lib/src/interpretation/projector.ts';
import type { Predictor } from '../../../kernel-lib/src/prediction/predictor.ts';
import { outputs, randomSequences, tinyModel } from './token-models.ts';

let model: Predictor;
let folder: string;
const sequences = randomSequences([30, 51, 7, 200, 0], 12);
const names = ['a', 'b', 'c', 'd\te', 'empty'];
const metadata = { line: ['B73', 'B97', 'B73', 'Mo18W', ''] };

beforeAll(async () => {
  model = await tinyModel();
  folder = await mkdtemp(path.join(tmpdir(), 'embed-'));
});
afterAll(async () => {
  model.dispose();
  await rm(folder, { recursive: true });
});

describe('embedSequences', () => {
  it('takes the mean over the tokens of letters alone', async () => {
    const { rows, size, values } = await embedSequences(model, sequences, {
      pooling: 'mean',
      layer: 0,
    });
    expect([rows, size]).toEqual([5, 16]);
    // Behind the embeddings, each token stands for itself: normalised sum of token, position and type.
    const weights = model.folder.members[0]!;
    const vector = (name: string, row: number): number[] =>
      Array.from(weights[name]!.data).slice(row * 16, row * 16 + 16);
    for (const [index, sequence] of sequences.entries()) {
      const [row] = tokeniseSequences(model, [sequence], 'test');
      const mean = new Float64Array(16);
      const padding = 1;
      let count = 0;
      for (let entry = row!.start + 1; entry < row!.end - 1; entry++) {
        const tokens = vector('embeddings/tokens', row!.ids[entry]!);
        const place = vector('embeddings/positions', padding + 1 + entry);
        const type = vector('embeddings/types', 0);
        const sum = tokens.map((value, i) => value + place[i]! + type[i]!);
        const average = sum.reduce((a, b) => a + b) / 16;
        const variance = sum.reduce((a, b) => a + (b - average) ** 2, 0) / 16;
        sum.forEach((value, i) => (mean[i]! += (value - average) / Math.sqrt(variance + 1e-5)));
        count++;
      }
      for (let i = 0; i < 16; i++) {
        expect(values[index * 16 + i]).toBeCloseTo(count === 0 ? 0 : mean[i]! / count, 3);
      }
    }
  });

  it('does not depend on the batch, nor on what else is in it', async () => {
    for (const pooling of ['head', 'mean', 'start'] as const) {
      const together = await embedSequences(model, sequences, { pooling });
      const apart = await embedSequences(model, sequences, { pooling, batchSize: 1 });
      together.values.forEach((value, i) => {
        expect(apart.values[i]).toBeCloseTo(value, 4);
      });
    }
  });

  it('is what the outputs are computed from', async () => {
    const { size, values } = await embedSequences(model, sequences);
    const vectors = outputEmbeddings(model);
    expect(vectors.outputs).toEqual(outputs);
    const bias = model.folder.members[0]!['classifier_out_proj/bias']!.data;
    const predictions = await model.predict(sequences);
    sequences.forEach((_, row) => {
      outputs.forEach((_name, output) => {
        let sum = bias[output]!;
        for (let i = 0; i < size; i++) {
          sum += values[row * size + i]! * vectors.values[output * size + i]!;
        }
        // The model's target has mean 0.7 and deviation 2.
        expect(predictions.values[row * 3 + output]).toBeCloseTo(sum * 2 + 0.7, 3);
      });
    });
  });

  it('numbers layers from the start and from the end', async () => {
    const options = { pooling: 'mean' as const };
    const last = await embedSequences(model, sequences, { ...options, layer: 2 });
    expect((await embedSequences(model, sequences, options)).values).toEqual(last.values);
    const first = await embedSequences(model, sequences, { ...options, layer: 0 });
    expect((await embedSequences(model, sequences, { ...options, layer: -3 })).values).toEqual(
      first.values,
    );
    for (const layer of [3, -4, 0.5]) {
      await expect(embedSequences(model, sequences, { ...options, layer })).rejects.toThrow(
        /-3 to 2/,
      );
    }
    await expect(embedSequences(model, sequences, { layer: 1 })).rejects.toThrow(/pooling mean/);
    await expect(embedSequences(model, sequences, { pooling: 'maen' as 'mean' })).rejects.toThrow(
      /mean/,
    );
    await expect(
      embedSequences(model, sequences, { ...options, signal: AbortSignal.abort() }),
    ).rejects.toThrow(InterruptedError);
  });

  it('leaks no tensors', async () => {
    await embedSequences(model, sequences, { pooling: 'mean' });
    const before = tf.memory().numTensors;
    await embedSequences(model, sequences, { pooling: 'mean' });
    await embedSequences(model, sequences);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('kmerComposition', () => {
  it('gives shares', () => {
    expect([...kmerComposition(['aacg', 'NN'], 1).values]).toEqual([
      0.5, 0.25, 0.25, 0, 0, 0, 0, 0,
    ]);
    const { size, values } = kmerComposition(['ACACNT'], 2);
    expect(size).toBe(16);
    expect([values[1], values[4]]).toEqual([Math.fround(2 / 3), Math.fround(1 / 3)]);
  });
});

describe('exportEmbeddings', () => {
  const given = { names, sequences, metadata };

  it('writes a table that reads back', async () => {
    const out = path.join(folder, 'table.tsv');
    const result = await exportEmbeddings(model, given, { out });
    expect(result).toEqual({ rows: 5, size: 16, files: [out] });
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(lines[0]?.split('\t').slice(0, 4)).toEqual(['id', 'line', 'd0', 'd1']);
    expect(lines[4]?.split('\t').slice(0, 2)).toEqual(['d e', 'Mo18W']);
    const { values } = await embedSequences(model, sequences);
    lines.slice(1).forEach((line, row) => {
      const cells = line.split('\t').slice(2).map(Number);
      expect(Float32Array.from(cells)).toEqual(values.slice(row * 16, row * 16 + 16));
    });
  });

  it('writes arrays that read back, in chunks as they come', async () => {
    async function* chunks(): AsyncGenerator<SequenceChunk> {
      for (const [from, to] of [
        [0, 2],
        [2, 2],
        [2, 5],
      ]) {
        await Promise.resolve();
        yield {
          names: names.slice(from, to),
          sequences: sequences.slice(from, to),
          metadata: { ids: metadata.line.slice(from, to) },
        };
      }
    }
    const { values } = await embedSequences(model, sequences, { pooling: 'mean' });
    const npz = path.join(folder, 'arrays.npz');
    await exportEmbeddings(model, chunks(), { out: npz, pooling: 'mean' });
    const arrays = await readNpz(npz);
    expect([...arrays.keys()]).toEqual(['ids', 'embeddings', 'ids_column']);
    expect(arrays.get('ids')?.data).toEqual(names);
    expect(arrays.get('ids_column')?.data).toEqual(metadata.line);
    expect(arrays.get('embeddings')?.shape).toEqual([5, 16]);
    const npy = path.join(folder, 'array.npy');
    await exportEmbeddings(model, chunks(), { out: npy, pooling: 'mean' });
    const alone = (await readNpy(npy)).data as Float32Array;
    alone.forEach((value, i) => {
      expect(value).toBeCloseTo(values[i]!, 4);
    });
  });

  it('writes a folder for the projector, with the outputs beside', async () => {
    const out = path.join(folder, 'projector');
    const { files } = await exportEmbeddings(model, given, { out });
    expect(files.map((file) => path.basename(file))).toEqual([
      'tensors.tsv',
      'metadata.tsv',
      'outputs_tensors.tsv',
      'outputs_metadata.tsv',
      'projector_config.pbtxt',
    ]);
    const text = (name: string) => readFile(path.join(out, name), 'utf8');
    expect(await text('metadata.tsv')).toBe(
      'id\tline\na\tB73\nb\tB97\nc\tB73\nd e\tMo18W\nempty\t\n',
    );
    // One column has no heading, or TensorBoard would show it as the first label.
    expect(await text('outputs_metadata.tsv')).toBe('root\ntip\near\n');
    expect((await text('tensors.tsv')).trimEnd().split('\n')).toHaveLength(5);
    expect((await text('outputs_tensors.tsv')).trimEnd().split('\n')).toHaveLength(3);
    expect(await text('projector_config.pbtxt')).toContain('tensor_path: "outputs_tensors.tsv"');
  });

  it('leaves nothing half-written behind', async () => {
    const before = await readdir(folder);
    async function* broken(): AsyncGenerator<SequenceChunk> {
      yield { names: ['a'], sequences: ['ACGT'], metadata: { line: ['x'] } };
      await Promise.resolve();
      yield { names: ['b'], sequences: ['ACGT'], metadata: { other: ['x'] } };
    }
    for (const name of ['new.tsv', 'new.npz', 'new.npy']) {
      const out = path.join(folder, name);
      await expect(exportEmbeddings(model, broken(), { out })).rejects.toThrow(InputError);
    }
    expect(await readdir(folder)).toEqual(before);
    const out = path.join(folder, 'broken');
    await expect(exportEmbeddings(model, broken(), { out })).rejects.toThrow(InputError);
    expect(await readdir(out)).toEqual([]);
  });

  it('refuses endings, columns and sequences that do not fit', async () => {
    const out = path.join(folder, 'x.csv');
    await expect(exportEmbeddings(model, given, { out })).rejects.toThrow(UsageError);
    const wrong = { names, sequences, metadata: { line: ['x'] } };
    const tsv = path.join(folder, 'x.tsv');
    await expect(exportEmbeddings(model, wrong, { out: tsv })).rejects.toThrow(/column 'line'/);
    const none = { names: [], sequences: [] };
    await expect(exportEmbeddings(model, none, { out: tsv })).rejects.toThrow(/no sequences/);
  });
});

describe('writeProjector', () => {
  it('checks names and columns before it writes', async () => {
    const embeddings = { rows: 1, size: 2, values: Float32Array.of(1, 2) };
    const out = path.join(folder, 'own');
    const written = await writeProjector(out, [
      { name: 'first', embeddings, metadata: { id: ['x\ny'] } },
      { name: 'second', embeddings, metadata: { id: ['x'], label: ['y'] } },
    ]);
    expect(written).toHaveLength(5);
    expect(await readFile(path.join(out, 'metadata.tsv'), 'utf8')).toBe('x y\n');
    expect(await readFile(path.join(out, 'second_tensors.tsv'), 'utf8')).toBe('1\t2\n');
    for (const bad of [
      [{ name: '../x', embeddings, metadata: { id: ['x'] } }],
      [{ name: 'x', embeddings, metadata: {} }],
      [{ name: 'x', embeddings, metadata: { id: [] } }],
      [],
    ]) {
      await expect(writeProjector(out, bad)).rejects.toThrow(UsageError);
    }
  });
});
