/**
 * The one form of every message that a user can cause: what was read and where, what was found,
 * what was expected, and what to do about it.
 */
export interface ErrorDetails {
  /** What was read and where, for example `genes.bed, line 12`. */
  readonly where: string;
  /** What was found there. */
  readonly found: string;
  /** What was expected instead. */
  readonly expected?: string;
  /** What the user can do. */
  readonly fix?: string;
}

function formatMessage({ where, found, expected, fix }: ErrorDetails): string {
  const sentences = [`${where}: ${found}`];
  if (expected !== undefined) sentences.push(`expected ${expected}`);
  const message = sentences.join('; ');
  if (fix === undefined) return message;
  return `${message}${/[.?!]$/.test(message) ? '' : '.'} ${fix}`;
}

/** Base class of all errors that a user can cause and mend; `exitCode` is what the terminal returns. */
export abstract class TataboxError extends Error {
  abstract readonly exitCode: number;
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails, options?: { cause?: unknown }) {
    super(formatMessage(details), options);
    this.name = new.target.name;
    this.details = details;
  }
}

/** A call, an option or a configuration is wrong (exit code 2). */
export class UsageError extends TataboxError {
  readonly exitCode = 2;
}

/** A file or a value in it is wrong (exit code 3). */
export class InputError extends TataboxError {
  readonly exitCode = 3;
}

/** The machine, the network, a token or an installation is not as needed (exit code 4). */
export class EnvironmentError extends TataboxError {
  readonly exitCode = 4;
}

/** The user interrupted the work, or a caller's `AbortSignal` did (exit code 5). */
export class InterruptedError extends TataboxError {
  readonly exitCode = 5;
}

/**
 * Throws `InterruptedError` when the signal was aborted; long loops call it between two steps.
 *
 * @param what what is being done, for example `training`
 */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) {
    throw new InterruptedError(
      { where: what, found: 'interrupted', fix: 'Start it again to go on where it stopped.' },
      { cause: signal.reason },
    );
  }
}
