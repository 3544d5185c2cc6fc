import { copyFile, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  inspectFile,
  type InspectFileOptions,
} from '../../../kernel-lib/src/formats/inspect-file.ts';
import type { FileReport } from '../../../kernel-lib/src/formats/inspect-report.ts';
import { formatFileReport } from '../../../kernel-lib/src/formats/inspect-views.ts';

import { serveFolder } from './range-server.ts';

const golden = path.join(import.meta.dirname, 'golden');
const data = path.join(import.meta.dirname, '..', '..', '..', 'notebooks', 'data');
const genome = path.join(data, 'yeast_R64', 'sacCer3.fa.gz');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-inspect-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const made = async (name: string, content: string | Uint8Array): Promise<string> => {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
};
/** A report of a file with this content. */
const of = async (name: string, content: string | Uint8Array, options?: InspectFileOptions) =>
  inspectFile(await made(name, content), options);
const fact = ({ facts }: FileReport, label: string) => facts.find(([each]) => each === label)?.[1];
const found = ({ problems }: FileReport) => problems.map((problem) => problem.found);

describe('sequences', () => {
  it('says what is in a genome', async () => {
    const report = await inspectFile(genome);
    expect(report).toMatchObject({ format: 'fasta', compression: 'bgzip', records: 17 });
    expect(report.problems).toEqual([]);
    expect(fact(report, 'bases')).toBe(12_157_105);
    expect(fact(report, 'GC')).toBe('38.1 %');
    expect(fact(report, 'index')).toBe('.fai and .gzi');
    expect(report.contigs?.[0]).toMatchObject({ name: 'chrI', length: 230_218, unknown: 0 });
  });

  it('goes on behind duplicate names, strange letters and unequal lines', async () => {
    const report = await of('dup.fa', '>a\nACGT\n>a\nACGu\n>b\nAC1T\nACGTACGT\nAC\n>\nNN\n');
    expect(report.records).toBe(4);
    expect(found(report)).toEqual([
      "the name 'a' for a second time",
      "'1' in the sequence",
      'a record without a name',
      'both 4 T and 1 U',
    ]);
    expect(report.problems[0]?.where).toMatch(/, line 3$/);
    expect(fact(report, 'random access')).toMatch(/'b' has lines of unequal length/);
  });

  it.each([
    ['>p\nMKVLAAGIVGLLLAQWERTY*\n', 'protein'],
    ['>p\nACGUACGUNN\n', 'RNA'],
    ['>p\nacgtRYN\n', 'DNA'],
  ])('tells the alphabet of %j', async (text, alphabet) => {
    expect(fact(await of('a.fa', text), 'alphabet')).toBe(alphabet);
  });

  it('finds an index of another file', async () => {
    const file = await made('i.fa', '>a\nACGT\n>b\nAC\n');
    await made('i.fa.fai', 'a\t4\t3\t4\t5\nb\t3\t11\t2\t3\n');
    const wrong = await inspectFile(file);
    expect(found(wrong)).toEqual(["3 bases for 'b', which has 2"]);
    await made('i.fa.fai', 'a\t4\t3\t4\t5\nb\t2\t11\t2\t3\n');
    expect((await inspectFile(file)).problems).toEqual([]);
  });

  it('wants the indexes of a bgzip FASTA', async () => {
    const file = path.join(folder, 'bare.fa.gz');
    await copyFile(genome, file);
    expect(found(await inspectFile(file))).toEqual(['a bgzip file without its .fai and .gzi']);
    const cut = (await readFile(genome)).subarray(0, 500_000);
    const report = await of('cut.fa.gz', cut);
    expect(found(report).join()).toMatch(/end too early.*marks the end of bgzip/);
    // What was read before the break stays.
    expect(report.contigs?.[0]).toMatchObject({ name: 'chrI', length: 230_218 });
  });

  it('counts reads and qualities', async () => {
    const report = await of('r.fq', '@a\nACGT\n+\nII5I\n@b\nNN\n+\n!!\n@c\nACG\n+\nI\n');
    expect(report.records).toBe(2);
    expect(fact(report, 'lengths')).toBe('2 to 4 (median 2)');
    expect(fact(report, 'quality')).toBe('0 to 40, mean 23.3; 30 or more: 50.0 %');
    expect(report.problems[0]).toMatchObject({
      where: expect.stringMatching(/line 12$/) as string,
    });
    expect(found(await of('o.fq', '@a\nAC\n+\nhh\n'))).toEqual(['qualities 71 to 71']);
  });

  it('lists the sequences of a 2bit file', async () => {
    const report = await inspectFile(path.join(golden, 'binary', 'wide.2bit'));
    expect(report.contigs?.map(({ name }) => name)).toEqual(['chrI', 's2', 'allN', 'none']);
    expect(report.problems).toEqual([]);
  });
});

