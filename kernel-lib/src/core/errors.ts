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

/** Letters of the parts of a message at most: a damaged file may be one long name. */
const LONGEST = { where: 1000, found: 2500, expected: 500, fix: 500 } as const;

/** Codes that steer a terminal, which a file could hold in place of a name. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

function shown(part: string, longest: number): string {
  const text = part.replace(CONTROL, '\ufffd');
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function formatMessage({ where, found, expected, fix }: ErrorDetails): string {
  const sentences = [`${shown(where, LONGEST.where)}: ${shown(found, LONGEST.found)}`];
  if (expected !== undefined) sentences.push(`expected ${shown(expected, LONGEST.expected)}`);
  const message = sentences.join('; ');
  if (fix === undefined) return message;
  return `${message}${/[.?!]$/.test(message) ? '' : '.'} ${shown(fix, LONGEST.fix)}`;
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
