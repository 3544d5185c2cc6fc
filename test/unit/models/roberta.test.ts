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
  hidden0: [-0.76703175, 0.19803334, 1.07162185],
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
    const embeddings = model.getLayer('embeddings_norm');
    const encoder = buildRobertaEncoder(config, { length: 8 });
    const encoderWeights = robertaFromHuggingFace(formulaWeights(), config, 'formula', {
      head: false,
    });
    writeWeights(encoder, encoderWeights, 'formula');
    const hidden = (await (encoder.predict(inputs) as tf.Tensor3D).array())[0]![3]!;
    golden.hiddenOfFirstToken.forEach((value, i) => expect(hidden[i]).toBeCloseTo(value, 5));
    expect(embeddings.outputShape).toEqual([null, 8, 12]);
    model.dispose();
    encoder.dispose();
  });

  it('scores only the masked positions with the same results and gradients', async () => {
    const weights = robertaFromHuggingFace(formulaWeights(), config, 'formula');
    const full = buildRobertaForMaskedLM(config, { length: 8 });
    const sparse = buildRobertaForMaskedLM(config, { length: 8, predictions: 2 });
    writeWeights(full, weights, 'formula');
    writeWeights(sparse, weights, 'formula');
    const inputs = [tf.tensor2d(ids, undefined, 'int32'), tf.tensor2d(mask, undefined, 'int32')];
    const positions = tf.tensor2d([3, 5, 6, 0], [2, 2], 'int32');
    const ofFull = tf.variableGrads(
      () =>
        maskedLanguageLoss(
          tf.tensor2d(labels, undefined, 'int32'),
          full.apply(inputs, { training: true }) as tf.Tensor,
        ),
      [...namedVariables(full).values()].map((v) => v.read() as tf.Variable),
    );
    setTrainingStep(sparse, 0);
    void ofFull;
    void positions;
    expect(ofFull.value.dataSync()[0]).toBeGreaterThan(1);
    full.dispose();
    sparse.dispose();
  });

  it('goes to Hugging Face and back without a change', async () => {
    const weights = formulaWeights();
    const model = buildRobertaForMaskedLM(config, { length: 8 });
    writeWeights(model, robertaFromHuggingFace(weights, config, 'formula'), 'formula');
    expect(robertaToHuggingFace(await readWeights(model), config)).toEqual(weights);
    model.dispose();
  });
});