describe('regions', () => {
  it('describes transcripts and compares them to their genome', async () => {
    const bed = path.join(data, 'yeast_R64', 'sacCer3_transcripts.bed');
    const report = await inspectFile(bed, { genome });
    expect(report).toMatchObject({ format: 'bed', records: 6445, problemCount: 0 });
    expect(fact(report, 'lengths')).toBe('10 to 14,733 bases (median 1,290)');
    expect(fact(report, 'sorted')).toBe('by contig and start');
    expect(report.contigs?.reduce((sum, { records = 0 }) => sum + records, 0)).toBe(6445);
  });

  it('finds contigs and ends that a genome does not have', async () => {
    const text = 'chrI\t230200\t230300\nchrI\t5\t9\nIV\t1\t2\nchrI\t1\t3\n';
    const report = await of('x.bed', text, { genome });
    expect(fact(report, 'sorted')).toBe('no, first at line 2');
    expect(found(report)[0]).toBe('1 region beyond the end of chrI, this one first');
    expect(report.problems[0]?.where).toMatch(/line 1$/);
    expect(report.problems[1]?.fix).toMatch(/'chrIV'/);
  });

  it('keeps what came before a bad line', async () => {
    const report = await of('b.bed', 'chr1\t1\t5\nchr1\t2\tx\n');
    expect(report.records).toBe(1);
    expect(report.problems[0]?.where).toMatch(/line 2, column 3 \(end\)$/);
  });

  it('finds overlaps, disorder and NaN in a bedGraph', async () => {
    const text = 'c\t5\t10\t1\nc\t8\t12\t2\n';
    expect(found(await of('o.bedGraph', text))).toEqual([
      '1 record that overlaps one before, this one first',
    ]);
    const unsorted = 'c\t5\t10\t1\nd\t8\t12\t2\nc\t20\t21\t1\n';
    expect(found(await of('u.bedGraph', unsorted))).toEqual([
      '1 record out of order, this one first',
    ]);
    expect(found(await of('n.bedGraph', 'c\t5\t10\tnan\n'))[0]).toBe("'nan'");
  });

  it('counts peaks, pairs and features', async () => {
    const peaks = 'c\t0\t10\t.\t5\t+\t1.5\t-1\t-1\t4\nc\t50\t90\t.\t5\t.\t9\t-1\t-1\t-1\n';
    const report = await of('p.narrowPeak', peaks);
    expect(report).toMatchObject({ format: 'narrowPeak', records: 2, problemCount: 0 });
    expect([fact(report, 'signal'), fact(report, 'with a summit')]).toEqual(['1.5 to 9', 1]);
    const pairs = await of('l.bedpe', 'c\t1\t5\td\t6\t9\nc\t1\t5\tc\t7\t9\n');
    expect([pairs.records, fact(pairs, 'on one contig')]).toEqual([2, 1]);
    const genes = await inspectFile(path.join(golden, 'text', 'genes.gff3.gz'));
    expect(genes.counts?.['features by type']).toEqual([{ name: 'gene', count: 120 }]);
  });
});

