import { throwIfAborted } from '../core/errors.ts';
import { yieldToEventLoop } from '../core/progress.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** What is to be mutated. */
export interface MutantWork {
  readonly examples: readonly Uint8Array[];
  /** Row of the model's other inputs for each example. */
  readonly rows: readonly number[];
  /** Window of the positions to mutate (0-based, half-open). */
  readonly start: number;
  readonly end: number;
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  /** What is going on, for an error. */
  readonly where: string;
}

/** Scores of one example and of all its mutants. */
export interface MutantScores {
  readonly index: number;
  readonly referenceScore: number;
  /** `[end − start, 4]`; the base that is there is not scored. */
  readonly scores: Float32Array;
}

/** Places in `scores` of the substitutions that change the sequence. */
function* substitutions(example: Uint8Array, start: number, end: number): Generator<number> {
  for (let position = start; position < end; position++) {
    for (let base = 0; base < 4; base++) {
      if (example[position] !== base) yield (position - start) * 4 + base;
    }
  }
}

/** Scores of all mutants, example by example, by what the scorer can do fastest. */
export function scoreMutants(
  scorer: SequenceScorer,
  work: MutantWork,
): AsyncGenerator<MutantScores, void, undefined> {
  return isLocal(scorer) ? scoreChanges(scorer, work) : scoreSequences(scorer, work);
}

/** A scorer that can tell what a substitution changes. */
type LocalScorer = SequenceScorer & Required<Pick<SequenceScorer, 'scoreSubstitutions'>>;

function isLocal(scorer: SequenceScorer): scorer is LocalScorer {
  return scorer.scoreSubstitutions !== undefined;
}

/** An example that has begun. */
interface OpenExample {
  readonly index: number;
  readonly scores: Float32Array;
  referenceScore: number;
  /** Scores that are still to come. */
  left: number;
}

/** Every mutant as a sequence of its own; batches run across examples. */
async function* scoreSequences(
  scorer: SequenceScorer,
  { examples, rows, start, end, batchSize, signal, where }: MutantWork,
): AsyncGenerator<MutantScores, void, undefined> {
  const { length } = scorer;
  const batch = new Uint8Array(batchSize * length);
  /** The example of each row of the batch and its place in `scores`; −1 for the sequence as it is. */
  let mutants: { readonly example: OpenExample; readonly place: number }[] = [];
  const open: OpenExample[] = [];

  async function flush(): Promise<void> {
    throwIfAborted(signal, where);
    const scores = await scorer.scoreTokens(
      batch.subarray(0, mutants.length * length).slice(),
      mutants.map(({ example }) => rows[example.index] ?? 0),
    );
    mutants.forEach(({ example, place }, i) => {
      if (place < 0) example.referenceScore = scores[i] ?? NaN;
      else example.scores[place] = scores[i] ?? NaN;
      example.left--;
    });
    mutants = [];
    await yieldToEventLoop();
  }

  function* takeFinished(): Generator<MutantScores> {
    for (let example = open[0]; example?.left === 0; example = open[0]) {
      open.shift();
      yield example;
    }
  }

  for (const [index, tokens] of examples.entries()) {
    const places = [-1, ...substitutions(tokens, start, end)];
    const scores = new Float32Array((end - start) * 4);
    const example = { index, scores, referenceScore: NaN, left: places.length };
    open.push(example);
    for (const place of places) {
      const at = mutants.length * length;
      batch.set(tokens, at);
      if (place >= 0) batch[at + start + (place >> 2)] = place & 3;
      mutants.push({ example, place });
      if (mutants.length === batchSize) {
        await flush();
        yield* takeFinished();
      }
    }
  }
  if (mutants.length > 0) await flush();
  yield* takeFinished();
}

/** Mutants that are handed on together, where several examples are needed for so many. */
const MUTANTS = 4096;

/** Bases of the examples that are handed on together: their activations are held meanwhile. */
const MOST_BASES = 32_768;

/** Substitutions handed on with the sequences that they are in, several short ones at once. */
async function* scoreChanges(
  scorer: LocalScorer,
  { examples, rows, start, end, batchSize, signal, where }: MutantWork,
): AsyncGenerator<MutantScores, void, undefined> {
  const most = Math.min(MUTANTS / (3 * (end - start)), MOST_BASES / scorer.length);
  const each = Math.max(1, Math.floor(most));
  for (let first = 0; first < examples.length; first += each) {
    throwIfAborted(signal, where);
    const group = examples.slice(first, first + each);
    const places = group.map((tokens) => [...substitutions(tokens, start, end)]);
    const count = places.reduce((sum, { length }) => sum + length, 0);
    const request = {
      tokens: new Uint8Array(group.reduce((sum, { length }) => sum + length, 0)),
      rows: rows.slice(first, first + group.length),
      examples: new Int32Array(count),
      positions: new Int32Array(count),
      bases: new Uint8Array(count),
    };
    let at = 0;
    let token = 0;
    group.forEach((tokens, example) => {
      request.tokens.set(tokens, token);
      token += tokens.length;
      for (const place of places[example] ?? []) {
        request.examples[at] = example;
        request.positions[at] = start + (place >> 2);
        request.bases[at] = place & 3;
        at++;
      }
    });
    const result = await scorer.scoreSubstitutions(request, { batchSize, signal });
    at = 0;
    for (const [example, own] of places.entries()) {
      throwIfAborted(signal, where);
      const scores = new Float32Array((end - start) * 4);
      for (const place of own) scores[place] = result.scores[at++] ?? NaN;
      const referenceScore = result.references[example] ?? NaN;
      yield { index: first + example, referenceScore, scores };
    }
    await yieldToEventLoop();
  }
}
