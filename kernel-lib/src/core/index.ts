export { display, Displayable, isNotebook, type MimeBundle } from './display.ts';
export {
  EnvironmentError,
  InputError,
  InterruptedError,
  TataboxError,
  UsageError,
  type ErrorDetails,
} from './errors.ts';
export { yieldToEventLoop } from './progress.ts';
export type { LongWorkOptions, ProgressEvent, ProgressReporter } from './progress.ts';
export { Random } from './random.ts';
export { TableView, type CellValue } from './table-view.ts';
export { writeFileAtomically } from './write-file.ts';
