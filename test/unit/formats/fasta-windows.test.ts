import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../kernel-lib/src/core/random.ts';
import { buildBgzfIndex, parseBgzfIndex } from '../../../kernel-lib/src/formats/bgzf-index.ts';
import { PlainFastaBytes, type FastaBytes } from '../../../kernel-lib/src/formats/fasta-bytes.ts';
import { FastaFile } from '../../../kernel-lib/src/formats/fasta-file.ts';
import { buildFastaIndex } from '../../../kernel-lib/src/formats/fasta-index.ts';
import {
  openFasta,
  readFasta,
  writeFasta,
  writeFastaIndex,
} from '../../../kernel-lib/src/formats/fasta.ts';
import {
  decodeTokens,
  encodePairsInPlace,
  encodeSequence,
} from '../../../kernel-lib/src/sequence/encode-sequence.ts';
import type { Interval } from '../../../kernel-lib/src/sequence/interval.ts';
import { reverseComplement } from '../../../kernel-lib/src/sequence/reverse-complement.ts';
import { bgzip, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const random = new Random(1);
const letters = (length: number) =>
  Array.from({ length }, () => 'ACGTacgtNnR'.charAt(random.integer(11))).join('');
const contigs = [
  { name: 'a', sequence: letters(5003) },
  { name: 'b', sequence: letters(61) },
  { name: 'c', sequence: letters(300_001) },
];
const plain = folder.path('windows.fa');
const compressed = folder.path('windows.fa.gz');
const ready = writeFasta(plain, contigs, { lineWidth: 61 }).then(async () => {
  writeFileSync(compressed, bgzip(readFileSync(plain), 4099));
  await writeFastaIndex(compressed);
});

/** 300 windows of 101 bases, on both strands, some beyond the ends. */
const windows = Array.from({ length: 300 }, (_, i): Interval => {
  const { name, sequence } = contigs[i % 3]!;
  const start = random.integer(sequence.length + 60) - 80;
  return { chrom: name, start, end: start + 101, strand: i % 2 === 0 ? '-' : '+' };
});

function expected({ chrom, start, end, strand }: Interval): Uint8Array {
  const { sequence } = contigs.find(({ name }) => name === chrom)!;
  const text = Array.from({ length: end - start }, (_, i) => sequence[start + i] ?? 'N').join('');
  const tokens = encodeSequence(text);
  return strand === '-' ? reverseComplement(tokens) : tokens;
}

/** The file, as if every read had to wait for a disk. */
class SlowBytes implements FastaBytes {
  readonly #bytes = new PlainFastaBytes(plain);
  reads = 0;
  atATime = 0;
  mostAtATime = 0;

  tryRead(): undefined {
    return undefined;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    this.reads += 1;
    this.atATime += 1;
    this.mostAtATime = Math.max(this.mostAtATime, this.atATime);
    try {
      await new Promise((resolve) => setTimeout(resolve, this.reads % 3));
      return await this.#bytes.read(position, length);
    } finally {
      this.atATime -= 1;
    }
  }

  readSync(position: number, length: number): Uint8Array {
    return this.#bytes.readSync(position, length);
  }

  close(): void {
    this.#bytes.close();
  }
}

describe('windows of a FASTA file', () => {
  it('are the same by every way of reading', async () => {
    await ready;
    const wanted = windows.map(expected);
    const padding = 'unknown' as const;
    const slow = new SlowBytes();
    const files = [
      await openFasta(plain),
      await openFasta(compressed),
      // Room for a single block: every window evicts another.
      await openFasta(compressed, { cacheBytes: 5000 }),
      new FastaFile(plain, await buildFastaIndex(plain), slow),
    ];
    for (const file of files) {
      expect(await file.fetchMany(windows, { padding })).toEqual(wanted);
      const batch = await file.fetchBatch(windows, { padding });
      expect(batch).toHaveLength(300 * 101);
      for (const [i, tokens] of wanted.entries()) {
        expect(batch.subarray(i * 101, (i + 1) * 101)).toEqual(tokens);
      }
      for (const [i, window] of windows.slice(0, 40).entries()) {
        expect(file.fetchSync(window, { padding })).toEqual(wanted[i]);
        expect(await file.fetch(window, { padding })).toEqual(wanted[i]);
      }
      file.close();
    }
    expect(slow.mostAtATime).toBeGreaterThan(4);
    expect(slow.mostAtATime).toBeLessThanOrEqual(256);
  });

  it('may be longer than one read', async () => {
    await ready;
    for (const file of [plain, compressed]) {
      const genome = await openFasta(file);
      for (const strand of ['+', '-'] as const) {
        const whole: Interval = { chrom: 'c', start: -3, end: 300_005, strand };
        const done: number[] = [];
        const [tokens] = await genome.fetchMany([whole], {
          padding: 'unknown',
          progress: (event) => done.push(event.done),
        });
        expect(Buffer.compare(tokens!, expected(whole))).toBe(0);
        expect(Math.max(...done)).toBe(1);
        expect(Buffer.compare(genome.fetchSync(whole, { padding: 'unknown' }), tokens!)).toBe(0);
      }
      genome.close();
    }
  });

  it('that lie next to each other share a read', async () => {
    await ready;
    const slow = new SlowBytes();
    const file = new FastaFile(plain, await buildFastaIndex(plain), slow);
    const tiles = Array.from({ length: 50 }, (_, i) => {
      return { chrom: 'c', start: i * 1000, end: i * 1000 + 1000 };
    });
    await file.fetch(tiles[0]!);
    const before = slow.reads;
    await file.fetchBatch(tiles);
    expect(slow.reads - before).toBe(1);
    file.close();
  });

  it('of one batch have one length', async () => {
    await ready;
    const genome = await openFasta(plain);
    await expect(
      genome.fetchBatch([
        { chrom: 'a', start: 0, end: 10 },
        { chrom: 'a', start: 0, end: 11 },
      ]),
    ).rejects.toThrow(/interval 1: a:\[0, 11\) of 11 bases; expected 10.*resizeInterval/);
    expect(await genome.fetchBatch([])).toEqual(new Uint8Array(0));
    await expect(genome.fetchMany([], { paddin: 'unknown' } as never)).rejects.toThrow(
      /unknown option 'paddin'.*'padding'/,
    );
    expect(() =>
      genome.fetchSync({ chrom: 'a', start: 0, end: 1 }, { pad: 'unknown' } as never),
    ).toThrow(/unknown option 'pad'/);
    await expect(openFasta(plain, { cache: 3 } as never)).rejects.toThrow(/Known: cacheBytes/);
    await expect(openFasta(plain, { cacheBytes: -1 })).rejects.toThrow(/cacheBytes: -1/);
    genome.close();
  });

  it('stop with an error where the file is closed meanwhile', async () => {
    await ready;
    for (const file of [plain, compressed]) {
      const genome = await openFasta(file);
      // Too long to share reads, and more than are read at a time.
      const many = Array.from({ length: 200 }, (_, i) => {
        return { chrom: 'c', start: i, end: i + 299_000 };
      });
      const reading = genome.fetchMany(many);
      genome.close();
      genome.close();
      await expect(reading).rejects.toThrow(/was closed/);
      expect(() => genome.fetchSync(many[0]!)).toThrow(/was closed/);
    }
  });

  it('are refused where line ends are not where the index says', async () => {
    const file = folder.write('other-lines.fa', '>a\nACGT\nACGT\n');
    await writeFastaIndex(file);
    writeFileSync(file, '>a\nACGTA\nCGT\n');
    const genome = await openFasta(file);
    await expect(genome.fetch({ chrom: 'a', start: 0, end: 8 })).rejects.toThrow(
      /contig 'a' is not where the index says/,
    );
    expect(() => genome.fetchSync({ chrom: 'a', start: 2, end: 6 })).toThrow(/not where the index/);
    genome.close();
  });

  it('name the letter that is no base, whatever the strand', async () => {
    const file = folder.write('letter.fa', '>a\nACGT\nAC*T\n');
    const genome = await openFasta(file);
    for (const strand of ['+', '-'] as const) {
      expect(() => genome.fetchSync({ chrom: 'a', start: 1, end: 8, strand })).toThrow(
        /contig a: '\*' at position 6/,
      );
    }
    genome.close();
  });
});

describe('bgzip', () => {
  it('data that are damaged or of another index are refused', async () => {
    const file = folder.path('broken.fa.gz');
    const content = Buffer.from(`>a\n${'ACGT'.repeat(100)}\n`);
    writeFileSync(file, bgzip(content, 100));
    await writeFastaIndex(file);
    const window = { chrom: 'a', start: 150, end: 180 };
    expect(decodeTokens((await openFasta(file)).fetchSync(window))).toHaveLength(30);
    const bytes = readFileSync(file);
    // The CRC of the second block.
    const second = Number(readFileSync(`${file}.gzi`).readBigUInt64LE(8));
    const third = Number(readFileSync(`${file}.gzi`).readBigUInt64LE(24));
    bytes[third - 7]! ^= 1;
    const genome = await openFasta(file);
    writeFileSync(file, bytes);
    expect(() => genome.fetchSync(window)).toThrow(/broken\.fa\.gz, contig a: .*cannot be read/);
    await expect(genome.fetch(window)).rejects.toThrow(/damaged|cannot be read/);
    expect(second).toBeGreaterThan(0);
    genome.close();
    writeFileSync(file, bgzip(content, 90));
    await expect((await openFasta(file)).fetch(window)).rejects.toThrow(
      /damaged|cannot be read|not where the index/,
    );
  });

  it('index is read as it was written, and refused otherwise', async () => {
    await ready;
    const bytes = await buildBgzfIndex(compressed);
    const { compressed: places, uncompressed } = parseBgzfIndex(bytes, 'x.gzi');
    expect(uncompressed.slice(0, 3)).toEqual(Float64Array.of(0, 4099, 8198));
    expect(places[0]).toBe(0);
    expect(places).toHaveLength(uncompressed.length);
    for (const wrong of [new Uint8Array(3), bytes.slice(0, -1), bytes.map(() => 7)]) {
      expect(() => parseBgzfIndex(wrong, 'x.gzi')).toThrow(/x\.gzi: no index.*writeFastaIndex/);
    }
    const swapped = bytes.slice();
    swapped.copyWithin(8, 24, 40);
    expect(() => parseBgzfIndex(swapped, 'x.gzi')).toThrow(/damaged/);
    rmSync(folder.path('broken.fa.gz'), { force: true });
  });
});

describe('encodePairsInPlace', () => {
  it('equals encodeSequence and reverseComplement', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ACGTUacgtunRYx'), maxLength: 40 });
    fc.assert(
      fc.property(text, fc.boolean(), (sequence, reverse) => {
        const { length } = sequence;
        const bytes = new Uint8Array(length + 2);
        for (let i = 0; i < length; i++) bytes[i] = sequence.charCodeAt(i);
        const first = encodePairsInPlace(
          new Uint16Array(bytes.buffer, 0, Math.ceil(length / 2)),
          length,
          reverse,
        );
        if (sequence.includes('x')) return first === -1;
        const tokens = encodeSequence(sequence);
        expect(bytes.slice(first, first + length)).toEqual(
          reverse ? reverseComplement(tokens) : tokens,
        );
        return true;
      }),
    );
  });

  it('gives the records that readFasta gives', async () => {
    await ready;
    const genome = await openFasta(plain);
    for (const { name, sequence } of await readFasta(plain)) {
      const tokens = genome.fetchSync({ chrom: name, start: 0, end: sequence.length });
      expect(Buffer.compare(tokens, encodeSequence(sequence))).toBe(0);
    }
    genome.close();
  });
});
