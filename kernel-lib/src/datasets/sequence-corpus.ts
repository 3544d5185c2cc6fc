import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { yieldToEventLoop, type LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamSequences } from '../formats/stream-sequences.ts';
import { SequenceStore } from './sequence-store.ts';

/** Options of `openSequenceCorpus`. */
export interface SequenceCorpusOptions extends LongWorkOptions {
  /** Sequences with fewer letters are left out. Default 1: only empty lines are. */
  readonly minimumLength?: number;
  /**
   * Longer sequences are cut into windows of so many letters, the rest of at least `minimumLength`
   * being a window of its own; for chromosomes. Default: they are kept whole.
   */
  readonly window?: number;
  /** `upper` makes soft-masked letters capitals, which vocabularies know. Default `upper`. */
  readonly letterCase?: 'upper' | 'as-is';
  /** Bytes of sequence that are held in memory before a temporary file is used. Default 256 MB. */
  readonly memoryBytes?: number;
}

const OPTIONS = ['minimumLength', 'window', 'letterCase', 'memoryBytes', 'signal', 'progress'];

/** Sequences without labels, by number. Close it when it is no longer used. */
export interface SequenceCorpus {
  /** Number of sequences. */
  readonly length: number;
  /** Letters in all. */
  readonly letters: number;
  /** Sequences that were left out because they are shorter than `minimumLength`. */
  readonly tooShort: number;
  /** Where each sequence comes from: `file:line`, or `file:record` of a FASTA file. */
  id(index: number): string;
  sequence(index: number): string;
  sequenceLength(index: number): number;
  close(): void;
}

/**
 * Reads sequences without labels: text with one a line or FASTA, plain or gzip, by their first byte.
 * The corpus may be larger than memory.
 *
 * @throws InputError naming file and line for letters that no sequence has, or when nothing is left
 * @example
 * const corpus = await openSequenceCorpus(['promoters_1.txt.gz', 'promoters.fa']);
 * corpus.sequence(0);
 */
export async function openSequenceCorpus(
  files: readonly FileSource[],
  options: SequenceCorpusOptions = {},
): Promise<SequenceCorpus> {
  checkOptionNames(options, OPTIONS, 'sequence corpus');
  const { minimumLength = 1, window, letterCase = 'upper', memoryBytes = 2 ** 28 } = options;
  if (files.length === 0) {
    throw new UsageError({ where: 'sequence corpus', found: 'no file', expected: 'at least one' });
  }
  if (window !== undefined && !(window >= minimumLength)) {
    throw new UsageError({
      where: 'sequence corpus, window',
      found: String(window),
      expected: `at least the minimum length ${String(minimumLength)}`,
    });
  }
  const store = new SequenceStore(memoryBytes);
  /** First sequence of each file, and which line or record of it each sequence is. */
  const firsts: number[] = [];
  const places: number[] = [];
  let tooShort = 0;
  const add = (sequence: string, place: number): void => {
    const text = letterCase === 'upper' ? sequence.toUpperCase() : sequence;
    const step = window ?? Math.max(1, text.length);
    for (let start = 0; start === 0 || start < text.length; start += step) {
      const part = text.slice(start, start + step);
      if (part.length < minimumLength) tooShort += 1;
      else {
        store.add(part);
        places.push(place);
      }
    }
  };
  try {
    for (const file of files) {
      firsts.push(store.length);
      await readSequences(file, add, options);
    }
    if (store.length === 0) {
      throw new InputError({
        where: files.map(sourceName).join(', '),
        found: `no sequence of at least ${String(minimumLength)} letters`,
        expected: 'one sequence a line, or FASTA',
      });
    }
  } catch (error) {
    store.close();
    throw error;
  }
  return {
    length: store.length,
    letters: store.letters,
    tooShort,
    id(index) {
      const file = firsts.findLastIndex((first) => first <= index);
      return `${sourceName(files[file] as FileSource)}:${String(places[index])}`;
    },
    sequence: (index) => store.sequence(index),
    sequenceLength: (index) => store.sequenceLength(index),
    close: () => {
      store.close();
    },
  };
}

async function readSequences(
  file: FileSource,
  add: (sequence: string, place: number) => void,
  { signal, progress }: LongWorkOptions,
): Promise<void> {
  let done = 0;
  let lastYield = performance.now();
  const pause = async (): Promise<void> => {
    if (performance.now() - lastYield < 20) return;
    progress?.({ task: 'reading sequences', done, unit: 'sequences' });
    await yieldToEventLoop();
    throwIfAborted(signal, 'reading sequences');
    lastYield = performance.now();
  };
  for await (const batch of streamSequences(file)) {
    for (const { sequence, number, place } of batch) {
      requireLetters(sequence, () => `${sourceName(file)}, ${place}`);
      add(sequence, number);
    }
    done += batch.length;
    await pause();
  }
}

/** Letters of nucleotides and amino acids, with gap and stop. */
function requireLetters(sequence: string, where: () => string): void {
  const at = sequence.search(/[^A-Za-z*-]/);
  if (at < 0) return;
  throw new InputError({
    where: `${where()}, column ${String(at + 1)}`,
    found: JSON.stringify(sequence.slice(at, at + 20)),
    expected: 'letters of a sequence',
    fix: 'Give FASTA, or text with one sequence a line and nothing else.',
  });
}
