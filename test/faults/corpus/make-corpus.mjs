// Writes the broken files of this folder, one folder a reader: node test/faults/corpus/make-corpus.mjs
// Each is whole but for the one thing that its name says. ../corpus.test.ts reads them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

const here = import.meta.dirname;

const fasta = '>chrI first\nACGTACGTAC\nACGTACGTAC\nACG\n>chrII\nTTTTTTTTTT\n';
const fai = 'chrI\t23\t12\t10\t11\nchrII\t10\t46\t10\t11\n';
const bed = (...lines) => `chrI\t0\t10\tfirst\t0\t+\n${lines.join('\n')}\n`;
const table = (...lines) => `gene_id\ttpm\tname\nYAL001C\t1.5\tTFC3\n${lines.join('\n')}\n`;

function safetensors(header, data) {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, Buffer.alloc(data)]);
}

const f32 = (shape, from, to) => ({ dtype: 'F32', shape, data_offsets: [from, to] });

const config = (...changes) => {
  let text = `mode: train
name: study
output: runs/study
data:
  genome: genome.fa
  transcripts: transcripts.bed
  table: expression.tsv
  columns: { id: gene_id, bedName: gene_name, chrom: chrom, strand: strand, tss: tss }
  window: { upstream: 1000, downstream: 500 }
  target: { column: fpkm, transform: log10, pseudocount: 0.1, standardise: true }
  split: { by: chromosome, test: [chrIV], validation: [chrVII] }
model: { type: promoter-regions, preset: yeast-1500 }
training: { epochs: 12 }
seeds: [1]
`;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`no '${from}' in the config`);
    text = text.replace(from, to);
  }
  return text;
};

const cell = (more) => ({
  cell_type: 'code',
  id: 'a',
  metadata: {},
  source: '1',
  outputs: [],
  execution_count: null,
  ...more,
});
const notebook = (cells, more = {}) =>
  JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5, ...more });

/** A whole file that another tool wrote. */
const golden = (name) =>
  readFileSync(path.join(here, '..', '..', 'unit', 'formats', 'golden', name));

/** A zip of one file, whose directory may say something else than is there. */
function zip(
  name,
  content,
  { claim = content.length, checksum = crc32(content), twice = false } = {},
) {
  const packed = deflateRawSync(content);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(claim, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  const local = Buffer.concat([
    Buffer.from('PK\x03\x04', 'latin1'),
    fields,
    Buffer.from(name),
    packed,
  ]);
  const entry = Buffer.concat([
    Buffer.from('PK\x01\x02', 'latin1'),
    Buffer.from([20, 0]),
    fields,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const entries = twice ? Buffer.concat([entry, entry]) : entry;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(twice ? 2 : 1, 8);
  end.writeUInt16LE(twice ? 2 : 1, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entries, end]);
}

const npy = (descriptor, shape, data) => {
  const text =
    `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + '\n';
  return Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00v\x00${text}`, 'latin1'), data]);
};

const vcf = (...lines) =>
  [
    '##fileformat=VCFv4.3',
    '##contig=<ID=chr1,length=100>',
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="d">',
    '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO',
    'chr1\t10\t.\tA\tC\t30\tPASS\tDP=5',
    ...lines,
    '',
  ].join('\n');
const gff = (...lines) =>
  ['##gff-version 3', 'chrI\tSGD\tgene\t1\t90\t.\t+\t.\tID=g1', ...lines, ''].join('\n');

const links = (...lines) =>
  `name,gene_link,annot_link,md5\n${lines.join('\n')}\nb73,https://a.org/b.fa,https://a.org/b.gff,\n`;
const labelled = (...lines) =>
  `gene_id\ttpm_root\ttpm_ear\tsequence\nZm1\t1.5\t0\tACGTN\n${lines.join('\n')}\n`;
const tissues = (...lines) => `organism_part\tZm1\tZm2\n${lines.join('\n')}\nroot\t1\t2\n`;
const counts = (...lines) =>
  `# Program:featureCounts\nGeneid\tChr\tStart\tEnd\tStrand\tLength\ta.bam\n${lines.join('\n')}\n`;
const report = (...lines) =>
  `run_accession\tfastq_ftp\tfastq_md5\tfastq_bytes\tsubmitted_ftp\n${lines.join('\n')}\n`;
