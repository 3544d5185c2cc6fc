import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { readBed } from '../../kernel-lib/src/formats/bed.ts';
import { parseFastaIndex } from '../../kernel-lib/src/formats/fasta-index.ts';
import { readFasta } from '../../kernel-lib/src/formats/fasta-records.ts';
import { openHdf5, writeHdf5 } from '../../kernel-lib/src/formats/hdf5.ts';
import { readMotifs } from '../../kernel-lib/src/formats/motifs.ts';
import { encodeSafetensors, readSafetensors } from '../../kernel-lib/src/formats/safetensors.ts';
import { readTable } from '../../kernel-lib/src/formats/table.ts';
import { CellOutputs } from '../../kernel-lib/src/notebook/cell-outputs.ts';
import { exportHtml } from '../../kernel-lib/src/notebook/export-html.ts';
import { kernelOutput } from '../../kernel-lib/src/notebook/kernel-output.ts';
import { MessageCodec } from '../../kernel-lib/src/notebook/kernel-messages.ts';
import { formatNotebook, parseNotebook } from '../../kernel-lib/src/notebook/notebook-file.ts';
import { parseRunConfig } from '../../kernel-lib/src/runs/schema/read-run-config.ts';
import { datasetTargets } from './dataset-targets.ts';
import { arrayTargets, genomicTargets } from './format-targets.ts';
import { modelTargets } from './model-targets.ts';
import { preparationTargets } from './preparation-targets.ts';
import { tokenizerTargets } from './tokenizer-targets.ts';
import type { FuzzTarget } from './try-input.ts';

const bytesOf = (content: string): Uint8Array => new Uint8Array(Buffer.from(content));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const gzip = (content: string): Uint8Array => new Uint8Array(gzipSync(content));

const CONFIG = `mode: train
name: quickstart
output: ../runs/quickstart
data:
  genome: data/sacCer3.fa.gz
  transcripts: data/transcripts.bed
  table: data/expression.tsv.gz
  columns: { id: gene_id, bedName: gene_name, chrom: chrom, strand: strand, tss: tss }
  window: { upstream: 1000, downstream: 500 }
  target: { column: fpkm, transform: log10, pseudocount: 0.1, standardise: true }
  features:
    - { column: utr5_len, transform: log10, pseudocount: 0.1, missing: zero }
  split: { by: chromosome, test: [chrIV, chrX], validation: [chrVII] }
model: { type: promoter-regions, preset: yeast-1500 }
training: { epochs: 12, batchSize: 64, optimizer: { name: adamw, epsilon: 1.0e-7 } }
seeds: [1, 2, 3]
`;

/** Configs of the modes that make, compare and learn from sequences. */
const MORE_CONFIGS = [
  `mode: pretrain
name: language
output: ../runs/language
data: { sequences: [promoters.txt.gz], validation: 0.1, case: upper }
tokenizer: tokenizer
maxLength: 64
masking: { probability: 0.15, masked: 0.8, random: 0.1 }
augmentation: { kmerFlip: { k: 4, buckets: [10, 100], countFrom: tss } }
model: { type: roberta, preset: florabert-small-language }
training: { epochs: 2, accumulate: 2, optimizer: lamb }
seed: 1
`,
  `mode: finetune
name: expression
output: ../runs/expression
data:
  table: promoters.tsv.gz
  columns: { id: gene_id, targets: [tpm_root, tpm_ear] }
  transform: log10
  split: { train: [train_0], validation: [train_1], test: [test] }
task: regression
pretrained: ../runs/language/model
crossValidation: { folds: [train_0, train_1, train_2] }
evaluation: { baselines: true, k: 4 }
seeds: [1, 2]
`,
  `mode: download
name: genomes
output: ../runs/genomes
links: ensembl_link.csv
parallel: 2
promoters: { upstream: 1000, geneId: { attribute: locus_tag } }
`,
  `mode: quantify
name: reads
output: ../runs/reads
samples: samples.tsv
genome: genome.fa
annotation: genes.gtf
trimming: { clip: [2, 30, 10], slidingWindow: [4, 15] }
`,
  `mode: expression-table
name: tables
output: ../runs/tables
tables:
  - { file: B73_TPM.txt, cultivar: B73 }
  - { cultivar: B97, normalised: [{ file: a.tabular, tissue: root }] }
tissues: [root, ear]
`,
  `mode: audit
name: shared
output: ../runs/shared
parts: { train: train.fa, test: test.fa }
identity: 0.8
`,
];

