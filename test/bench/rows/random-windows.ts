import { readBed } from '../../../kernel-lib/src/formats/bed.ts';
import { openFasta } from '../../../kernel-lib/src/formats/fasta.ts';
import { checkSum, genomeFile, prepareGenome, windowFile } from './genome-data.ts';

/** Opening a 100 MB indexed FASTA file and reading 10,000 random windows of 1,000 bases. */
export const name = 'random 1-kb windows of an indexed FASTA';
export const goal = 1;
/** `peers/fasta_windows.py random FOLDER FIRST_REPETITION REPETITIONS` */
export const peer = { script: 'fasta_windows.py', mode: 'random' };

export interface Measurement {
  readonly milliseconds: number;
  readonly check: number;
}

export const prepare = prepareGenome;

/** Opening and reading, all windows at once. */
export async function ours(folder: string, repetition: number): Promise<Measurement> {
  return measure(folder, repetition, false);
}

/** The same of the bgzip file (`random-bgzip` of the peer). */
export async function oursBgzip(folder: string, repetition: number): Promise<Measurement> {
  return measure(folder, repetition, true);
}

/** The plain file, one window after the other. */
export async function oursOneByOne(folder: string, repetition: number): Promise<Measurement> {
  const windows = await readBed(windowFile(folder, repetition));
  const startedAt = performance.now();
  const genome = await openFasta(genomeFile(folder));
  const tokens: Uint8Array[] = [];
  for (const window of windows) tokens.push(await genome.fetch(window));
  const milliseconds = performance.now() - startedAt;
  genome.close();
  return { milliseconds, check: tokens.reduce((sum, each) => sum + checkSum(each), 0) };
}

async function measure(
  folder: string,
  repetition: number,
  compressed: boolean,
): Promise<Measurement> {
  const windows = await readBed(windowFile(folder, repetition));
  const startedAt = performance.now();
  const genome = await openFasta(genomeFile(folder, compressed));
  const tokens = await genome.fetchMany(windows);
  const milliseconds = performance.now() - startedAt;
  genome.close();
  return { milliseconds, check: tokens.reduce((sum, each) => sum + checkSum(each), 0) };
}
