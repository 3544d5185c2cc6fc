import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readArrow } from '../../kernel-lib/src/formats/arrow.ts';
import { bamCoverage } from '../../kernel-lib/src/formats/bam-coverage.ts';
import { readBedGraph } from '../../kernel-lib/src/formats/bed-graph.ts';
import { readBedpe } from '../../kernel-lib/src/formats/bedpe.ts';
import { openBigBed } from '../../kernel-lib/src/formats/big-bed.ts';
import { openBigWig } from '../../kernel-lib/src/formats/big-wig.ts';
import { readFastq } from '../../kernel-lib/src/formats/fastq.ts';
import { readGenes } from '../../kernel-lib/src/formats/genes.ts';
import { readGff } from '../../kernel-lib/src/formats/gff.ts';
import { readKerasArchive } from '../../kernel-lib/src/formats/keras-archive.ts';
import { readNpy } from '../../kernel-lib/src/formats/npy.ts';
import { readNpz } from '../../kernel-lib/src/formats/npz.ts';
import { readParquet } from '../../kernel-lib/src/formats/parquet.ts';
import { readPeaks } from '../../kernel-lib/src/formats/peaks.ts';
import { openTabix } from '../../kernel-lib/src/formats/tabix.ts';
import { streamTfExamples } from '../../kernel-lib/src/formats/tf-example.ts';
import { readTorchCheckpoint } from '../../kernel-lib/src/formats/torch-checkpoint.ts';
import { openTwoBit } from '../../kernel-lib/src/formats/two-bit.ts';
import { readVcf } from '../../kernel-lib/src/formats/vcf.ts';
import { openZip } from '../../kernel-lib/src/formats/zip.ts';
import type { FuzzTarget } from './try-input.ts';

const here = path.dirname(fileURLToPath(import.meta.url));

/** The repository, from test/fuzz/ and from the bundle in build/fuzz/. */
const golden = path.join(here, '..', '..', 'test', 'unit', 'formats', 'golden');

async function goldenFiles(...names: readonly string[]): Promise<Uint8Array[]> {
  const files = names.map((name) => readFile(path.join(golden, ...name.split('/'))));
  return (await Promise.all(files)).map((bytes) => new Uint8Array(bytes));
}

const lines = (...all: readonly string[]): Uint8Array =>
  new Uint8Array(Buffer.from(`${all.join('\n')}\n`));

/** Longest stretch of a contig that is asked for: a damaged length is no wish of the user's. */
const STRETCH = 20_000;

interface Contig {
  readonly name: string;
  readonly length: number;
}

const beginnings = (contigs: readonly Contig[]) =>
  contigs
    .slice(0, 3)
    .map(({ name, length }) => ({ chrom: name, start: 0, end: Math.min(length, STRETCH) }));

async function drain(records: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const record of records) if (record !== undefined) count++;
  return count;
}

/** Of a file and its index the second is damaged; the first is whole. */
function indexTarget(
  name: string,
  file: string,
  index: string,
  fetch: {
    chrom: string;
    start: number;
    end: number;
  },
): FuzzTarget {
  return {
    name,
    samples: () => goldenFiles(`text/${index}`),
    read: async (bytes) => {
      const [data] = await goldenFiles(`text/${file}`);
      const opened = await openTabix(data!, { index: bytes, format: 'lines' });
      try {
        return await drain(opened.fetch(fetch));
      } finally {
        await opened.close();
      }
    },
  };
}

