import type { NotebookOutput } from './notebook-file.ts';

/**
 * What an editor and `tatabox notebook kernel` say to each other: one JSON object a line, requests on
 * stdin, events on stdout. `id` is the editor's own; what answers or follows from a request bears it.
 */
export type KernelRequest =
  /** Runs a cell; several wait for each other. `outputs` come until `ended`, and after it too. */
  | { readonly id: number; readonly type: 'execute'; readonly code: string }
  /** What could stand at a position (UTF-16 units). */
  | {
      readonly id: number;
      readonly type: 'complete';
      readonly code: string;
      readonly position: number;
    }
  /** Type and documentation of what stands at a position. */
  | {
      readonly id: number;
      readonly type: 'inspect';
      readonly code: string;
      readonly position: number;
    }
  /** Interrupts the cell that runs and drops those that wait. */
  | { readonly id: number; readonly type: 'interrupt' }
  /** Ends the kernel with all that it knows and starts a new one. */
  | { readonly id: number; readonly type: 'restart' }
  /** Ends the kernel and this program, as the end of stdin does. */
  | { readonly id: number; readonly type: 'stop' };

/** How a cell ended. `dropped`: it never ran, for one before it was interrupted or the kernel ended. */
export type EndStatus = 'ok' | 'error' | 'interrupted' | 'kernel-ended' | 'dropped';

/** A change of a cell's outputs: one is set, or text is added to a stream. */
export type OutputChange =
  | { readonly index: number; readonly output: NotebookOutput }
  | { readonly index: number; readonly append: string };

/** What the kernel says. */
export type KernelEvent =
  /** The kernel runs, at first and after a restart. */
  | { readonly event: 'ready'; readonly processId: number | undefined }
  /** The kernel cannot be started, or has ended by itself. */
  | { readonly event: 'kernel-ended'; readonly message: string }
  /** A line could not be understood. */
  | { readonly event: 'refused'; readonly message: string; readonly id?: number }
  | { readonly event: 'started'; readonly id: number }
  /** There are `count` outputs now; those that follow have changed. An update may come for an old cell. */
  | {
      readonly event: 'outputs';
      readonly id: number;
      readonly count: number;
      readonly changes: readonly OutputChange[];
    }
  | {
      readonly event: 'ended';
      readonly id: number;
      readonly status: EndStatus;
      readonly executionCount: number | null;
    }
  /** An interrupt has no effect: the cell computes without a pause. */
  | { readonly event: 'stuck'; readonly id: number }
  | {
      readonly event: 'completion';
      readonly id: number;
      readonly matches: readonly string[];
      readonly start: number;
      readonly end: number;
    }
  | { readonly event: 'inspection'; readonly id: number; readonly text: string | null }
  /** A request without another answer is done. */
  | { readonly event: 'done'; readonly id: number };
