// Trains a small network of the type given for 1,000 steps on the wasm backend and prints what is held
// after a warm-up and at the end, as JSON. To be run with --expose-gc.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { Random } from '../../kernel-lib/src/core/random.ts';
import type { Dataset, Example } from '../../kernel-lib/src/datasets/dataset.ts';
import { InMemoryDataset } from '../../kernel-lib/src/datasets/in-memory-dataset.ts';
import { architecture } from '../../kernel-lib/src/models/registry.ts';
import { trainModel } from '../../kernel-lib/src/training/train-model.ts';

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
const TOKENS = 32;
const HIDDEN = 6;
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

/** Everything that holds tensors between steps. */
const TRAINING = {
  ema: {},
  clip: { globalNorm: 1 },
  onBadLoss: 'skip',
  keep: 'best',
  checkpointEvery: { steps: 50 },
} as const;

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
    options: { ...TRAINING, epochs: STEPS / 20, batchSize: 8 },
    progress: () => {
      note(++step);
    },
  });
  await rm(folder, { recursive: true });
}

/** Encoders of two layers, by architecture. */
const ENCODERS: Readonly<Record<string, object>> = {
  roberta: { max_position_embeddings: TOKENS + 2, type_vocab_size: 1 },
  bert: { max_position_embeddings: TOKENS },
  esm: {
    ...{ mask_token_id: 4, pad_token_id: 1, token_dropout: true },
    position_embedding_type: 'rotary',
  },
};

/** Sequences of random tokens, of which six are to be guessed. */
function hiddenTokens(random: Random, count: number): Dataset {
  const examples = Array.from({ length: count }, (_, index): Example => {
    const ids = Int32Array.from({ length: TOKENS }, () => 5 + random.integer(50));
    const positions = Int32Array.from({ length: HIDDEN }, (__, at) => 5 * at);
    const target = Float32Array.from(positions, (at) => ids[at] ?? 0);
    for (const at of positions) ids[at] = 4;
    return {
      id: `e${String(index)}`,
      inputs: { input_ids: ids, masked_positions: positions },
      target,
    };
  });
  const make = (rows: readonly Example[]): Dataset => ({
    length: rows.length,
    inputs: {
      input_ids: { kind: 'tokens', shape: [TOKENS] },
      masked_positions: { kind: 'tokens', shape: [HIDDEN] },
    },
    targetNames: ['token'],
    ids: rows.map(({ id }) => id),
    example: (index) => rows[index] as Example,
    subset: (indices) => make(Array.from(indices, (index) => rows[index] as Example)),
  });
  return make(examples);
}

/** A language model, as a run of the mode `pretrain` trains it. */
async function trainLanguageModel(type: string, note: (step: number) => void): Promise<void> {
  const dataset = hiddenTokens(new Random(1), 80);
  const network = architecture(type);
  const config = network.configSchema.parse({
    length: TOKENS,
    outputs: ['token'],
    task: 'masked-language',
    predictions: HIDDEN,
    encoder: {
      ...{ vocab_size: 60, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2 },
      ...{ intermediate_size: 32, hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 },
      ...ENCODERS[type],
    },
  });
  const model = network.build(config, { seed: 1 });
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-leak-'));
  let step = 0;
  await trainModel({
    model,
    train: dataset,
    validation: dataset.subset([0, 1, 2, 3]),
    inputNames: ['input_ids', 'masked_positions'],
    folder,
    options: {
      ...TRAINING,
      epochs: STEPS / 20,
      batchSize: 4,
      loss: 'masked-language',
      optimizer: 'lamb',
    },
    progress: () => {
      note(++step);
    },
  });
  await rm(folder, { recursive: true });
}

async function main(): Promise<void> {
  watchMemories();
  await useBackend('wasm');
  const type = process.argv[2] ?? '';
  const samples: Held[] = [];
  const note = (step: number): void => {
    if (step === WARM_UP || step === STEPS) samples.push(held(step));
  };
  if (type in ENCODERS) await trainLanguageModel(type, note);
  else await trainNetwork(type, note);
  process.stdout.write(JSON.stringify(samples));
}

void main();