const gene = (start, end, more = 'ID=gene:b') =>
  `##gff-version 3\nchr1\tx\tgene\t11\t14\t.\t+\t.\tID=gene:a\nchr1\tx\tgene\t${start}\t${end}\t.\t-\t.\t${more}\n`;

/** A byte-level BPE tokenizer of six tokens and the letters. */
function tokenizerJson({ vocabulary = {}, merges = ['A C'], ...more } = {}) {
  const vocab = { '<s>': 0, '<pad>': 1, '</s>': 2, '<unk>': 3, '<mask>': 4, A: 5, C: 6, AC: 7 };
  return JSON.stringify({
    version: '1.0',
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'].map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false },
      ...{ normalized: false, special: true },
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: { ...vocab, ...vocabulary }, merges },
    ...more,
  });
}

/** A vocabulary of all 256 bytes, the special tokens and some more. */
function byteVocabulary(...more) {
  const printable = [...Array(256).keys()].filter(
    (byte) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173),
  );
  const letters = printable.map((byte) => String.fromCharCode(byte));
  for (let i = 0; letters.length < 256; i++) letters.push(String.fromCharCode(256 + i));
  const tokens = ['<s>', '<pad>', '</s>', '<unk>', '<mask>', ...letters, ...more];
  return JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id])));
}

const python = path.join(here, '..', '..', 'parity', 'golden', 'huggingface', 'masked-language');
const pythonFile = (name) => readFileSync(path.join(python, name));

/** A small folder that transformers wrote, with changes of its files; null leaves one out. */
function pythonModel(folder, changes) {
  const names = ['config.json', 'model.safetensors', 'vocab.json', 'merges.txt'];
  const all = { ...Object.fromEntries(names.map((name) => [name, pythonFile(name)])), ...changes };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, content]) => content !== null)
      .map(([name, content]) => [`hugging-face/${folder}/${name}`, content]),
  );
}

const pythonConfig = (changes) =>
  JSON.stringify({ ...JSON.parse(pythonFile('config.json').toString()), ...changes });

/** The weights of that folder under other names, or without some. */
function pythonWeights(change) {
  const bytes = pythonFile('model.safetensors');
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, end).toString());
  return Buffer.concat([safetensors(change(header), 0), bytes.subarray(end)]);
}

