import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { longWorkOf, yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { maskedMean } from '../layers/masked-mean.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import type { Embeddings, Predictor } from '../prediction/predictor.ts';
import { checkCount } from './examples.ts';
import { isLetterToken, tokeniseSequences, tokenModel } from './token-model.ts';

/**
 * From what the vector of a sequence is made: `head` is what the output layer computes its values
 * from; `mean` the mean of the hidden states of a layer over the tokens of letters; `start` the hidden
 * state of the first token.
 */
export type EmbeddingPooling = 'head' | 'mean' | 'start';

/** Names of the poolings. */
export const embeddingPoolings: readonly EmbeddingPooling[] = Object.freeze([
  'head',
  'mean',
  'start',
]);

/** Options of `embedSequences`. */
export interface EmbedSequencesOptions extends LongWorkOptions {
  /** Default `head`. */
  readonly pooling?: EmbeddingPooling;
  /**
   * Layer whose hidden states are taken, of `mean` and `start`: 0 for the embeddings, 1 for those
   * behind the first layer and so on; negative from the end, −1 being the last. Default −1. The study
   * of FloraBERT took −2.
   */
  readonly layer?: number;
  /** Which network of an ensemble. Default 0. */
  readonly member?: number;
  /** Sequences that enter the model at once. Default 32. */
  readonly batchSize?: number;
}

const optionNames = ['pooling', 'layer', 'member', 'batchSize', 'signal', 'progress'];
const where = 'embedding';

/** What is checked before any sequence is read. */
export function checkEmbedOptions(predictor: Predictor, options: EmbedSequencesOptions): void {
  checkOptionNames(options, optionNames, where);
  const { pooling = 'head', batchSize = 32, member = 0 } = options;
  if (!embeddingPoolings.includes(pooling)) {
    throw new UsageError({
      where: `${where}, pooling`,
      found: `'${String(pooling)}'`,
      expected: embeddingPoolings.join(', '),
      fix: suggestion(String(pooling), embeddingPoolings),
    });
  }
  if (pooling === 'head' && options.layer !== undefined) {
    throw new UsageError({
      where: `${where}, layer`,
      found: `layer ${String(options.layer)} with pooling head`,
      expected: 'pooling mean or start, which take the hidden states of a layer',
    });
  }
  checkCount(batchSize, 1, 'batchSize', where);
  tokenModel(predictor, where);
  const model = predictor.models[member];
  if (model === undefined) {
    throw new UsageError({
      where: `${where}, member`,
      found: String(member),
      expected: `a whole number from 0 to ${String(predictor.models.length - 1)}`,
    });
  }
  if (pooling !== 'head') hiddenStates(model, options.layer ?? -1);
}

/**
 * One vector a sequence. Padding takes no part in it, nor do start and end in `mean`; a sequence
 * without any token has zeros there.
 *
 * @throws UsageError for a model that reads bases, or a bad option; InterruptedError when aborted
 * @example
 * const { rows, size, values } = await embedSequences(model, promoters, { pooling: 'mean' });
 */
export async function embedSequences(
  predictor: Predictor,
  sequences: readonly SequenceLike[],
  options: EmbedSequencesOptions = {},
): Promise<Embeddings> {
  checkEmbedOptions(predictor, options);
  const { pooling = 'head', layer = -1, member = 0, batchSize = 32, signal, progress } = options;
  const longWork = longWorkOf({ signal, progress });
  if (pooling === 'head') {
    return predictor.embed(sequences, { batchSize, member, ...longWork });
  }
  const { length } = tokenModel(predictor, where);
  const model = predictor.models[member] as tfl.LayersModel;
  const hidden = hiddenStates(model, layer);
  // It shares the layers of the model, which are freed with that.
  const network = tfl.model({ inputs: model.inputs[0] as tfl.SymbolicTensor, outputs: hidden });
  const size = hidden.shape.at(-1) ?? 0;
  const values = new Float32Array(sequences.length * size);
  for (let first = 0; first < sequences.length; first += batchSize) {
    throwIfAborted(signal, where);
    const rows = tokeniseSequences(predictor, sequences.slice(first, first + batchSize), where);
    const ids = new Int32Array(rows.length * length);
    const counted = new Float32Array(rows.length * length);
    rows.forEach((row, i) => {
      ids.set(row.ids, i * length);
      if (pooling === 'start') counted[i * length + row.start] = 1;
      else {
        for (let entry = row.start; entry < row.end; entry++) {
          if (isLetterToken(row, entry)) counted[i * length + entry] = 1;
        }
      }
    });
    const pooled = tf.tidy(() => {
      const shape: [number, number] = [rows.length, length];
      const states = network.apply(tf.tensor2d(ids, shape, 'int32')) as tf.Tensor3D;
      return maskedMean(states, tf.tensor2d(counted, shape));
    });
    try {
      values.set(await pooled.data(), first * size);
    } finally {
      pooled.dispose();
    }
    const done = first + rows.length;
    progress?.({ task: where, done, total: sequences.length, unit: 'sequences' });
    await yieldToEventLoop();
  }
  return { rows: sequences.length, size, values };
}

/**
 * Hidden states of a layer, numbered as `hidden_states` of Hugging Face's transformers are.
 *
 * @throws UsageError for a layer that the network has not
 */
export function hiddenStates(model: tfl.LayersModel, layer: number): tfl.SymbolicTensor {
  const output = (name: string): tfl.SymbolicTensor | undefined =>
    model.layers.find((each) => each.name === name)?.output as tfl.SymbolicTensor | undefined;
  const first = (names: readonly string[]): tfl.SymbolicTensor | undefined =>
    names.map(output).find((each) => each !== undefined);
  const states = [
    first(['embeddings_dropout', 'embeddings_padding', 'embeddings_norm', 'embeddings']),
  ];
  for (;;) {
    // Networks that normalise behind a layer, and those (ESM) that normalise in front of the next.
    const name = `layer_${String(states.length - 1)}_output`;
    const next = first([`${name}_norm`, `${name}_residual`]);
    if (next === undefined) break;
    states.push(next);
  }
  const layers = states.length - 1;
  const last = output('encoder_norm');
  if (last !== undefined) states[layers] = last;
  const found = Number.isInteger(layer) ? states.at(layer) : undefined;
  if (found !== undefined && Math.abs(layer) <= layers + (layer < 0 ? 1 : 0)) return found;
  throw new UsageError({
    where: `${where}, layer`,
    found: String(layer),
    expected: `a whole number from ${String(-layers - 1)} to ${String(layers)}`,
  });
}
