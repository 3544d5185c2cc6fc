import { xpresso } from '../../../kernel-lib/src/models/xpresso.ts';
import type { BenchRow } from '../bench-row.ts';
import { predictWork, randomBatch, trainWork } from '../network-row.ts';

const BATCH = 32;

function build() {
  const config = xpresso.presets['human'];
  if (config === undefined) throw new Error('no preset human');
  const batch = randomBatch(BATCH, config.length, 1, config.features.length);
  // Dropout draws other numbers in each framework; it is next to nothing in this network.
  const still = { ...config, dense: config.dense.map(({ units }) => ({ units, dropout: 0 })) };
  return { model: xpresso.build(still, { seed: 1 }), batch };
}

/** The Xpresso network (10,500 bp), one step of Adam. */
export const xpressoTrain: BenchRow = {
  name: 'xpresso-train',
  work: `Xpresso CNN (10,500 bp) training step, batch ${BATCH}`,
  backends: ['tensorflow', 'wasm'],
  peers: [{ name: 'PyTorch', script: 'networks.py' }],
  goals: { tensorflow: 10, wasm: 5 },
  tolerance: 1e-3,
  repetitions: 9,
  prepare(folder) {
    const { model, batch } = build();
    return trainWork(folder, model, batch, 'mse');
  },
};

/** The same network, prediction from tokens on the host to values on the host. */
export const xpressoPredict: BenchRow = {
  name: 'xpresso-predict',
  work: `Xpresso CNN (10,500 bp) prediction, batch ${BATCH}`,
  backends: ['tensorflow', 'wasm'],
  peers: [
    { name: 'PyTorch', script: 'networks.py' },
    { name: 'onnxruntime', script: 'networks.py' },
  ],
  goals: { tensorflow: 10, wasm: 8 },
  tolerance: 1e-3,
  repetitions: 9,
  prepare(folder) {
    const { model, batch } = build();
    return predictWork(folder, model, batch);
  },
};
