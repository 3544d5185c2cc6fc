import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readFastq, streamFastq, type FastqRecord } from '../../../kernel-lib/src/formats/fastq.ts';
import { bgzip, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string, options = {}) => readFastq(Buffer.from(text), options);
const plain = (records: readonly FastqRecord[]) =>
  records.map(({ quality, ...rest }) => ({ ...rest, quality: [...quality] }));

describe('readFastq', () => {
  it('reads four lines a read, by path, gzip, bgzip and bytes', async () => {
    const text = '@r1 first read\nACGTN\n+\n!"#I~\n@r2\nac\n+r2\n@@\n';
    const expected = [
      { name: 'r1', description: 'first read', sequence: 'ACGTN', quality: [0, 1, 2, 40, 93] },
      { name: 'r2', sequence: 'ac', quality: [31, 31] },
    ];
    expect(plain(await read(text))).toEqual(expected);
    expect(plain(await read(text.replaceAll('\n', '\r\n')))).toEqual(expected);
    expect(plain(await readFastq(folder.write('a.fq.gz', gzipSync(text))))).toEqual(expected);
    expect(plain(await readFastq(bgzip(Buffer.from(text), 7)))).toEqual(expected);
    expect(await read('')).toEqual([]);
  });

  it('reads sequence and quality over several lines, where @ and + may begin a line', async () => {
    const text = '@r1\nACGT\nACG\n+r1\n@III\n+@I\n\n@r2\nA\n+\n@\n';
    expect(plain(await read(text))).toEqual([
      { name: 'r1', sequence: 'ACGTACG', quality: [31, 40, 40, 40, 10, 31, 40] },
      { name: 'r2', sequence: 'A', quality: [31] },
    ]);
  });

  it('reads a read without letters', async () => {
    expect(plain(await read('@r1\n\n+\n\n@r2\nA\n+\nI\n'))).toEqual([
      { name: 'r1', sequence: '', quality: [] },
      { name: 'r2', sequence: 'A', quality: [40] },
    ]);
  });

  it('reads qualities that begin at 64', async () => {
    const [record] = await read('@r\nAC\n+\n@h\n', { qualityOffset: 64 });
    expect([...record!.quality]).toEqual([0, 40]);
    await expect(read('@r\nAC\n+\n!h\n', { qualityOffset: 64 })).rejects.toThrow(/leave out/);
    await expect(read('', { qualityOffset: 59 })).rejects.toThrow(/59; expected 33 or 64/);
    await expect(read('', { offset: 64 })).rejects.toThrow(/unknown option 'offset'/);
  });

  it.each([
    ['@r1\nACGT\n+\nIII\n@r2\nA\n+\nI\n', /line 4: 3 quality letters for read 'r1'; expected 4/],
    ['@r1\nACGT\n+\nIIIII\n', /line 4: 5 quality letters/],
    ['@r1\nACGT\n@r2\nA\n+\nI\n', /line 3: '@' in the sequence of 'r1'.*begins with '\+'/],
    ['@r1\nACGT\nIIII\n', /line 3: the end of the file within the read 'r1'/],
    ['@r1\nAC\nGT\n+\nII\n', /4 quality letters, found 2.*cut short/],
    ['@r1\nAC\n+\nI \n', /line 4: the quality letter " " in read 'r1'; expected '!' to '~'/],
    ['@r1\nAC\n+\nIé\n', /"é"/],
    ['@r1\nAC\n+r2\nII\n', /the name 'r2' after '\+'; expected 'r1'/],
    ['>r1\nAC\n', /line 1: '>r1'.*readFasta/],
    ['@r1\nA\n+\nI\nI\n', /line 5: 'I'; expected '@'/],
    ['@ r1\nA\n+\nI\n', /'@ r1'; expected '@' and the name/],
  ])('explains %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('yields the reads before a bad one', async () => {
    const seen: string[] = [];
    const reading = async () => {
      for await (const { name } of streamFastq(Buffer.from('@a\nA\n+\nI\n@b\nA\n+\nII\n'))) {
        seen.push(name);
      }
    };
    await expect(reading()).rejects.toThrow(/line 8/);
    expect(seen).toEqual(['a']);
  });

  it('is inverse to writing with any line width', async () => {
    const record = fc
      .record({
        name: fc.stringMatching(/^[!-~]{1,8}$/),
        description: fc.option(fc.stringMatching(/^[!-~]{1,8}$/), { nil: undefined }),
        letters: fc.array(fc.tuple(fc.constantFrom(...'ACGTN'), fc.nat(93)), { minLength: 1 }),
      })
      .map(({ letters, ...rest }) => ({
        ...rest,
        sequence: letters.map(([letter]) => letter).join(''),
        quality: letters.map(([, score]) => score),
      }));
    const inputs = fc.tuple(fc.array(record, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }));
    await fc.assert(
      fc.asyncProperty(inputs, async ([records, width]) => {
        const wrap = (text: string) =>
          text.replace(new RegExp(`.{${String(width)}}(?=.)`, 'g'), '$&\n');
        const text = records.map(({ name, description, sequence, quality }) => {
          const letters = String.fromCharCode(...quality.map((score) => score + 33));
          const title = description === undefined ? name : `${name} ${description}`;
          return `@${title}\n${wrap(sequence)}\n+\n${wrap(letters)}\n`;
        });
        expect(plain(await read(text.join('')))).toEqual(records);
      }),
      { numRuns: 100 },
    );
  });

  it('answers damaged bytes with reads or an error that explains', async () => {
    const good = Buffer.from('@r1 x\nACGT\nAC\n+\nIIII\nII\n@r2\nA\n+\nI\n');
    const damage = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(10) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, byte, cut }) => {
        const bytes = Uint8Array.from(good);
        bytes[at] = byte;
        await readFastq(bytes.subarray(0, bytes.length - cut)).catch((error: unknown) => {
          expect(error).toBeInstanceOf(TataboxError);
        });
      }),
      { numRuns: 300 },
    );
  });
});
