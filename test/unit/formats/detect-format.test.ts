import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  detectFormat,
  fileFormats,
  formatOfName,
} from '../../../kernel-lib/src/formats/detect-format.ts';

const golden = path.join(import.meta.dirname, 'golden');
const root = path.join(import.meta.dirname, '..', '..', '..');

describe('detectFormat', () => {
  it.each([
    ['binary/big.2bit', '2bit', 'none'],
    ['binary/pybigwig-test.bigBed', 'bigBed', 'none'],
    ['binary/signal.bw', 'bigWig', 'none'],
    ['binary/reads.bam', 'bam', 'bgzip'],
    ['binary/reads.bam.bai', 'index', 'none'],
    ['binary/two-bit.fa', 'fasta', 'none'],
    ['text/calls.vcf.gz', 'vcf', 'bgzip'],
    ['text/genes.gff3.gz', 'gff3', 'bgzip'],
    ['text/regions.bed.gz', 'bed', 'bgzip'],
    ['text/regions.bed.gz.csi', 'index', 'bgzip'],
    ['keras3.keras', 'keras', 'none'],
    ['keras3.weights.h5', 'hdf5', 'none'],
    ['version2.npy', 'npy', 'none'],
    ['numpy.npz', 'npz', 'none'],
    ['python.zip', 'zip', 'none'],
    ['records.tfrecord', 'tfrecord', 'none'],
    ['records.tfrecord.gz', 'tfrecord', 'gzip'],
    ['records.tfr', 'tfrecord', 'none'],
    ['table.arrow', 'arrow', 'none'],
    ['table-none.parquet', 'parquet', 'none'],
    ['torch.pt', 'pytorch', 'none'],
    ['torch-legacy.pt', 'pytorch', 'none'],
    ['shards/model-00001-of-00003.safetensors', 'safetensors', 'none'],
    ['shards/model.safetensors.index.json', 'safetensors', 'none'],
    ['README.md', 'text', 'none'],
  ])('says what %s is', async (file, format, compression) => {
    expect(await detectFormat(path.join(golden, file))).toMatchObject({ format, compression });
  });

  it.each([
    ['notebooks/00-quickstart.ipynb', 'notebook'],
    ['notebooks/quickstart.tatabox.yaml', 'run-config'],
    ['package.json', 'json'],
    ['notebooks/data/motifs/JASPAR2024_CORE_fungi.jaspar.gz', 'motifs'],
    ['notebooks/data/yeast_R64/yeast_promoter_expression.tsv.gz', 'table'],
  ])('says what %s is', async (file, format) => {
    expect((await detectFormat(path.join(root, file))).format).toBe(format);
  });

  // Bytes have no name: only the content tells.
  it.each([
    ['>chr1 x\nACGTN\n', 'fasta'],
    ['\uFEFF>chr1\nACGTN\n', 'fasta'],
    ['>p\nMKVLA\n', 'fasta'],
    ['@r1\nACGT\n+\nIIII\n', 'fastq'],
    ['chr1\t0\t10\n', 'bed'],
    ['track name=x\n#c\nchr1\t0\t10\ta\t0\t+\n', 'bed'],
    ['chr1\t0\t10\ta\t0\t+\t0\t10\t255,0,0\t1\t10\t0\n', 'bed'],
    ['chr1\t0\t10\t.\t5\t+\t1.5\t-1\t-1\t4\n', 'narrowPeak'],
    ['chr1\t0\t10\t1.25\n', 'bedGraph'],
    ['track type=bedGraph\nchr1 0 10 1.25\n', 'bedGraph'],
    ['chr1\t0\t10\tchr1\t90\t99\n', 'bedpe'],
    ['chr1\tx\tgene\t1\t9\t.\t+\t.\tgene_id "a";\n', 'gtf'],
    ['chr1\tx\tgene\t1\t9\t.\t+\t.\tID=a\n', 'gff3'],
    ['##fileformat=VCFv4.2\n', 'vcf'],
    ['MEME version 4\n', 'motifs'],
    ['>MA1 X\nA [ 1 2 ]\nC [ 1 2 ]\n', 'motifs'],
    ['>X\n0.1 -0.2 0.3 1e-3\n', 'motifs'],
    ['gene,a,b\nx,1,2\n', 'table'],
    ['gene\ta\nx\t1\n', 'table'],
    ['{"cells": [], "nbformat": 4}', 'notebook'],
    ['[1, 2]', 'json'],
    ['mode: train\nname: x\n', 'run-config'],
    ['Dear all,\nplease find\n', 'text'],
    ['@HD\tVN:1.6\n@SQ\tSN:1\n', 'text'],
    ['<!DOCTYPE html>\n<html>', 'text'],
    ['\x00\x01\x02 nothing', 'binary'],
  ])('tells %j by its content', async (text, format) => {
    expect((await detectFormat(Buffer.from(text))).format).toBe(format);
    const packed = await detectFormat(gzipSync(text));
    expect(packed).toMatchObject({ format, compression: 'gzip' });
  });

  it('reads endings, also of compressed files', () => {
    expect(formatOfName('A.FASTA.GZ')).toBe('fasta');
    expect(formatOfName('x.bed6')).toBe('bed');
    expect(formatOfName('x.yaml')).toBeUndefined();
  });

  it('gives one of its formats for any bytes', async () => {
    const starts = ['', '>', '@', 'PK\x03\x04', '\x1f\x8b\x08', '{', 'BAM\x01', 'chr1\t1\t2'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...starts),
        fc.uint8Array({ maxLength: 300 }),
        async (start, rest) => {
          const bytes = Buffer.concat([Buffer.from(start, 'latin1'), rest]);
          const { format, size } = await detectFormat(bytes);
          expect(fileFormats).toContain(format);
          expect(size).toBe(bytes.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('throws for a file that is not there', async () => {
    await expect(detectFormat('/nowhere/x.fa')).rejects.toThrow(/no such file/);
  });
});
