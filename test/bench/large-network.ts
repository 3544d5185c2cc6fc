// Builds FloraBERT's language model of 47.4 million parameters, trains it for some steps and predicts
// with it; prints what is held after step 5 and at the end, and the tokens a second, as JSON. Started by
// scripts/large-network.mjs. Arguments: backend, steps.
import * as tf from '@tensorflow/tfjs-core';
import { useBackend, type BackendName } from '../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../kernel-lib/src/core/random.ts';
import type { Dataset, Example } from '../../kernel-lib/src/datasets/dataset.ts';
import { architecture } from '../../kernel-lib/src/models/registry.ts';
import { trainModel } from '../../kernel-lib/src/training/train-model.ts';

const [BATCH, LENGTH, HIDDEN, MASK] = [2, 64, 10, 4];
/** From this step on nothing more should be held. */
const WARM = 5;

function batches(vocabulary: number, count: number): Dataset {
  const random = new Random(1);
  const example = (index: number): Example => {
    const ids = Int32Array.from({ length: LENGTH }, () => 5 + random.integer(vocabulary - 5));
    const positions = Int32Array.from({ length: HIDDEN }, (_, at) => 6 * at + 1);
    const target = Float32Array.from(positions, (at) => ids[at] ?? 0);
    for (const at of positions) ids[at] = MASK;
    return {
      id: String(index),
      inputs: { input_ids: ids, masked_positions: positions },
      target,
    };
  };
  const make = (ids: readonly string[]): Dataset => ({
    length: ids.length,
    inputs: {
      input_ids: { kind: 'tokens', shape: [LENGTH] },
      masked_positions: { kind: 'tokens', shape: [HIDDEN] },
    },
    targetNames: ['token'],
    ids,
    example: (index) => example(index),
    subset: (indices) => make(Array.from(indices, (index) => ids[index] ?? '')),
  });
  return make(Array.from({ length: count }, (_, index) => String(index)));
}

const held = (step: number) => ({
  step,
  tensors: tf.memory().numTensors,
  tensorMegabytes: Math.round(tf.memory().numBytes / 2 ** 20),
  residentMegabytes: Math.round(process.memoryUsage.rss() / 2 ** 20),
});

async function main(): Promise<void> {
  const [backend = 'wasm', count = '100'] = process.argv.slice(2);
  const steps = Number(count);
  const { name } = await useBackend(backend as BackendName);
  const roberta = architecture('roberta');
  const preset = roberta.presets['florabert-language'] as { encoder: { vocab_size: number } };
  const config = roberta.configSchema.parse({ ...preset, length: LENGTH, predictions: HIDDEN });
  const before = tf.memory().numTensors;
  const model = roberta.build(config, { seed: 1 });
  const samples: ReturnType<typeof held>[] = [];
  const times: number[] = [];
  let step = 0;
  const { history } = await trainModel({
    model,
    train: batches(preset.encoder.vocab_size, BATCH * steps),
    inputNames: ['input_ids', 'masked_positions'],
    options: { epochs: 1, batchSize: BATCH, loss: 'masked-language', optimizer: 'lamb' },
    progress: () => {
      step += 1;
      times.push(performance.now());
      if (step === WARM || step === steps || step % 20 === 0) samples.push(held(step));
    },
  });
  const seconds = ((times.at(-1) ?? 0) - (times[WARM - 1] ?? 0)) / 1000;
  const began = performance.now();
  const inputs = [
    tf.ones([BATCH, LENGTH], 'int32'),
    tf.zeros([BATCH, HIDDEN], 'int32'),
  ] as tf.Tensor[];
  const scores = model.predict(inputs) as tf.Tensor;
  const finite = (await scores.data()).every(Number.isFinite);
  const predictionSeconds = (performance.now() - began) / 1000;
  tf.dispose([scores, ...inputs]);
  const parameters = model.countParams();
  model.dispose();
  process.stdout.write(
    `${JSON.stringify({
      backend: name,
      parameters,
      steps: step,
      trainLoss: history.at(-1)?.trainLoss,
      tokensPerSecond: Math.round(((step - WARM) * BATCH * LENGTH) / seconds),
      predictionSeconds,
      finite,
      samples,
      leftBehind: tf.memory().numTensors - before,
    })}\n`,
  );
}

void main();
