import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ensureBackend, type BackendName } from '../backend/use-backend.ts';
import { EnvironmentError, InterruptedError, UsageError } from '../core/errors.ts';
import { releaseLockOfThread } from '../core/folder-lock.ts';
import type { LongWorkOptions, ProgressEvent } from '../core/progress.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { InMemoryDataset } from '../datasets/in-memory-dataset.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import { parseModelConfig, trainEnsembleMember, type EnsembleMember } from './ensemble-member.ts';
import {
  unpackError,
  type EnsembleWorkerData,
  type EnsembleWorkerReply,
  type EnsembleWorkerRequest,
} from './ensemble-messages.ts';
import type { SkippedBatch } from './training-log.ts';
import { parseTrainingOptions, type TrainingOptionsInput } from './training-options.ts';

/** What `trainEnsemble` takes. */
export interface TrainEnsembleOptions extends LongWorkOptions {
  /** Name of an architecture, for example `xpresso`. */
  readonly modelType: string;
  /** Its config. */
  readonly config: unknown;
  readonly train: Dataset;
  readonly validation?: Dataset;
  /** Training options of all members; each member's own seed takes the place of their `seed`. */
  readonly options?: TrainingOptionsInput;
  /** One model a seed, which seeds its initialisation and its training. */
  readonly seeds: readonly number[];
  /** Where each member has its own folder `member-SEED`, as `trainModel` writes it. */
  readonly folder?: string;
  /**
   * Members trained at the same time, each in a thread of its own. Default: the number of cores,
   * at most one a seed; 1 where threads cannot be used (datasets that are not in memory, sources
   * that were not built) or bring nothing (native TensorFlow, which has its own). With 1 the
   * members are trained one after the other in this thread. The numbers are the same.
   */
  readonly workers?: number;
  /** Goes on from the members' checkpoints; finished members are not trained again. */
  readonly resume?: boolean;
  /**
   * Weights that all members begin with, by name, for example a pre-trained encoder; those of other
   * names are drawn by the member's seed. Default: none.
   */
  readonly initialWeights?: WeightsByName;
  /** Is told of each batch that a member leaves out because of `onBadLoss: 'skip'`. */
  readonly onSkippedBatch?: (seed: number, record: SkippedBatch) => void;
}

/**
 * Trains models that differ only in their seed, in parallel.
 *
 * @returns the members in the order of the seeds
 * @throws UsageError when options, model and examples do not go together
 * @throws EnvironmentError when `workers` was given and threads cannot be used
 * @throws InterruptedError when the signal was aborted; all checkpoints are written before
 * @example
 * const members = await trainEnsemble({
 *   modelType: 'xpresso',
 *   config,
 *   train,
 *   validation,
 *   seeds: [1, 2, 3],
 * });
 */
export async function trainEnsemble(call: TrainEnsembleOptions): Promise<EnsembleMember[]> {
  const { modelType, config, options = {}, seeds } = call;
  requireSeeds(seeds);
  parseModelConfig(modelType, config);
  const { epochs } = parseTrainingOptions(options);
  const { name: backend } = await ensureBackend();
  const workers = numberOfWorkers(call, backend);
  const progress = new EnsembleProgress(call, call.train.length * epochs);
  // One failing member stops the others, each with its checkpoint.
  const controller = new AbortController();
  const abort = () => {
    controller.abort(call.signal?.reason);
  };
  if (call.signal?.aborted) abort();
  call.signal?.addEventListener('abort', abort);
  const trainOne = workers === 1 ? trainHere : trainInWorker;
  const members: EnsembleMember[] = [];
  const errors: unknown[] = [];
  const queue = [...seeds.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, seed] = next;
      try {
        members[index] = await trainOne(call, seed, backend, controller.signal, (event) => {
          progress.report(seed, event);
        });
        progress.finish(seed);
      } catch (error) {
        errors.push(error);
        queue.length = 0;
        abort();
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  call.signal?.removeEventListener('abort', abort);
  const cause = errors.find((error) => !(error instanceof InterruptedError)) ?? errors[0];
  if (cause !== undefined) throw cause as Error;
  return members;
}

type TrainOne = (
  call: TrainEnsembleOptions,
  seed: number,
  backend: BackendName,
  signal: AbortSignal,
  progress: (event: ProgressEvent) => void,
) => Promise<EnsembleMember>;

function memberFolder(folder: string | undefined, seed: number): string | undefined {
  return folder === undefined ? undefined : path.join(folder, `member-${String(seed)}`);
}

const trainHere: TrainOne = (call, seed, _, signal, progress) => {
  const {
    modelType,
    config,
    options = {},
    train,
    validation,
    folder,
    resume,
    initialWeights,
  } = call;
  return trainEnsembleMember({
    modelType,
    config,
    options,
    seed,
    train,
    validation,
    folder: memberFolder(folder, seed),
    resume: resume === true && folder !== undefined,
    initialWeights,
    onSkippedBatch: (record) => call.onSkippedBatch?.(seed, record),
    signal,
    progress,
  });
};

const trainInWorker: TrainOne = (call, seed, backend, signal, progress) => {
  const { modelType, config, options = {}, train, validation, folder, resume = false } = call;
  const data: EnsembleWorkerData = {
    backend,
    modelType,
    config,
    options,
    seed,
    train: (train as InMemoryDataset).toPlain(),
    validation: (validation as InMemoryDataset | undefined)?.toPlain(),
    folder: memberFolder(folder, seed),
    resume: resume && folder !== undefined,
    initialWeights: call.initialWeights,
  };
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile(), { workerData: data });
    const abort = () => {
      worker.postMessage({ type: 'abort' } satisfies EnsembleWorkerRequest);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    worker.on('message', (reply: EnsembleWorkerReply) => {
      if (reply.type === 'progress') progress(reply.event);
      else if (reply.type === 'skipped batch') call.onSkippedBatch?.(seed, reply.record);
      else if (reply.type === 'done') resolve(reply.member);
      else reject(unpackError(reply.error));
    });
    worker.on('error', reject);
    // It is known as -1 once the thread has ended.
    const { threadId } = worker;
    worker.on('exit', (code) => {
      signal.removeEventListener('abort', abort);
      // A thread that ended in the middle, of lack of memory for example, has released nothing.
      if (data.folder !== undefined) void releaseLockOfThread(data.folder, threadId);
      // Too late to matter if the worker has sent its result.
      reject(
        new EnvironmentError({
          where: `training of the member with seed ${String(seed)}`,
          found: `its thread ended with code ${String(code)} and no result`,
          fix: 'Set workers to 1 to train in this thread.',
        }),
      );
    });
  });
};

