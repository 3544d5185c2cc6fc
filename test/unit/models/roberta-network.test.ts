import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import {
  namedVariables,
  readWeights,
  writeWeights,
} from '../../../kernel-lib/src/layers/named-weights.ts';
import { setTrainingStep } from '../../../kernel-lib/src/layers/training-step.ts';
import { networkSize } from '../../../kernel-lib/src/models/network-size.ts';
import { architecture } from '../../../kernel-lib/src/models/registry.ts';
import { resolveArchitectureConfig } from '../../../kernel-lib/src/models/resolve-config.ts';
import { roberta } from '../../../kernel-lib/src/models/roberta-architecture.ts';
import {
  robertaNetworkConfigSchema,
  robertaTasks,
  type RobertaNetworkConfig,
} from '../../../kernel-lib/src/models/roberta-network-config.ts';
import { robertaNetworkWeightNames } from '../../../kernel-lib/src/models/roberta-weights.ts';

function config(over: object = {}): RobertaNetworkConfig {
  return robertaNetworkConfigSchema.parse({
    length: 8,
    outputs: ['ear', 'root'],
    padding_token: 2,
    left_out_tokens: [0, 1],
    encoder: {
      vocab_size: 13,
      hidden_size: 12,
      num_hidden_layers: 2,
      num_attention_heads: 3,
      intermediate_size: 20,
      max_position_embeddings: 10,
    },
    ...over,
  });
}

// Padding on the left; the second has no token but start and end, the third nothing at all.
const rows = [
  [2, 2, 0, 5, 6, 7, 8, 1],
  [2, 2, 2, 2, 2, 2, 0, 1],
  [2, 2, 2, 2, 2, 2, 2, 2],
];
const ids = (): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');

beforeAll(async () => {
  await useBackend('wasm');
});