const NOTEBOOK = JSON.stringify({
  cells: [
    { cell_type: 'markdown', id: 'a', metadata: {}, source: ['# Title\n', 'text'] },
    {
      cell_type: 'code',
      id: 'b',
      execution_count: 1,
      metadata: { tags: ['raises-exception'] },
      source: "import * as tatabox from 'tatabox';",
      outputs: [
        { name: 'stdout', output_type: 'stream', text: ['1\n'] },
        { data: { 'text/plain': '1' }, metadata: {}, output_type: 'display_data' },
        { ename: 'E', evalue: 'x', traceback: ['y'], output_type: 'error' },
      ],
    },
  ],
  metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
  nbformat: 4,
  nbformat_minor: 5,
});

const KEY = 'key';

/** Frames of a message that is signed right, whatever is in it: those that a kernel could send. */
function signedFrames(parts: readonly Buffer[]): Buffer[] {
  const hash = createHmac('sha256', KEY);
  for (const part of parts) hash.update(part);
  return [Buffer.from('<IDS|MSG>'), Buffer.from(hash.digest('hex')), ...parts];
}

const message = (type: string, content: object): Uint8Array =>
  bytesOf(
    [{ msg_id: 'm', msg_type: type, session: 's' }, { msg_id: 'p' }, {}, content]
      .map((part) => JSON.stringify(part))
      .join('\n'),
  );

