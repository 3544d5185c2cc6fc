// Trains a tiny model into the folder given, going on where an earlier one was killed, and writes
// the final weights. It says when it begins to train, so that the test knows when to kill it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type * as tfl from '@tensorflow/tfjs-layers';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../kernel-lib/src/core/random.ts';
import { InMemoryDataset } from '../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { readWeights } from '../../kernel-lib/src/layers/named-weights.ts';
import { architecture } from '../../kernel-lib/src/models/registry.ts';
import { trainModel } from '../../kernel-lib/src/training/train-model.ts';

const LENGTH = 40;
const MAX_SHIFT = 3;

function examples(count: number, seed: number): InMemoryDataset {
  const random = new Random(seed);
  const stored = LENGTH + 2 * MAX_SHIFT;
  return new InMemoryDataset({
    ids: Array.from({ length: count }, (_, i) => `e${String(i)}`),
    inputs: {
      promoter: {
        kind: 'tokens',
        shape: [LENGTH],
        values: Uint8Array.from({ length: count * stored }, () => random.integer(4)),
        flank: MAX_SHIFT,
        maxShift: MAX_SHIFT,
        reverseComplement: true,
      },
    },
    targetNames: ['y'],
    targets: Float32Array.from({ length: count }, () => random.normal()),
  });
}

async function main(): Promise<void> {
  const folder = process.argv[2] ?? '';
  await useBackend('cpu');
  const model: tfl.LayersModel = architecture('xpresso').build(
    {
      length: LENGTH,
      convolutions: [{ filters: 8, width: 5, pool: 8, dropout: 0.2 }],
      dense: [{ units: 8, dropout: 0.3 }],
      features: [],
      featureDropout: 0,
      outputs: ['y'],
    },
    { seed: 1 },
  );
  let begun = false;
  await trainModel({
    model,
    train: examples(150, 1),
    validation: examples(40, 2),
    options: { epochs: 25, batchSize: 8, ema: { decay: 0.9 }, checkpointEvery: { steps: 7 } },
    folder,
    resume: true,
    progress: () => {
      if (!begun) process.stdout.write('training\n');
      begun = true;
    },
  });
  const weights = Object.values(await readWeights(model));
  writeFileSync(
    path.join(folder, 'weights.bin'),
    Buffer.concat(
      weights.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
    ),
  );
}

void main();
