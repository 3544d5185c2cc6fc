import { existsSync } from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { streamFasta } from '../../../kernel-lib/src/formats/fasta-records.ts';
import { streamVcf } from '../../../kernel-lib/src/formats/vcf.ts';
import type { BenchRow, PreparedWork } from '../bench-row.ts';

const FILE_BYTES = 2e9;
const RECORD_BASES = 100_000;
const LINE_BASES = 80;
const SAMPLES = 100;

/** Writes a file once; `part` gives the next piece of it. */
async function writeOnce(file: string, part: (index: number) => Uint8Array): Promise<void> {
  if (existsSync(file)) return;
  await mkdir(path.dirname(file), { recursive: true });
  const handle: FileHandle = await open(`${file}.part`, 'w');
  for (let index = 0, size = 0; size < FILE_BYTES; index++) {
    const bytes = part(index);
    await handle.write(bytes);
    size += bytes.length;
  }
  await handle.close();
  await rename(`${file}.part`, file);
}

/** A record of random bases; its lines are turned from one record to the next. */
function fastaParts(): (index: number) => Uint8Array {
  const random = new Random(7);
  const lines = Array.from({ length: RECORD_BASES / LINE_BASES }, () =>
    Array.from({ length: LINE_BASES }, () => 'ACGT'.charAt(random.integer(4))).join(''),
  );
  return (index) => {
    const turn = index % lines.length;
    const body = [...lines.slice(turn), ...lines.slice(0, turn)].join('\n');
    return Buffer.from(`>record${String(index)} some words\n${body}\n`);
  };
}

function vcfParts(): (index: number) => Uint8Array {
  const genotypes = ['0/0:12', '0/1:30', '1/1:7', './.:.'];
  const random = new Random(8);
  const samples = Array.from({ length: 50 }, () =>
    Array.from({ length: SAMPLES }, () => genotypes[random.integer(4)]).join('\t'),
  );
  const header = [
    '##fileformat=VCFv4.3',
    '##contig=<ID=chr1,length=2000000000>',
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    `#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t${Array.from({ length: SAMPLES }, (_, i) => `s${String(i)}`).join('\t')}`,
  ].join('\n');
  return (index) => {
    const lines = samples.map(
      (values, i) =>
        `chr1\t${String(1 + index * 50 + i)}\t.\tA\tC\t50\tPASS\tDP=${String(i)}\tGT:DP\t${values}`,
    );
    return Buffer.from(`${index === 0 ? `${header}\n` : ''}${lines.join('\n')}\n`);
  };
}

async function prepared(file: string, count: () => Promise<number>): Promise<PreparedWork> {
  await writeOnce(file, file.endsWith('.vcf') ? vcfParts() : fastaParts());
  return {
    async run() {
      const begin = performance.now();
      const check = await count();
      return { milliseconds: performance.now() - begin, check };
    },
  };
}

const common = { backends: ['none'], tolerance: 0, repetitions: 1, goals: {} } as const;
const peers = [{ name: 'pysam', script: 'stream.py' }];

/** Letters of all records. What counts is the memory. */
export const streamFastaRow: BenchRow = {
  ...common,
  name: 'stream-fasta',
  work: 'a FASTA of 2 GB read from start to end, records of 100,000 bases',
  peers,
  prepare(folder) {
    const file = path.join(folder, '..', 'genome', 'stream.fa');
    return prepared(file, async () => {
      let letters = 0;
      for await (const { sequence } of streamFasta(file)) letters += sequence.length;
      return letters;
    });
  },
};

/** Sum of all positions. */
export const streamVcfRow: BenchRow = {
  ...common,
  name: 'stream-vcf',
  work: `a VCF of 2 GB with ${String(SAMPLES)} samples read from start to end`,
  peers,
  prepare(folder) {
    const file = path.join(folder, '..', 'genome', 'stream.vcf');
    return prepared(file, async () => {
      let sum = 0;
      for await (const { start } of streamVcf(file)) sum += start;
      return sum;
    });
  },
};
