import { copyFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SequenceDocument } from '../../../../extension/src/fasta/sequence-document.ts';
import { bgzip } from './bgzip.ts';

const yeast = path.resolve('notebooks/data/yeast_R64/sacCer3.fa.gz');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-fasta-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

async function withDocument<T>(
  file: string | Uint8Array,
  use: (document: SequenceDocument) => Promise<T>,
): Promise<T> {
  const document = await SequenceDocument.open(file, { temporaryFolder: folder });
  try {
    return await use(document);
  } finally {
    await document.close();
  }
}

const textOf = (letters: Uint8Array): string => Buffer.from(letters).toString('latin1');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** The records of a FASTA text by its definition. */
function naiveRecords(text: string): { name: string; description: string; letters: string }[] {
  return text
    .replace(/^[^>]*/, '')
    .slice(1)
    .split(/\n>/)
    .map((record) => {
      const [header = '', ...lines] = record.split('\n');
      const [, name = '', description = ''] =
        /^(\S*)\s*([^]*)$/.exec(header.replace(/\r$/, '')) ?? [];
      return { name, description: description.trim(), letters: lines.join('').replace(/\s/g, '') };
    });
}

describe('SequenceDocument on random texts', () => {
  const line = fc.stringMatching(/^[ACGTNacgtn*-]{0,12}$/);
  const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n');
  const equalLines = fc
    .tuple(fc.stringMatching(/^[ACGTacgt]{0,80}$/), fc.integer({ min: 1, max: 20 }), lineEnd)
    .map(([letters, width, end]) =>
      (letters.match(new RegExp(`.{1,${String(width)}}`, 'g')) ?? [])
        .map((row) => row + end)
        .join(''),
    );
  const anyLines = fc
    .array(fc.tuple(line, fc.constantFrom('', ' ', 'A C'), lineEnd), { maxLength: 12 })
    .map((rows) => rows.map((row) => row.join('')).join(''));
  const header = fc
    .tuple(
      fc.constantFrom('', 'a', 'chr1', 'HLA-A*01:01', '<img src=x>', 'é'),
      fc.constantFrom('', ' of yeast', '\tx y'),
      lineEnd,
    )
    .map((parts) => parts.join(''));
  const fasta = fc
    .tuple(
      fc.constantFrom('', '\n', ' \n'),
      fc.array(fc.tuple(header, fc.oneof(equalLines, anyLines)), { minLength: 1, maxLength: 6 }),
      fc.constantFrom('', 'ACG', '\n\n'),
    )
    .map(([before, records, after]) =>
      [before, ...records.map(([top, body]) => `>${top}${body}`), after].join(''),
    );

  it.each([
    ['plain', (bytes: Uint8Array) => bytes],
    ['gzip', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
    ['bgzip', (bytes: Uint8Array) => bgzip(bytes, 37)],
  ])('reads what stands there: %s', async (_kind, pack) => {
    await fc.assert(
      fc.asyncProperty(fasta, fc.nat(), fc.nat(), async (text, a, b) => {
        const expected = naiveRecords(text);
        await withDocument(pack(bytesOf(text)), async (document) => {
          expect(document.records.map(({ name, description }) => [name, description])).toEqual(
            expected.map(({ name, description }) => [name, description]),
          );
          for (const [i, { letters }] of expected.entries()) {
            expect(document.records[i]?.length).toBe(letters.length);
            expect(textOf(await document.letters(i, 0, letters.length + 5))).toBe(letters);
            const start = a % (letters.length + 1);
            const end = b % (letters.length + 1);
            expect(textOf(await document.letters(i, start, end))).toBe(letters.slice(start, end));
            expect((await document.composition(i)).total).toBe(letters.length);
          }
          if (document.alphabet === 'protein') return;
          const hits: [number, number][] = [];
          for await (const batch of document.find('MA', { bothStrands: false })) {
            for (const { record, start } of batch) hits.push([record, start]);
          }
          const all = expected.flatMap(({ letters }, i) =>
            Array.from(letters.matchAll(/[AC](?=A)/gi), ({ index }) => [i, index]),
          );
          expect(hits).toEqual(all);
        });
      }),
      { numRuns: 80 },
    );
  });

  it('finds letters in records of unequal lines that are longer than a piece', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) =>
      'ACGGTTAC'.repeat(5).slice(0, 1 + ((i * 7) % 40)),
    );
    const letters = lines.join('');
    const text = `>first\n${'ACGT'.repeat(15)}\n>long\n${lines.join('\n')}\n`;
    await withDocument(bytesOf(text), async (document) => {
      expect(document.notices.join()).toContain("first in 'long'");
      for (const start of [0, 1, 65_535, 65_536, 70_001, 700_000, letters.length - 3]) {
        const found = textOf(await document.letters(1, start, start + 100));
        expect(found).toBe(letters.slice(start, start + 100));
      }
      expect(textOf(await document.letters(1, 0, Infinity))).toBe(letters);
    });
  });
});

