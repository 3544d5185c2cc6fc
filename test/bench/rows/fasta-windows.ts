import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { batches, disposeBatch } from '../../../kernel-lib/src/datasets/batches.ts';
import { intervalDataset } from '../../../kernel-lib/src/datasets/interval-dataset.ts';
import { checkSum, genomeFile, prepareGenome, windowFile } from './genome-data.ts';
import type { Measurement } from './random-windows.ts';

/**
 * From a BED file and a FASTA file to batches of 64 for training: int32 tokens here, float32 one-hot
 * of pysam and NumPy there, which is what one process of a PyTorch data loader does.
 */
export const name = 'FASTA windows to batches';
export const goal = 5;
/** `peers/fasta_windows.py batches FOLDER FIRST_REPETITION REPETITIONS` */
export const peer = { script: 'fasta_windows.py', mode: 'batches' };

export const prepare = prepareGenome;

const batchSize = 64;

export async function ours(folder: string, repetition: number): Promise<Measurement> {
  await tf.setBackend('cpu');
  let milliseconds = 0;
  let check = 0;
  let startedAt = performance.now();
  const dataset = await intervalDataset({
    genome: genomeFile(folder),
    intervals: windowFile(folder, repetition),
  });
  for await (const batch of batches(dataset, { size: batchSize })) {
    milliseconds += performance.now() - startedAt;
    // What the batch holds is looked at between two measurements.
    check += checkSum(await batch.inputs[0]!.data());
    disposeBatch(batch);
    startedAt = performance.now();
  }
  milliseconds += performance.now() - startedAt;
  dataset.close();
  return { milliseconds, check };
}
