import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { batches, disposeBatch } from '../../../kernel-lib/src/datasets/batches.ts';
import { intervalDataset } from '../../../kernel-lib/src/datasets/interval-dataset.ts';
import { readBed } from '../../../kernel-lib/src/formats/bed.ts';
import { openFasta } from '../../../kernel-lib/src/formats/fasta.ts';
import type { BenchRow, PreparedWork, Repetition } from '../bench-row.ts';
import { checkSum, genomeFile, prepareGenome, windowFile } from './genome-data.ts';

const BATCH = 64;

/** From a BED file and a FASTA file to batches of int32 tokens. */
async function readBatches(folder: string, repetition: number): Promise<Repetition> {
  let milliseconds = 0;
  let check = 0;
  let startedAt = performance.now();
  const dataset = await intervalDataset({
    genome: genomeFile(folder),
    intervals: windowFile(folder, repetition),
  });
  for await (const batch of batches(dataset, { size: BATCH })) {
    milliseconds += performance.now() - startedAt;
    // What the batch holds is looked at between two measurements.
    check += checkSum((await batch.inputs[0]?.data()) ?? []);
    disposeBatch(batch);
    startedAt = performance.now();
  }
  milliseconds += performance.now() - startedAt;
  dataset.close();
  return { milliseconds, check };
}

/** Opening a FASTA file and reading random windows into tokens. */
async function readWindows(
  folder: string,
  repetition: number,
  compressed: boolean,
): Promise<Repetition> {
  const windows = await readBed(windowFile(folder, repetition));
  const startedAt = performance.now();
  const genome = await openFasta(genomeFile(folder, compressed));
  const tokens = await genome.fetchMany(windows);
  const milliseconds = performance.now() - startedAt;
  genome.close();
  return { milliseconds, check: tokens.reduce((sum, each) => sum + checkSum(each), 0) };
}

/** Our side of a row on the genome, which is made once for all of them and kept. */
async function onGenome(
  folder: string,
  run: (genome: string, repetition: number) => Promise<Repetition>,
): Promise<PreparedWork> {
  const genome = path.join(folder, '..', 'genome');
  await prepareGenome(genome);
  await tf.setBackend('cpu');
  let repetition = 0;
  return { run: () => run(genome, repetition++) };
}

const common = { backends: ['none'], tolerance: 0, repetitions: 9 } as const;
const peers = [{ name: 'pysam', script: 'fasta_windows.py' }];

/** What one process of a PyTorch data loader does: pysam, NumPy, float32 one-hot. */
export const fastaBatches: BenchRow = {
  ...common,
  name: 'fasta-batches',
  work: 'FASTA windows to batches of 64, 10,000 windows of 1,000 bp (peer: pysam + NumPy, one-hot)',
  peers,
  goals: { none: 5 },
  prepare: (folder) => onGenome(folder, readBatches),
};

export const fastaRandom: BenchRow = {
  ...common,
  name: 'fasta-random',
  work: 'opening a 100 MB indexed FASTA, 10,000 random windows of 1,000 bp',
  peers,
  goals: { none: 1 },
  prepare: (folder) => onGenome(folder, (genome, i) => readWindows(genome, i, false)),
};

export const fastaRandomBgzip: BenchRow = {
  ...common,
  name: 'fasta-random-bgzip',
  work: 'the same windows of the bgzip file',
  peers,
  goals: {},
  prepare: (folder) => onGenome(folder, (genome, i) => readWindows(genome, i, true)),
};
