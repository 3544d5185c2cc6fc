import { parentPort, workerData } from 'node:worker_threads';
import { useBackend } from '../backend/use-backend.ts';
import { InMemoryDataset } from '../datasets/in-memory-dataset.ts';
import { trainEnsembleMember } from './ensemble-member.ts';
import {
  packError,
  type EnsembleWorkerData,
  type EnsembleWorkerReply,
  type EnsembleWorkerRequest,
} from './ensemble-messages.ts';

/** The least time between two progress messages: they cost the main thread more than they tell. */
const MILLISECONDS_BETWEEN_EVENTS = 50;

/** Trains the member that the worker was started for and sends it to the main thread. */
async function work(): Promise<void> {
  const { backend, train, validation, ...member } = workerData as EnsembleWorkerData;
  const controller = new AbortController();
  const reply = (message: EnsembleWorkerReply) => parentPort?.postMessage(message);
  parentPort?.on('message', ({ type }: EnsembleWorkerRequest) => {
    if (type === 'abort') controller.abort();
  });
  let lastEvent = -Infinity;
  try {
    await useBackend(backend);
    const trained = await trainEnsembleMember({
      ...member,
      train: InMemoryDataset.fromPlain(train),
      validation: validation === undefined ? undefined : InMemoryDataset.fromPlain(validation),
      signal: controller.signal,
      onSkippedBatch: (record) => {
        reply({ type: 'skipped batch', record });
      },
      progress: (event) => {
        const now = performance.now();
        if (now - lastEvent < MILLISECONDS_BETWEEN_EVENTS && event.done !== event.total) return;
        lastEvent = now;
        reply({ type: 'progress', event });
      },
    });
    reply({ type: 'done', member: trained });
  } catch (error) {
    reply({ type: 'error', error: packError(error) });
  } finally {
    // Without a listener nothing holds the thread, and it ends when its messages are sent.
    parentPort?.removeAllListeners('message');
    parentPort?.unref();
  }
}

void work();
