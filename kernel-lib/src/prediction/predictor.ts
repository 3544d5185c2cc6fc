import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { ensureBackend } from '../backend/use-backend.ts';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { FeatureColumns } from '../datasets/standard-scaler.ts';
import type { TargetTransform } from '../datasets/target-transform.ts';
import type { TargetTransforms } from '../datasets/target-transforms.ts';
import { writeWeights } from '../layers/named-weights.ts';
import type { SequenceInput } from '../models/architecture.ts';
import { architecture } from '../models/registry.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import {
  encodeFeatures,
  encodeSequences,
  featureColumns,
  type MissingInputs,
  type SequenceLike,
} from './encode-inputs.ts';
import type { ModelConfig } from './model-config.ts';
import { readModelFolder, type ModelFolder } from './model-folder.ts';
import { checkTokenizer, encodeWithTokenizer, readsTokens } from './model-tokenizer.ts';
import { datasetArrays, datasetTokenIds } from './dataset-arrays.ts';
import { OutputScale } from './output-scale.ts';

export { datasetArrays } from './dataset-arrays.ts';

/** Options of `Predictor.predict`. */
export interface PredictOptions extends LongWorkOptions {
  /** Raw feature columns by name, one value a sequence, NaN where missing. */
  readonly features?: FeatureColumns;
  /** What to do when the model has features and the call has not. Default `error`. */
  readonly missingInputs?: MissingInputs;
  /** Names of the sequences for error messages. */
  readonly names?: readonly string[];
  /** Sequences a batch. Default 128, or 32 of a model that reads tokens. */
  readonly batchSize?: number;
}

/** Options of `Predictor.embed`. */
export interface EmbedOptions extends LongWorkOptions {
  /** Sequences a batch. Default 32. */
  readonly batchSize?: number;
  /** Which network of an ensemble: what their hidden units stand for differs. Default 0. */
  readonly member?: number;
}

/** One vector a sequence. */
export interface Embeddings {
  /** Number of sequences. */
  readonly rows: number;
  /** Length of a vector. */
  readonly size: number;
  /** `rows × size`, row-major. */
  readonly values: Float32Array;
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

/** Number of an output among those of a model or of predictions. */
export function outputIndex(
  { outputs }: { readonly outputs: readonly string[] },
  output: string,
): number {
  const index = outputs.indexOf(output);
  if (index >= 0) return index;
  throw new UsageError({
    where: 'predictions',
    found: `no output '${output}'`,
    fix: suggestion(output, outputs),
  });
}

/** The values of one output. */
export function outputColumn(predictions: Predictions, output: string): Float32Array {
  const { outputs, rows, values } = predictions;
  const index = outputIndex(predictions, output);
  return Float32Array.from({ length: rows }, (_, row) => values[row * outputs.length + index] ?? 0);
}

/**
 * A trained model that predicts from sequences: one network or an ensemble whose predictions are
 * averaged, with the scalers of its training data. A model that reads tokens has its tokenizer and
 * takes sequences of any length, as text in upper or lower case.
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
  readonly #scale: OutputScale;

  private constructor(folder: ModelFolder) {
    this.#folder = folder;
    this.config = folder.config;
    if (readsTokens(folder.config) && folder.tokenizer !== undefined) {
      checkTokenizer(folder.config, folder.tokenizer, 'predictor');
    }
    this.models = this.buildModels('tokens');
    this.#scale = new OutputScale(folder.config);
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

  /**
   * Length of the sequences in bases.
   *
   * @throws UsageError for a model that reads tokens: it has no window of bases, and what changes or
   *   attributes single bases of a window does not fit it
   */
  get length(): number {
    if (readsTokens(this.config)) {
      throw new UsageError({
        where: `model ${this.config.model_type}`,
        found: 'a model that reads tokens of a tokenizer',
        expected: 'a model with a window of bases',
        fix: 'Such models are scored by predict on the changed sequences, which are cut into tokens anew.',
      });
    }
    return this.config.inputs.find(({ kind }) => kind === 'tokens')?.shape[0] ?? 0;
  }

