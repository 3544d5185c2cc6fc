import {
  EnvironmentError,
  InputError,
  InterruptedError,
  TataboxError,
  UsageError,
  type ErrorDetails,
} from '../core/errors.ts';
import type { ProgressEvent } from '../core/progress.ts';
import type { BackendName } from '../backend/use-backend.ts';
import type { InMemoryDatasetParts } from '../datasets/in-memory-dataset.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import type { EnsembleMember } from './ensemble-member.ts';
import type { SkippedBatch } from './training-log.ts';
import type { TrainingOptionsInput } from './training-options.ts';

/** What a worker is started with. */
export interface EnsembleWorkerData {
  readonly backend: BackendName;
  readonly modelType: string;
  readonly config: unknown;
  readonly options: TrainingOptionsInput;
  readonly seed: number;
  readonly train: InMemoryDatasetParts;
  readonly validation: InMemoryDatasetParts | undefined;
  readonly folder: string | undefined;
  readonly resume: boolean;
  readonly initialWeights: WeightsByName | undefined;
}

/** What the main thread sends to a worker. */
export interface EnsembleWorkerRequest {
  readonly type: 'abort';
}

/** What a worker sends back. */
export type EnsembleWorkerReply =
  | { readonly type: 'progress'; readonly event: ProgressEvent }
  | { readonly type: 'skipped batch'; readonly record: SkippedBatch }
  | { readonly type: 'done'; readonly member: EnsembleMember }
  | { readonly type: 'error'; readonly error: ErrorMessage };

/** An error as it crosses threads; errors of this library come out as what they went in. */
export interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly details: ErrorDetails | undefined;
}

const errorClasses = { UsageError, InputError, EnvironmentError, InterruptedError };

/** Takes an error apart so that it can be sent. */
export function packError(error: unknown): ErrorMessage {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  // The class is looked for, because minifying changes its name.
  const known = Object.entries(errorClasses).find(([, type]) => error instanceof type);
  return {
    name: known?.[0] ?? 'Error',
    message,
    stack,
    details: error instanceof TataboxError ? error.details : undefined,
  };
}

/** The error that was sent. */
export function unpackError({ name, message, stack, details }: ErrorMessage): Error {
  const known = errorClasses[name as keyof typeof errorClasses] as
    (typeof errorClasses)[keyof typeof errorClasses] | undefined;
  const error =
    known === undefined || details === undefined ? new Error(message) : new known(details);
  if (stack !== undefined) error.stack = stack;
  return error;
}