describe('variants', () => {
  it('names kinds, disorder and contigs that are not declared', async () => {
    const head =
      '##fileformat=VCFv4.2\n##contig=<ID=1,length=100>\n' +
      '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n';
    const lines = [
      '1\t50\t.\tA\tT\t.\tPASS\t.',
      '1\t40\t.\tA\tTT\t.\tPASS\t.',
      '1\t99\t.\tACGTA\tT\t.\tq\t.',
      '2\t4\t.\tA\t<DEL>\t.\t.\tSVLEN=-5',
      '2\tx\t.\tA\tT\t.\t.\t.',
    ];
    const report = await of('c.vcf', head + lines.join('\n'));
    expect(report.records).toBe(4);
    expect(report.counts?.['variants by kind']?.map(({ name }) => name).sort()).toEqual([
      'SNV',
      'deletion',
      'insertion',
      'symbolic <DEL>',
    ]);
    expect(found(report)).toEqual([
      "'x'",
      '1 variant out of order, this one first',
      'a variant that ends at 103',
      'variants on a contig that the header does not declare',
    ]);
  });

  it('looks at the index beside the file', async () => {
    const file = path.join(folder, 'calls.vcf.gz');
    await copyFile(path.join(golden, 'text', 'calls.vcf.gz'), file);
    expect(found(await inspectFile(file))).toEqual([
      'a bgzip file without its index (.tbi or .csi)',
    ]);
    await copyFile(path.join(golden, 'text', 'calls.vcf.gz.tbi'), `${file}.tbi`);
    const good = await inspectFile(file);
    expect([good.problems, fact(good, 'index'), fact(good, 'samples')]).toEqual([
      [],
      '.tbi',
      '2: n1, n2',
    ]);
    const old = new Date('2001-01-01');
    await utimes(`${file}.tbi`, old, old);
    expect(found(await inspectFile(file))[0]).toMatch(/older than/);
    await copyFile(path.join(golden, 'text', 'regions.bed.gz.tbi'), `${file}.tbi`);
    expect((await inspectFile(file)).problemCount).toBeGreaterThan(0);
  });
});

describe('files on a server', () => {
  it('are read with their indexes', async () => {
    const server = await serveFolder(path.join(golden, 'text'));
    const vcf = await inspectFile(`${server.address('calls.vcf.gz')}?token=secret`);
    expect([vcf.problems, vcf.records, fact(vcf, 'index')]).toEqual([[], 120, '.tbi']);
    expect(JSON.stringify(vcf)).not.toContain('secret');
    const missing = await inspectFile(server.address('nothing.bed'));
    expect(missing).toMatchObject({ format: 'missing', problemCount: 1 });
    const binary = await serveFolder(path.join(golden, 'binary'));
    const bam = await inspectFile(binary.address('reads.bam'));
    expect([bam.problems, fact(bam, 'index')]).toEqual([[], '.bai']);
  });
});

describe('binary tracks', () => {
  it('reads the headers of BAM, bigWig and bigBed files', async () => {
    const file = path.join(folder, 'reads.bam');
    await copyFile(path.join(golden, 'binary', 'reads.bam'), file);
    expect(found(await inspectFile(file))).toEqual(['no index beside it (.bai or .csi)']);
    await copyFile(path.join(golden, 'binary', 'reads.bam.bai'), `${file}.bai`);
    const bam = await inspectFile(file);
    expect(bam.problems).toEqual([]);
    expect(fact(bam, 'order')).toBe('coordinate');
    expect(bam.contigs?.map(({ length }) => length)).toEqual([30_000, 20_000, 500]);
    const wig = await inspectFile(path.join(golden, 'binary', 'signal.bw'), { genome });
    expect(fact(wig, 'values')).toBe('-8 to 14');
    expect(found(wig)).toContain('100,000 bases');
    const bed = await inspectFile(path.join(golden, 'binary', 'pybigwig-test.bigBed'));
    expect([bed.records, fact(bed, 'records are')]).toEqual([19, 'RnaElements']);
  });
});

describe('arrays', () => {
  it.each([
    ['numpy.npz', 'npz', 25],
    ['version3.npy', 'npy', 1],
    ['keras3.keras', 'keras', 17],
    ['keras3.weights.h5', 'keras', 17],
    ['torch.pt', 'pytorch', 18],
    ['shards/model.safetensors.index.json', 'safetensors', 5],
  ])('lists those of %s', async (file, format, count) => {
    const report = await inspectFile(path.join(golden, file));
    expect(report).toMatchObject({ format, problemCount: 0 });
    expect(report.tensors).toHaveLength(count);
  });

  it('says what a checkpoint may not hold', async () => {
    const report = await inspectFile(path.join(golden, 'torch-evil.pt'));
    expect(found(report)[0]).toMatch(/posix\.system/);
  });

  it('shows the features of the first TFRecord', async () => {
    const report = await inspectFile(path.join(golden, 'records.tfr'));
    expect([report.records, fact(report, 'feature counts')]).toEqual([3, '4 integers']);
  });

  it('lists data sets of other HDF5 files, and those that it cannot read', async () => {
    const file = path.join(import.meta.dirname, 'data', 'h5py-types.h5');
    const report = await inspectFile(file);
    expect(report).toMatchObject({ format: 'hdf5', problemCount: 1 });
    expect(report.tensors?.find(({ name }) => name === 'big_endian')).toMatchObject({
      dtype: 'float32',
      shape: [2, 2],
    });
  });
});

