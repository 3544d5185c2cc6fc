// Trains a small network of the type given for 1,000 steps on the wasm backend and prints what is held
// after a warm-up and at the end, as JSON. To be run with --expose-gc.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../kernel-lib/src/core/random.ts';
import { InMemoryDataset } from '../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { setTrainingStep } from '../../kernel-lib/src/layers/training-step.ts';
import { architecture } from '../../kernel-lib/src/models/registry.ts';
import { buildRobertaForMaskedLM } from '../../kernel-lib/src/models/roberta.ts';
import { optimizerSchema } from '../../kernel-lib/src/training/optimizer-options.ts';
import { createOptimizer } from '../../kernel-lib/src/training/optimizer.ts';
import { releaseTapeEarly } from '../../kernel-lib/src/training/release-tape.ts';
import {
  IGNORED_LABEL,
  maskedLanguageLoss,
} from '../../kernel-lib/src/training/sparse-cross-entropy.ts';
import { trainModel } from '../../kernel-lib/src/training/train-model.ts';
import { trainedWeights } from '../../kernel-lib/src/training/trained-weights.ts';

/** Megabytes, and tensors. */
export interface Held {
  readonly step: number;
  readonly tensors: number;
  readonly dataBuffers: number;
  readonly rss: number;
  readonly heap: number;
  readonly webAssembly: number;
}

const WARM_UP = 300;
const STEPS = 1000;
const LENGTH = 120;
const MEGABYTE = 1 << 20;

/** What is held now; all memories of WebAssembly together, for our kernels have one of their own. */
function held(step: number): Held {
  globalThis.gc?.();
  const { numTensors, numDataBuffers } = tf.memory();
  const { rss, heapUsed } = process.memoryUsage();
  const bytes = memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  return {
    step,
    tensors: numTensors,
    dataBuffers: numDataBuffers,
    rss: rss / MEGABYTE,
    heap: heapUsed / MEGABYTE,
    webAssembly: bytes / MEGABYTE,
  };
}

/** Every memory that a module brings or is given. */
const memories: { readonly buffer: ArrayBufferLike }[] = [];

/** What the types of Node.js lack of WebAssembly. */
interface WebAssemblyFunctions {
  Memory: new (descriptor: object) => { readonly buffer: ArrayBufferLike };
  Instance: new (module: object, imports?: object) => { readonly exports: object };
  instantiate: (source: object, imports?: object) => Promise<object>;
}

/** Notes memories as they come to be, however a module is started. */
function watchMemories(): void {
  const functions = WebAssembly as unknown as WebAssemblyFunctions;
  const { Memory, Instance, instantiate } = functions;
  const note = (instance: object): void => {
    const { exports } = instance as { exports: object };
    for (const each of Object.values(exports) as unknown[]) {
      if (each instanceof Memory && !memories.includes(each)) memories.push(each);
    }
  };
  functions.Memory = class extends Memory {
    constructor(descriptor: object) {
      super(descriptor);
      memories.push(this);
    }
  };
  functions.Instance = class extends Instance {
    constructor(module: object, imports?: object) {
      super(module, imports);
      note(this);
    }
  };
  functions.instantiate = async (source, imports) => {
    const result = await instantiate(source, imports);
    note('instance' in result ? (result.instance as object) : result);
    return result;
  };
}

const configs: Readonly<Record<string, object>> = {
  xpresso: {
    length: LENGTH,
    convolutions: [{ filters: 16, width: 6, pool: 10, dropout: 0.1 }],
    dense: [{ units: 16, dropout: 0.1 }],
    features: [],
    featureDropout: 0,
    outputs: ['y'],
  },
  'promoter-regions': {
    length: LENGTH,
    regions: [
      { name: 'up', start: 0, end: 90, filters: 8, pool: 10 },
      {
        name: 'down',
        start: 90,
        end: 120,
        filters: 8,
        width: 3,
        pool: 3,
        pooling: 'mean',
        phases: 3,
      },
    ].map((region) => ({ ...region, second: { filters: 8, width: 3, pool: 2 } })),
    dense: { units: 8, dropout: 0.1 },
    outputs: ['y'],
  },
};

async function trainNetwork(type: string, note: (step: number) => void): Promise<void> {
  const random = new Random(1);
  const count = 160;
  const dataset = new InMemoryDataset({
    ids: Array.from({ length: count }, (_, i) => `e${String(i)}`),
    inputs: {
      promoter: {
        kind: 'tokens',
        shape: [LENGTH],
        values: Uint8Array.from({ length: count * (LENGTH + 4) }, () => random.integer(4)),
        flank: 2,
        maxShift: 2,
      },
    },
    targetNames: ['y'],
    targets: Float32Array.from({ length: count }, () => random.normal()),
  });
  const network = architecture(type);
  const model = network.build(network.configSchema.parse(configs[type]), { seed: 1 });
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-leak-'));
  let step = 0;
  await trainModel({
    model,
    train: dataset,
    validation: dataset.subset([0, 1, 2, 3, 4, 5, 6, 7]),
    folder,
    // Everything that holds tensors between steps
    options: {
      epochs: STEPS / 20,
      batchSize: 8,
      ema: {},
      clip: { globalNorm: 1 },
      onBadLoss: 'skip',
      keep: 'best',
      checkpointEvery: { steps: 50 },
    },
    progress: () => {
      note(++step);
    },
  });
  await rm(folder, { recursive: true });
}

function trainRoberta(note: (step: number) => void): void {
  const [batch, length, vocabulary] = [4, 32, 60];
  const random = new Random(1);
  const model = buildRobertaForMaskedLM(
    {
      vocab_size: vocabulary,
      hidden_size: 16,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 32,
      max_position_embeddings: length + 2,
    },
    { length, seed: 1 },
  );
  const { weights } = trainedWeights(model, []);
  const variables = weights.map(({ variable }) => variable);
  const optimizer = createOptimizer(optimizerSchema.parse('adamw'), weights, { weightDecay: 0.01 });
  for (let step = 1; step <= STEPS; step++) {
    setTrainingStep(model, step);
    tf.tidy(() => {
      const tokens = Int32Array.from({ length: batch * length }, () => 5 + random.integer(50));
      const labels = tokens.map((token) => (random.uniform() < 0.15 ? token : IGNORED_LABEL));
      const shape: [number, number] = [batch, length];
      const inputs = [tf.tensor2d(tokens, shape, 'int32'), tf.ones(shape, 'int32')];
      const wanted = tf.tensor2d(labels, shape, 'int32');
      const { grads } = tf.variableGrads(() => {
        const scores = model.apply(inputs, { training: true }) as tf.Tensor;
        const loss = maskedLanguageLoss(wanted, scores);
        releaseTapeEarly();
        return loss;
      }, variables);
      optimizer.step(
        variables.map(({ name }) => grads[name]),
        1e-3,
      );
    });
    note(step);
  }
}

async function main(): Promise<void> {
  watchMemories();
  await useBackend('wasm');
  const type = process.argv[2] ?? '';
  const samples: Held[] = [];
  const note = (step: number): void => {
    if (step === WARM_UP || step === STEPS) samples.push(held(step));
  };
  if (type === 'roberta') trainRoberta(note);
  else await trainNetwork(type, note);
  process.stdout.write(JSON.stringify(samples));
}

void main();
