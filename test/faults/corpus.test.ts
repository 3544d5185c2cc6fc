// Broken files and the message that each must give. The files of a folder of corpus/ go to the reader
// of its name, and folders in these as wholes; corpus/make-corpus.mjs writes them. A message that changes is to be read as a user
// would: npx vitest run test/faults/corpus.test.ts -u
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TataboxError } from '../../kernel-lib/src/core/errors.ts';
import { readClusterTable } from '../../kernel-lib/src/datasets/cluster-table.ts';
import { openSequenceCorpus } from '../../kernel-lib/src/datasets/sequence-corpus.ts';
import { readLabelledPromoters } from '../../kernel-lib/src/datasets/tissue-expression-labels.ts';
import { readArrow } from '../../kernel-lib/src/formats/arrow.ts';
import { readBedGraph } from '../../kernel-lib/src/formats/bed-graph.ts';
import { readBed } from '../../kernel-lib/src/formats/bed.ts';
import { openBigWig } from '../../kernel-lib/src/formats/big-wig.ts';
import { openFasta, readFasta } from '../../kernel-lib/src/formats/fasta.ts';
import { readFastq } from '../../kernel-lib/src/formats/fastq.ts';
import { readGff } from '../../kernel-lib/src/formats/gff.ts';
import { openHdf5 } from '../../kernel-lib/src/formats/hdf5.ts';
import { readMotifs } from '../../kernel-lib/src/formats/motifs.ts';
import { readNpy } from '../../kernel-lib/src/formats/npy.ts';
import { readNpz } from '../../kernel-lib/src/formats/npz.ts';
import { readParquet } from '../../kernel-lib/src/formats/parquet.ts';
import { readPeaks } from '../../kernel-lib/src/formats/peaks.ts';
import { readSafetensors } from '../../kernel-lib/src/formats/safetensors.ts';
import { numericColumn, readTable } from '../../kernel-lib/src/formats/table.ts';
import { streamTfExamples } from '../../kernel-lib/src/formats/tf-example.ts';
import { readTorchCheckpoint } from '../../kernel-lib/src/formats/torch-checkpoint.ts';
import { openTwoBit } from '../../kernel-lib/src/formats/two-bit.ts';
import { readVcf } from '../../kernel-lib/src/formats/vcf.ts';
import { readNotebook } from '../../kernel-lib/src/notebook/notebook-file.ts';
import { parseModelConfig } from '../../kernel-lib/src/prediction/model-config.ts';
import { importHuggingFace } from '../../kernel-lib/src/prediction/import-hugging-face.ts';
import { readChecksums } from '../../kernel-lib/src/preparation/download-checksum.ts';
import { readEnaFileReport } from '../../kernel-lib/src/preparation/ena-file-report.ts';
import { readExpressionTable } from '../../kernel-lib/src/preparation/expression-reader.ts';
import { readFeatureCounts } from '../../kernel-lib/src/preparation/feature-counts.ts';
import { readLinkTable } from '../../kernel-lib/src/preparation/link-table.ts';
import { extractPromoters } from '../../kernel-lib/src/preparation/promoter-extraction.ts';
import { readRnaSeqSamples } from '../../kernel-lib/src/preparation/quantify-samples.ts';
import { describeRuns } from '../../kernel-lib/src/preparation/sequence-run.ts';
import { readRunConfig } from '../../kernel-lib/src/runs/schema/read-run-config.ts';
import { loadTokenizer } from '../../kernel-lib/src/tokenizers/load-tokenizer.ts';

const corpus = path.join(import.meta.dirname, 'corpus');

const GENOME = new Uint8Array(Buffer.from('>chr1\nACGTNNNNacgtACGTACGTACGTACGTAC\n'));