describe('SequenceDocument on the yeast genome', () => {
  const plain = async (): Promise<Buffer> => gunzipSync(await readFile(yeast));

  it('uses the index beside the file, and finds the same records without', async () => {
    const alone = await written('alone.fa.gz', await readFile(yeast));
    await withDocument(yeast, async (document) => {
      expect([document.index, document.compression, document.alphabet]).toEqual([
        'file',
        'bgzip',
        'DNA',
      ]);
      expect(document.notices).toEqual([]);
      await withDocument(alone, async (other) => {
        expect(other.index).toBe('memory');
        expect(JSON.stringify(other.records)).toBe(JSON.stringify(document.records));
        const places = [0, 3, 16].map((record) => [record, 50_000, 50_200] as const);
        for (const place of places) {
          expect(await other.letters(...place)).toEqual(await document.letters(...place));
        }
        const files = await other.writeIndex();
        expect(files).toEqual([`${alone}.fai`, `${alone}.gzi`]);
        expect(await readFile(`${alone}.fai`)).toEqual(await readFile(`${yeast}.fai`));
        expect(await readFile(`${alone}.gzi`)).toEqual(await readFile(`${yeast}.gzi`));
      });
    });
  });

  it('counts letters and G and C as a plain loop does', async () => {
    const records = naiveRecords((await plain()).toString('latin1'));
    const letters = records[2]?.letters ?? '';
    const count = (pattern: RegExp): number => letters.match(pattern)?.length ?? 0;
    await withDocument(yeast, async (document) => {
      const { counts, total, lowerCase, gc } = await document.composition(2);
      expect(total).toBe(letters.length);
      expect(counts['A']).toBe(count(/a/gi));
      expect(lowerCase).toBe(count(/[a-z]/g));
      expect(gc).toBeCloseTo(count(/[gc]/gi) / letters.length, 12);
      const profile = await document.profile(2, 7);
      for (const [bin, share] of profile.entries()) {
        const part = letters.slice(
          Math.floor((bin * letters.length) / 7),
          Math.floor(((bin + 1) * letters.length) / 7),
        );
        expect(share).toBeCloseTo((part.match(/[gc]/gi)?.length ?? 0) / part.length, 6);
      }
    });
  });

  it('finds a motif on both strands as often as a regular expression does', async () => {
    const records = naiveRecords((await plain()).toString('latin1'));
    const places = (pattern: RegExp, letters: string): number[] =>
      Array.from(letters.matchAll(pattern), ({ index }) => index);
    await withDocument(yeast, async (document) => {
      const found: Record<string, number[]> = {};
      let hits = 0;
      let last = -1;
      for await (const batch of document.find('tataWAW')) {
        for (const { record, start, end, strand } of batch) {
          expect(end).toBe(start + 7);
          expect(1e10 * record + start).toBeGreaterThanOrEqual(last);
          last = 1e10 * record + start;
          (found[`${String(record)}${strand}`] ??= []).push(start);
          hits++;
        }
      }
      for (const [i, { letters }] of records.entries()) {
        expect(found[`${String(i)}+`] ?? []).toEqual(places(/(?=TATA[AT]A[AT])/gi, letters));
        expect(found[`${String(i)}-`] ?? []).toEqual(places(/(?=[AT]T[AT]TATA)/gi, letters));
      }
      // As Python counts: len(re.findall('(?=TATA[AT]A[AT])', s)) and '(?=[AT]T[AT]TATA)' of each record.
      expect(hits).toBe(30_926);
    });
  });

  it('ends at a limit, and when it is stopped', async () => {
    await withDocument(yeast, async (document) => {
      let hits = 0;
      for await (const batch of document.find('N', { limit: 12_345 })) hits += batch.length;
      expect(hits).toBe(12_345);
      const abort = new AbortController();
      abort.abort();
      const search = document.find('TATAWAW', { signal: abort.signal });
      await expect(search.next()).rejects.toThrow('interrupted');
    });
  });
});

