import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { ensureBackend } from '../backend/use-backend.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { FeatureColumns } from '../datasets/standard-scaler.ts';
import { TargetTransform } from '../datasets/target-transform.ts';
import { writeWeights } from '../layers/named-weights.ts';
import type { SequenceInput } from '../models/architecture.ts';
import { architecture } from '../models/registry.ts';
import {
  encodeFeatures,
  encodeSequences,
  featureColumns,
  type MissingInputs,
  type SequenceLike,
} from './encode-inputs.ts';
import type { ModelConfig } from './model-config.ts';
import { readModelFolder, type ModelFolder } from './model-folder.ts';

/** Options of `Predictor.predict`. */
export interface PredictOptions extends LongWorkOptions {
  /** Raw feature columns by name, one value a sequence, NaN where missing. */
  readonly features?: FeatureColumns;
  /** What to do when the model has features and the call has not. Default `error`. */
  readonly missingInputs?: MissingInputs;
  /** Names of the sequences for error messages. */
  readonly names?: readonly string[];
  /** Sequences a batch. Default 128. */
  readonly batchSize?: number;
}

/** Predicted values. */
export interface Predictions {
  /** Names of the outputs. */
  readonly outputs: readonly string[];
  /** Number of sequences. */
  readonly rows: number;
  /** `rows × outputs`, row-major, on the scale of the training target (say log10). */
  readonly values: Float32Array;
}

/** The values of one output. */
export function outputColumn(predictions: Predictions, output: string): Float32Array {
  const { outputs, rows, values } = predictions;
  const index = outputs.indexOf(output);
  if (index < 0) {
    throw new UsageError({
      where: 'predictions',
      found: `no output '${output}'`,
      fix: suggestion(output, outputs),
    });
  }
  return Float32Array.from({ length: rows }, (_, row) => values[row * outputs.length + index] ?? 0);
}

/**
 * A trained model that predicts from sequences: one network or an ensemble whose predictions are
 * averaged, with the scalers of its training data.
 *
 * @example
 * const model = await Predictor.load('runs/quickstart/model');
 * const { values } = await model.predict([promoter], { missingInputs: 'mean' });
 * model.dispose();
 */
export class Predictor {
  readonly config: ModelConfig;
  /** The networks, plain TensorFlow.js layers models. */
  readonly models: readonly tfl.LayersModel[];
  readonly #folder: ModelFolder;
  readonly #target: TargetTransform;

