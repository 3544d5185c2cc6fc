import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { dataCard } from '../../../kernel-lib/src/datasets/data-card.ts';
import { InMemoryDataset } from '../../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { TargetTransform } from '../../../kernel-lib/src/datasets/target-transform.ts';
import { encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';

function makeDataset(sequences: readonly string[]) {
  return new InMemoryDataset({
    ids: sequences.map((_, i) => `g${i}`),
    inputs: {
      promoter: {
        kind: 'tokens',
        shape: [sequences[0]!.length],
        values: encodeSequence(sequences.join('')),
      },
    },
    targetNames: ['log10_fpkm'],
    targets: Float32Array.from(sequences, (_, i) => i),
  });
}

const dataset = makeDataset(['ACGT', 'GGGG', 'ACGT', 'NNNA', 'ACGT', 'CCCC']);
const split = {
  train: Uint32Array.of(0, 1, 2),
  validation: Uint32Array.of(3),
  test: Uint32Array.of(4, 5),
};

describe('dataCard', () => {
  it('undoes the standardisation of the target', async () => {
    const targetTransform = TargetTransform.fit([10, 20, 30], {
      standardise: true,
      train: [0, 1, 2],
    });
    const { parts } = await dataCard(dataset, { split, targetTransform });
    expect(parts[0]?.target?.mean).toBeCloseTo(20 + targetTransform.standardDeviation, 4);
  });

  it('describes every part', async () => {
    const card = await dataCard(dataset, { split });
    expect(card.sequenceLength).toBe(4);
    const [train, validation, test] = card.parts;
    expect(train).toMatchObject({
      part: 'train',
      examples: 3,
      unknownBases: 0,
      duplicatesWithin: 1,
      duplicatesAcross: 2,
    });
    expect(train?.gc.mean).toBeCloseTo(2 / 3, 12);
    expect(train?.target).toMatchObject({ mean: 1, minimum: 0, median: 1, maximum: 2 });
    expect(train?.target?.lowerQuartile).toBe(0.5);
    expect(validation).toMatchObject({ unknownBases: 3, sequencesWithUnknown: 1 });
    expect(validation?.gc.mean).toBe(0);
    expect(test).toMatchObject({ examples: 2, duplicatesWithin: 0, duplicatesAcross: 1 });
    expect(test?.nearDuplicatesAcross).toBeUndefined();
    expect(card.duplicateGroups).toEqual([['g0', 'g2', 'g4']]);
    expect(card.view.columns).toContain('log10_fpkm median');
    expect(card.view.rows.map((row) => row['part'])).toEqual(['train', 'validation', 'test']);
  });

  it('describes the whole where there is no split', async () => {
    const { parts } = await dataCard(dataset);
    expect(parts).toHaveLength(1);
    expect(parts[0]).toMatchObject({ part: 'all', examples: 6, duplicatesWithin: 2 });
  });

  it('counts near duplicates across parts', async () => {
    const random = new Random(1);
    const make = () => Array.from({ length: 300 }, () => 'ACGT'[random.integer(4)]).join('');
    const shared = make();
    const near = makeDataset([
      shared,
      make(),
      make(),
      make(),
      `${make().slice(0, 20)}${shared.slice(20)}`,
      make(),
    ]);
    const { parts, view } = await dataCard(near, { split, nearDuplicates: { threshold: 0.8 } });
    expect(parts.map((part) => part.nearDuplicatesAcross)).toEqual([1, 0, 1]);
    expect(parts.map((part) => part.duplicatesAcross)).toEqual([0, 0, 0]);
    expect(view.columns).toContain('near duplicates across');
  });

  it('names the nearest input and target', async () => {
    await expect(dataCard(dataset, { input: 'promotor' })).rejects.toThrow(/'promoter'/);
    await expect(dataCard(dataset, { target: 'log10_fpk' })).rejects.toThrow(/'log10_fpkm'/);
    const features = new InMemoryDataset({
      ids: ['a'],
      inputs: { x: { kind: 'features', shape: [1], values: Float32Array.of(1) } },
    });
    await expect(dataCard(features)).rejects.toThrow(/without tokens/);
  });
});
