import { TataboxError } from '../../kernel-lib/src/core/errors.ts';
import { Random } from '../../kernel-lib/src/core/random.ts';
import { mutateBytes } from './mutate-bytes.ts';

/** A reader that is given damaged files. */
export interface FuzzTarget {
  readonly name: string;
  /** Whole files, to begin with. */
  samples(): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  /** Words that mean something in the format. */
  readonly dictionary?: readonly string[];
  /** Reads a file from memory, all of it; throws nothing but TataboxErrors. */
  read(bytes: Uint8Array): unknown;
}

/** An input that was not dealt with as it should be. */
export interface Finding {
  readonly problem: string;
  readonly input: Uint8Array;
}

/** Milliseconds that one input of at most 64 KiB may take; another thread may hold the core for some. */
const SLOW_MS = 2000;
/** Bytes that one input may make the process larger by. */
const MUCH_MEMORY = 512 * 2 ** 20;
const LONG_MESSAGE = 5000;

/** The input of a number: the same for the same seed. */
export function inputOf(
  target: FuzzTarget,
  samples: readonly Uint8Array[],
  seed: number,
  index: number,
): Uint8Array {
  return mutateBytes(new Random(seed).derive(index), samples, target.dictionary ?? []);
}

function problemOf(error: unknown): string | undefined {
  if (!(error instanceof TataboxError)) {
    return error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
  }
  const { where, found } = error.details;
  if (where.trim() === '' || found.trim() === '')
    return `a message without place: ${error.message}`;
  if (error.message.length > LONG_MESSAGE) {
    return `a message of ${String(error.message.length)} letters: ${error.message.slice(0, 200)}…`;
  }
  return undefined;
}

/** Lets a reader read one input. @returns what is wrong, if anything */
export async function tryInput(
  target: FuzzTarget,
  input: Uint8Array,
): Promise<Finding | undefined> {
  const before = process.memoryUsage.rss();
  const begin = performance.now();
  let problem: string | undefined;
  try {
    // A reader must not write into what it was given.
    await target.read(Uint8Array.from(input));
  } catch (error) {
    problem = problemOf(error);
  }
  const milliseconds = performance.now() - begin;
  if (milliseconds > SLOW_MS) problem ??= `took ${milliseconds.toFixed(0)} ms`;
  const grown = process.memoryUsage.rss() - before;
  if (grown > MUCH_MEMORY) problem ??= `took ${(grown / 2 ** 20).toFixed(0)} MiB`;
  return problem === undefined ? undefined : { problem, input };
}
