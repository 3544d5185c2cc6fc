import { checkOptionNames } from '../core/check-option-names.ts';
import { throwIfAborted, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import type { SequenceLike } from '../prediction/encode-inputs.ts';
import type { Predictor } from '../prediction/predictor.ts';
import { checkCount } from './examples.ts';
import { gaussLegendre } from './quadrature.ts';
import { EmbeddingGradients } from './token-gradients.ts';
import { spreadOverLetters } from './token-letters.ts';
import {
  isLetterToken,
  outputNumber,
  tokeniseSequences,
  tokenModel,
  truncationWarnings,
} from './token-model.ts';

/** How contributions of tokens are computed. */
export type TokenAttributionMethod = 'integrated-gradients' | 'gradient';

/** What stands in the place of a token that is not there. */
export type TokenBaseline = 'zero' | 'padding' | 'mask';

/** Options of `attributeTokens`. */
export interface TokenAttributionOptions extends LongWorkOptions {
  /** Default `integrated-gradients`; `gradient` is gradient × input, one step and no completeness. */
  readonly method?: TokenAttributionMethod;
  /** Embedding that the path starts from, of every token of letters. Default `zero`. */
  readonly baseline?: TokenBaseline;
  /** Points of Gauss-Legendre along the path, of integrated gradients. Default 50. */
  readonly steps?: number;
  /** Output that is explained. Default: the first. */
  readonly output?: string;
  /** Points that enter the model at once. Default 16. */
  readonly batchSize?: number;
}

/** How much each token of a sequence, and each of its letters, contributes to one output. */
export interface TokenAttribution {
  readonly method: TokenAttributionMethod;
  readonly output: string;
  /** The letters, upper case. */
  readonly sequence: string;
  /** Texts of the tokens that the model sees, start and end included, padding not. */
  readonly tokens: readonly string[];
  /** First letter and the one behind the last of each token (0-based, half-open), two numbers each. */
  readonly offsets: Int32Array;
  /** One a token; 0 for start and end, which are the same in the baseline. */
  readonly tokenContributions: Float32Array;
  /** One a letter: the contribution of a token in equal parts. */
  readonly contributions: Float32Array;
  /** Prediction for the sequence. */
  readonly score: number;
  /** Prediction with the baseline in the place of every token of letters; NaN for `gradient`. */
  readonly baselineScore: number;
  /**
   * Completeness: sum of the contributions minus (score − baselineScore), which are equal but for the
   * error of the integral; NaN for `gradient`.
   */
  readonly delta: number;
  /** What the reader should know before trusting the numbers. */
  readonly warnings: readonly string[];
}

const where = 'token attribution';
const methods: readonly TokenAttributionMethod[] = ['integrated-gradients', 'gradient'];
const baselines: readonly TokenBaseline[] = ['zero', 'padding', 'mask'];

/** A delta above this part of the explained difference is said. */
const LARGE_DELTA = 0.05;

/**
 * Contributions of tokens to a prediction, by gradients of their embeddings: integrated gradients
 * (Sundararajan et al. 2017) or gradient × input. Positions and attention are those of the sequence
 * as it is; only the embeddings of tokens of letters change, all along their own line. Each token's
 * contribution is shared out equally among its letters.
 *
 * Of a network that also scores whether an output is there at all (task `sparse`), the value is
 * explained, not that score.
 *
 * @returns an attribution for each sequence, one after the other
 * @throws UsageError for a model that reads bases or predicts no values, or a bad option;
 *   InterruptedError when aborted
 * @example
 * for await (const { contributions, delta } of attributeTokens(model, [promoter], { steps: 100 })) …
 */
export async function* attributeTokens(
  predictor: Predictor,
  sequences: readonly SequenceLike[],
  options: TokenAttributionOptions = {},
): AsyncGenerator<TokenAttribution, void, undefined> {
  const names = ['method', 'baseline', 'steps', 'output', 'batchSize', 'signal', 'progress'];
  checkOptionNames(options, names, where);
  const { method = 'integrated-gradients', baseline = 'zero', batchSize = 16 } = options;
  const { steps = 50, signal, progress } = options;
  checkChoice('method', method, methods);
  checkChoice('baseline', baseline, baselines);
  checkCount(steps, 1, 'steps', where);
  checkCount(batchSize, 1, 'batchSize', where);
  const { tokenizer } = tokenModel(predictor, where);
  const output = outputNumber(predictor, options.output, where);
  const baselineId = baselineToken(predictor, baseline);
  const isIntegrated = method === 'integrated-gradients';
  const rule = gaussLegendre(steps);
  // Both ends are on the path with weight 0: their scores are what the integral must add up to.
  const points = isIntegrated ? [0, ...rule.points, 1] : [1];
  const weights = isIntegrated ? [0, ...rule.weights, 0] : [1];
  const gradients = new EmbeddingGradients(predictor, output);
  try {
    for (const [index, sequence] of sequences.entries()) {
      throwIfAborted(signal, where);
      const [own] = tokeniseSequences(predictor, [sequence], where);
      if (own === undefined) continue;
      const from = own.ids.map((id, entry) => (isLetterToken(own, entry) ? baselineId : id));
      const path = { ids: own.ids, from, points, weights };
      const { contributions, scores } = await gradients.along(path, batchSize);
      const score = scores[scores.length - 1] ?? NaN;
      const baselineScore = isIntegrated ? (scores[0] ?? NaN) : NaN;
      const sum = contributions.reduce((total, value) => total + value, 0);
      const delta = sum - (score - baselineScore);
      progress?.({ task: where, done: index + 1, total: sequences.length, unit: 'sequences' });
      await yieldToEventLoop();
      const tokens = Array.from(own.ids.subarray(own.start, own.end), (id) => tokenizer.token(id));
      yield {
        method,
        output: predictor.outputs[output] ?? '',
        sequence: own.text,
        tokens,
        offsets: own.offsets.slice(2 * own.start, 2 * own.end),
        tokenContributions: contributions.slice(own.start, own.end),
        contributions: spreadOverLetters(own, contributions),
        score,
        baselineScore,
        delta,
        warnings: [...truncationWarnings([own]), ...deltaWarnings(delta, score - baselineScore)],
      };
    }
  } finally {
    gradients.dispose();
  }
}

function deltaWarnings(delta: number, difference: number): string[] {
  const part = Math.abs(delta) / Math.max(Math.abs(difference), 1e-6);
  if (!(part > LARGE_DELTA)) return [];
  return [
    `contributions miss the difference to the baseline (${difference.toPrecision(3)}) by ${delta.toPrecision(3)}: raise steps`,
  ];
}

/** Id whose embedding is the baseline; −1 for zeros. */
function baselineToken(predictor: Predictor, baseline: TokenBaseline): number {
  if (baseline === 'zero') return -1;
  const { tokenizer } = tokenModel(predictor, where);
  const id = tokenizer.special[baseline];
  if (id !== undefined) return id;
  throw new UsageError({
    where: `${where}, baseline`,
    found: `'${baseline}', but the tokenizer has no such token`,
    expected: baselines.filter((name) => name !== baseline).join(' or '),
  });
}

function checkChoice<T extends string>(name: string, value: T, known: readonly T[]): void {
  if (known.includes(value)) return;
  throw new UsageError({
    where: `${where}, ${name}`,
    found: `'${String(value)}'`,
    expected: known.join(', '),
    fix: suggestion(String(value), known),
  });
}
