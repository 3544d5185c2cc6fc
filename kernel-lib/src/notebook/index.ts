export { CellError } from './cell-error.ts';
export type { CellErrorDetails, CellFailure } from './cell-error.ts';
export { exportHtml } from './export-html.ts';
export type { ExportHtmlOptions } from './export-html.ts';
export { interruptSignal } from './interrupt-signal.ts';
export type { InterruptSignal } from './interrupt-signal.ts';
export type { EndStatus, KernelEvent, KernelRequest, OutputChange } from './kernel-protocol.ts';
export { serveKernel } from './kernel-server.ts';
export type { ServeKernelOptions } from './kernel-server.ts';
export { TslabKernel } from './kernel.ts';
export type { ExecutionReply, KernelCompletion, KernelOptions } from './kernel.ts';
export type { KernelOutput } from './kernel-output.ts';
export { formatNotebook, parseNotebook, readNotebook, writeNotebook } from './notebook-file.ts';
export type {
  DisplayOutput,
  ErrorOutput,
  Notebook,
  NotebookCell,
  NotebookOutput,
  NotebookText,
  StreamOutput,
} from './notebook-file.ts';
export { notebookProgress } from './notebook-progress.ts';
export type { NotebookProgressOptions } from './notebook-progress.ts';
export { runNotebook } from './run-notebook.ts';
export type {
  CellEvent,
  CellPosition,
  CellResult,
  CellStatus,
  NotebookRun,
  RunNotebookOptions,
} from './run-notebook.ts';
export { defaultProgress, terminalProgress } from './terminal-progress.ts';
export type {
  ProgressStream,
  TerminalProgress,
  TerminalProgressOptions,
} from './terminal-progress.ts';