  /** Whether `predict` gives values of the outputs; a model of masked language has `embed` alone. */
  get predictsValues(): boolean {
    return this.models[0]?.outputs[0]?.shape.length === 2;
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

  /** Tokens of an input of a model that reads tokens; undefined where it reads bases. */
  get tokenLength(): number | undefined {
    const input = this.config.inputs.find(({ vocabularySize }) => vocabularySize !== undefined);
    return input?.shape[0];
  }

  /** What cuts sequences into tokens; undefined where the model reads bases. */
  get tokenizer(): Tokenizer | undefined {
    return this.#folder.tokenizer;
  }

  /**
   * What is done to the target before training.
   *
   * @throws UsageError where it differs from output to output: see `targets`
   */
  get target(): TargetTransform {
    return this.#scale.target;
  }

  /** What is done to each target before training; undefined where it is the same for all. */
  get targets(): TargetTransforms | undefined {
    return this.#scale.targets;
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
   * The members with the embeddings of the tokens as a second input, for gradients; whoever asks
   * disposes of them.
   *
   * @throws UsageError for an architecture that reads bases
   */
  buildModelsOnEmbeddings(): tfl.LayersModel[] {
    const { config, members } = this.#folder;
    const { configSchema, buildOnEmbeddings } = architecture(config.model_type);
    if (buildOnEmbeddings === undefined) {
      throw new UsageError({
        where: `model ${config.model_type}`,
        found: 'no embeddings of tokens',
        expected: 'a model that reads tokens',
        fix: "Take buildModels('one-hot') for gradients of bases.",
      });
    }
    const parsed = configSchema.parse(config.architecture);
    return members.map((weights) => {
      const model = buildOnEmbeddings(parsed);
      writeWeights(model, weights, 'model weights');
      return model;
    });
  }

  /**
   * Predicts from sequences: of the model's length, or of any length where it reads tokens. Tokens
   * beyond `tokenLength` are cut off.
   *
   * @throws InputError for a wrong length or missing features; UsageError for a model that predicts no
   *   values, such as one of masked language; InterruptedError when aborted
   */
  async predict(
    sequences: readonly SequenceLike[],
    options: PredictOptions = {},
  ): Promise<Predictions> {
    const { features, missingInputs = 'error', names } = options;
    const tokens = this.#encode(sequences, names);
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
    if (readsTokens(this.config)) {
      const ids = datasetTokenIds(dataset, this.config);
      return this.#predictArrays(ids, undefined, dataset.length, options);
    }
    const { tokens, features } = datasetArrays(dataset, this.config);
    return this.#predictArrays(tokens, features, dataset.length, options);
  }

  /**
   * One vector a sequence: what the output layer computes its values from; of a model of masked
   * language the mean of the hidden states over the tokens.
   *
   * @throws UsageError for an architecture without such a layer
   */
  async embed(sequences: readonly SequenceLike[], options: EmbedOptions = {}): Promise<Embeddings> {
    checkOptionNames(options, ['batchSize', 'member', 'signal', 'progress'], 'embed');
    const { batchSize = 32, member = 0, signal, progress } = options;
    checkBatchSize(batchSize);
    const { embedder, configSchema } = architecture(this.config.model_type);
    const model = this.models[member];
    if (embedder === undefined || model === undefined) {
      throw new UsageError({
        where: `model ${this.config.model_type}, embed`,
        found: embedder === undefined ? 'no embeddings' : `member ${String(member)}`,
        expected:
          embedder === undefined
            ? 'a model that reads tokens'
            : `a number from 0 to ${String(this.models.length - 1)}`,
      });
    }
    const ids = this.#encode(sequences, undefined);
    // It shares the layers of the model, which are freed with that.
    const network = embedder(model, configSchema.parse(this.config.architecture));
    const size = network.outputs[0]?.shape.at(-1) ?? 0;
    const rows = sequences.length;
    const values = new Float32Array(rows * size);
    const length = rows === 0 ? 0 : ids.length / rows;
    for (let start = 0; start < rows; start += batchSize) {
      throwIfAborted(signal, 'embedding');
      const end = Math.min(rows, start + batchSize);
      const batch = tf.tidy(() => {
        const part = Int32Array.from(ids.subarray(start * length, end * length));
        return network.apply(tf.tensor2d(part, [end - start, length], 'int32')) as tf.Tensor2D;
      });
      values.set(await batch.data(), start * size);
      batch.dispose();
      progress?.({ task: 'embedding', done: end, total: rows, unit: 'sequences' });
      await yieldToEventLoop();
    }
    return { rows, size, values };
  }

  /** Bases of sequences of the window's length, or token ids. */
  #encode(
    sequences: readonly SequenceLike[],
    names: readonly string[] | undefined,
  ): Uint8Array | Int32Array {
    const { tokenLength } = this;
    return tokenLength === undefined
      ? encodeSequences(sequences, this.length, names)
      : encodeWithTokenizer(sequences, this.tokenizer, this.config, tokenLength);
  }

  /**
   * Raw outputs of one batch on the scale of training, averaged over the members.
   *
   * @param tokens `rows × length` bases, or token ids
   * @param features `rows × columns`, scaled
   */
  predictBatch(
    tokens: Uint8Array | Int32Array,
    features: Float32Array | undefined,
    rows: number,
  ): tf.Tensor2D {
    const length = this.tokenLength ?? this.length;
    return tf.tidy(() => {
      const inputs: tf.Tensor[] = [tf.tensor2d(Int32Array.from(tokens), [rows, length], 'int32')];
      if (features !== undefined) {
        inputs.push(tf.tensor2d(features, [rows, features.length / rows]));
      }
      const outputs = this.models.map((model) => model.apply(inputs) as tf.Tensor2D);
      return averageOf(outputs);
    });
  }

  async #predictArrays(
    tokens: Uint8Array | Int32Array,
    features: Float32Array | undefined,
    rows: number,
    options: Pick<PredictOptions, 'batchSize'> & LongWorkOptions,
  ): Promise<Predictions> {
    const { outputs, tokenLength } = this;
    const { batchSize = tokenLength === undefined ? 128 : 32, signal, progress } = options;
    checkBatchSize(batchSize);
    this.#requireValues();
    const length = tokenLength ?? this.length;
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
      values.set(this.#scale.predictions(raw), start * outputs.length);
      progress?.({ task: 'prediction', done: end, total: rows, unit: 'sequences' });
      await yieldToEventLoop();
    }
    return { outputs, rows, values };
  }

  /** Throws where the network gives something else than values of the outputs. */
  #requireValues(): void {
    if (this.predictsValues) return;
    throw new UsageError({
      where: `model ${this.config.model_type}, predict`,
      found: 'a network that gives a score for each token of the vocabulary at each position',
      expected: 'a network that predicts values',
      fix: 'Take embed for vectors, or fine-tune the network on values (task regression).',
    });
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

function checkBatchSize(size: number): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new UsageError({
    where: 'prediction, batchSize',
    found: String(size),
    expected: 'a whole number of at least 1',
  });
}