/** All readers of files and messages that come from elsewhere. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...genomicTargets,
  ...arrayTargets,
  ...preparationTargets,
  ...datasetTargets,
  ...tokenizerTargets,
  ...modelTargets,
  {
    name: 'fasta',
    samples: () => [
      bytesOf('>chrI first\nACGTNNNNacgt\nACGT\n>chrII\nTTTTT\n'),
      bytesOf('>rna\r\nACGUU\r\n\r\n>protein x y\r\nMKVL*\r\n'),
      gzip('>a\nACGT\n'),
    ],
    read: readFasta,
  },
  {
    name: 'fasta-index',
    samples: () => [bytesOf('chrI\t230218\t6\t60\t61\nchrII\t813184\t234075\t60\t61\n')],
    read: (bytes) => parseFastaIndex(textOf(bytes), 'a.fa.fai'),
  },
  {
    name: 'bed',
    samples: () => [
      bytesOf('track name=x\nchrI\t0\t10\nchrII\t5\t20\n'),
      bytesOf('chrI\t0\t100\tgene\t960\t-\t10\t90\t255,0,0\t2\t10,20,\t0,80,\n'),
      gzip('chrI\t0\t10\ta\t0\t+\n'),
    ],
    dictionary: ['browser', 'track', '.', '+', 'chr'],
    read: (bytes) => readBed(bytes),
  },
  {
    name: 'table',
    samples: () => [
      bytesOf('gene_id,tpm,name\nYAL001C,1.5,"a, ""b"""\nYAL002W,NA,\n'),
      bytesOf('id\tx\ty\nA\t1\ttrue\nB\t2e3\tfalse\n'),
    ],
    dictionary: ['"', '""', 'NA', 'NaN', '1e5', 'true'],
    read: (bytes) => readTable(bytes),
  },
  {
    name: 'motifs',
    samples: () => [
      bytesOf(
        'MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n\nMOTIF M1 name\nletter-probability matrix: alength= 4 w= 2 nsites= 20 E= 0\n0.1 0.2 0.3 0.4\n1 0 0 0\n',
      ),
      bytesOf('>MA0001.1 AGL3\nA [ 0 3 79 ]\nC [ 94 75 4 ]\nG [ 1 0 3 ]\nT [ 2 19 11 ]\n'),
    ],
    dictionary: ['MOTIF', 'w= ', 'alength= ', 'nsites= ', 'MEME version 4'],
    read: (bytes) => readMotifs(bytes),
  },
  {
    name: 'safetensors',
    samples: () => [
      encodeSafetensors(
        {
          a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
          b: { shape: [3], data: Int32Array.of(1, 2, 3) },
        },
        { format: 'pt' },
      ),
    ],
    dictionary: ['"dtype"', '"F32"', '"BF16"', '"shape"', '"data_offsets"', '__metadata__', '[0,'],
    read: async (bytes) => {
      const file = await readSafetensors(bytes);
      return Object.keys(file);
    },
  },
  {
    name: 'hdf5',
    samples: async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-fuzz-'));
      try {
        const file = path.join(folder, 'sample.h5');
        await writeHdf5(file, { x: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } });
        return [new Uint8Array(await readFile(file))];
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    read: async (bytes) => {
      const file = await openHdf5(bytes);
      try {
        for (const name of file.keys()) {
          if (file.isGroup(name)) file.keys(name);
          else file.read(name);
          for (const attribute of file.attributeNames(name)) file.attribute(name, attribute);
        }
      } finally {
        file.close();
      }
    },
  },
  {
    name: 'run-config',
    samples: () => [CONFIG, ...MORE_CONFIGS].map(bytesOf),
    dictionary: [
      '&a',
      '*a',
      '<<: *a',
      '!!binary',
      '? ',
      '- ',
      '|',
      '>',
      '---',
      '%YAML 1.1',
      'seeds',
      'mode: cluster',
      'mode: tokenize',
      'mode: train-tokenizer',
      'mode: extract-promoters',
    ],
    read: (bytes) => parseRunConfig(textOf(bytes), 'a.tatabox.yaml'),
  },
  {
    name: 'notebook-file',
    samples: () => [bytesOf(NOTEBOOK)],
    dictionary: ['"cells"', '"outputs"', 'null', '[]', '{}', '"source"', '"output_type"'],
    read: (bytes) => {
      const notebook = parseNotebook(textOf(bytes), 'a.ipynb');
      return formatNotebook(notebook) + exportHtml(notebook);
    },
  },
  {
    name: 'kernel-messages',
    samples: () => [
      message('stream', { name: 'stdout', text: 'hello\u001b[32m\n' }),
      message('display_data', {
        data: { 'text/html': '<b>x</b>', 'application/json': { a: [1, null] } },
        metadata: {},
        transient: { display_id: 'd' },
      }),
      message('update_display_data', {
        data: { 'text/plain': 'x' },
        transient: { display_id: 'd' },
      }),
      message('status', { execution_state: 'idle' }),
    ],
    dictionary: ['null', '[]', '{}', '"data"', '"text"', '"display_id"', '"msg_type"', '1'],
    read: (bytes) => {
      const frames = signedFrames(
        textOf(bytes)
          .split('\n')
          .map((part) => Buffer.from(part)),
      );
      const decoded = new MessageCodec(KEY).decode(frames);
      const output = decoded === undefined ? undefined : kernelOutput(decoded);
      const outputs = new CellOutputs(new Map());
      if (output !== undefined) outputs.add(output);
      const cell = { cell_type: 'code', id: 'a', metadata: {}, source: '', execution_count: null };
      const notebook = {
        ...JSON.parse(NOTEBOOK),
        cells: [{ ...cell, outputs: outputs.toOutputs() }],
      };
      return parseNotebook(formatNotebook(notebook), 'written.ipynb');
    },
  },
];
