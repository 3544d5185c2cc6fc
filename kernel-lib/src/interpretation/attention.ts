import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { linear } from '../layers/linear.ts';
import { readWeights, type WeightsByName } from '../layers/named-weights.ts';
import { rotaryAngles, rotaryPositions } from '../layers/rotary-positions.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { checkCount } from './examples.ts';
import { tokeniseSequences, tokenModel, truncationWarnings } from './token-model.ts';

/** Options of `attentionMaps`. */
export interface AttentionOptions extends LongWorkOptions {
  /** Which network of an ensemble. Default 0. */
  readonly member?: number;
}

/** How much each token of a sequence attends to each other, in every layer and head. */
export interface AttentionMaps {
  /** The letters, upper case. */
  readonly sequence: string;
  /** Texts of the tokens that the model sees, start and end included, padding not. */
  readonly tokens: readonly string[];
  /** First letter and the one behind the last of each token (0-based, half-open), two numbers each. */
  readonly offsets: Int32Array;
  readonly layers: number;
  readonly heads: number;
  /**
   * `[layers, heads, tokens, tokens]`, row-major: how much the token of the row attends to that of the
   * column. Each row sums to 1.
   */
  readonly probabilities: Float32Array;
  /** What the reader should know before trusting the numbers. */
  readonly warnings: readonly string[];
}

const where = 'attention maps';

/** Hidden as in the layer itself. */
const HIDDEN = -1e9;

/**
 * The attention probabilities of a sequence: the softmax of scaled query–key products of each layer
 * and head (Vaswani et al. 2017), computed from the weights of the network and the hidden states in
 * front of each attention layer, without dropout. Equal to `output_attentions` of Hugging Face's
 * transformers.
 *
 * That a head attends to a token does not say that the token matters to the output: see
 * `attributeTokens` and `streamTokenMutagenesis` for that.
 *
 * @throws UsageError for a model that reads bases or has no attention; InterruptedError when aborted
 * @example
 * const maps = await attentionMaps(model, promoter);
 * plotAttention(maps, { layer: 0, head: 2 }).show();
 */
export async function attentionMaps(
  predictor: Predictor,
  sequence: SequenceLike,
  options: AttentionOptions = {},
): Promise<AttentionMaps> {
  checkOptionNames(options, ['member', 'signal', 'progress'], where);
  const { member = 0, signal, progress } = options;
  const { tokenizer } = tokenModel(predictor, where);
  checkCount(member, 0, 'member', where);
  const model = predictor.models[member];
  if (model === undefined) {
    throw new UsageError({
      where,
      found: `member ${String(member)}`,
      expected: `a number from 0 to ${String(predictor.models.length - 1)}`,
    });
  }
  const [own] = tokeniseSequences(predictor, [sequence], where);
  if (own === undefined) throw new Error('a sequence was given');
  const { ids, start, end } = own;
  const layers = await attentionProbabilities(model, ids, {
    signal,
    onLayer: (done, total) => progress?.({ task: where, done, total, unit: 'layers' }),
  });
  const heads = layers[0]?.heads ?? 0;
  const count = end - start;
  const probabilities = new Float32Array(layers.length * heads * count * count);
  const { length } = ids;
  layers.forEach(({ values }, layer) => {
    for (let head = 0; head < heads; head++) {
      for (let row = 0; row < count; row++) {
        const from = (head * length + start + row) * length + start;
        const to = ((layer * heads + head) * count + row) * count;
        probabilities.set(values.subarray(from, from + count), to);
      }
    }
  });
  return {
    sequence: own.text,
    tokens: Array.from(ids.subarray(start, end), (id) => tokenizer.token(id)),
    offsets: own.offsets.slice(2 * start, 2 * end),
    layers: layers.length,
    heads,
    probabilities,
    warnings: truncationWarnings([own]),
  };
}

/** Probabilities of one layer. */
export interface LayerAttention {
  readonly heads: number;
  /** `[heads, length, length]`. */
  readonly values: Float32Array;
}

/** What is computed between two layers, where the work may be stopped. */
interface LayerSteps {
  readonly signal?: AbortSignal | undefined;
  readonly onLayer?: (done: number, total: number) => void;
}

/**
 * The probabilities of every attention layer of a network, in their order.
 *
 * @param ids one row of token ids, as long as the input of the network
 * @throws UsageError for a network without attention layers
 */
export async function attentionProbabilities(
  model: tfl.LayersModel,
  ids: Int32Array,
  { signal, onLayer }: LayerSteps = {},
): Promise<LayerAttention[]> {
  const layers = model.layers.filter((layer) => layer.getClassName() === 'MultiHeadSelfAttention');
  if (layers.length === 0) {
    throw new UsageError({
      where,
      found: `network ${model.name} without attention layers`,
      expected: 'a transformer',
    });
  }
  // A network gives each output once, and all layers share the mask.
  const outputs = [...new Set(layers.flatMap(({ input }) => input))];
  const network = tfl.model({ inputs: model.inputs[0] as tfl.SymbolicTensor, outputs });
  const states = tf.tidy(() =>
    [network.apply(tf.tensor2d(ids, [1, ids.length], 'int32')) as tf.Tensor | tf.Tensor[]].flat(),
  );
  try {
    const weights = await readWeights(model);
    const results: LayerAttention[] = [];
    for (const layer of layers) {
      throwIfAborted(signal, where);
      const [hidden, mask] = [layer.input].flat().map((each) => states[outputs.indexOf(each)]);
      if (hidden === undefined) throw new Error(`layer '${layer.name}' has no input`);
      const { heads, rotary } = layer.getConfig() as { heads: number; rotary?: boolean };
      const probabilities = tf.tidy(() =>
        layerProbabilities(hidden, mask, { weights, name: layer.name, heads, rotary }),
      );
      results.push({ heads, values: (await probabilities.data()) as Float32Array });
      probabilities.dispose();
      onLayer?.(results.length, layers.length);
      await yieldToEventLoop();
    }
    return results;
  } finally {
    tf.dispose(states);
  }
}

interface AttentionLayer {
  readonly weights: WeightsByName;
  readonly name: string;
  readonly heads: number;
  readonly rotary: boolean | undefined;
}

/** `[heads, length, length]`. */
function layerProbabilities(
  hidden: tf.Tensor,
  mask: tf.Tensor | undefined,
  { weights, name, heads, rotary }: AttentionLayer,
): tf.Tensor {
  const [, length = 0, size = 0] = hidden.shape;
  const projected = (part: 'query' | 'key'): tf.Tensor => {
    const [kernel, bias] = ['kernel', 'bias'].map((each) => {
      const { shape, data } = weights[`${name}/${part}/${each}`] ?? { shape: [0], data: [] };
      return tf.tensor(Float32Array.from(data), [...shape]);
    }) as [tf.Tensor, tf.Tensor];
    const rows = tf.reshape(linear(hidden, kernel, bias), [1, length, heads, size / heads]);
    const byHead = tf.transpose(rows, [0, 2, 1, 3]);
    return rotary === true ? rotaryPositions(byHead, rotaryAngles(length, size / heads)) : byHead;
  };
  const queries = tf.mul(projected('query'), 1 / Math.sqrt(size / heads));
  let scores = tf.matMul(queries, projected('key'), false, true);
  if (mask !== undefined) {
    const visible = tf.cast(tf.reshape(mask, [1, 1, 1, length]), 'float32');
    scores = tf.add(scores, tf.mul(tf.sub(1, visible), HIDDEN));
  }
  return tf.reshape(tf.softmax(scores), [heads, length, length]);
}
