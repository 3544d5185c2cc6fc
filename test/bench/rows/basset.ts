import * as tfl from '@tensorflow/tfjs-layers';
import { SequenceConv1D } from '../../../kernel-lib/src/layers/sequence-conv1d.ts';
import type { BenchRow } from '../bench-row.ts';
import { randomBatch, trainWork } from '../network-row.ts';

const LENGTH = 600;
const BATCH = 64;
const TARGETS = 164;

/** Filters of the tower behind the first layer: 288 → 512 in six steps, multiples of 16. */
const TOWER = [288, 320, 368, 416, 464, 512];

/**
 * A network of Basset's size: 288 filters of width 17 over 600 bp, pooling by 3, a tower of six
 * convolutions of width 5 with pooling by 2, one of width 1, and two dense layers. Without batch
 * normalisation on both sides.
 */
function build(): tfl.LayersModel {
  const seeded = (seed: number) => tfl.initializers.heNormal({ seed });
  const input = tfl.input({ name: 'sequence', shape: [LENGTH], dtype: 'int32' });
  let hidden = new SequenceConv1D({
    name: 'conv_0',
    filters: 288,
    kernelSize: 17,
    poolSize: 3,
    kernelInitializer: seeded(1),
  }).apply(input) as tfl.SymbolicTensor;
  const convolve = (name: string, filters: number, kernelSize: number, seed: number) => {
    hidden = tfl.layers
      .conv1d({
        name,
        filters,
        kernelSize,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: seeded(seed),
      })
      .apply(hidden) as tfl.SymbolicTensor;
  };
  TOWER.forEach((filters, index) => {
    convolve(`conv_${index + 1}`, filters, 5, index + 2);
    hidden = tfl.layers.maxPooling1d({ poolSize: 2 }).apply(hidden) as tfl.SymbolicTensor;
  });
  convolve('conv_7', 256, 1, 20);
  hidden = tfl.layers.flatten().apply(hidden) as tfl.SymbolicTensor;
  hidden = tfl.layers
    .dense({ name: 'dense_0', units: 768, activation: 'relu', kernelInitializer: seeded(21) })
    .apply(hidden) as tfl.SymbolicTensor;
  const output = tfl.layers
    .dense({ name: 'dense_1', units: TARGETS, kernelInitializer: seeded(22) })
    .apply(hidden) as tfl.SymbolicTensor;
  return tfl.model({ inputs: input, outputs: output });
}

/** One step of Adam with binary cross-entropy of 164 targets. */
export const bassetTrain: BenchRow = {
  name: 'basset-train',
  work: `Basset-size CNN (600 bp, 288 × 17 first) training step, batch ${BATCH}`,
  backends: ['tensorflow', 'wasm'],
  peers: [{ name: 'PyTorch', script: 'networks.py' }],
  goals: { tensorflow: 3, wasm: 3 },
  tolerance: 1e-3,
  repetitions: 7,
  prepare(folder) {
    const loss = { name: 'binary-crossentropy', fromLogits: true } as const;
    return trainWork(folder, build(), randomBatch(BATCH, LENGTH, TARGETS), loss);
  },
};