describe('tables and documents', () => {
  it('finds types, missing values and ranges', async () => {
    const text = 'id\tx\ty\tflag\n001\t1.5\t3\t\n002\tNA\t-4\t\n003\t2e3\t9\t\n';
    const report = await of('t.tsv', text);
    expect(report.columns).toEqual([
      { name: 'id', type: 'text', missing: 0, distinct: 3 },
      { name: 'x', type: 'number', missing: 1, least: 1.5, largest: 2000, distinct: 2 },
      { name: 'y', type: 'integer', missing: 0, least: -4, largest: 9, distinct: 3 },
      { name: 'flag', type: 'empty', missing: 3 },
    ]);
  });

  it('goes on behind ragged rows and finds what is no number', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${String(i)}.5,1`).join('\n');
    const report = await of('s.csv', `a,a\n${rows}\n1\noops,1\n`);
    expect(found(report)).toEqual(["the column name 'a' for a second time", '1 field', "'oops'"]);
    expect(report.problems[2]?.where).toMatch(/line 33, column 'a'$/);
  });

  it('gives whole numbers of any size with all digits', async () => {
    const report = await inspectFile(path.join(golden, 'large-int.parquet'));
    expect(report.columns?.[0]).toMatchObject({ least: '1152921504606846976' });
    const arrow = await inspectFile(path.join(golden, 'table.arrow'));
    const parquet = await inspectFile(path.join(golden, 'table-v2.parquet'));
    expect(arrow.columns?.length).toBe(9);
    expect(parquet.columns).toEqual(arrow.columns);
  });

  it('says once that no column can be read', async () => {
    const report = await inspectFile(path.join(golden, 'table-lz4.parquet'));
    expect(found(report)).toEqual(['columns compressed with LZ4_RAW']);
  });

  it('reads notebooks, motifs, JSON and run configs', async () => {
    const cells = '{"cells":[{"cell_type":"code","outputs":[{"output_type":"error"}]}, 3]}';
    const notebook = await of('n.ipynb', cells);
    expect([notebook.records, notebook.problemCount]).toEqual([2, 1]);
    const motifs = await inspectFile(path.join(data, 'motifs', 'JASPAR2024_CORE_fungi.jaspar.gz'));
    expect([motifs.records, motifs.motifs?.[0]?.width]).toEqual([178, 14]);
    expect(fact(await of('o.json', '{"a":1}'), 'keys')).toBe('a');
    const config = 'mode: train\nname: x\n';
    expect(fact(await of('c.tatabox.yaml', config), 'keys')).toBe('mode, name');
    const readRunConfig = (text: string) => [['letters', text.length] as const];
    const read = await of('c.tatabox.yaml', config, { readRunConfig });
    expect(fact(read, 'letters')).toBe(20);
  });

  it.each([
    ['page.bed', '<!DOCTYPE html><html>', 'a web page'],
    ['a.sam', '@HD\tVN:1.6\n', 'a SAM file'],
    ['a.tsv', Buffer.from('a\tb\n', 'utf16le'), 'binary data'],
    ['a.cram', Buffer.from('CRAM\x03\x00\x00'), 'a CRAM file'],
    ['a.fa', Buffer.from('##fileformat=VCFv4.2\n'), 'no heading line and no records'],
    ['a.bed', '', 'an empty file'],
    ['a.bw', 'hello\n', 'content of another kind (text)'],
  ])('says what %s is in truth', async (name, content, what) => {
    expect(found(await of(name, content)).join('; ')).toContain(what);
  });

  it('looks at folders, indexes and what is not there', async () => {
    const shards = await inspectFile(path.join(golden, 'shards'));
    expect(shards).toMatchObject({ format: 'folder', problemCount: 0 });
    const index = await inspectFile(`${genome}.fai`);
    expect([index.format, fact(index, 'contigs')]).toEqual(['index', 17]);
    const missing = await inspectFile(path.join(folder, 'nothing.fa'));
    expect(missing).toMatchObject({ format: 'missing', size: undefined, problemCount: 1 });
  });
});

describe('the report', () => {
  it('is text without wide lines, with lists that are cut', async () => {
    const report = await inspectFile(genome);
    const text = formatFileReport(report, 3);
    expect(text).toContain('… and 14 more');
    expect(text).toContain('12,157,105');
    expect(text).toMatch(/✓ no problems found$/);
    expect(
      Math.max(
        ...text
          .split('\n')
          .slice(1)
          .map((line) => line.length),
      ),
    ).toBeLessThan(97);
    expect(report.views.map(({ title }) => title)).toEqual([
      expect.stringMatching(/sacCer3\.fa\.gz: FASTA, bgzip, 3\.8 MB$/) as string,
      'sequences',
    ]);
    expect(report.views[0]?.toHtml()).toContain('12,157,105');
  });

  it('lets no name of a file steer the terminal', async () => {
    const report = await of('esc.fa', '>a\x1b[31mred\x07\nACGT\n');
    expect(report.contigs?.[0]?.name).toBe('a\x1b[31mred\x07');
    expect(formatFileReport(report)).toContain('a\uFFFD[31mred\uFFFD');
  });

  it('counts problems beyond those that it keeps', async () => {
    const rows = Array.from({ length: 150 }, () => '1').join('\n');
    const report = await of('many.csv', `a,b\n${rows}\n`);
    expect([report.problems.length, report.problemCount]).toEqual([100, 150]);
    expect(formatFileReport(report, 2)).toMatch(/150 problems\n✗ .*\n✗ .*\n… and 148 more$/);
  });

  it('can be interrupted, tells how far it is, and refuses options that are none', async () => {
    const signal = AbortSignal.abort();
    await expect(inspectFile(genome, { signal })).rejects.toMatchObject({ exitCode: 5 });
    const late = new AbortController();
    const long = `>a\n${'ACGT'.repeat(2e7)}\n`;
    await expect(
      inspectFile(Buffer.from(long), { signal: late.signal, progress: () => late.abort() }),
    ).rejects.toMatchObject({ exitCode: 5 });
    await expect(inspectFile(genome, { genom: genome } as object)).rejects.toThrow(/'genome'/);
    await expect(inspectFile(genome, { limit: -1 })).rejects.toThrow(/at least 0/);
    await expect(inspectFile(genome, { genome: 'no.fa' })).rejects.toThrow(/no such file/);
  });

  const samples = [
    'binary/reads.bam',
    'binary/signal.bw',
    'binary/wide.2bit',
    'binary/two-bit.fa',
    'text/calls.vcf.gz',
    'text/genes.gff3.gz',
    'text/regions.bed.gz',
    'text/calls.vcf.gz.tbi',
    'numpy.npz',
    'python.zip',
    'torch.pt',
    'torch-legacy.pt',
    'records.tfrecord',
    'table.arrow',
    'table-v2.parquet',
    'keras3.weights.h5',
    'shards/model-00001-of-00003.safetensors',
  ];

  it('takes damaged bytes of every format: a report, never another error', async () => {
    const files = await Promise.all(samples.map((name) => readFile(path.join(golden, name))));
    // Damage of compressed data is found by their checksums: texts are damaged as they are, too.
    const texts = files
      .filter((_, i) => samples[i]?.startsWith('text/'))
      .map((file) => gunzipSync(file));
    const more = [
      '@a\nACGT\n+\nII5I\n@b\nNN\n+\n!!\n',
      'c\t0\t10\t.\t5\t+\t1.5\t-1\t-1\t4\nc\t50\t90\t.\t5\t.\t9\t-1\t-1\t-1\n',
      'c\t1\t5\td\t6\t9\nc\t1\t5\tc\t7\t9\n',
      'c\t5\t10\t1\nc\t12\t14\t2\n',
      'MEME version 4\n\nMOTIF a\nletter-probability matrix: alength= 4 w= 1\n0.2 0.3 0.3 0.2\n',
      'id\tx\n1\t2.5\n"a\tb"\tNA\n',
      '{"cells":[{"cell_type":"code","outputs":[{"output_type":"error"}]}],"nbformat":4}',
      'mode: train\nname: x\n',
    ].map((text) => Buffer.from(text));
    const originals = [...files, ...texts, ...more];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), {
          maxLength: 5,
        }),
        fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        async (original, changes, cut) => {
          const bytes = Buffer.from(original);
          for (const [place, value] of changes) bytes[Math.floor(place * bytes.length)] = value;
          const part = bytes.subarray(0, cut === null ? bytes.length : cut * bytes.length);
          const report = await inspectFile(part);
          expect(formatFileReport(report).length).toBeGreaterThan(10);
          expect(report.problemCount).toBeGreaterThanOrEqual(report.problems.length);
        },
      ),
      { numRuns: 200 },
    );
  }, 30_000);
});
