import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { deflateRawSync, crc32 } from 'node:zlib';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { writeBed } from '../../../kernel-lib/src/formats/bed.ts';
import { writeFastaIndex } from '../../../kernel-lib/src/formats/fasta.ts';
import type { Interval } from '../../../kernel-lib/src/sequence/interval.ts';

/** Windows a repetition, and their bases. */
export const windowCount = 10_000;
export const windowLength = 1000;
/** Sets of windows; repetition `i` takes set `i % windowSets`. */
export const windowSets = 5;

const contigs = 10;
const contigBases = 9_830_000;
const lineBases = 60;

/** The genome of the rows: 100 MB, plain, and the same as bgzip. */
export function genomeFile(folder: string, compressed = false): string {
  return path.join(folder, compressed ? 'genome.fa.gz' : 'genome.fa');
}

/** The windows of a repetition as BED. */
export function windowFile(folder: string, repetition: number): string {
  return path.join(folder, `windows-${String(repetition % windowSets)}.bed`);
}

/**
 * Writes the genome, its indices and the windows, all from seeds, unless they are there: upper and
 * lower case, runs of N, windows on both strands.
 */
export async function prepareGenome(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (existsSync(windowFile(folder, windowSets - 1))) return;
  const random = new Random(20_240_601);
  const plain = genomeFile(folder);
  const file = await open(`${plain}.part`, 'w');
  for (let contig = 1; contig <= contigs; contig++) {
    await file.write(`>chr${String(contig)}\n`);
    await file.write(contigLines(random));
  }
  await file.close();
  await rename(`${plain}.part`, plain);
  await writeFastaIndex(plain);
  await compress(plain, genomeFile(folder, true));
  await writeFastaIndex(genomeFile(folder, true));
  for (let set = 0; set < windowSets; set++) {
    await writeBed(windowFile(folder, set), randomWindows(random.derive(set)));
  }
}

function contigLines(random: Random): Uint8Array {
  const draws = new Uint32Array(Math.ceil(contigBases / 16));
  random.fillUint32(draws);
  const bases = new Uint8Array(contigBases);
  for (let i = 0; i < contigBases; i++) {
    bases[i] = 'ACGT'.charCodeAt((draws[i >> 4]! >>> (2 * (i & 15))) & 3);
  }
  // About half of a genome is repeats, which are in lower case.
  for (let start = 0; start < contigBases; start += 2000 + random.integer(6000)) {
    const end = Math.min(contigBases, start + random.integer(4000));
    for (let i = start; i < end; i++) bases[i]! |= 32;
  }
  const gap = random.integer(contigBases - 50_000);
  bases.fill(78, gap, gap + 50_000);
  const lines = Math.ceil(contigBases / lineBases);
  const text = new Uint8Array(contigBases + lines);
  for (let line = 0; line < lines; line++) {
    const row = bases.subarray(line * lineBases, (line + 1) * lineBases);
    text.set(row, line * (lineBases + 1));
    text[line * (lineBases + 1) + row.length] = 10;
  }
  return text;
}

/** BGZF blocks of 65,280 bytes, as bgzip writes them. */
async function compress(plain: string, target: string): Promise<void> {
  const content = await readFile(plain);
  const file = await open(target, 'w');
  for (let start = 0; start <= content.length; start += 65_280) {
    const block = content.subarray(start, start + 65_280);
    const data = deflateRawSync(block, { level: 6 });
    const header = Buffer.from('1f8b08040000000000ff0600424302000000', 'hex');
    header.writeUInt16LE(header.length + data.length + 7, 16);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(block), 0);
    trailer.writeUInt32LE(block.length, 4);
    await file.write(Buffer.concat([header, data, trailer]));
  }
  // The empty block that marks the end of the file.
  await file.write(Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex'));
  await file.close();
}

function randomWindows(random: Random): Interval[] {
  return Array.from({ length: windowCount }, (_, i): Interval => {
    const start = random.integer(contigBases - windowLength);
    return {
      chrom: `chr${String(1 + random.integer(contigs))}`,
      start,
      end: start + windowLength,
      name: `window${String(i)}`,
      strand: random.uniform() < 0.5 ? '-' : '+',
    };
  });
}

/** What both sides must agree on: the sum of the tokens of known bases (A 0, C 1, G 2, T 3). */
export function checkSum(tokens: ArrayLike<number>): number {
  let sum = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- an iterator takes ten times as long
  for (let i = 0; i < tokens.length; i++) sum += tokens[i]! < 4 ? tokens[i]! : 0;
  return sum;
}