/** The worker's bundle, which the build puts beside the library's. */
function workerFile(): string {
  const folder =
    typeof __dirname === 'string' ? __dirname : path.dirname(fileURLToPath(import.meta.url));
  return path.join(folder, 'ensemble-worker.cjs');
}

function requireSeeds(seeds: readonly number[]): void {
  if (seeds.length > 0 && new Set(seeds).size === seeds.length) return;
  throw new UsageError({
    where: 'trainEnsemble',
    found: `seeds [${seeds.join(', ')}]`,
    expected: 'at least one seed, each once',
  });
}

function numberOfWorkers(call: TrainEnsembleOptions, backend: BackendName): number {
  const { workers, seeds } = call;
  const possible = Math.min(workers ?? availableParallelism(), seeds.length);
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 1)) {
    throw new UsageError({
      where: 'trainEnsemble, workers',
      found: String(workers),
      expected: 'a whole number of at least 1',
    });
  }
  if (possible === 1) return 1;
  const obstacle = whyNoWorkers(call);
  if (obstacle === undefined)
    return workers === undefined && (backend === 'tensorflow' || backend === 'webgpu')
      ? 1
      : possible;
  if (workers === undefined) return 1;
  throw new EnvironmentError({
    where: `trainEnsemble with ${String(workers)} workers`,
    ...obstacle,
    fix: 'Leave workers out or set it to 1 to train in this thread.',
  });
}

function whyNoWorkers({
  train,
  validation,
}: TrainEnsembleOptions): { found: string; expected: string } | undefined {
  for (const dataset of [train, validation]) {
    if (dataset !== undefined && !(dataset instanceof InMemoryDataset)) {
      return { found: 'a dataset that cannot be sent to a thread', expected: 'an InMemoryDataset' };
    }
  }
  if (existsSync(workerFile())) return undefined;
  return { found: 'no worker program', expected: workerFile() };
}

/** Adds up the progress of the members. */
class EnsembleProgress {
  readonly #call: TrainEnsembleOptions;
  readonly #examplesOfMember: number;
  readonly #done = new Map<number, number>();
  readonly #values = new Map<number, Readonly<Record<string, number>>>();
  readonly #startedAt = performance.now();
  /** What members had done before they resumed or did not have to do: not this run's speed. */
  #notDoneHere = 0;

  constructor(call: TrainEnsembleOptions, examplesOfMember: number) {
    this.#call = call;
    this.#examplesOfMember = examplesOfMember;
  }

  report(seed: number, { done, values = {} }: ProgressEvent): void {
    if (!this.#done.has(seed)) this.#notDoneHere += done;
    this.#done.set(seed, done);
    this.#values.set(seed, values);
    this.#send();
  }

  /** A member is done, perhaps earlier than after all its epochs. */
  finish(seed: number): void {
    this.#notDoneHere += this.#examplesOfMember - (this.#done.get(seed) ?? 0);
    this.#done.set(seed, this.#examplesOfMember);
    this.#send();
  }

  #send(): void {
    const { progress, seeds } = this.#call;
    if (progress === undefined) return;
    const done = [...this.#done.values()].reduce((sum, each) => sum + each, 0);
    const total = this.#examplesOfMember * seeds.length;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = (done - this.#notDoneHere) / Math.max(seconds, 1e-6);
    progress({
      task: `training of ${String(seeds.length)} models`,
      done,
      total,
      unit: 'examples',
      values: meanValues([...this.#values.values()]),
      rate,
      ...(rate > 0 ? { secondsLeft: (total - done) / rate } : {}),
    });
  }
}

/** The mean of each value over the members that report it. */
function meanValues(members: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const means: Record<string, number> = {};
  for (const name of new Set(members.flatMap((values) => Object.keys(values)))) {
    const values = members.flatMap((each) => each[name] ?? []);
    means[name] = values.reduce((sum, value) => sum + value, 0) / values.length;
  }
  return means;
}
