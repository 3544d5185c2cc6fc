import type * as tfl from '@tensorflow/tfjs-layers';
import { throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import type { SubstitutionChunk } from './local-changes.ts';
import { LocalNetwork, type OpenNetwork } from './local-network.ts';
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

/** The networks of an ensemble, whose outputs are averaged. */
export class LocalEnsemble {
  readonly #networks: readonly LocalNetwork[];

  private constructor(networks: readonly LocalNetwork[]) {
    this.#networks = networks;
  }

  /**
   * Undefined where nothing would be gained, see `LocalNetwork.of`.
   *
   * @param sequenceInput index of the input that takes the sequence
   */
  static of(models: readonly tfl.LayersModel[], sequenceInput: number): LocalEnsemble | undefined {
    const networks = models.flatMap((model) => LocalNetwork.of(model, sequenceInput) ?? []);
    const isComplete = networks.length > 0 && networks.length === models.length;
    return isComplete ? new LocalEnsemble(networks) : undefined;
  }

  /**
   * Mean of one output over the networks, for each substitution. Substitutions that a network does
   * not see have the value of the unchanged sequence and cost nothing.
   */
  async score(scoring: LocalScoring, options: SubstitutionOptions = {}): Promise<LocalScores> {
    const references = new Float32Array(scoring.rows.length);
    const scores = new Float32Array(scoring.examples.length);
    for (const network of this.#networks) {
      const own = await scoreNetwork(network, scoring, options);
      addShare(references, own.references, this.#networks.length);
      addShare(scores, own.scores, this.#networks.length);
    }
    return { references, scores };
  }
}

function addShare(target: Float32Array, values: Float32Array, count: number): void {
  values.forEach((value, i) => {
    target[i] = (target[i] ?? 0) + value / count;
  });
}

async function scoreNetwork(
  network: LocalNetwork,
  scoring: LocalScoring,
  { batchSize = 256, signal }: SubstitutionOptions,
): Promise<LocalScores> {
  const where = 'saturation mutagenesis';
  const { tokens, length, rows, others, examples, output } = scoring;
  throwIfAborted(signal, where);
  const open = await network.open({ count: rows.length, length, tokens }, others);
  try {
    const references = column(open.references, network.outputs, output);
    const scores = Float32Array.from(examples, (example) => references[example] ?? NaN);
    const seen = seenSubstitutions(open, scoring);
    for (let first = 0; first < seen.length; first += batchSize) {
      throwIfAborted(signal, where);
      const which = seen.subarray(first, first + batchSize);
      const values = column(await open.score(chunkOf(scoring, which)), network.outputs, output);
      which.forEach((i, row) => {
        scores[i] = values[row] ?? NaN;
      });
      await yieldToEventLoop();
    }
    return { references, scores };
  } finally {
    open.dispose();
  }
}

function column(values: Float32Array, columns: number, index: number): Float32Array {
  if (columns === 1) return values;
  return Float32Array.from(
    { length: values.length / columns },
    (_, row) => values[row * columns + index] ?? 0,
  );
}

/** The substitutions that can change something. */
function seenSubstitutions(network: OpenNetwork, { positions, length }: LocalScoring): Int32Array {
  const reached = Uint8Array.from({ length }, (_, position) => (network.reaches(position) ? 1 : 0));
  const all = Int32Array.from({ length: positions.length }, (_, i) => i);
  return all.filter((i) => reached[positions[i] ?? 0] === 1);
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