/** Content by `reader/file`. */
const files = {
  'fasta/empty.fa': '',
  'fasta/only-spaces.fa': '\n \n\n',
  'fasta/no-header.fa': 'ACGT\nACGT\n',
  'fasta/header-without-name.fa': '>\nACGT\n',
  'fasta/space-before-name.fa': '> chrI\nACGT\n',
  'fasta/duplicate-name.fa': '>chrI\nACGT\n>chrI\nAC\n',
  'fasta/cut.fa.gz': (() => {
    const bytes = gzipSync(fasta);
    return bytes.subarray(0, bytes.length - 12);
  })(),
  'fasta/damaged.fa.gz': Buffer.from(gzipSync(fasta)).fill(0x55, 20, 40),
  'fasta/wrong-checksum.fa.gz': (() => {
    const bytes = Buffer.from(gzipSync(fasta));
    bytes[bytes.length - 6] ^= 1;
    return bytes;
  })(),
  'fasta/genbank.fa': 'LOCUS       SCU49845     5028 bp    DNA\n',
  'fasta/html.fa': '<!DOCTYPE html>\n<html><body>404</body></html>\n',
  'fasta/zip.fa': Buffer.from('PK\x03\x04aaaa', 'latin1'),

  'fasta-region/uneven-lines.fa': '>chrI\nACGTACGTAC\nACG\nACGTACGTAC\n',
  'fasta-region/stale-index.fa': `>renamed\n${fasta.slice(12)}`,
  'fasta-region/stale-index.fa.fai': fai,
  'fasta-region/index-beyond-file.fa': fasta.slice(0, 30),
  'fasta-region/index-beyond-file.fa.fai': fai,
  'fasta-region/index-no-number.fa': fasta,
  'fasta-region/index-no-number.fa.fai': fai.replace('23', 'x'),
  'fasta-region/index-negative.fa': fasta,
  'fasta-region/index-negative.fa.fai': fai.replace('\t12', '\t-12'),
  'fasta-region/index-duplicate.fa': fasta,
  'fasta-region/index-duplicate.fa.fai': fai + fai,
  'fasta-region/index-empty.fa': fasta,
  'fasta-region/index-empty.fa.fai': '',
  'fasta-region/protein.fa': '>chrI\nMKVLAAGGTT\n',
  'fasta-region/gzip-not-bgzip.fa.gz': gzipSync(fasta),

  'bed/empty.bed': '',
  'bed/two-columns.bed': 'chrI\t0\n',
  'bed/spaces.bed': 'chrI 0 10\n',
  'bed/ragged.bed': bed('chrI\t20\t30'),
  'bed/negative-start.bed': bed('chrI\t-5\t10\tx\t0\t+'),
  'bed/swapped.bed': bed('chrI\t20\t10\tx\t0\t+'),
  'bed/start-is-text.bed': bed('chrI\ttwenty\t30\tx\t0\t+'),
  'bed/start-is-decimal.bed': bed('chrI\t1.5\t30\tx\t0\t+'),
  'bed/too-large.bed': bed('chrI\t0\t99999999999999999999\tx\t0\t+'),
  'bed/bad-strand.bed': bed('chrI\t0\t30\tx\t0\tplus'),
  'bed/score-is-text.bed': bed('chrI\t0\t30\tx\thigh\t+'),
  'bed/no-chrom.bed': bed('\t0\t30\tx\t0\t+'),
  'bed/blocks-outside.bed': 'chrI\t0\t100\tx\t0\t+\t0\t100\t0\t2\t10,20,\t0,90,\n',
  'bed/block-count.bed': 'chrI\t0\t100\tx\t0\t+\t0\t100\t0\t3\t10,20,\t0,80,\n',
  'bed/header.bed': 'chrom\tstart\tend\nchrI\t0\t10\n',
  'bed/nul.bed': 'chrI\t0\t10\n\0\0\0\0',
  'bed/utf16.bed': Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from('chrI\t0\t10\n', 'utf16le')]),
  'bed/not-utf8.bed': Buffer.concat([Buffer.from('chrI\t0\t10\ta'), Buffer.of(0xff, 10)]),
  'bed/workbook.bed': Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1'),

  'table/empty.tsv': '',
  'table/duplicate-heading.tsv': 'id\ttpm\ttpm\nA\t1\t2\n',
  'table/empty-heading.tsv': 'id\t\ttpm\nA\t1\t2\n',
  'table/ragged.tsv': table('YAL002W\t1'),
  'table/too-many-fields.tsv': table('YAL002W\t1\tx\ty'),
  'table/open-quote.csv': 'id,name\nA,"open\nB,x\n',
  'table/text-after-quote.csv': 'id,name\nA,"x"y\n',
  'table-numbers/text.tsv': table('YAL002W\thigh\tx'),
  'table-numbers/infinity.tsv': table('YAL002W\tInf\tx'),
  'table-numbers/nan.tsv': table('YAL002W\tNaN\tx'),
  'table-numbers/missing.tsv': table('YAL002W\t\tx'),
  'table-numbers/comma-decimal.tsv': table('YAL002W\t1,5\tx'),
  'table-numbers/no-column.tsv': 'gene_id\ttmp\nA\t1\n',

  'motifs/empty.meme': '',
  'motifs/neither.txt': 'AP-1 TGACTCA\n',
  'motifs/short-row.meme':
    'MEME version 4\n\nMOTIF M1\nletter-probability matrix: alength= 4 w= 2\n0.1 0.2 0.3 0.4\n0.5 0.5\n',
  'motifs/missing-row.meme':
    'MEME version 4\n\nMOTIF M1\nletter-probability matrix: alength= 4 w= 3\n0.1 0.2 0.3 0.4\n0.25 0.25 0.25 0.25\n',
  'motifs/protein.meme': 'MEME version 4\n\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n\nMOTIF M1\n',
  'motifs/not-a-distribution.meme':
    'MEME version 4\n\nMOTIF M1\nletter-probability matrix: alength= 4 w= 1\n0.9 0.9 0.9 0.9\n',
  'motifs/three-rows.jaspar': '>MA1 x\nA [ 1 2 ]\nC [ 1 2 ]\nG [ 1 2 ]\n',
  'motifs/unequal-rows.jaspar': '>MA1 x\nA [ 1 2 ]\nC [ 1 2 3 ]\nG [ 1 2 ]\nT [ 1 2 ]\n',
  'motifs/duplicate-id.jaspar': '>MA1 x\nA [ 1 ]\nC [ 1 ]\nG [ 1 ]\nT [ 1 ]\n'.repeat(2),

  'fastq/empty.fq': '',
  'fastq/fasta.fq': fasta,
  'fastq/short-quality.fq': '@r1\nACGT\n+\nIII\n@r2\nA\n+\nI\n',
  'fastq/no-plus.fq': '@r1\nACGT\nIIII\n',
  'fastq/cut.fq': '@r1\nACGT\n+\nIIII\n@r2\nAC',
  'fastq/bad-quality.fq': '@r1\nACGT\n+\nII I\n',

  'bed-graph/overlap.bedgraph': 'chr1\t0\t10\t1\nchr1\t5\t15\t2\n',
  'bed-graph/unsorted.bedgraph': 'chr1\t10\t20\t1\nchr1\t0\t5\t2\n',
  'bed-graph/text.bedgraph': 'chr1\t0\t10\thigh\n',
  'bed-graph/infinite.bedgraph': 'chr1\t0\t10\tinf\n',

  'peaks/six-columns.narrowPeak': 'chr1\t0\t10\tp\t0\t.\n',
  'peaks/summit-outside.narrowPeak': 'chr1\t0\t10\tp\t0\t.\t1\t-1\t-1\t50\n',
  'peaks/text.broadPeak': 'chr1\t0\t10\tp\t0\t.\thigh\t1\t1\n',

  'gff/eight-columns.gff3': gff('chrI\tSGD\tgene\t1\t90\t.\t+\t.'),
  'gff/swapped.gff3': gff('chrI\tSGD\tgene\t90\t1\t.\t+\t.\tID=g2'),
  'gff/zero.gff3': gff('chrI\tSGD\tgene\t0\t9\t.\t+\t.\tID=g2'),
  'gff/strand.gff3': gff('chrI\tSGD\tgene\t1\t9\t.\tplus\t.\tID=g2'),
  'gff/phase.gff3': gff('chrI\tSGD\tCDS\t1\t9\t.\t+\t3\tID=c'),
  'gff/attribute.gff3': gff('chrI\tSGD\tgene\t1\t9\t.\t+\t.\tnothing'),

  'vcf/no-header.vcf': 'chr1\t10\t.\tA\tC\t30\tPASS\t.\n',
  'vcf/no-columns.vcf': '##fileformat=VCFv4.3\nchr1\t10\t.\tA\tC\t30\tPASS\t.\n',
  'vcf/version.vcf': '##fileformat=VCFv9.9\n',
  'vcf/short.vcf': vcf('chr1\t20\t.\tA'),
  'vcf/position.vcf': vcf('chr1\tx\t.\tA\tC\t.\t.\t.'),
  'vcf/quality.vcf': vcf('chr1\t20\t.\tA\tC\thigh\t.\t.'),
  'vcf/allele.vcf': vcf('chr1\t20\t.\tA\tC D\t.\t.\t.'),

  'big-wig/empty.bw': '',
  'big-wig/text.bw': fasta,
  'big-wig/cut.bw': golden('binary/signal.bw').subarray(0, 3000),
  'two-bit/cut.2bit': golden('binary/little.2bit').subarray(0, 40),
  'two-bit/empty.2bit': '',

  'npy/empty.npy': '',
  'npy/object.npy': npy('|O', '(1,)', Buffer.alloc(8)),
  'npy/cut.npy': npy('<f4', '(10,)', Buffer.alloc(8)),
  'npy/huge.npy': npy('<f8', '(1099511627776,)', Buffer.alloc(8)),
  'npy/negative.npy': npy('<f4', '(-1,)', Buffer.alloc(8)),
  'npy/header.npy': Buffer.from('\x93NUMPY\x01\x00v\x00garbage', 'latin1'),

  'npz/empty.npz': '',
  'npz/cut.npz': golden('numpy.npz').subarray(0, 300),
  'npz/path-traversal.npz': zip('../../evil.npy', npy('<f4', '(1,)', Buffer.alloc(4))),
  'npz/absolute.npz': zip('/tmp/evil.npy', npy('<f4', '(1,)', Buffer.alloc(4))),
  'npz/backslash.npz': zip('..\\evil.npy', npy('<f4', '(1,)', Buffer.alloc(4))),
  'npz/bomb.npz': zip('a.npy', npy('<f4', '(20000000,)', Buffer.alloc(80_000_000))),
  'npz/size-lies.npz': zip('a.npy', npy('<f4', '(1,)', Buffer.alloc(4)), { claim: 1000 }),
  'npz/wrong-checksum.npz': zip('a.npy', npy('<f4', '(1,)', Buffer.alloc(4)), { checksum: 1 }),
  'npz/overlap.npz': zip('a.npy', npy('<f4', '(1,)', Buffer.alloc(4)), { twice: true }),

  'torch/empty.pt': '',
  'torch/evil.pt': golden('torch-evil.pt'),
  'torch/evil-legacy.pt': golden('torch-evil-legacy.pt'),
  'torch/whole-module.pt': golden('torch-whole.pt'),
  'torch/cut.pt': golden('torch.pt').subarray(0, 500),

  'hdf5/empty.h5': '',
  'hdf5/text.h5': fasta,
  'hdf5/cut.h5': golden('keras3.weights.h5').subarray(0, 1500),

  'parquet/empty.parquet': '',
  'parquet/cut.parquet': golden('table-none.parquet').subarray(0, 400),
  'parquet/text.parquet': fasta,
  'arrow/empty.arrow': '',
  'arrow/cut.arrow': golden('table.arrow').subarray(0, 300),
  'tfrecord/cut.tfrecord': golden('records.tfrecord').subarray(0, 30),
  'tfrecord/checksum.tfrecord': (() => {
    const bytes = Buffer.from(golden('records.tfrecord'));
    bytes[14] ^= 1;
    return bytes;
  })(),

  'safetensors/empty.safetensors': '',
  'safetensors/short.safetensors': Buffer.alloc(5),
  'safetensors/header-too-long.safetensors': Buffer.concat([
    Buffer.of(0, 0, 0, 0, 0, 1, 0, 0),
    Buffer.from('{}'),
  ]),
  'safetensors/header-beyond-file.safetensors': Buffer.concat([
    Buffer.of(200, 0, 0, 0, 0, 0, 0, 0),
    Buffer.from('{}'),
  ]),
  'safetensors/no-json.safetensors': safetensors('{"a": ', 0),
  'safetensors/list.safetensors': safetensors([1], 0),
  'safetensors/overlap.safetensors': safetensors({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12),
  'safetensors/hole.safetensors': safetensors({ a: f32([2], 0, 8), b: f32([2], 12, 20) }, 20),
  'safetensors/outside.safetensors': safetensors({ a: f32([4], 0, 16) }, 8),
  'safetensors/size.safetensors': safetensors({ a: f32([3], 0, 8) }, 8),
  'safetensors/negative-side.safetensors': safetensors({ a: f32([-2], 0, 8) }, 8),
  'safetensors/huge-shape.safetensors': safetensors({ a: f32([4294967296, 4294967296], 0, 8) }, 8),
  'safetensors/unknown-dtype.safetensors': safetensors(
    { a: { dtype: 'F128', shape: [1], data_offsets: [0, 16] } },
    16,
  ),

  'run-config/empty.yaml': '',
  'run-config/list.yaml': '- a\n- b\n',
  'run-config/no-yaml.yaml': config(['mode: train', 'mode: [train']),
  'run-config/tab.yaml': config(['  genome', '\tgenome']),
  'run-config/unknown-key.yaml': config(['epochs: 12', 'epochz: 12']),
  'run-config/duplicate-key.yaml': config(['name: study', 'name: study\nname: other']),
  'run-config/wrong-type.yaml': config(['epochs: 12', 'epochs: twelve']),
  'run-config/negative.yaml': config(['epochs: 12', 'epochs: -1']),
  'run-config/unknown-mode.yaml': config(['mode: train', 'mode: trian']),
  'run-config/no-data.yaml': 'mode: train\nname: x\noutput: y\nmodel: { type: xpresso }\n',
  'run-config/exploding-aliases.yaml': `${Array.from({ length: 9 }, (_, i) =>
    i === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
      : `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
  ).join('\n')}\nmode: train\n`,
  'run-config/recursive-alias.yaml': 'mode: &a\n  b: *a\n',
  'run-config/unknown-alias.yaml': config(['seeds: [1]', 'seeds: *s']),
  'run-config/deep.yaml': `mode: ${'['.repeat(3000)}${']'.repeat(3000)}\n`,
  'run-config/tag.yaml': config(['name: study', 'name: !!js/function "x"']),
  'run-config/path-out-of-name.yaml': config(['name: study', 'name: ../../study']),

  'run-config/pretrain-no-tokenizer.yaml':
    'mode: pretrain\nname: x\noutput: y\ndata: { sequences: [a.txt] }\n',
  'run-config/pretrain-masking.yaml':
    'mode: pretrain\nname: x\noutput: y\ntokenizer: t\ndata: { sequences: [a.txt] }\nmasking: { probability: 15 }\n',
  'run-config/finetune-task.yaml':
    'mode: finetune\nname: x\noutput: y\ndata: { table: a.tsv }\ntask: regresion\n',
  'run-config/tokenizer-too-small.yaml':
    'mode: train-tokenizer\nname: x\noutput: y\ninput: a.txt\nvocabularySize: 100\n',
  'run-config/trimming.yaml':
    'mode: quantify\nname: x\noutput: y\nsamples: s.tsv\nannotation: a.gtf\ntrimming: { clip: [2, 30] }\n',

  'link-table/empty.csv': '',
  'link-table/heading-only.csv': 'name,gene_link,annot_link\n',
  'link-table/column-misspelt.csv': links().replace('annot_link', 'anot_link'),
  'link-table/name-twice.csv': links('B73,https://a.org/c.fa,https://a.org/c.gff,'),
  'link-table/name-leads-out.csv': links('../etc,https://a.org/c.fa,https://a.org/c.gff,'),
  'link-table/ftp.csv': links('x,ftp://a.org/c.fa,https://a.org/c.gff,'),
  'link-table/local-file.csv': links('x,file:///etc/passwd,https://a.org/c.gff,'),
  'link-table/no-annotation.csv': links('x,https://a.org/c.fa,,'),
  'link-table/one-checksum.csv': links('x,https://a.org/c.fa,https://a.org/c.gff,d41d8cd98f00b204'),
  'link-table/no-checksum.csv': links('x,https://a.org/c.fa,https://a.org/c.gff,abc;def'),
  'link-table/ragged.csv': links('x,https://a.org/c.fa'),
  'checksums/none.txt': 'no checksums here\n',

  'ena-report/no-accession.tsv': 'accession\tfastq_ftp\nERR1234\ta.org/x.fq\n',
  'ena-report/accession-twice.tsv': report('ERR1234\t\t\t\t', 'ERR1234\t\t\t\t'),
  'ena-report/checksum-count.tsv': report(`ERR1234\ta.org/1.fq;a.org/2.fq\t${'a'.repeat(32)}\t\t`),
  'ena-report/no-names.tsv': report('ERR1234\ta.org/1.fq\t\t\ta.org/reads.fastq.gz'),

  'promoters/no-gene.gff3': '##gff-version 3\nchr1\tx\tmRNA\t5\t9\t.\t+\t.\tID=a\n',
  'promoters/beyond-contig.gff3': gene(20, 900),
  'promoters/other-contig.gff3': gene(20, 25).replaceAll('chr1', '1'),
  'promoters/swapped.gff3': gene(25, 20),
  'promoters/no-id.gff3': gene(20, 25, 'Note=x'),
  'promoters/fasta.gff3': fasta,

  'expression-table/empty.tsv': '',
  'expression-table/heading-only.tsv': 'organism_part\tZm1\n',
  'expression-table/missing-tissue.tsv': 'organism_part\tZm1\nroots\t1\n',
  'expression-table/duplicate-gene.tsv': 'organism_part\tZm1\tZm1\nroot\t1\t2\n',
  'expression-table/duplicate-row.tsv': 'gene_id\troot\tear\nZm1\t1\t2\nZm1\t1\t2\n',
  'expression-table/nan.tsv': tissues('ear\tNaN\t1'),
  'expression-table/negative.tsv': tissues('ear\t1\t-0.5'),
  'expression-table/infinity.tsv': tissues('ear\t1\tinf'),
  'expression-table/text.tsv': tissues('ear\thigh\t1'),
  'expression-table/empty-cell.tsv': tissues('ear\t\t1'),
  'expression-table/cut-row.tsv': tissues('ear\t1'),
  'expression-table/no-tissues.tsv': 'a,b\n1,2\n',

  'labelled-promoters/empty.tsv': '',
  'labelled-promoters/no-sequence.tsv': 'gene_id\ttpm_root\nZm1\t1\n',
  'labelled-promoters/no-targets.tsv': 'gene_id\tsequence\nZm1\tACGT\n',
  'labelled-promoters/nan.tsv': labelled('Zm2\tnan\t1\tACGT'),
  'labelled-promoters/name-twice.tsv': labelled('Zm1\t1\t1\tACGT'),
  'labelled-promoters/digits.tsv': labelled('Zm2\t1\t1\tAC GT1'),
  'labelled-promoters/ragged.tsv': labelled('Zm2\t1\t1'),
  'labelled-promoters/short-list.csv': 'name,sequence,labels\na,AC,"[1.0, 2.0]"\nb,AC,"[1.0]"\n',

  'cluster-table/empty.tsv': '',
  'cluster-table/three-fields.tsv': 'a\ta\t1\n',
  'cluster-table/two-clusters.tsv': 'a\tb\nc\tb\n',
  'cluster-table/no-representative.clstr': '>Cluster 0\n0\t10nt, >a... at +/99.00%\n',
  'cluster-table/other-line.clstr': '>Cluster 0\n0 10nt a\n',

  'sequence-corpus/empty.txt': '',
  'sequence-corpus/only-empty-lines.txt': '\n\n\n',
  'sequence-corpus/table.txt': 'gene\tsequence\na\tACGT\n',
  'sequence-corpus/digits.txt': 'ACGT\nAC1GT\n',
  'sequence-corpus/fasta-digits.fa': '>a\nACGT\n>b\nAC1GT\n',

  'rna-seq-samples/empty.tsv': '',
  'rna-seq-samples/no-column.tsv': 'sample\tfastq_1\nr1\ta.fq\n',
  'rna-seq-samples/unknown-column.tsv': 'name\tfastq_1\tfastq_3\nr1\ta.fq\tb.fq\n',
  'rna-seq-samples/name-twice.tsv': 'name\tfastq_1\nr1\ta.fq\nR1\tb.fq\n',
  'rna-seq-samples/file-twice.tsv': 'name\tfastq_1\nr1\ta.fq\nr2\t./a.fq\n',
  'rna-seq-samples/no-reads.tsv': 'name\tfastq_1\nr1\t\n',
  'rna-seq-samples/name-leads-out.tsv': 'name\tfastq_1\n../r1\ta.fq\n',
  'feature-counts/empty.txt': '',
  'feature-counts/two-samples.txt': counts('g\tchr1\t1\t9\t+\t9\t1\t2'),
  'feature-counts/negative.txt': counts('g\tchr1\t1\t9\t+\t9\t-1'),
  'feature-counts/gene-twice.txt': counts(...Array(2).fill('g\tchr1\t1\t9\t+\t9\t1')),

  'tokenizer/empty.json': '',
  'tokenizer/no-json.json': '{"model": ',
  'tokenizer/list.json': '[]',
  'tokenizer/no-model.json': '{"version": "1.0"}',
  'tokenizer/unigram.json': tokenizerJson().replace('"BPE"', '"Unigram"'),
  'tokenizer/merge-unknown.json': tokenizerJson({ merges: ['A C', 'AC G'] }),
  'tokenizer/merge-without-result.json': tokenizerJson({ merges: ['C A'] }),
  'tokenizer/id-twice.json': tokenizerJson({ vocabulary: { G: 5 } }),
  'tokenizer/id-negative.json': tokenizerJson({ vocabulary: { G: -1 } }),
  'tokenizer/id-text.json': tokenizerJson({ vocabulary: { G: 'seven' } }),
  'tokenizer/id-huge.json': tokenizerJson({ vocabulary: { G: 4e9 } }),
  'tokenizer/key-twice.json': tokenizerJson().replace('"A":5', '"A":5,"A":6'),
  'tokenizer/pre-tokenizer.json': tokenizerJson({ pre_tokenizer: { type: 'Metaspace' } }),
  'tokenizer/expression.json': tokenizerJson({
    pre_tokenizer: {
      ...{ type: 'Split', pattern: { Regex: '(A+)+$' }, behavior: 'Isolated', invert: false },
    },
  }),
  'tokenizer/deep.json': `{"model": ${'['.repeat(3000)}${']'.repeat(3000)}}`,
  'tokenizer/no-merges/vocab.json': byteVocabulary('AC'),
  'tokenizer/no-vocabulary/merges.txt': '#version: 0.2\nA C\n',
  'tokenizer/other-merges/vocab.json': byteVocabulary('AC'),
  'tokenizer/other-merges/merges.txt': '#version: 0.2\nA C\nAC GT\n',
  'tokenizer/merge-of-three/vocab.json': byteVocabulary('AC'),
  'tokenizer/merge-of-three/merges.txt': '#version: 0.2\nA C G\n',
  'tokenizer/word-twice/vocab.txt': '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nAAA\nAAA\n',
  'tokenizer/words-of-two-lengths/vocab.txt': '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nAAA\nAAAA\n',
  'tokenizer/none/README.md': 'no tokenizer\n',

  ...pythonModel('no-config', { 'config.json': null }),
  ...pythonModel('no-weights', { 'model.safetensors': null }),
  ...pythonModel('other-type', { 'config.json': pythonConfig({ model_type: 'gpt2' }) }),
  ...pythonModel('other-head', {
    'config.json': pythonConfig({ architectures: ['RobertaForTokenClassification'] }),
  }),
  ...pythonModel('decoder', { 'config.json': pythonConfig({ is_decoder: true }) }),
  ...pythonModel('other-size', { 'config.json': pythonConfig({ intermediate_size: 64 }) }),
  ...pythonModel('more-layers', { 'config.json': pythonConfig({ num_hidden_layers: 3 }) }),
  ...pythonModel('absurd-layers', { 'config.json': pythonConfig({ num_hidden_layers: 1e12 }) }),
  ...pythonModel('absurd-vocabulary', { 'config.json': pythonConfig({ vocab_size: 1e15 }) }),
  ...pythonModel('size-is-text', { 'config.json': pythonConfig({ hidden_size: '16' }) }),
  ...pythonModel('heads', { 'config.json': pythonConfig({ num_attention_heads: 3 }) }),
  ...pythonModel('other-tokenizer', {
    'vocab.json': byteVocabulary(...Array.from({ length: 300 }, (_, i) => `<${i}>`)),
    'merges.txt': '#version: 0.2\n',
  }),
  ...pythonModel('weight-missing', {
    'model.safetensors': pythonWeights((header) =>
      Object.fromEntries(
        Object.entries(header).map(([name, value]) => [
          name.replace('layer.0.attention.self.query.weight', 'layer.0.attention.self.q.weight'),
          value,
        ]),
      ),
    ),
  }),
  ...pythonModel('forbidden-class', {
    'model.safetensors': null,
    'pytorch_model.bin': golden('torch-evil.pt'),
  }),
  ...pythonModel('half-a-download', {
    'model.safetensors': pythonFile('model.safetensors').subarray(0, 9000),
  }),

  'notebook/empty.ipynb': '',
  'notebook/no-json.ipynb': '{"cells": [',
  'notebook/merge-conflict.ipynb': '<<<<<<< HEAD\n{}\n=======\n',
  'notebook/format-3.ipynb': JSON.stringify({ worksheets: [], cells: [], nbformat: 3 }),
  'notebook/no-source.ipynb': notebook([cell({ source: 5 })]),
  'notebook/unknown-cell.ipynb': notebook([cell({ cell_type: 'cod' })]),
  'notebook/broken-output.ipynb': notebook([
    cell({ outputs: [{ output_type: 'display_data', data: null }] }),
  ]),
  'notebook/deep.ipynb': notebook([cell()]).replace(
    '"metadata":{}',
    `"metadata":{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`,
  ),

  'model-config/empty.json': '',
  'model-config/no-json.json': '{"library": "tatabox"',
  'model-config/other-library.json': '{"architectures": ["BertForMaskedLM"]}',
  'model-config/missing-field.json': '{"library": "tatabox", "format": 1}',
  'model-config/deep.json': `{"library": "tatabox", "x": ${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`,
};

for (const name of readdirSync(here, { withFileTypes: true })) {
  if (name.isDirectory() && name.name !== '__snapshots__') {
    rmSync(path.join(here, name.name), { recursive: true });
  }
}
for (const [name, content] of Object.entries(files)) {
  const file = path.join(here, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}
console.log(`${Object.keys(files).length} files`);
