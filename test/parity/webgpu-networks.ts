// The networks of this library in sizes that a processor renders in seconds, and what a user does
// with them, for a comparison of two backends.
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../../kernel-lib/src/core/random.ts';
import type { Dataset, Example } from '../../kernel-lib/src/datasets/dataset.ts';
import { deepLift } from '../../kernel-lib/src/interpretation/deep-lift.ts';
import { gradientTimesInput } from '../../kernel-lib/src/interpretation/gradients.ts';
import { integratedGradients } from '../../kernel-lib/src/interpretation/integrated-gradients.ts';
import { saturationMutagenesis } from '../../kernel-lib/src/interpretation/mutagenesis.ts';
import { datasetScorer } from '../../kernel-lib/src/interpretation/predictor-scorer.ts';
import { readWeights } from '../../kernel-lib/src/layers/named-weights.ts';
import type { PromoterRegionsConfig } from '../../kernel-lib/src/models/promoter-regions.ts';
import { architecture, architectureNames } from '../../kernel-lib/src/models/registry.ts';
import type { XpressoConfig } from '../../kernel-lib/src/models/xpresso.ts';
import { Predictor } from '../../kernel-lib/src/prediction/predictor.ts';
import { trainModel } from '../../kernel-lib/src/training/train-model.ts';
import type { TrainModelOptions } from '../../kernel-lib/src/training/training-call.ts';

/** Numbers by what they are. */
export type Numbers = Record<string, Float32Array>;

const few = (count: number): number => Math.max(2, Math.round(count / 8));

/** Makes a preset smaller; kinds and number of its layers stay as they are. */
const reduced: Readonly<Record<string, (config: Record<string, unknown>) => object>> = {
  xpresso: (config) => {
    const { convolutions, dense, ...rest } = config as unknown as XpressoConfig;
    const small = convolutions.map((each) => ({ ...each, filters: few(each.filters) }));
    const positions = small.reduce((product, { pool }) => product * pool, 1);
    return {
      ...rest,
      convolutions: small,
      dense: dense.map((each) => ({ ...each, units: few(each.units) })),
      length: 2 * positions + 7,
    };
  },
  'promoter-regions': (config) => {
    const { regions, length, dense, ...rest } = config as unknown as PromoterRegionsConfig;
    return {
      ...rest,
      dense: { ...dense, units: few(dense.units) },
      length: Math.round(length / 2),
      regions: regions.map((region) => ({
        ...region,
        start: Math.round(region.start / 2),
        end: Math.round(region.end / 2),
        filters: few(region.filters),
        second: { ...region.second, filters: few(region.second.filters), pool: 2 },
      })),
    };
  },
};

const [TOKENS, VOCABULARY, HIDDEN, PADDING, MASK] = [24, 40, 4, 1, 4];

/** Encoders over tokens, by architecture. */
const encoders: Readonly<Record<string, object>> = {
  roberta: { max_position_embeddings: TOKENS + 2, type_vocab_size: 1 },
  bert: { max_position_embeddings: TOKENS },
  esm: { mask_token_id: MASK, token_dropout: true, position_embedding_type: 'rotary' },
};

/** Presets of encoders differ in size alone; what they are trained for changes the network. */
const tasks = ['masked-language', 'regression'];

function encoderConfig(type: string, task: string): object {
  return {
    length: TOKENS,
    task,
    outputs: ['expression'],
    ...(task === 'masked-language' ? { predictions: HIDDEN } : {}),
    encoder: {
      ...{ vocab_size: VOCABULARY, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2 },
      ...{ intermediate_size: 32, hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1 },
      ...{ pad_token_id: PADDING, ...encoders[type] },
    },
  };
}

/**
 * Every preset of these architectures as `architecture preset`, of equal ones the first; and the
 * encoders as `architecture task`.
 */
export const networkNames: string[] = Object.keys(reduced)
  .flatMap((type): string[] => {
    const presets = Object.entries(architecture(type).presets).map(
      ([preset, config]) => [JSON.stringify(config), `${type} ${preset}`] as const,
    );
    return [...new Map(presets.reverse()).values()].reverse();
  })
  .concat(Object.keys(encoders).flatMap((type) => tasks.map((task) => `${type} ${task}`)));

/** Architectures for which nothing here says how they are made smaller. */
export const networksToDo = architectureNames().filter(
  (type) => !(type in reduced || type in encoders),
);

function network(name: string) {
  const [type = '', preset = ''] = name.split(' ');
  const found = architecture(type);
  if (type in encoders) {
    return { type, found, config: found.configSchema.parse(encoderConfig(type, preset)) };
  }
  const reduce = reduced[type];
  if (reduce === undefined) throw new Error(`nothing says how '${type}' is made smaller`);
  const config = found.configSchema.parse(
    reduce(structuredClone(found.presets[preset]) as Record<string, unknown>),
  );
  return { type, found, config };
}

function randomDataset(inputs: Dataset['inputs'], length: number): Dataset {
  const random = new Random(7);
  const examples = Array.from({ length }, (_, index): Example => {
    const values = Object.entries(inputs).map(([name, { kind, shape }]) => {
      const size = { length: shape[0]! };
      return [
        name,
        kind === 'tokens'
          ? // One base in 20 is unknown
            Uint8Array.from(size, () => (random.integer(20) === 0 ? 4 : random.integer(4)))
          : Float32Array.from(size, () => random.normal()),
      ] as const;
    });
    return {
      id: `e${String(index)}`,
      inputs: Object.fromEntries(values),
      target: Float32Array.of(random.normal()),
    };
  });
  return datasetOf(examples, inputs, 'expression');
}

