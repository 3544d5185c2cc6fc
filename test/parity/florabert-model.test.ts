import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import {
  namedVariables,
  writeWeights,
  type WeightsByName,
  type WeightValues,
} from '../../kernel-lib/src/layers/named-weights.ts';
import { tokenPositions } from '../../kernel-lib/src/layers/token-and-position-embedding.ts';
import { roberta } from '../../kernel-lib/src/models/roberta-architecture.ts';
import {
  robertaNetworkConfigSchema,
  type RobertaNetworkConfig,
} from '../../kernel-lib/src/models/roberta-network-config.ts';
import { lossFunction } from '../../kernel-lib/src/training/losses.ts';
import { optimizerSchema } from '../../kernel-lib/src/training/optimizer-options.ts';
import { createOptimizer } from '../../kernel-lib/src/training/optimizer.ts';
import { maskedLanguageLoss } from '../../kernel-lib/src/training/sparse-cross-entropy.ts';

interface Golden {
  config: Record<string, number | string>;
  param_order: [string, number[]][];
  input_ids: number[][];
  position_ids: number[][];
  labels: number[][];
  last_hidden: number[][][];
  hidden0: number[][][];
  embed: number[][];
  logits: number[][];
  loss: number;
  mlm: {
    param_order: [string, number[]][];
    labels: number[][];
    loss: number;
    logits_0_3: number[];
    logits_1_6: number[];
  };
  sparse: { cls: number[][]; reg: number[][]; labels: number[][]; loss: number };
  lamb_traj: { lr: number; eps: number; losses: number[]; final_logits: number[][] };
}

// What the original code gives in float64; see the README beside the file.
const golden = JSON.parse(
  readFileSync(
    path.join(import.meta.dirname, 'golden', 'florabert', 'florabert_tiny_model.json'),
    'utf8',
  ),
) as Golden;

const { num_labels: labels, ...encoder } = golden.config;

function config(over: Record<string, unknown>): RobertaNetworkConfig {
  return robertaNetworkConfigSchema.parse({
    length: 8,
    outputs: Array.from({ length: Number(labels) }, (_, i) => `tissue_${i}`),
    padding_token: 2,
    left_out_tokens: [0, 1],
    encoder,
    ...over,
  });
}

/** The weights of the golden file: a formula of the place of each parameter. */
function formulaWeights(order: [string, number[]][]): WeightsByName {
  return Object.fromEntries(
    order.map(([name, shape], k): [string, WeightValues] => {
      const size = shape.reduce((product, n) => product * n, 1);
      const data = Float32Array.from({ length: size }, (_, i) => {
        const value = 0.3 * Math.sin(0.7 * (i + 1) + 0.13 * k);
        return /LayerNorm\.weight$/.test(name) ? 1 + 0.1 * value : value;
      });
      return [name, { shape, data }];
    }),
  );
}

function network(over: Record<string, unknown>, order: [string, number[]][]): tfl.LayersModel {
  const full = config(over);
  const model = roberta.build(full);
  // The formula runs on over k in the order of named_parameters
  const weights = roberta.huggingFace!.fromWeights(formulaWeights(order), full, {
    where: 'golden',
  });
  writeWeights(model, weights, 'golden');
  return model;
}

function largestDifference(values: ArrayLike<number>, expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
}

const ids = (): tf.Tensor2D => tf.tensor2d(golden.input_ids, undefined, 'int32');

describe.each(['cpu', 'wasm'] as const)('FloraBERT on %s', (backend) => {
  let before = 0;
  beforeAll(async () => {
    await useBackend(backend);
    before = tf.memory().numTensors;
  });

  afterAll(() => {
    expect(tf.memory().numTensors).toBe(before);
  });

  it('numbers positions as the original, padding included', () => {
    const positions = tf.tidy(() => tokenPositions(ids(), 1).arraySync());
    expect(positions).toEqual(golden.position_ids);
  });

  it('gives the hidden states, embeddings, predictions and loss of the original', () => {
    const model = network({ task: 'regression' }, golden.param_order);
    const inner = roberta.embedder!(model, config({ task: 'regression' }));
    tf.tidy(() => {
      const out = (layer: string): ArrayLike<number> => {
        const part = functional(model, layer);
        return (part.predict(ids()) as tf.Tensor).dataSync();
      };
      expect(largestDifference(out('embeddings_dropout'), golden.hidden0.flat(2))).toBeLessThan(
        1e-5,
      );
      // Behind padding the original computes, too; nobody reads it.
      expect(
        largestDifference(out('layer_1_output_norm'), golden.last_hidden.flat(2)),
      ).toBeLessThan(1e-5);
      const embedded = (inner.predict(ids()) as tf.Tensor).dataSync();
      expect(largestDifference(embedded, golden.embed.flat())).toBeLessThan(2e-6);
      const logits = model.predict(ids()) as tf.Tensor;
      expect(largestDifference(logits.dataSync(), golden.logits.flat())).toBeLessThan(2e-6);
      const loss = tf.mean(lossFunction('mse')(tf.tensor2d(golden.labels), logits));
      expect(loss.dataSync()[0]).toBeCloseTo(golden.loss, 6);
    });
    model.dispose();
  });

  it('gives the scores and the loss of masked tokens', () => {
    const model = network({ task: 'masked-language' }, golden.mlm.param_order);
    tf.tidy(() => {
      const scores = model.predict(ids()) as tf.Tensor3D;
      const values = scores.arraySync();
      expect(largestDifference(values[0]![3]!, golden.mlm.logits_0_3)).toBeLessThan(3e-6);
      expect(largestDifference(values[1]![6]!, golden.mlm.logits_1_6)).toBeLessThan(3e-6);
      const loss = maskedLanguageLoss(tf.tensor2d(golden.mlm.labels, undefined, 'int32'), scores);
      expect(loss.dataSync()[0]).toBeCloseTo(golden.mlm.loss, 5);
    });
    model.dispose();
  });

  it('learns as the original with LAMB', () => {
    const model = network({ task: 'regression' }, golden.param_order);
    const { lr, eps, losses, final_logits: finalLogits } = golden.lamb_traj;
    const variables = [...namedVariables(model)].map(([name, variable]) => ({
      name,
      variable: variable.read() as tf.Variable,
    }));
    const optimizer = createOptimizer(
      optimizerSchema.parse({ name: 'lamb', epsilon: eps }),
      variables,
    );
    const mse = lossFunction('mse');
    for (const expected of losses) {
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () =>
            tf.mean(
              mse(tf.tensor2d(golden.labels), model.apply(ids(), { training: false }) as tf.Tensor),
            ) as tf.Scalar,
          variables.map(({ variable }) => variable),
        );
        expect(value.dataSync()[0]).toBeCloseTo(expected, 5);
        optimizer.step(
          variables.map(({ variable }) => grads[variable.name]),
          lr,
        );
      });
    }
    tf.tidy(() => {
      const logits = (model.predict(ids()) as tf.Tensor).dataSync();
      expect(largestDifference(logits, finalLogits.flat())).toBeLessThan(3e-4);
    });
    optimizer.dispose();
    model.dispose();
  });
});

/** The network up to one of its layers. */
function functional(model: tfl.LayersModel, layer: string): tfl.LayersModel {
  return tfl.model({
    inputs: model.inputs,
    outputs: model.getLayer(layer).output as tfl.SymbolicTensor,
  });
}
