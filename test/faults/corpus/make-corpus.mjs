// Writes the broken files of this folder, one folder a reader: node test/faults/corpus/make-corpus.mjs
// Each is whole but for the one thing that its name says. ../corpus.test.ts reads them.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

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