function datasetOf(rows: readonly Example[], inputs: Dataset['inputs'], target: string): Dataset {
  return {
    length: rows.length,
    inputs,
    targetNames: [target],
    ids: rows.map(({ id }) => id),
    example: (index) => rows[index]!,
    subset: (indices) =>
      datasetOf(
        Array.from(indices, (index) => rows[index]!),
        inputs,
        target,
      ),
  };
}

/** Rows of tokens that end in padding, of which some are hidden. */
function tokenDataset(inputs: Dataset['inputs'], length: number): Dataset {
  const random = new Random(7);
  const isLanguage = 'masked_positions' in inputs;
  const examples = Array.from({ length }, (_, index): Example => {
    const ids = Int32Array.from({ length: TOKENS }, (__, at) =>
      at < TOKENS - index ? 5 + random.integer(VOCABULARY - 5) : PADDING,
    );
    const id = `e${String(index)}`;
    if (!isLanguage) {
      return { id, inputs: { input_ids: ids }, target: Float32Array.of(random.normal()) };
    }
    const positions = Int32Array.from({ length: HIDDEN }, (__, at) => 3 * at + 1);
    const target = Float32Array.from(positions, (at) => ids[at] ?? 0);
    for (const at of positions) ids[at] = MASK;
    return { id, inputs: { input_ids: ids, masked_positions: positions }, target };
  });
  return datasetOf(examples, inputs, isLanguage ? 'token' : 'expression');
}

function setUp(name: string) {
  const { type, found, config } = network(name);
  const inputs = found.inputs(config);
  const make = type in encoders ? tokenDataset : randomDataset;
  const dataset = make(
    Object.fromEntries(inputs.map(({ name: key, kind, shape }) => [key, { kind, shape }])),
    8,
  );
  return { type, config, inputs, dataset, model: found.build(config, { seed: 3 }) };
}

/** Trains a network for four steps with all that changes weights. */
export async function train(
  name: string,
  more: Pick<TrainModelOptions, 'folder' | 'resume' | 'onEpoch' | 'signal'> = {},
): Promise<Numbers> {
  const { model, inputs, dataset } = setUp(name);
  const { history } = await trainModel({
    model,
    train: dataset,
    validation: dataset.subset([0, 1, 2, 3]),
    inputNames: inputs.map((input) => input.name),
    options: {
      epochs: 2,
      batchSize: 4,
      optimizer: 'adam',
      ...(name.endsWith('masked-language') ? { loss: 'masked-language' } : {}),
      ema: { decay: 0.9 },
      clip: { globalNorm: 1 },
    },
    ...more,
  });
  // Softmax does not see what is added to all scores of a row: the gradient of the bias of keys is zero
  // but for rounding, of which Adam makes whole steps.
  const weights = Object.entries(await readWeights(model))
    .filter(([key]) => !key.endsWith('attention/key/bias'))
    .map(([key, { data }]) => [key, data.slice()] as const);
  model.dispose();
  return {
    ...Object.fromEntries(weights),
    'training loss': Float32Array.from(history, ({ trainLoss }) => trainLoss),
    'validation loss': Float32Array.from(history, ({ validationLoss }) => validationLoss ?? NaN),
  };
}

/** Predicts with a network and explains what it predicts. */
export async function explain(name: string): Promise<Numbers> {
  const { type, config, inputs, dataset, model } = setUp(name);
  const random = new Random(5);
  // Fresh weights are zeros in the last layer, which would make everything zero.
  const weights = Object.fromEntries(
    Object.entries(await readWeights(model)).map(([key, { shape, data }]) => [
      key,
      { shape, data: data.map((weight) => weight + 0.1 * random.normal()) },
    ]),
  );
  model.dispose();
  const predictor = await Predictor.from({
    config: {
      library: 'tatabox',
      library_version: '0.1.0',
      model_type: type,
      architecture: config as Record<string, unknown>,
      members: 1,
      alphabet: { letters: 'ACGT', unknown: 'zero' },
      inputs: inputs.map((input) => ({ ...input, shape: [...input.shape] })),
      outputs: [{ name: 'expression' }],
      preprocessing: {},
    },
    members: [weights],
  });
  const scorer = datasetScorer(predictor, dataset);
  const tokens = scorer.sequences.slice(0, 2);
  const [start, end] = [predictor.length - 30, predictor.length - 25];
  const results: Numbers = {
    prediction: (await predictor.predictDataset(dataset)).values,
    gradient: (await gradientTimesInput(scorer, tokens)).scores,
    'integrated gradients': (
      await integratedGradients(scorer, tokens, { reference: 'uniform', steps: 4 })
    ).scores,
    DeepLIFT: (await deepLift(scorer, tokens, { references: 2 })).scores,
    mutagenesis: (await saturationMutagenesis(scorer, tokens, { start, end })).effects,
  };
  scorer.dispose();
  predictor.dispose();
  return results;
}

/** Runs something and checks that it leaves no tensor behind. */
export async function withoutLeak<T>(work: () => Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await work();
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${String(left)} tensors were left behind`);
  return result;
}
