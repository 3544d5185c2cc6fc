import { throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import type { SubstitutionChunk } from './local-changes.ts';
import type { LocalNetwork, OpenNetwork } from './local-network.ts';
import type { SubstitutionOptions, Substitutions } from './substitutions.ts';

/** Outputs of an ensemble for sequences and for substitutions in them. */
export interface LocalScores {
  /** One value a sequence. */
  readonly references: Float32Array;
  /** One value a substitution. */
  readonly scores: Float32Array;
}

/** What is scored by networks of equal inputs. */
export interface LocalScoring extends Substitutions {
  /** Bases a sequence. */
  readonly length: number;
  /** Values of the inputs that do not take the sequence, a row for each sequence, by input index. */
  readonly others: ReadonlyMap<number, Float32Array>;
  /** Index of the output. */
  readonly output: number;
}

/**
 * Mean of one output over the networks of an ensemble, for each substitution. Substitutions that no
 * network sees have the value of the unchanged sequence and cost nothing.
 */
export async function scoreLocally(
  networks: readonly LocalNetwork[],
  scoring: LocalScoring,
  { batchSize = 256, signal }: SubstitutionOptions = {},
): Promise<LocalScores> {
  const { tokens, length, examples, others } = scoring;
  const batch = { count: tokens.length / length, length, tokens };
  const references = new Float32Array(batch.count);
  const scores = new Float32Array(examples.length);
  const share = 1 / networks.length;
  for (const network of networks) {
    throwIfAborted(signal, 'saturation mutagenesis');
    const open = await network.open(batch, others);
    try {
      const { outputs } = network;
      const own = column(open.references, outputs, scoring.output);
      own.forEach((value, example) => {
        references[example] = (references[example] ?? 0) + value * share;
      });
      const seen = seenSubstitutions(open, scoring);
      for (let i = 0; i < scores.length; i++) {
        scores[i] =
          (scores[i] ?? 0) + (seen.is[i] === 1 ? 0 : (own[examples[i] ?? 0] ?? 0) * share);
      }
      for (let first = 0; first < seen.which.length; first += batchSize) {
        throwIfAborted(signal, 'saturation mutagenesis');
        const which = seen.which.subarray(first, first + batchSize);
        const values = column(await open.score(chunkOf(scoring, which)), outputs, scoring.output);
        which.forEach((i, row) => {
          scores[i] = (scores[i] ?? 0) + (values[row] ?? 0) * share;
        });
        await yieldToEventLoop();
      }
    } finally {
      open.dispose();
    }
  }
  return { references, scores };
}

function column(values: Float32Array, columns: number, index: number): Float32Array {
  if (columns === 1) return values;
  return Float32Array.from(
    { length: values.length / columns },
    (_, row) => values[row * columns + index] ?? 0,
  );
}

/** The substitutions that can change something, as flags and as a list. */
function seenSubstitutions(
  network: OpenNetwork,
  { positions, length }: LocalScoring,
): { readonly is: Uint8Array; readonly which: Int32Array } {
  const reached = Uint8Array.from({ length }, (_, position) => (network.reaches(position) ? 1 : 0));
  const is = Uint8Array.from(positions, (position) => reached[position] ?? 0);
  const which = new Int32Array(is.reduce((sum, flag) => sum + flag, 0));
  let at = 0;
  is.forEach((flag, i) => {
    if (flag === 1) which[at++] = i;
  });
  return { is, which };
}

function chunkOf(
  { examples, positions, bases }: LocalScoring,
  which: Int32Array,
): SubstitutionChunk {
  return {
    count: which.length,
    examples: which.map((i) => examples[i] ?? 0),
    positions: which.map((i) => positions[i] ?? 0),
    bases: Uint8Array.from(which, (i) => bases[i] ?? 0),
  };
}