describe('the architecture roberta', () => {
  it.each([
    ['florabert', 47_955_464],
    ['florabert-language', 47_365_517],
  ])('has the parameters of %s', (preset, expected) => {
    const table = robertaNetworkWeightNames(roberta.presets[preset]!);
    const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
    const sum = [...table.values()].reduce((total, { shape }) => total + size(shape), 0);
    expect(sum).toBe(expected);
  });

  it('builds the small preset with the weights that its table names', () => {
    for (const preset of ['florabert-small', 'florabert-small-language']) {
      const full = roberta.presets[preset]!;
      const model = roberta.build(full);
      const variables = namedVariables(model);
      const table = robertaNetworkWeightNames(full);
      expect([...variables.keys()].sort()).toEqual([...table.keys()].sort());
      for (const [name, { shape, transposed }] of table) {
        const ours = variables.get(name)!.shape;
        expect(transposed ? [...shape].reverse() : shape, name).toEqual(ours);
      }
      expect(model.countParams()).toBeGreaterThan(1e6);
      expect(model.countParams()).toBeLessThan(2e6);
      expect(networkSize('roberta', full).parameters).toBe(model.countParams());
      model.dispose();
    }
  });

  it.each(robertaTasks)('gives finite numbers of the right shape for %s', (task) => {
    const before = tf.memory().numTensors;
    const full = config({ task, batch_norm: task === 'poisson' });
    const model = roberta.build(full, { seed: 1 });
    const shape = {
      'masked-language': [3, 8, 13],
      embedding: [3, 12],
      sparse: [3, 4],
    }[task as string] ?? [3, 2];
    tf.tidy(() => {
      const output = model.predict(ids()) as tf.Tensor;
      expect(output.shape).toEqual(shape);
      const values = [...output.dataSync()];
      // An empty promoter made the original divide by zero
      expect(values.every(Number.isFinite)).toBe(true);
      expect(new Set(values.map((value) => value.toFixed(6))).size).toBeGreaterThan(1);
      const embedded = roberta.embedder!(model, full).predict(ids()) as tf.Tensor;
      expect(embedded.shape).toEqual([3, 12]);
      expect([...embedded.dataSync()].every(Number.isFinite)).toBe(true);
      if (task === 'embedding') expect(embedded.dataSync()).toEqual(output.dataSync());
    });
    expect(roberta.outputs(full).length).toBe(
      task === 'masked-language' ? 1 : task === 'embedding' ? 12 : 2,
    );
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('learns in each task, the same from equal seeds, and leaks nothing', () => {
    const before = tf.memory().numTensors;
    for (const task of ['regression', 'sparse', 'poisson'] as const) {
      const losses = [4, 4].map((seed) => {
        const model = roberta.build(config({ task }), { seed });
        const variables = [...namedVariables(model).values()].map(
          (variable) => variable.read() as tf.Variable,
        );
        const optimizer = tf.train.adam(0.02);
        const history = Array.from({ length: 12 }, (_, step) =>
          tf.tidy(() => {
            setTrainingStep(model, step);
            const loss = optimizer.minimize(
              () => {
                const output = model.apply(ids(), { training: true }) as tf.Tensor2D;
                return tf.mean(tf.square(tf.sub(output, 0.7)));
              },
              true,
              variables,
            );
            return loss!.dataSync()[0]!;
          }),
        );
        optimizer.dispose();
        model.dispose();
        return history;
      });
      expect(losses[0]).toEqual(losses[1]);
      expect(losses[0]!.every(Number.isFinite)).toBe(true);
      expect(losses[0]!.at(-1)).toBeLessThan(0.5 * losses[0]![0]!);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('does not see what stands at padding', async () => {
    const model = roberta.build(config(), { seed: 2 });
    const weights = await readWeights(model);
    const before = (model.predict(ids()) as tf.Tensor).dataSync();
    const tokens = Float32Array.from(weights['embeddings/tokens']!.data);
    tokens.fill(9, 2 * 12, 3 * 12);
    const shape = weights['embeddings/tokens']!.shape;
    writeWeights(model, { ...weights, 'embeddings/tokens': { shape, data: tokens } }, 'test');
    const after = (model.predict(ids()) as tf.Tensor).dataSync();
    // The third row has nothing to attend to, so all its positions are alike.
    expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
    model.dispose();
  });

  it('takes embeddings in place of tokens, with gradients', async () => {
    const model = roberta.build(config(), { seed: 2 });
    const twin = roberta.buildOnEmbeddings!(config());
    const weights = await readWeights(model);
    writeWeights(twin, weights, 'twin');
    tf.tidy(() => {
      const { shape, data } = weights['embeddings/tokens']!;
      const table = tf.tensor(data, [...shape]);
      const embeddings = tf.gather(table, ids() as unknown as tf.Tensor1D);
      const expected = (model.predict(ids()) as tf.Tensor).dataSync();
      const given = (twin.predict([ids(), embeddings]) as tf.Tensor).dataSync();
      given.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
      const gradient = tf.grad((x) => tf.sum(twin.apply([ids(), x]) as tf.Tensor))(embeddings);
      const sizes = tf.sum(tf.abs(gradient), 2).arraySync() as number[][];
      expect(sizes[0]!.map((size) => size > 1e-9)).toEqual([
        ...[false, false, true, true, true, true, true, true],
      ]);
    });
    model.dispose();
    twin.dispose();
  });

  it('scores only the named positions where predictions says so', async () => {
    const whole = roberta.build(config({ task: 'masked-language' }), { seed: 5 });
    const few = config({ task: 'masked-language', predictions: 2 });
    const model = roberta.build(few, { seed: 6 });
    writeWeights(model, await readWeights(whole), 'whole');
    expect(roberta.inputs(few).map(({ name, shape }) => [name, ...shape])).toEqual([
      ['input_ids', 8],
      ['masked_positions', 2],
    ]);
    tf.tidy(() => {
      const positions = tf.tensor2d(
        [
          [3, 4],
          [6, 7],
          [0, 1],
        ],
        undefined,
        'int32',
      );
      const all = (whole.predict(ids()) as tf.Tensor3D).arraySync();
      const chosen = (model.predict([ids(), positions]) as tf.Tensor3D).arraySync();
      chosen[0]![1]!.forEach((value, i) => expect(value).toBeCloseTo(all[0]![4]![i]!, 5));
    });
    whole.dispose();
    model.dispose();
  });

  it('refuses one-hot input and configs that do not fit', () => {
    expect(() => roberta.build(config(), { sequenceInput: 'one-hot' })).toThrow(
      /reads tokens of a tokenizer, not bases.*buildOnEmbeddings/s,
    );
    const messages = (over: object): string =>
      robertaNetworkConfigSchema
        .safeParse({ ...config(), ...over })
        .error!.issues.map(({ message }) => message)
        .join();
    expect(messages({ length: 9 })).toMatch(/positions for 8 tokens/);
    expect(messages({ padding_token: 13 })).toMatch(/below vocab_size/);
    expect(messages({ predictions: 2 })).toMatch(/only a masked-language/);
    expect(messages({ task: 'masked-language', predictions: 9 })).toMatch(/not be above length/);
    expect(messages({ features: ['gc'] })).toMatch(/takes the sequence alone/);
  });
});

describe('resolveArchitectureConfig', () => {
  const tokenizer = {
    vocabularySize: 900,
    special: { start: 5, end: 6, padding: 7, unknown: 8, mask: 9 },
  };
  const data = { length: 128, features: [], outputs: ['a'] };

  it('merges keys of the encoder and fits the config to a tokenizer', () => {
    const resolved = resolveArchitectureConfig(
      {
        type: 'roberta',
        preset: 'florabert-small',
        config: { encoder: { num_hidden_layers: 2 }, task: 'sparse' },
      },
      { ...data, tokenizer },
    ) as RobertaNetworkConfig;
    expect(resolved).toMatchObject({
      length: 128,
      outputs: ['a'],
      task: 'sparse',
      padding_token: 7,
      left_out_tokens: [5, 6],
      encoder: { vocab_size: 900, num_hidden_layers: 2, hidden_size: 128, pad_token_id: 1 },
    });
    expect(roberta.presets['florabert-small']!.encoder.num_hidden_layers).toBe(4);
  });

  it('names misspelt keys, also of the encoder, and a tokenizer that nobody reads', () => {
    const choose = (keys: object) => () =>
      resolveArchitectureConfig(
        { type: 'roberta', preset: 'florabert', config: { ...keys } },
        data,
      );
    expect(choose({ taks: 'sparse' })).toThrow(/unknown key 'taks'.*Did you mean 'task'/s);
    expect(choose({ encoder: { hiden_size: 3 } })).toThrow(
      /unknown key 'encoder\.hiden_size'.*Did you mean 'hidden_size'/s,
    );
    expect(choose({ encoder: { num_attention_heads: 7 } })).toThrow(/multiple of num_attention/);
    expect(() =>
      resolveArchitectureConfig({ type: 'xpresso', preset: 'human' }, { ...data, tokenizer }),
    ).toThrow(/a tokenizer.*reads bases/s);
    expect(architecture('roberta')).toBe(roberta);
  });
});
