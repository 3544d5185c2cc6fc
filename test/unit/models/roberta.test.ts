import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  namedVariables,
  readWeights,
  writeWeights,
  type WeightsByName,
  type WeightValues,
} from '../../../kernel-lib/src/layers/named-weights.ts';
import { setTrainingStep } from '../../../kernel-lib/src/layers/training-step.ts';
import {
  buildRobertaEncoder,
  buildRobertaForMaskedLM,
  parseRobertaConfig,
} from '../../../kernel-lib/src/models/roberta.ts';
import {
  robertaFromHuggingFace,
  robertaToHuggingFace,
  robertaWeightNames,
} from '../../../kernel-lib/src/models/roberta-weights.ts';
import { optimizerSchema } from '../../../kernel-lib/src/training/optimizer-options.ts';
import { createOptimizer } from '../../../kernel-lib/src/training/optimizer.ts';
import { maskedLanguageLoss } from '../../../kernel-lib/src/training/sparse-cross-entropy.ts';

// Golden values of RobertaForMaskedLM of transformers 4.41.2 (torch 2.3.1, float64, eval mode). The k-th
// parameter's flat element i is 0.3 sin(0.7 (i + 1) + 0.13 k), LayerNorm weights 1 + a tenth of that.
const config = parseRobertaConfig({
  vocab_size: 11,
  hidden_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  intermediate_size: 16,
  max_position_embeddings: 10,
  type_vocab_size: 1,
  layer_norm_eps: 1e-12,
  pad_token_id: 1,
});
const ids = [
  [2, 2, 0, 5, 6, 7, 8, 1],
  [0, 5, 9, 10, 6, 7, 4, 1],
];
const mask = [
  [0, 0, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 1, 1, 1],
];
const labels = [
  [-100, -100, -100, 5, -100, 7, -100, -100],
  [-100, -100, -100, -100, -100, -100, 6, -100],
];
const golden = {
  hiddenOfFirstToken: [-0.18720943, -0.98054164, 0.28161756, 2.21259166],
  loss: 2.4931516677513987,
  scores: [
    0.06208466, -0.52714083, 0.42905446, 0.53347261, -0.23544712, 0.40280307, 0.1275976,
    -0.75211299, 0.01141708, -0.02518451, -0.51402979,
  ],
  maskedScores: [
    0.25275963, -0.5549323, 0.26724301, 0.72931771, -0.27703595, 0.25015119, 0.32772722,
    -0.80731118, -0.13138494, 0.17832463, -0.58258774,
  ],
};