/** Readers of formats of genomics. */
export const genomicTargets: readonly FuzzTarget[] = [
  {
    name: 'fastq',
    samples: () => [
      lines('@r1 a', 'ACGTN', '+', 'IIII#', '@r2', 'AC', 'GT', '+r2', 'II', '@I'),
      new Uint8Array(gzipSync('@r\nACGT\n+\n!!!!\n')),
    ],
    dictionary: ['@', '+', '!', '~'],
    read: (bytes) => readFastq(bytes),
  },
  ...(['narrowPeak', 'broadPeak', 'gappedPeak'] as const).map((kind): FuzzTarget => ({
    name: kind,
    samples: () => [
      {
        narrowPeak: lines(
          'chr1\t0\t100\tp\t900\t.\t5.5\t10.2\t8.1\t50',
          'chr1\t5\t9\t.\t0\t+\t1\t-1\t-1\t-1',
        ),
        broadPeak: lines('chr1\t0\t100\tp\t900\t.\t5.5\t10.2\t8.1'),
        gappedPeak: lines('chr1\t0\t100\tp\t900\t.\t0\t100\t0\t2\t10,10\t0,90\t5.5\t10.2\t8.1'),
      }[kind],
    ],
    read: (bytes) => readPeaks(bytes, { kind }),
  })),
  {
    name: 'bed-graph',
    samples: () => [lines('track type=bedGraph', 'chr1\t0\t10\t1.5', 'chr1\t10\t20\t-3e-2')],
    dictionary: ['NaN', 'inf', '1e400'],
    read: (bytes) => readBedGraph(bytes),
  },
  {
    name: 'bedpe',
    samples: () => [
      lines('chr1\t0\t10\tchr2\t5\t9\tn\t1\t+\t-', '.\t-1\t-1\tchr2\t5\t9\t.\t.\t.\t.'),
    ],
    read: (bytes) => readBedpe(bytes),
  },
  {
    name: 'gff',
    samples: () => [
      lines(
        '##gff-version 3',
        'chrI\tSGD\tgene\t1\t90\t.\t+\t.\tID=g1;Name=a%20b;Note=x,y',
        'chrI\tSGD\tmRNA\t1\t90\t.\t+\t.\tID=t1;Parent=g1',
        'chrI\tSGD\tCDS\t10\t30\t.\t+\t0\tID=c1;Parent=t1',
        '###',
        '##FASTA',
        '>chrI',
        'ACGT',
      ),
      lines(
        'chr1\tHAVANA\tgene\t11\t99\t.\t-\t.\tgene_id "G"; gene_name "N"; level 2;',
        'chr1\tHAVANA\ttranscript\t11\t99\t.\t-\t.\tgene_id "G"; transcript_id "T"; tag "a"; tag "b";',
        'chr1\tHAVANA\texon\t11\t99\t.\t-\t.\tgene_id "G"; transcript_id "T"; exon_number 1;',
      ),
    ],
    dictionary: [
      'Parent=',
      'ID=',
      'gene_id',
      'transcript_id',
      '%',
      '%zz',
      '%00',
      '; ;',
      'constructor',
    ],
    read: async (bytes) => {
      await readGff(bytes);
      return readGenes(bytes);
    },
  },
  {
    name: 'vcf',
    samples: () => [
      lines(
        '##fileformat=VCFv4.3',
        '##contig=<ID=chr1,length=1000>',
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth, a \\"b\\"">',
        '##INFO=<ID=AF,Number=A,Type=Float,Description="x">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',
        '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2',
        'chr1\t10\trs1\tA\tC,<DEL>\t30.5\tPASS\tDP=14;AF=0.5,0.1;DB\tGT\t0|1\t./.',
        'chr1\t20\t.\tAT\tA\t.\tq10;s50\tEND=30\tGT\t1\t.',
      ),
    ],
    dictionary: [
      '##INFO=<',
      'Number=',
      'Type=Flag',
      '__proto__',
      'GT:DP',
      './.',
      '<NON_REF>',
      'PASS',
    ],
    read: async (bytes) => {
      const { records } = await readVcf(bytes);
      for (const record of records)
        JSON.stringify([record.info, record.genotypes], (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
    },
  },
  indexTarget('tabix-tbi', 'calls.vcf.gz', 'calls.vcf.gz.tbi', {
    chrom: 'chr1',
    start: 0,
    end: 1e6,
  }),
  indexTarget('tabix-csi', 'regions.bed.gz', 'regions.bed.gz.csi', {
    chrom: 'chr1',
    start: 0,
    end: 1e6,
  }),
  {
    name: '2bit',
    samples: () => goldenFiles('binary/little.2bit', 'binary/big.2bit', 'binary/wide.2bit'),
    read: async (bytes) => {
      const file = await openTwoBit(bytes);
      try {
        for (const window of beginnings(file.contigs)) await file.fetch(window);
      } finally {
        await file.close();
      }
    },
  },
  {
    name: 'big-wig',
    samples: () => goldenFiles('binary/signal.bw'),
    read: async (bytes) => {
      const file = await openBigWig(bytes);
      try {
        await file.statistics();
        for (const window of beginnings(file.contigs)) {
          await file.values(window);
          await file.values(window, { bins: 7, exact: false });
          await file.intervals(window);
        }
      } finally {
        await file.close();
      }
    },
  },
  {
    name: 'big-bed',
    samples: () => goldenFiles('binary/pybigwig-test.bigBed'),
    read: async (bytes) => {
      const file = await openBigBed(bytes);
      try {
        for (const window of beginnings(file.contigs)) await file.records(window);
      } finally {
        await file.close();
      }
    },
  },
  {
    name: 'bam',
    samples: () => goldenFiles('binary/reads.bam'),
    read: async (bytes) => {
      const [index] = await goldenFiles('binary/reads.bam.bai');
      return bamCoverage(bytes, { chrom: 'chrI', start: 0, end: 20_000 }, { index: index! });
    },
  },
  {
    name: 'bam-index',
    samples: () => goldenFiles('binary/reads.bam.bai', 'binary/reads.bam.csi'),
    read: async (bytes) => {
      const [bam] = await goldenFiles('binary/reads.bam');
      return bamCoverage(bam!, { chrom: 'chrI', start: 0, end: 20_000 }, { index: bytes });
    },
  },
];

/** Readers of arrays, tables and models. */
export const arrayTargets: readonly FuzzTarget[] = [
  {
    name: 'npy',
    samples: () => goldenFiles('version2.npy', 'version3.npy'),
    dictionary: ["'descr'", "'<f4'", "'|O'", "'fortran_order'", 'True', '(3,)', '()', "'>i8'"],
    read: (bytes) => readNpy(bytes),
  },
  {
    name: 'npz',
    samples: () => goldenFiles('numpy.npz'),
    read: (bytes) => readNpz(bytes),
  },
  {
    name: 'zip',
    samples: () => goldenFiles('python.zip'),
    dictionary: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', '../', '/etc/passwd'],
    read: async (bytes) => {
      const archive = await openZip(bytes);
      try {
        for (const entry of archive.entries) await archive.readText(entry);
      } finally {
        await archive.close();
      }
    },
  },
  {
    name: 'keras-archive',
    samples: () => goldenFiles('keras3.keras'),
    read: (bytes) => readKerasArchive(bytes),
  },
  {
    name: 'tfrecord',
    samples: () => goldenFiles('records.tfrecord', 'records.tfrecord.gz'),
    read: (bytes) => drain(streamTfExamples(bytes)),
  },
  {
    name: 'arrow',
    samples: () => goldenFiles('table.arrow', 'table.arrows'),
    read: (bytes) => readArrow(bytes),
  },
  {
    name: 'parquet',
    samples: () => goldenFiles('table-none.parquet', 'table-snappy.parquet', 'table-gzip.parquet'),
    read: (bytes) => readParquet(bytes),
  },
  {
    name: 'torch',
    samples: () => goldenFiles('torch.pt', 'torch-v3.pt', 'torch-legacy.pt'),
    dictionary: ['collections', 'OrderedDict', 'os', 'system', 'builtins', 'eval', 'R', 'c', '.'],
    read: (bytes) => readTorchCheckpoint(bytes),
  },
];