  private constructor(folder: ModelFolder) {
    this.#folder = folder;
    this.config = folder.config;
    this.models = this.buildModels('tokens');
    this.#target = TargetTransform.fromJSON(
      folder.config.preprocessing.target ?? {
        transform: 'none',
        pseudocount: 0,
        mean: 0,
        standardDeviation: 1,
      },
    );
  }

  /**
   * Loads a model folder.
   *
   * @throws InputError naming the folder when its files do not fit each other
   */
  static async load(folder: string): Promise<Predictor> {
    const files = await readModelFolder(folder);
    await ensureBackend();
    try {
      return new Predictor(files);
    } catch (error) {
      if (!(error instanceof InputError || error instanceof UsageError)) throw error;
      const { where, ...details } = error.details;
      throw new InputError({ where: `${folder}, ${where}`, ...details }, { cause: error });
    }
  }

  /** A predictor from the parts of a model folder. */
  static async from(folder: ModelFolder): Promise<Predictor> {
    await ensureBackend();
    return new Predictor(folder);
  }

  /** Length of the sequences in bases. */
  get length(): number {
    return this.config.inputs.find(({ kind }) => kind === 'tokens')?.shape[0] ?? 0;
  }

  /** Names of the outputs. */
  get outputs(): string[] {
    return this.config.outputs.map(({ name }) => name);
  }

  /** Names of the raw feature columns, in order; empty for a model of sequence alone. */
  get features(): string[] {
    const input = this.config.inputs.find(({ kind }) => kind === 'features');
    return input === undefined ? [] : featureColumns(this.config, input.name);
  }

  /** What is done to the target before training. */
  get target(): TargetTransform {
    return this.#target;
  }

  /** The parts that `writeModelFolder` writes. */
  get folder(): ModelFolder {
    return this.#folder;
  }

  /** Builds the members anew with their weights; whoever asks disposes of them. */
  buildModels(sequenceInput: SequenceInput): tfl.LayersModel[] {
    const { config, members } = this.#folder;
    const { configSchema, build } = architecture(config.model_type);
    const parsed = configSchema.parse(config.architecture);
    return members.map((weights) => {
      const model = build(parsed, { sequenceInput });
      writeWeights(model, weights, 'model weights');
      return model;
    });
  }

  /**
   * Predicts from sequences of the model's length.
   *
   * @throws InputError for a wrong length or missing features; InterruptedError when aborted
   */
  async predict(
    sequences: readonly SequenceLike[],
    options: PredictOptions = {},
  ): Promise<Predictions> {
    const { features, missingInputs = 'error', names } = options;
    const tokens = encodeSequences(sequences, this.length, names);
    const input = this.config.inputs.find(({ kind }) => kind === 'features');
    if (input === undefined && features !== undefined && Object.keys(features).length > 0) {
      throw new UsageError({
        where: 'features',
        found: `columns ${Object.keys(features).join(', ')}`,
        expected: 'none: this model predicts from sequence alone',
      });
    }
    const scaled =
      input === undefined
        ? undefined
        : encodeFeatures(this.config, input.name, features, sequences.length, missingInputs);
    return this.#predictArrays(tokens, scaled, sequences.length, options);
  }

  /** Predicts the examples of a dataset, whose features are scaled already. */
  async predictDataset(
    dataset: Dataset,
    options: Pick<PredictOptions, 'batchSize' | 'signal' | 'progress'> = {},
  ): Promise<Predictions> {
    const { tokens, features } = datasetArrays(dataset, this.config);
    return this.#predictArrays(tokens, features, dataset.length, options);
  }

  /**
   * Raw outputs of one batch on the scale of training, averaged over the members.
   *
   * @param tokens `rows × length`
   * @param features `rows × columns`, scaled
   */
  predictBatch(tokens: Uint8Array, features: Float32Array | undefined, rows: number): tf.Tensor2D {
    return tf.tidy(() => {
      const inputs: tf.Tensor[] = [
        tf.tensor2d(Int32Array.from(tokens), [rows, this.length], 'int32'),
      ];
      if (features !== undefined) {
        inputs.push(tf.tensor2d(features, [rows, features.length / rows]));
      }
      const outputs = this.models.map((model) => model.apply(inputs) as tf.Tensor2D);
      return averageOf(outputs);
    });
  }

  async #predictArrays(
    tokens: Uint8Array,
    features: Float32Array | undefined,
    rows: number,
    { batchSize = 128, signal, progress }: Pick<PredictOptions, 'batchSize'> & LongWorkOptions,
  ): Promise<Predictions> {
    const { length, outputs } = this;
    const width = rows === 0 ? 0 : (features?.length ?? 0) / rows;
    const values = new Float32Array(rows * outputs.length);
    for (let start = 0; start < rows; start += batchSize) {
      throwIfAborted(signal, 'prediction');
      const end = Math.min(rows, start + batchSize);
      const batch = this.predictBatch(
        tokens.subarray(start * length, end * length),
        features?.subarray(start * width, end * width),
        end - start,
      );
      const raw = await batch.data();
      batch.dispose();
      values.set(this.#target.unstandardise(raw), start * outputs.length);
      progress?.({ task: 'prediction', done: end, total: rows, unit: 'sequences' });
      await yieldToEventLoop();
    }
    return { outputs, rows, values };
  }

  /** Frees the weights. */
  dispose(): void {
    for (const model of this.models) model.dispose();
  }
}

/** Mean of the members' outputs. */
export function averageOf<T extends tf.Tensor>(outputs: readonly T[]): T {
  const [first] = outputs;
  if (outputs.length === 1 && first !== undefined) return first;
  return tf.div(tf.addN([...outputs]), outputs.length);
}

/** Tokens and scaled features of all examples, in the order of the model's inputs. */
export function datasetArrays(
  dataset: Dataset,
  config: ModelConfig,
): { tokens: Uint8Array; features: Float32Array | undefined } {
  const [sequence, other] = ['tokens', 'features'].map((kind) =>
    config.inputs.find((input) => input.kind === kind),
  );
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const tokenSize = size(sequence?.shape ?? [0]);
  const featureSize = size(other?.shape ?? [0]);
  const tokens = new Uint8Array(dataset.length * tokenSize);
  const features = other === undefined ? undefined : new Float32Array(dataset.length * featureSize);
  for (const input of [sequence, other]) {
    if (input !== undefined && dataset.inputs[input.name] === undefined) {
      throw new UsageError({
        where: 'dataset',
        found: `no input '${input.name}'`,
        expected: `the inputs of the model: ${config.inputs.map(({ name }) => name).join(', ')}`,
        fix: suggestion(input.name, Object.keys(dataset.inputs)),
      });
    }
  }
  for (let index = 0; index < dataset.length; index++) {
    const { inputs } = dataset.example(index);
    const bases = inputs[sequence?.name ?? ''];
    if (bases?.length !== tokenSize) {
      throw new UsageError({
        where: `dataset, example ${index}`,
        found: `${bases?.length ?? 0} bases`,
        expected: `${tokenSize}, the window of the model`,
      });
    }
    tokens.set(bases, index * tokenSize);
    if (other !== undefined) features?.set(inputs[other.name] ?? [], index * featureSize);
  }
  return { tokens, features };
}