describe('an index that does not fit', () => {
  const text = '>a one\nACGTAC\nGT\n>b two\nAAAA\n';
  const index = 'a\t8\t7\t6\t7\nb\t4\t24\t4\t5\n';

  it.each([
    ['names', index.replace('a\t', 'c\t'), "'c' is not there"],
    ['places', index.replace('\t24', '\t23'), 'longer than it says'],
    ['lengths', index.replace('a\t8', 'a\t9'), "'b' is not there"],
    ['lengths of the last', index.replace('b\t4', 'b\t5'), 'cannot lie'],
    ['shorter lengths', index.replace('a\t8', 'a\t7'), "'b' is not there"],
    ['line lengths', index.replace('6\t7\nb', '5\t7\nb'), "'a' is not there"],
    ['a shorter file', 'a\t8\t7\t6\t7\n', 'longer than it says'],
    ['a longer file', `${index}c\t900\t33\t60\t61\n`, 'cannot lie'],
    ['another kind of file', '>a\nACGT\n', 'a FASTA header'],
    ['no records', '', 'it is empty'],
  ])('is refused with a notice and made anew: other %s', async (what, fai, reason) => {
    const file = await written(`${what.replaceAll(' ', '-')}.fa`, text);
    await writeFile(`${file}.fai`, fai);
    await withDocument(file, async (document) => {
      expect(document.index).toBe('memory');
      expect(document.notices.join()).toContain(reason);
      expect(textOf(await document.letters(0, 4, 8))).toBe('ACGT');
    });
  });

  it('is used where it fits, whatever its age', async () => {
    const file = await written('fits.fa', text);
    await writeFile(`${file}.fai`, index);
    await utimes(`${file}.fai`, 1, 1);
    await withDocument(file, async (document) => {
      expect([document.index, ...document.notices]).toEqual(['file']);
      expect(document.records.map(({ description }) => description)).toEqual(['one', 'two']);
      expect(document.findRecord('b')).toBe(1);
      expect(document.findRecord('c')).toBeUndefined();
    });
  });

  it('is used without a list of blocks, which is made from their headers', async () => {
    const file = await written('listed.fa.gz', await readFile(yeast));
    await copyFile(`${yeast}.fai`, `${file}.fai`);
    await withDocument(file, async (document) => {
      expect(document.index).toBe('file');
      const letters = await document.letters(16, 85_000, 90_000);
      await withDocument(yeast, async (other) => {
        expect(letters).toEqual(await other.letters(16, 85_000, 90_000));
      });
    });
  });

  it('is refused where it lists the blocks of another bgzip file', async () => {
    const file = await written('blocks.fa.gz', await readFile(yeast));
    const gzi = await readFile(`${yeast}.gzi`);
    gzi.writeUInt8(gzi.readUInt8(16) ^ 1, 16);
    await writeFile(`${file}.gzi`, gzi);
    await copyFile(`${yeast}.fai`, `${file}.fai`);
    await withDocument(file, async (document) => {
      expect(document.index).toBe('memory');
      expect(document.notices.join()).toContain('.gzi');
      expect(document.records).toHaveLength(17);
    });
  });
});