const readers: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  fasta: readFasta,
  'fasta-region': async (file) => {
    const genome = await openFasta(file);
    try {
      return await genome.fetchMany(
        genome.contigs.map(({ name, length }) => ({ chrom: name, start: 0, end: length })),
      );
    } finally {
      genome.close();
    }
  },
  bed: (file) => readBed(file),
  table: (file) => readTable(file),
  'table-numbers': async (file) =>
    numericColumn(await readTable(file, { columns: { gene_id: 'string' } }), 'tpm', {
      where: file,
    }),
  motifs: (file) => readMotifs(file),
  fastq: (file) => readFastq(file),
  'bed-graph': (file) => readBedGraph(file),
  peaks: (file) => readPeaks(file),
  gff: (file) => readGff(file),
  vcf: async (file) => (await readVcf(file)).records.map((record) => record.info),
  'big-wig': async (file) => {
    const opened = await openBigWig(file);
    try {
      const [{ name, length } = { name: '', length: 0 }] = opened.contigs;
      return await opened.values({ chrom: name, start: 0, end: length });
    } finally {
      await opened.close();
    }
  },
  'two-bit': async (file) => (await openTwoBit(file)).close(),
  npy: (file) => readNpy(file),
  npz: (file) => readNpz(file),
  torch: (file) => readTorchCheckpoint(file),
  hdf5: openHdf5,
  parquet: (file) => readParquet(file),
  arrow: (file) => readArrow(file),
  tfrecord: async (file) => {
    for await (const example of streamTfExamples(file)) expect(example).toBeDefined();
  },
  safetensors: (file) => readSafetensors(file),
  'run-config': (file) => readRunConfig(file),
  notebook: readNotebook,
  'link-table': (file) => readLinkTable(file),
  checksums: (file) => readChecksums(file),
  'ena-report': async (file) => describeRuns(await readEnaFileReport(file)),
  promoters: (file) => extractPromoters({ genome: GENOME, annotation: file, upstream: 8 }),
  'expression-table': (file) => readExpressionTable(file, { tissues: ['root', 'ear'] }),
  'labelled-promoters': (file) => readLabelledPromoters(file),
  'cluster-table': (file) => readClusterTable(file),
  'sequence-corpus': async (file) => {
    (await openSequenceCorpus([file])).close();
  },
  'rna-seq-samples': readRnaSeqSamples,
  'feature-counts': (file) => readFeatureCounts(file),
  tokenizer: (file) => loadTokenizer(file),
  'hugging-face': (folder) => importHuggingFace(folder),
  'model-config': async (file) => parseModelConfig(await readFile(file, 'utf8'), file),
};

/** The message of a reader; undefined where it reads the file. */
async function messageOf(read: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (!(error instanceof TataboxError)) throw error;
    const { where, found } = error.details;
    expect(where.trim()).not.toBe('');
    expect(found.trim()).not.toBe('');
    return `${error.name}: ${error.message}`.replaceAll(`${corpus}${path.sep}`, '');
  }
}

const folders = (await readdir(corpus, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

it('every folder has its reader', () => {
  expect(folders.sort()).toEqual(Object.keys(readers).sort());
});

describe.each(folders)('%s', (folder) => {
  it('says what is wrong with each file', async () => {
    const messages: Record<string, string> = {};
    const names = await readdir(path.join(corpus, folder));
    // Indexes lie beside the file that they belong to.
    for (const name of names.filter((each) => !/\.(fai|gzi)$/.test(each)).sort()) {
      const file = path.join(corpus, folder, name);
      messages[name] =
        (await messageOf(() => readers[folder]!(file))) ?? 'IS READ WITHOUT A MESSAGE';
    }
    expect(messages).toMatchSnapshot();
  });
});

describe('what is too large for this folder', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'tatabox-corpus-'));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  const write = async (name: string, content: string): Promise<string> => {
    const file = path.join(scratch, name);
    await writeFile(file, content);
    return file;
  };
  const tenMegabytes = 'x'.repeat(10 * 2 ** 20);

  it('a line of 10 MB is read, or its message is short', async () => {
    const fasta = await readFasta(await write('long.fa', `>a\n${'ACGT'.repeat(2_621_440)}\n`));
    expect(fasta[0]!.sequence).toHaveLength(10 * 2 ** 20);
    const message = await messageOf(async () => readBed(await write('long.bed', tenMegabytes)));
    expect(message!.length).toBeLessThan(1000);
    const heading = await messageOf(async () => readFasta(await write('long2.fa', tenMegabytes)));
    expect(heading!.length).toBeLessThan(1000);
    const config = await messageOf(async () =>
      readRunConfig(await write('long.yaml', `mode: ${tenMegabytes}\n`)),
    );
    expect(config!.length).toBeLessThan(2000);
  });

  it('many short lines are no burden', async () => {
    const lines = '\n'.repeat(2_000_000);
    expect(await readBed(await write('lines.bed', `chrI\t0\t10\n${lines}`))).toHaveLength(1);
    await expect(readMotifs(await write('lines.meme', lines))).rejects.toThrow(TataboxError);
  });
});
