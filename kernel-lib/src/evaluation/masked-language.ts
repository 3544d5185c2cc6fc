import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { batches, disposeBatch } from '../datasets/batches.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { IGNORED_LABEL, sparseCrossEntropy } from '../training/sparse-cross-entropy.ts';

/** How well hidden tokens are guessed. */
export interface MaskedLanguageMetrics {
  /** Tokens that were to be guessed. */
  readonly tokens: number;
  /** Mean of −ln P(token). */
  readonly loss: number;
  /** e to the loss: as good as choosing among so many equally likely tokens. */
  readonly perplexity: number;
  /** Share of the tokens that had the highest score. */
  readonly accuracy: number;
}

/** Options of `evaluateMaskedLanguage`. */
export interface EvaluateMaskedLanguageOptions extends LongWorkOptions {
  /** Examples a batch. Default 32. */
  readonly batchSize?: number;
}

/** Metrics from sums over the hidden tokens. */
function metricsOf(lossSum: number, right: number, tokens: number): MaskedLanguageMetrics {
  if (tokens === 0) {
    throw new UsageError({
      where: 'masked language evaluation',
      found: 'no hidden token',
      expected: 'sequences with tokens that can be hidden',
    });
  }
  const loss = lossSum / tokens;
  return { tokens, loss, perplexity: Math.exp(loss), accuracy: right / tokens };
}

/**
 * Perplexity and accuracy of a masked language model on examples of `maskedLanguageDataset`, whose
 * masks are the same each time.
 *
 * @param model with the inputs of the dataset and the output `[batch, positions, vocabulary]`
 * @throws UsageError when there is no hidden token; InterruptedError when aborted
 */
export async function evaluateMaskedLanguage(
  model: tfl.LayersModel,
  dataset: Dataset,
  { batchSize = 32, signal, progress }: EvaluateMaskedLanguageOptions = {},
): Promise<MaskedLanguageMetrics> {
  let [lossSum, right, tokens, done] = [0, 0, 0, 0];
  const inputNames = Object.keys(dataset.inputs);
  for await (const batch of batches(dataset, { size: batchSize, inputNames })) {
    throwIfAborted(signal, 'masked language evaluation');
    const { inputs, targets } = batch;
    const sums = tf.tidy(() => {
      const scores = model.apply(inputs.length === 1 ? (inputs[0] as tf.Tensor) : inputs, {
        training: false,
      }) as tf.Tensor;
      const labels = targets as tf.Tensor;
      const counted = tf.notEqual(labels, IGNORED_LABEL);
      const hits = tf.logicalAnd(
        counted,
        tf.equal(tf.argMax(scores, -1), tf.cast(labels, 'int32')),
      );
      return tf.stack([
        tf.sum(sparseCrossEntropy(labels, scores)),
        tf.sum(tf.cast(hits, 'float32')),
        tf.sum(tf.cast(counted, 'float32')),
      ]);
    });
    const [loss = 0, hits = 0, count = 0] = await sums.data();
    sums.dispose();
    disposeBatch(batch);
    lossSum += loss;
    right += hits;
    tokens += count;
    done += batch.indices.length;
    progress?.({ task: 'evaluation', done, total: dataset.length, unit: 'sequences' });
    await yieldToEventLoop();
  }
  return metricsOf(lossSum, right, tokens);
}

/** What is known without looking at the rest of a sequence: how frequent each token is. */
export interface UnigramBaseline extends MaskedLanguageMetrics {
  readonly name: 'unigram';
}

/**
 * What the frequencies of the tokens in training reach on the hidden tokens of a dataset: each token
 * has the probability (count + 1) / (all + vocabulary), and the most frequent one is guessed.
 *
 * @param counts how often each token stands in the training sequences
 */
export async function unigramBaseline(
  counts: Float64Array,
  dataset: Dataset,
  { signal }: LongWorkOptions = {},
): Promise<UnigramBaseline> {
  let all = counts.length;
  let mostFrequent = 0;
  for (const [token, count] of counts.entries()) {
    all += count;
    if (count > (counts[mostFrequent] ?? 0)) mostFrequent = token;
  }
  let [lossSum, right, tokens] = [0, 0, 0];
  let lastYield = performance.now();
  for (let index = 0; index < dataset.length; index++) {
    for (const token of dataset.example(index).target ?? []) {
      if (token === IGNORED_LABEL) continue;
      lossSum -= Math.log(((counts[token] ?? 0) + 1) / all);
      if (token === mostFrequent) right += 1;
      tokens += 1;
    }
    if (performance.now() - lastYield < 20) continue;
    await yieldToEventLoop();
    throwIfAborted(signal, 'unigram baseline');
    lastYield = performance.now();
  }
  return { name: 'unigram', ...metricsOf(lossSum, right, tokens) };
}
