import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  openFasta,
  readFasta,
  streamFasta,
  writeFasta,
  writeFastaIndex,
} from '../../../kernel-lib/src/formats/fasta.ts';
import type { Interval } from '../../../kernel-lib/src/sequence/interval.ts';
import { decodeTokens, encodeSequence } from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import { reverseComplement } from '../../../kernel-lib/src/sequence/reverse-complement.ts';
import { bgzip, repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const yeast = `${repository}notebooks/data/yeast_R64/sacCer3.fa.gz`;
const small =
  '>chrI first contig\nACGTACGT\nTTGCAnRG\nCC\n>chrII\r\nGATT\r\nAC\r\n>empty\n>last\nTTT';
const text = async (file: string, interval: Interval) =>
  decodeTokens(await (await openFasta(file)).fetch(interval, { padding: 'unknown' }));

describe('openFasta', () => {
  const plain = folder.write('small.fa', small);
  const bgzipped = folder.write('small.fa.gz', bgzip(Buffer.from(small), 10));

  it('reads a plain file without index, and writes none', async () => {
    const genome = await openFasta(plain);
    expect(genome.contigs).toEqual([
      { name: 'chrI', length: 18 },
      { name: 'chrII', length: 6 },
      { name: 'empty', length: 0 },
      { name: 'last', length: 3 },
    ]);
    const fetch = async (chrom: string, start: number, end: number, strand?: '+' | '-') =>
      decodeTokens(await genome.fetch({ chrom, start, end, strand }));
    expect(await fetch('chrI', 0, 18)).toBe('ACGTACGTTTGCANNGCC');
    expect(await fetch('chrI', 6, 10)).toBe('GTTT');
    expect(await fetch('chrI', 6, 11, '-')).toBe('CAAAC');
    expect(await fetch('chrII', 1, 6)).toBe('ATTAC');
    expect(await fetch('last', 0, 3)).toBe('TTT');
    expect(await fetch('empty', 0, 0)).toBe('');
    expect(() => readFileSync(`${plain}.fai`)).toThrow();
  });

  it('pads beyond the ends only where it is told to', async () => {
    expect(await text(plain, { chrom: 'chrII', start: -2, end: 8, strand: '-' })).toBe(
      'NNGTAATCNN',
    );
    expect(await text(plain, { chrom: 'chrII', start: 20, end: 22 })).toBe('NN');
    const genome = await openFasta(plain);
    await expect(genome.fetch({ chrom: 'chrII', start: -2, end: 8 })).rejects.toThrow(
      /chrII:\[-2, 8\) reaches beyond chrII; expected 0 ≤ start and end ≤ 6.*padding: 'unknown'/,
    );
  });

  it('reads bgzip with the index that writeFastaIndex writes', async () => {
    await expect(openFasta(bgzipped)).rejects.toThrow(
      /without its index .*\.fai and .*\.gzi\. Make it with await writeFastaIndex/,
    );
    expect(await writeFastaIndex(bgzipped)).toEqual({
      fai: `${bgzipped}.fai`,
      gzi: `${bgzipped}.gzi`,
    });
    expect(await text(bgzipped, { chrom: 'chrI', start: 3, end: 17 })).toBe('TACGTTTGCANNGC');
    rmSync(`${bgzipped}.gzi`);
    await expect(openFasta(bgzipped)).rejects.toThrow(/without its index .*\.gzi\. /);
  });

  it('writes the same index files as samtools and bgzip for the yeast genome', async () => {
    const copy = folder.path('yeast.fa.gz');
    writeFileSync(copy, readFileSync(yeast));
    await writeFastaIndex(copy);
    expect(readFileSync(`${copy}.fai`, 'utf8')).toBe(readFileSync(`${yeast}.fai`, 'utf8'));
    expect(readFileSync(`${copy}.gzi`).equals(readFileSync(`${yeast}.gzi`))).toBe(true);
  });

  it('explains an unknown contig', async () => {
    const genome = await openFasta(yeast);
    expect(() => genome.contigLength('IV')).toThrow(
      /no contig 'IV'\. Did you mean 'chrIV'\? .*have the prefix 'chr'/,
    );
    expect(() => genome.contigLength('4')).toThrow(/'chrIV'/);
    expect(() => genome.contigLength('MT')).toThrow(/'chrM'/);
    expect(() => genome.contigLength('chrXXI')).toThrow(/Did you mean 'chrX/);
    expect(genome.contigLength('chrIV')).toBe(1531933);
  });

  it('explains what is no indexed FASTA', async () => {
    await expect(openFasta(folder.path('smal.fa'))).rejects.toThrow(
      /no such file\. Did you mean '.*small\.fa'/,
    );
    await expect(openFasta(folder.path(''))).rejects.toThrow(/a folder; expected a file/);
    await expect(openFasta(folder.write('empty.fa', ''))).rejects.toThrow(/the file is empty/);
    await expect(openFasta(folder.write('reads.fq', '@r1\nACGT\n'))).rejects.toThrow(
      /not a FASTA: the first byte is '@'.*FASTQ/,
    );
    await expect(openFasta(folder.write('gzip.fa.gz', gzipSync(small)))).rejects.toThrow(
      /not bgzip.*streamFasta/,
    );
    await expect(openFasta(folder.write('twice.fa', '>a\nA\n>b\nA\n>a\nA\n'))).rejects.toThrow(
      /line 5: the name 'a' for a second time/,
    );
    await expect(openFasta(folder.write('ragged.fa', '>a\nACGT\nAC\nACGT\n'))).rejects.toThrow(
      /line 4: contig 'a' has lines of unequal length.*streamFasta/,
    );
    await expect(openFasta(folder.write('nameless.fa', '> a\nACGT\n'))).rejects.toThrow(
      /line 1: a record without a name/,
    );
  });

  it('names file, contig and position of a letter that is no base', async () => {
    const file = folder.write('letters.fa', '>a\nACGT\nACJT\n');
    await expect(text(file, { chrom: 'a', start: 1, end: 8 })).rejects.toThrow(
      /letters\.fa, contig a: 'J' at position 6/,
    );
  });

  it('notices an index of another version of the file, and a broken one', async () => {
    const file = folder.write('changed.fa', '>a\nACGT\n>b\nACGT\n');
    await writeFastaIndex(file);
    writeFileSync(file, '>a\nACGTACGT\n>b\nACGT\n');
    await expect(text(file, { chrom: 'b', start: 0, end: 4 })).rejects.toThrow(
      /contig 'b' is not where the index says.*writeFastaIndex/,
    );
    writeFileSync(file, '>a\nACG');
    await expect(text(file, { chrom: 'a', start: 0, end: 4 })).rejects.toThrow(
      /not where the index/,
    );
    writeFileSync(`${file}.fai`, 'a\t4\t3\n');
    await expect(openFasta(file)).rejects.toThrow(/changed\.fa\.fai, line 1: 'a\t4\t3'/);
  });

  it('notices damaged bgzip data', async () => {
    const file = folder.write('damaged.fa.gz', bgzip(Buffer.from(small), 30));
    await writeFastaIndex(file);
    const bytes = readFileSync(file);
    bytes.fill(0xff, 20, 40);
    writeFileSync(file, bytes);
    const genome = openFasta(file).then((open) => open.fetch({ chrom: 'chrI', start: 0, end: 9 }));
    await expect(genome).rejects.toThrow(/damaged\.fa\.gz.*(damaged|cannot be read)/);
    writeFileSync(file, bytes.subarray(0, bytes.length - 40));
    await expect(writeFastaIndex(file)).rejects.toThrow(/broken bgzip block/);
  });

  it('throws after close', async () => {
    const genome = await openFasta(plain);
    genome.close();
    await expect(genome.fetch({ chrom: 'chrI', start: 0, end: 1 })).rejects.toThrow(/was closed/);
  });
});

describe('fetch and fetchMany', () => {
  it('equal slices of the whole sequence, at any place, strand and line width', async () => {
    const letters = 'ACGTN';
    const sequences = fc.array(
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 90 }),
      { minLength: 1, maxLength: 3 },
    );
    const file = folder.path('property.fa');
    await fc.assert(
      fc.asyncProperty(sequences, fc.integer({ min: 1, max: 30 }), async (contigs, lineWidth) => {
        const records = contigs.map((tokens, i) => ({
          name: `c${String(i)}`,
          sequence: tokens.map((token) => letters[token]!).join(''),
        }));
        await writeFasta(file, records, { lineWidth });
        const genome = await openFasta(file);
        const intervals = records.flatMap(({ name, sequence: { length } }) =>
          [...Array(6).keys()].map((i): Interval => {
            const start = ((i * 37) % (length + 6)) - 3;
            return { chrom: name, start, end: start + i * 5, strand: i % 2 === 0 ? '+' : '-' };
          }),
        );
        const fetched = await genome.fetchMany(intervals, { padding: 'unknown' });
        for (const [i, { chrom, start, end, strand }] of intervals.entries()) {
          const { sequence } = records.find(({ name }) => name === chrom)!;
          const expected = Array.from(
            { length: end - start },
            (_, k) => sequence[start + k] ?? 'N',
          );
          const tokens = encodeSequence(expected.join(''));
          expect(fetched[i]).toEqual(strand === '-' ? reverseComplement(tokens) : tokens);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('read whole chromosomes across blocks', async () => {
    const genome = await openFasta(yeast);
    for await (const { name, sequence } of streamFasta(yeast)) {
      if (name !== 'chrIV') continue;
      const tokens = await genome.fetch({ chrom: name, start: 0, end: sequence.length });
      expect(decodeTokens(tokens)).toBe(sequence);
      break;
    }
  });

  it('say which interval is wrong before anything is read', async () => {
    const genome = await openFasta(yeast);
    const good = { chrom: 'chrI', start: 0, end: 10 };
    await expect(genome.fetchMany([good, { ...good, end: 1e9 }])).rejects.toThrow(
      /interval 1: chrI:\[0, 1000000000\) reaches beyond/,
    );
    await expect(genome.fetchMany([good, { ...good, chrom: 'I' }])).rejects.toThrow(/'chrI'/);
  });

  it('report progress and stop on a signal', async () => {
    const genome = await openFasta(yeast);
    const intervals = Array.from({ length: 2000 }, (_, i) => {
      return { chrom: 'chrIV', start: i * 500, end: i * 500 + 100 };
    });
    const done: number[] = [];
    await genome.fetchMany(intervals, { progress: (event) => done.push(event.done) });
    expect(done.at(-1)).toBe(2000);
    const controller = new AbortController();
    const progress = () => {
      controller.abort();
    };
    await expect(
      genome.fetchMany(intervals, { signal: controller.signal, progress }),
    ).rejects.toThrow(/interrupted/);
  });
});

describe('streamFasta and readFasta', () => {
  it('give the same records for plain, gzip and bgzip, whatever the name', async () => {
    const expected = [
      { name: 'chrI', description: 'first contig', sequence: 'ACGTACGTTTGCAnRGCC' },
      { name: 'chrII', description: '', sequence: 'GATTAC' },
      { name: 'empty', description: '', sequence: '' },
      { name: 'last', description: '', sequence: 'TTT' },
    ];
    expect(await readFasta(folder.write('a.fa', small))).toEqual(expected);
    expect(await readFasta(folder.write('b.fa', gzipSync(small)))).toEqual(expected);
    expect(await readFasta(folder.write('c.fa', bgzip(Buffer.from(small), 7)))).toEqual(expected);
  });

  it('read the whole yeast genome in flat memory', async () => {
    let bases = 0;
    for await (const { sequence } of streamFasta(yeast)) bases += sequence.length;
    expect(bases).toBe(12_157_105);
  });

  it('explain what is no FASTA', async () => {
    await expect(readFasta(folder.write('none.fa', ''))).rejects.toThrow(/empty/);
    await expect(readFasta(folder.write('csv.fa', 'gene,tss\n'))).rejects.toThrow(
      /first byte is 'g'/,
    );
    await expect(readFasta(folder.write('dup.fa', '>a\nA\n>a\nC\n'))).rejects.toThrow(
      /record 2: the name 'a'/,
    );
    const cut = folder.write('cut.fa.gz', gzipSync('>a\n' + 'ACGT'.repeat(5000)).subarray(0, 60));
    await expect(readFasta(cut)).rejects.toThrow(/gzip data end too early/);
  });

  it('keep headers and sequences that cross the pieces in which a file is read', async () => {
    const file = folder.path('long.fa');
    writeFileSync(file, '');
    const sequence = 'ACGTTGCA'.repeat(40_000);
    for (const name of ['a', 'b', 'c']) {
      appendFileSync(
        file,
        `>${name} ${'x'.repeat(70_000)}\n${sequence.replace(/.{61}/g, '$&\n')}\n`,
      );
    }
    for (const record of await readFasta(file)) {
      expect(record.description).toHaveLength(70_000);
      expect(record.sequence).toBe(sequence);
    }
    const genome = await openFasta(file);
    expect(genome.contigLength('c')).toBe(sequence.length);
  });
});

describe('writeFasta', () => {
  it('is inverse to readFasta', async () => {
    const file = folder.path('written.fa');
    const records = [
      { name: 'a', description: 'some text', sequence: 'ACGTN'.repeat(30) },
      { name: 'b', description: '', sequence: '' },
    ];
    await writeFasta(file, records);
    expect(readFileSync(file, 'utf8').split('\n')[1]).toHaveLength(60);
    expect(await readFasta(file)).toEqual(records);
    await writeFasta(file, [{ name: 't', sequence: Uint8Array.of(0, 1, 4) }]);
    expect(readFileSync(file, 'utf8')).toBe('>t\nACN\n');
  });

  it('refuses what would not read back', async () => {
    const file = folder.path('refused.fa');
    await expect(writeFasta(file, [{ name: 'a b', sequence: 'A' }])).rejects.toThrow(
      /without spaces/,
    );
    await expect(writeFasta(file, [{ name: 'a', sequence: 'A\n>b' }])).rejects.toThrow(
      /letters only/,
    );
    await expect(writeFasta(`${file}.gz`, [])).rejects.toThrow(/plain text/);
    const twice = [
      { name: 'a', sequence: 'A' },
      { name: 'a', sequence: 'C' },
    ];
    await expect(writeFasta(file, twice)).rejects.toThrow(/'a' for a second time/);
    expect(() => readFileSync(file)).toThrow();
  });
});