describe('files that are no FASTA, or damaged', () => {
  it.each([
    ['empty.fa', '', 'the file is empty'],
    ['blank.fa', '\n\n', 'the file is empty'],
    ['reads.fa', '@read\nACGT\n+\nIIII\n', 'FASTQ'],
    ['binary.fa', new Uint8Array([0x7f, 0x45, 0, 1, 2, 3, 4]), 'not a FASTA'],
    ['binary-after.fa', '>a\nACGT\0\u0001\n', 'binary data'],
    ['header.fa', `>${'a'.repeat(2_000_000)}`, 'more than 1 MB'],
    ['cut.fa.gz', gzipSync('>a\nACGT\n'.repeat(99)).subarray(0, 30), 'end too early'],
    ['cut-bgzip.fa.gz', bgzip(bytesOf('>a\nACGT\n'.repeat(99))).subarray(0, 300), 'cut or damaged'],
  ])('says so of %s', async (name, content, message) => {
    const file = await written(name, content);
    await expect(withDocument(file, () => Promise.resolve())).rejects.toThrow(message);
  });

  it('says so of a missing file, with the one that may be meant', async () => {
    const file = await written('present.fa', '>a\nACGT\n');
    const missing = file.replace('present', 'presend');
    await expect(withDocument(missing, () => Promise.resolve())).rejects.toThrow('present.fa');
  });

  it('tells a bgzip file that lacks its end', async () => {
    const whole = bgzip(bytesOf('>a\nACGT\n'));
    await withDocument(whole.subarray(0, whole.length - 28), async (document) => {
      expect(document.notices.join()).toContain('cut off');
      expect(textOf(await document.letters(0, 0, 4))).toBe('ACGT');
    });
  });

  it('notices that the file changed while it was open', async () => {
    const file = await written('changing.fa', `>a\n${'ACGTACGT\n'.repeat(1000)}`);
    await withDocument(file, async (document) => {
      expect(await document.changed()).toBe(false);
      await writeFile(file, '>b\nAC\n');
      expect(await document.changed()).toBe(true);
      await expect(document.letters(0, 4000, 4100)).rejects.toThrow('changed');
      await expect(document.writeIndex()).rejects.toThrow('changed');
      await writeFile(file, `>other\n${'ACG\n'.repeat(9000)}`);
      await expect(document.letters(0, 4000, 4100)).rejects.toThrow('changed');
      await rm(file);
      expect(await document.changed()).toBe(true);
    });
  });

  it('removes the temporary file of a long gzip file', async () => {
    const text = `>a\n${`${'ACGTTGCA'.repeat(8)}\n`.repeat(300_000)}`;
    const file = await written('long.fa.gz', gzipSync(text, { level: 1 }));
    const temporary = path.join(folder, 'temporary');
    const document = await SequenceDocument.open(file, { temporaryFolder: temporary });
    expect(await readdir(temporary)).toHaveLength(1);
    expect(textOf(await document.letters(0, 64 * 299_999, Infinity))).toBe('ACGTTGCA'.repeat(8));
    await expect(document.writeIndex()).rejects.toThrow('bgzip');
    await document.close();
    expect(await readdir(temporary)).toEqual([]);
    const abort = new AbortController();
    const opening = SequenceDocument.open(file, {
      temporaryFolder: temporary,
      signal: abort.signal,
      progress: () => {
        abort.abort();
      },
    });
    await expect(opening).rejects.toThrow('interrupted');
    expect(await readdir(temporary)).toEqual([]);
  });

  it('writes no index that would be wrong', async () => {
    const open = (text: string, name: string) =>
      written(name, text).then((file) => withDocument(file, (document) => document.writeIndex()));
    await expect(open('>a\nAC\nACG\n', 'unequal.fa')).rejects.toThrow('unequal');
    await expect(open('>a\nAC\n\nAC\n', 'gap.fa')).rejects.toThrow('unequal');
    await expect(open('>a\nAC\r\nAC\nAC\n', 'ends.fa')).rejects.toThrow('unequal');
    await expect(open('>a\nAC\n>a\nAC\n', 'twice.fa')).rejects.toThrow('second time');
    await expect(open('> a\nAC\n', 'nameless.fa')).rejects.toThrow('name');
  });
});

describe('what the letters are', () => {
  it.each([
    ['ACGTNNNN', 'DNA'],
    ['acguacgu', 'RNA'],
    ['NNNN', 'DNA'],
    ['MARKDVHSGT', 'protein'],
    ['MKVLAA*', 'protein'],
    ['ACGTRYSWKMACGTACGTACGTACGTACGTACGTACGTAC', 'DNA'],
    ['', 'DNA'],
  ])('%s: %s', async (letters, alphabet) => {
    await withDocument(bytesOf(`>a\n${letters}\n`), (document) => {
      expect(document.alphabet).toBe(alphabet);
      return Promise.resolve();
    });
  });
});

describe('conservation', () => {
  it('tells the most frequent letter of each column', async () => {
    const text = '>a\nAC-TX\n>b\nAC-Gx\n>c\nag-A-\n>d\nAC-A*\n';
    await withDocument(bytesOf(text), async (document) => {
      expect(document.aligned).toBe(true);
      const { identity, consensus } = await document.conservation(-3, 99);
      expect(consensus).toBe('AC-AX');
      expect([...identity]).toEqual([1, 0.75, 0, 0.5, 0.5]);
      expect((await document.conservation(1, 2)).consensus).toBe('C');
    });
    await withDocument(bytesOf('>a\nAC\n>b\nA\n'), async (document) => {
      expect(document.aligned).toBe(false);
      await expect(document.conservation(0, 1)).rejects.toThrow('unequal length');
    });
  });
});
