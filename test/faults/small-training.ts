import type * as tfl from '@tensorflow/tfjs-layers';
import { Random } from '../../kernel-lib/src/core/random.ts';
import { InMemoryDataset } from '../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { readWeights } from '../../kernel-lib/src/layers/named-weights.ts';
import { architecture } from '../../kernel-lib/src/models/registry.ts';
import { trainModel } from '../../kernel-lib/src/training/train-model.ts';
import type {
  TrainingResult,
  TrainModelOptions,
} from '../../kernel-lib/src/training/training-call.ts';

const LENGTH = 24;

/** Examples with random sequences; ids e0, e1, … */
export function smallDataset(
  count: number,
  seed: number,
  targets: Readonly<Record<number, number>> = {},
): InMemoryDataset {
  const random = new Random(seed);
  const drawn = (i: number): number => {
    const value = random.normal();
    return targets[i] ?? value;
  };
  return new InMemoryDataset({
    ids: Array.from({ length: count }, (_, i) => `e${String(i)}`),
    inputs: {
      promoter: {
        kind: 'tokens',
        shape: [LENGTH],
        values: Uint8Array.from({ length: count * LENGTH }, () => random.integer(4)),
      },
    },
    targetNames: ['y'],
    targets: Float32Array.from({ length: count }, (_, i) => drawn(i)),
  });
}

/** A network that trains in a moment. */
export function smallModel(): tfl.LayersModel {
  return architecture('xpresso').build(
    {
      length: LENGTH,
      convolutions: [{ filters: 4, width: 5, pool: 8, dropout: 0.2 }],
      dense: [{ units: 4, dropout: 0.2 }],
      features: [],
      featureDropout: 0,
      outputs: ['y'],
    },
    { seed: 1 },
  );
}

/** Trains it and gives its weights. */
export async function smallTraining(
  call: Partial<TrainModelOptions> = {},
): Promise<{ weights: number[]; result: TrainingResult }> {
  const model = smallModel();
  try {
    const result = await trainModel({
      train: smallDataset(24, 1),
      validation: smallDataset(8, 2),
      ...call,
      options: { epochs: 2, batchSize: 8, logEvery: 1, ...call.options },
      model,
    });
    const weights = Object.values(await readWeights(model)).flatMap(({ data }) => [...data]);
    return { weights, result };
  } finally {
    model.dispose();
  }
}
