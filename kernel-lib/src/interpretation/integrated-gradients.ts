import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import {
  attributionOptionNames,
  type Attribution,
  type AttributionOptions,
} from './attribution.ts';
import {
  checkCount,
  exampleRows,
  toExamples,
  writeOneHot,
  type TokenExamples,
} from './examples.ts';
import { inputGradient } from './input-gradient.ts';
import { gaussLegendre, trapezoid } from './quadrature.ts';
import {
  makeReferences,
  PairAverage,
  referenceOptionNames,
  type ReferenceOptions,
} from './references.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** Options of integrated gradients. */
export interface IntegratedGradientsOptions extends AttributionOptions, ReferenceOptions {
  /** Points of Gauss-Legendre, or intervals of the trapezoid rule; default 32. */
  readonly steps?: number;
  /** How the path integral is approximated; default `gauss-legendre`. */
  readonly rule?: 'gauss-legendre' | 'trapezoid';
  /** Sequences on the paths that enter the model at once; default 64. */
  readonly batchSize?: number;
}

const rules = { 'gauss-legendre': gaussLegendre, trapezoid };
const where = 'integrated gradients';

/**
 * Integrated gradients (Sundararajan et al. 2017): the gradient, averaged along the straight line
 * from a reference to the sequence, times their difference. By completeness the contributions of an
 * example sum to its score minus the reference's; what is left is the convergence delta.
 *
 * @throws UsageError on a bad option, InputError on sequences of a wrong length
 * @example
 * const { contributions, deltas } = await integratedGradients(scorer, tokens, {
 *   reference: 'dinucleotide-shuffle',
 *   references: 10,
 *   seed: 1,
 * });
 */
export async function integratedGradients(
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options: IntegratedGradientsOptions = {},
): Promise<Attribution> {
  checkOptionNames(
    options,
    [...attributionOptionNames, ...referenceOptionNames, 'steps', 'rule'],
    where,
  );
  const { steps = 32, rule = 'gauss-legendre', batchSize = 64, signal, progress } = options;
  checkCount(steps, 1, 'steps', where);
  checkCount(batchSize, 1, 'batchSize', where);
  if (!Object.hasOwn(rules, rule)) {
    throw new UsageError({
      where,
      found: `unknown rule '${String(rule)}'`,
      fix: suggestion(String(rule), Object.keys(rules)),
    });
  }
  const { length } = scorer;
  const size = length * 4;
  const examples = toExamples(length, tokens, where);
  const rows = exampleRows(examples.length, options.rows, where);
  const references = makeReferences(examples, rows, options, where);
  const average = new PairAverage(examples, length, references.each);

  // The two ends are on the path with weight 0: their scores are what the integral must add up to.
  const inner = rules[rule](steps);
  const points = [0, ...inner.points, 1];
  const weights = [0, ...inner.weights, 0];

  const total = examples.length * references.each * points.length;
  const example = new Float32Array(size);
  const reference = new Float32Array(size);
  const buffer = new Float32Array(batchSize * size);
  const multipliers = new Float64Array(size);
  const collecting = new Float32Array(size);
  let referenceScore = 0;

  for (let first = 0; first < total; first += batchSize) {
    throwIfAborted(signal, where);
    const count = Math.min(batchSize, total - first);
    const batchRows: number[] = [];
    for (let i = 0; i < count; i++) {
      const pair = Math.floor((first + i) / points.length);
      const index = Math.floor(pair / references.each);
      const point = (first + i) % points.length;
      if (point === 0 || i === 0) {
        writeOneHot(examples[index] ?? new Uint8Array(0), example, 0);
        references.write(index, pair % references.each, reference, 0);
      }
      const alpha = points[point] ?? 0;
      for (let j = 0; j < size; j++) {
        const from = reference[j] ?? 0;
        buffer[i * size + j] = from + alpha * ((example[j] ?? 0) - from);
      }
      batchRows.push(rows[index] ?? 0);
    }
    const result = await inputGradient(scorer, buffer.slice(0, count * size), batchRows);
    for (let i = 0; i < count; i++) {
      const pair = Math.floor((first + i) / points.length);
      const point = (first + i) % points.length;
      const score = result.scores[i] ?? NaN;
      if (point === 0) {
        multipliers.fill(0);
        referenceScore = score;
        continue;
      }
      const weight = weights[point] ?? 0;
      for (let j = 0; j < size; j++) {
        multipliers[j] = (multipliers[j] ?? 0) + weight * (result.gradient[i * size + j] ?? 0);
      }
      if (point === points.length - 1) {
        const index = Math.floor(pair / references.each);
        references.write(index, pair % references.each, collecting, 0);
        average.add({
          example: index,
          multipliers,
          reference: collecting,
          exampleScore: score,
          referenceScore,
        });
      }
    }
    progress?.({
      task: where,
      done: Math.floor((first + count) / (points.length * references.each)),
      total: examples.length,
      unit: 'examples',
    });
    await yieldToEventLoop();
  }
  return average.finish(
    'integrated-gradients',
    'Raise steps: the integral along the path is too coarse for this model.',
  );
}
