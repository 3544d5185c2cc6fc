import { TataboxError } from '../core/errors.ts';

/** What a command gives back: text for people, and one object for `--json`. */
export interface CommandResult {
  /** Lines for a person; not printed with `--json`. */
  readonly text: string;
  /** The object that `--json` prints as the last line of stdout. */
  readonly json: object;
  /** 3 where a file was looked at and found wrong. Default 0. */
  readonly exitCode?: number;
}

/** Exit code of an error that no class of ours describes: a defect. */
const DEFECT = 1;

/** Prints a result; stdout carries results only. */
export function reportResult(result: CommandResult, json: boolean): void {
  process.stdout.write(`${json ? JSON.stringify(result.json) : result.text}\n`);
  if (result.exitCode !== undefined) process.exitCode = result.exitCode;
}

/** What `--json` says of an error. */
export interface ErrorObject {
  readonly name: string;
  readonly message: string;
  readonly exitCode: number;
}

/** Prints the object that `--json` gives for an error as the last line of stdout. */
export function writeErrorObject(error: ErrorObject): void {
  process.stdout.write(`${JSON.stringify({ error })}\n`);
}

/** Prints an error and gives the exit code. A defect is told apart and shown with its stack. */
export function reportError(error: unknown, json: boolean): number {
  const known = error instanceof TataboxError;
  const exitCode = known ? error.exitCode : DEFECT;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: ${message}\n`);
  if (!known && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ''}\nThis is a defect of tatabox: please report it.\n`);
  }
  if (json) {
    const name = error instanceof Error ? error.name : 'Error';
    writeErrorObject({ name, message, exitCode });
  }
  return exitCode;
}
