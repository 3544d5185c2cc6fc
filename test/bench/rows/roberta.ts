import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { writeSafetensors } from '../../../kernel-lib/src/formats/safetensors.ts';
import { readWeights } from '../../../kernel-lib/src/layers/named-weights.ts';
import { setTrainingStep } from '../../../kernel-lib/src/layers/training-step.ts';
import { robertaToHuggingFace } from '../../../kernel-lib/src/models/roberta-weights.ts';
import {
  buildRobertaForMaskedLM,
  parseRobertaConfig,
} from '../../../kernel-lib/src/models/roberta.ts';
import { optimizerSchema } from '../../../kernel-lib/src/training/optimizer-options.ts';
import { createOptimizer } from '../../../kernel-lib/src/training/optimizer.ts';
import { releaseTapeEarly } from '../../../kernel-lib/src/training/release-tape.ts';
import {
  IGNORED_LABEL,
  maskedLanguageLoss,
} from '../../../kernel-lib/src/training/sparse-cross-entropy.ts';
import { trainedWeights } from '../../../kernel-lib/src/training/trained-weights.ts';
import type { BenchRow, PreparedWork } from '../bench-row.ts';

const LEARNING_RATE = 1e-4;
const LENGTH = 256;
const BATCH = 8;
/** 15 % of the positions of a sequence. */
const MASKED = 38;

interface Options {
  readonly layers: number;
  readonly dropout: number;
  /** Score only the masked positions. */
  readonly sparse: boolean;
}

/** Tokens, and a label at 38 positions of each sequence. */
function randomBatch(vocabulary: number) {
  const random = new Random(1);
  const tokens = Int32Array.from(
    { length: BATCH * LENGTH },
    () => 5 + random.integer(vocabulary - 5),
  );
  const labels = new Int32Array(BATCH * LENGTH).fill(IGNORED_LABEL);
  const positions = new Int32Array(BATCH * MASKED);
  for (let row = 0; row < BATCH; row++) {
    random
      .permutation(LENGTH)
      .subarray(0, MASKED)
      .forEach((position, i) => {
        positions[row * MASKED + i] = position;
        labels[row * LENGTH + position] = 5 + random.integer(vocabulary - 5);
      });
  }
  return { tokens, labels, positions };
}

async function prepare(
  folder: string,
  { layers, dropout, sparse }: Options,
): Promise<PreparedWork> {
  const config = parseRobertaConfig({
    vocab_size: 5261,
    num_hidden_layers: layers,
    num_attention_heads: 6,
    max_position_embeddings: 258,
    hidden_dropout_prob: dropout,
    attention_probs_dropout_prob: dropout,
    layer_norm_eps: 1e-12,
  });
  const model = buildRobertaForMaskedLM(config, {
    length: LENGTH,
    seed: 1,
    ...(sparse ? { predictions: MASKED } : {}),
  });
  const { tokens, labels, positions } = randomBatch(config.vocab_size);
  await writeSafetensors(path.join(folder, 'roberta.safetensors'), {
    ...robertaToHuggingFace(await readWeights(model), config),
    'batch/tokens': { shape: [BATCH, LENGTH], data: tokens },
    'batch/labels': { shape: [BATCH, LENGTH], data: labels },
  });
  const chosen = sparse
    ? positions.map((position, i) => labels[Math.floor(i / MASKED) * LENGTH + position] ?? 0)
    : labels;
  const count = sparse ? MASKED : LENGTH;
  const { weights } = trainedWeights(model, []);
  const variables = weights.map(({ variable }) => variable);
  const optimizer = createOptimizer(optimizerSchema.parse('adamw'), weights, { weightDecay: 0.01 });
  const mask = new Int32Array(BATCH * LENGTH).fill(1);
  let step = 0;
  return {
    run() {
      const begin = performance.now();
      setTrainingStep(model, step++);
      const inputs = [
        tf.tensor2d(tokens, [BATCH, LENGTH], 'int32'),
        tf.tensor2d(mask, [BATCH, LENGTH], 'int32'),
        ...(sparse ? [tf.tensor2d(positions, [BATCH, MASKED], 'int32')] : []),
      ];
      const wanted = tf.tensor2d(chosen, [BATCH, count], 'int32');
      const { value, grads } = tf.variableGrads(() => {
        const scores = model.apply(inputs, { training: true }) as tf.Tensor;
        const loss = maskedLanguageLoss(wanted, scores);
        releaseTapeEarly();
        return loss;
      }, variables);
      const [check = NaN] = value.dataSync();
      optimizer.step(
        variables.map(({ name }) => grads[name]),
        LEARNING_RATE,
      );
      // On this backend operations are done when they return.
      const milliseconds = performance.now() - begin;
      tf.dispose([inputs, wanted, value, grads]);
      return { milliseconds, check };
    },
  };
}

const common = {
  backends: ['tensorflow'],
  peers: [{ name: 'PyTorch', script: 'roberta.py' }],
  repetitions: 5,
} satisfies Partial<BenchRow>;

/** The goal's row: equal losses; ours scores the masked positions only, which is all that it needs. */
export const robertaTrain: BenchRow = {
  ...common,
  name: 'roberta-train',
  work: 'RoBERTa 6-layer MLM training step, 256 tokens, batch 8, f32',
  goals: { tensorflow: 1 },
  tolerance: 1e-3,
  prepare: (folder) => prepare(folder, { layers: 6, dropout: 0, sparse: true }),
};

/** The same arithmetic on both sides. */
export const robertaTrainAll: BenchRow = {
  ...common,
  name: 'roberta-train-all',
  work: 'the same, all positions scored on both sides',
  goals: {},
  tolerance: 1e-3,
  prepare: (folder) => prepare(folder, { layers: 6, dropout: 0, sparse: false }),
};

/** As one trains. */
export const robertaTrainDropout: BenchRow = {
  ...common,
  name: 'roberta-train-dropout',
  work: 'the same with dropout 0.1, masked positions only on our side',
  goals: {},
  // Dropout draws other numbers in each framework.
  tolerance: 0.1,
  prepare: (folder) => prepare(folder, { layers: 6, dropout: 0.1, sparse: true }),
};
