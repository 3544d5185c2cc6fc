import { InterruptedError, TataboxError } from 'tatabox/core/errors.ts';

/** Whether an error says that the user stopped the work. */
export function isCancellation(error: unknown): boolean {
  return (
    error instanceof InterruptedError ||
    (error instanceof Error && (error.name === 'AbortError' || error.name === 'Canceled'))
  );
}

/** What a user is told of an error: what was found, expected, and how to mend it. */
export function errorText(error: unknown): string {
  if (error instanceof TataboxError) return error.message;
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return String(error);
}