function formulaWeights(): WeightsByName {
  const weights: Record<string, WeightValues> = {};
  const model = buildRobertaForMaskedLM(config, { length: 8 });
  const shapes = namedVariables(model);
  let k = 0;
  for (const [ours, { name, transposed }] of robertaWeightNames(config)) {
    const shape = [...(shapes.get(ours)!.shape as number[])];
    if (transposed) shape.reverse();
    const size = shape.reduce((product, n) => product * n, 1);
    const data = Float32Array.from({ length: size }, (_, i) => {
      const value = 0.3 * Math.sin(0.7 * (i + 1) + 0.13 * k);
      return /LayerNorm\.weight$/.test(name) ? 1 + 0.1 * value : value;
    });
    weights[name] = { shape, data };
    k += 1;
  }
  model.dispose();
  return weights;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('RoBERTa', () => {
  it('gives the hidden states, scores and loss of Hugging Face', async () => {
    const model = buildRobertaForMaskedLM(config, { length: 8 });
    writeWeights(model, robertaFromHuggingFace(formulaWeights(), config, 'formula'), 'formula');
    const inputs = [tf.tensor2d(ids, undefined, 'int32'), tf.tensor2d(mask, undefined, 'int32')];
    const scores = model.predict(inputs) as tf.Tensor3D;
    const values = await scores.array();
    values[0]![3]!.forEach((value, i) => expect(value).toBeCloseTo(golden.scores[i]!, 5));
    values[1]![6]!.forEach((value, i) => expect(value).toBeCloseTo(golden.maskedScores[i]!, 5));
    const loss = maskedLanguageLoss(tf.tensor2d(labels, undefined, 'int32'), scores);
    expect((await loss.data())[0]).toBeCloseTo(golden.loss, 5);
    const encoder = buildRobertaEncoder(config, { length: 8 });
    const encoderWeights = robertaFromHuggingFace(formulaWeights(), config, 'formula', {
      head: false,
    });
    writeWeights(encoder, encoderWeights, 'formula');
    const hidden = (await (encoder.predict(inputs) as tf.Tensor3D).array())[0]![3]!;
    golden.hiddenOfFirstToken.forEach((value, i) => expect(hidden[i]).toBeCloseTo(value, 5));
    model.dispose();
    encoder.dispose();
  });

  it('scores only the masked positions with the same results and gradients', () => {
    const weights = robertaFromHuggingFace(formulaWeights(), config, 'formula');
    const whole = buildRobertaForMaskedLM(config, { length: 8 });
    const sparse = buildRobertaForMaskedLM(config, { length: 8, predictions: 2 });
    const positions = [
      [3, 5],
      [6, 0],
    ];
    const chosen = positions.map((row, i) => row.map((at) => labels[i]![at]!));
    const inputs = [ids, mask].map((rows) => tf.tensor2d(rows, undefined, 'int32'));
    const gradients = [
      [whole, inputs, labels] as const,
      [sparse, [...inputs, tf.tensor2d(positions, undefined, 'int32')], chosen] as const,
    ].map(([model, given, wanted]) => {
      writeWeights(model, weights, 'formula');
      const variables = [...namedVariables(model).values()].map(
        (variable) => variable.read() as tf.Variable,
      );
      const { value, grads } = tf.variableGrads(
        () =>
          // Dropout is off, so that both see the same network
          maskedLanguageLoss(
            tf.tensor2d(wanted, undefined, 'int32'),
            model.apply([...given], { training: false }) as tf.Tensor,
          ),
        variables,
      );
      return [
        value.dataSync()[0]!,
        ...variables.flatMap((variable) => [...grads[variable.name]!.dataSync()]),
      ];
    });
    expect(gradients[0]![0]).toBeCloseTo(golden.loss, 5);
    expect(gradients[1]!.length).toBe(gradients[0]!.length);
    gradients[1]!.forEach((value, i) => expect(value).toBeCloseTo(gradients[0]![i]!, 5));
    whole.dispose();
    sparse.dispose();
  });

  it('learns the same from equal seeds, with dropout, and leaks nothing', () => {
    const before = tf.memory().numTensors;
    const losses = [1, 1, 2].map((seed) => {
      const model = buildRobertaForMaskedLM(config, { length: 8, seed });
      const variables = [...namedVariables(model).values()].map(
        (variable) => variable.read() as tf.Variable,
      );
      const optimizer = createOptimizer(
        optimizerSchema.parse('adamw'),
        variables.map((variable) => ({ name: variable.name, variable })),
      );
      const result = tf.tidy(() => {
        const inputs = [ids, mask].map((rows) => tf.tensor2d(rows, undefined, 'int32'));
        const wanted = tf.tensor2d(labels, undefined, 'int32');
        return Array.from({ length: 7 }, (_, step) => {
          setTrainingStep(model, step);
          const { value, grads } = tf.variableGrads(() => {
            const scores = model.apply(inputs, { training: true }) as tf.Tensor;
            return maskedLanguageLoss(wanted, scores);
          }, variables);
          optimizer.step(
            variables.map(({ name }) => grads[name]),
            1e-2,
          );
          return value.dataSync()[0]!;
        });
      });
      optimizer.dispose();
      model.dispose();
      return result;
    });
    expect(losses[0]).toEqual(losses[1]);
    expect(losses[0]).not.toEqual(losses[2]);
    expect(losses[0]!.at(-1)).toBeLessThan(0.75 * losses[0]![0]!);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes checkpoints of the encoder alone, and names what is missing', () => {
    const bare = Object.fromEntries(
      Object.entries(formulaWeights()).map(([name, values]) => [
        name.replace('roberta.', ''),
        values,
      ]),
    );
    const ours = robertaFromHuggingFace(bare, config, 'bert.safetensors', { head: false });
    expect(Object.keys(ours)).toHaveLength(37);
    delete bare['encoder.layer.1.output.dense.bias'];
    expect(() => robertaFromHuggingFace(bare, config, 'bert.safetensors', { head: false })).toThrow(
      /bert\.safetensors.*encoder\.layer\.1\.output\.dense\.bias/s,
    );
  });

  it('has the number of parameters of the original', () => {
    // FloraBERT's roberta-lm: 47,365,517 with the decoder tied
    const parameters = (over: object) => {
      const small = {
        vocab_size: 61,
        hidden_size: 12,
        num_hidden_layers: 2,
        intermediate_size: 48,
      };
      const model = buildRobertaForMaskedLM({
        ...{ ...small, num_attention_heads: 6, max_position_embeddings: 18 },
        ...over,
      });
      const count = model.countParams();
      model.dispose();
      return count;
    };
    // V·H + P·H + H + 2H, 12H² + 13H for each layer, H² + 3H + V for the head
    expect(parameters({})).toBe(61 * 12 + 18 * 12 + 36 + 2 * (12 * 144 + 156) + 144 + 36 + 61);
    expect(parameters({ tie_word_embeddings: false })).toBe(parameters({}) + 61 * 12);
  });

  it('has activations and token types as the config says', () => {
    for (const act of ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'relu'] as const) {
      const model = buildRobertaEncoder({ ...config, hidden_act: act, type_vocab_size: 0 });
      expect(model.getLayer('layer_1_activation').getClassName()).toBe(
        act === 'relu' ? 'Activation' : 'Gelu',
      );
      model.dispose();
    }
  });

  it.each([
    [{ hiden_size: 12 }, /unknown key 'hiden_size'\. Did you mean 'hidden_size'/],
    [{ num_attention_heads: 5 }, /multiple of num_attention_heads/],
    [{ pad_token_id: 12 }, /pad_token_id/],
    [{ hidden_act: 'swish' }, /hidden_act/],
  ])('refuses %j', (over, message) => {
    expect(() => parseRobertaConfig({ ...config, ...(over as object) })).toThrow(message);
  });

  it('refuses lengths for which there are no positions', () => {
    expect(() => buildRobertaEncoder(config, { length: 9 })).toThrow(/length 9.*1 to 8/s);
    expect(() => buildRobertaForMaskedLM(config, { predictions: 9 })).toThrow(/predictions 9/);
  });

  it('goes to Hugging Face and back without a change', async () => {
    const weights = formulaWeights();
    const model = buildRobertaForMaskedLM(config, { length: 8 });
    writeWeights(model, robertaFromHuggingFace(weights, config, 'formula'), 'formula');
    expect(robertaToHuggingFace(await readWeights(model), config)).toEqual(weights);
    model.dispose();
  });
});
