import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { FeatureColumns } from '../datasets/standard-scaler.ts';
import {
  encodeFeatures,
  encodeSequences,
  type MissingInputs,
  type SequenceLike,
} from '../prediction/encode-inputs.ts';
import { averageOf, datasetArrays, type Predictor } from '../prediction/predictor.ts';
import { LocalEnsemble } from './local-ensemble.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** A scorer together with the sequences that it explains. */
export interface PredictorScorer extends SequenceScorer {
  /** Tokens of each explained example. */
  readonly sequences: readonly Uint8Array[];
  /** Frees the networks that take one-hot input. */
  dispose(): void;
}

/** Examples to explain and the output that is explained. */
export interface ScorerOptions {
  /** Output whose value is explained. Default: the first. */
  readonly output?: string;
}

/** Sequences to explain, with the raw feature columns that stay fixed. */
export interface SequencesToExplain extends ScorerOptions {
  readonly sequences: readonly SequenceLike[];
  readonly features?: FeatureColumns;
  /** Default `error`. */
  readonly missingInputs?: MissingInputs;
  readonly names?: readonly string[];
}

function outputIndex(predictor: Predictor, output: string | undefined): number {
  if (output === undefined) return 0;
  const index = predictor.outputs.indexOf(output);
  if (index >= 0) return index;
  throw new UsageError({
    where: 'scorer',
    found: `no output '${output}'`,
    fix: suggestion(output, predictor.outputs),
  });
}

/** Scores are on the scale of the target (say log10): the ensemble's mean, standardisation undone. */
function makeScorer(
  predictor: Predictor,
  tokens: Uint8Array,
  features: Float32Array | undefined,
  examples: number,
  output: number,
): PredictorScorer {
  const { length } = predictor;
  const width = examples === 0 ? 0 : (features?.length ?? 0) / examples;
  const { standardDeviation, mean } = predictor.target;
  const twins = predictor.buildModels('one-hot');

  const rowFeatures = (rows: readonly number[]): Float32Array | undefined => {
    if (features === undefined) return undefined;
    const values = new Float32Array(rows.length * width);
    rows.forEach((row, index) => {
      values.set(features.subarray(row * width, (row + 1) * width), index * width);
    });
    return values;
  };

  const sequenceInput = predictor.config.inputs.findIndex(({ kind }) => kind === 'tokens');
  const ensemble = LocalEnsemble.of(predictor.models, sequenceInput);

  return {
    length,
    ...(ensemble === undefined
      ? {}
      : {
          async scoreSubstitutions(request, options) {
            const values = rowFeatures(request.rows);
            const others = new Map(values === undefined ? [] : [[1 - sequenceInput, values]]);
            const scoring = { ...request, length, others, output };
            const { references, scores } = await ensemble.score(scoring, options);
            const rescale = (value: number): number => value * standardDeviation + mean;
            return { references: references.map(rescale), scores: scores.map(rescale) };
          },
        }),
    sequences: Array.from({ length: examples }, (_, index) =>
      tokens.subarray(index * length, (index + 1) * length),
    ),
    scoreOneHot(oneHot, rows) {
      return tf.tidy(() => {
        const inputs: tf.Tensor[] = [oneHot];
        const values = rowFeatures(rows);
        if (values !== undefined) inputs.push(tf.tensor2d(values, [rows.length, width]));
        const outputs = averageOf(twins.map((model) => model.apply(inputs) as tf.Tensor2D));
        const column = tf.reshape(tf.slice(outputs, [0, output], [rows.length, 1]), [-1]);
        return tf.add(tf.mul(column, standardDeviation), mean) as tf.Tensor1D;
      });
    },
    async scoreTokens(batch, rows) {
      const outputs = predictor.predictBatch(batch, rowFeatures(rows), rows.length);
      const columns = outputs.shape[1];
      const values = await outputs.data();
      outputs.dispose();
      return Float32Array.from(
        rows,
        (_, row) => (values[row * columns + output] ?? 0) * standardDeviation + mean,
      );
    },
    dispose() {
      for (const model of twins) model.dispose();
    },
  };
}

/** The predictor as a function of the sequences of a dataset's examples, their features fixed. */
export function datasetScorer(
  predictor: Predictor,
  dataset: Dataset,
  options: ScorerOptions = {},
): PredictorScorer {
  const { tokens, features } = datasetArrays(dataset, predictor.config);
  const output = outputIndex(predictor, options.output);
  return makeScorer(predictor, tokens, features, dataset.length, output);
}

/** The predictor as a function of given sequences. */
export function sequenceScorer(predictor: Predictor, options: SequencesToExplain): PredictorScorer {
  const { sequences, features, missingInputs = 'error', names } = options;
  const tokens = encodeSequences(sequences, predictor.length, names);
  const input = predictor.config.inputs.find(({ kind }) => kind === 'features');
  const scaled =
    input === undefined
      ? undefined
      : encodeFeatures(predictor.config, input.name, features, sequences.length, missingInputs);
  const output = outputIndex(predictor, options.output);
  return makeScorer(predictor, tokens, scaled, sequences.length, output);
}
