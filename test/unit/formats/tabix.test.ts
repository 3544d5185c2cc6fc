import { copyFileSync, readFileSync, utimesSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { InputError, TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { openTabix, type TabixFormat } from '../../../kernel-lib/src/formats/tabix.ts';
import { bgzip, repository, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const golden = `${repository}test/unit/formats/golden/text/`;
const bytes = (name: string) => readFileSync(golden + name);
type Fetched<T> = [chrom: string, start: number, end: number, found: T[]][];
const expected = JSON.parse(bytes('tabix.json').toString()) as {
  bed: Fetched<string>;
  vcf: Fetched<number>;
  gff: Fetched<string>;
};

async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const record of records) list.push(record);
  return list;
}

/** A copy of a file with its index, in this order of time. */
function copy(name: string, ending = '.tbi'): string {
  const file = folder.path(name);
  copyFileSync(golden + name, file);
  copyFileSync(golden + name + ending, file + ending);
  utimesSync(file, 1000, 1000);
  return file;
}

describe('openTabix', () => {
  it.each(['.tbi', '.csi'])('fetches of BED what htslib does (%s)', async (ending) => {
    const file = await openTabix(bytes('regions.bed.gz'), {
      format: 'bed',
      index: bytes(`regions.bed.gz${ending}`),
    });
    expect(file.chroms).toEqual(['chr1', 'chr2', 'chrM']);
    for (const [chrom, start, end, names] of expected.bed) {
      const records = await all(file.fetch({ chrom, start, end }));
      expect(records.map(({ name }) => name?.replace(/_+$/, ''))).toEqual(names);
    }
    expect(await all(file.fetch({ chrom: 'chrM' }))).toHaveLength(152);
    expect(await all(file.fetch({ chrom: 'chrM', start: 5, end: 5 }))).toEqual([]);
    await file.close();
  });

  it.each(['.tbi', '.csi'])('fetches of VCF what htslib does (%s)', async (ending) => {
    const file = await openTabix(bytes('calls.vcf.gz'), {
      format: 'vcf',
      index: bytes(`calls.vcf.gz${ending}`),
    });
    for (const [chrom, start, end, starts] of expected.vcf) {
      const records = await all(file.fetch({ chrom, start, end }));
      expect(records.map((record) => record.start)).toEqual(starts);
    }
    // The header has this contig, but it has no records.
    expect(await all(file.fetch({ chrom: 'chr3' }))).toEqual([]);
  });

  it('fetches of GFF3 what htslib does, by path', async () => {
    const file = await openTabix(copy('genes.gff3.gz'), { format: 'gff' });
    for (const [chrom, start, end, ids] of expected.gff) {
      const records = await all(file.fetch({ chrom, start, end }));
      expect(records.map(({ attributes }) => attributes.ID?.[0])).toEqual(ids);
    }
    await file.close();
  });

  it('knows the format by the index', async () => {
    const formats: [string, string, TabixFormat][] = [
      ['regions.bed.gz', 'name', 'bed'],
      ['calls.vcf.gz', 'alt', 'vcf'],
      ['genes.gff3.gz', 'attributes', 'gff'],
    ];
    for (const [name, property] of formats) {
      const file = await openTabix(bytes(name), { index: bytes(`${name}.tbi`) });
      const [record] = await all(file.fetch({ chrom: file.chroms[0]! }));
      expect(record).toHaveProperty(property);
      const lines = await openTabix(bytes(name), { index: bytes(`${name}.tbi`), format: 'lines' });
      const [line] = await all(lines.fetch({ chrom: file.chroms[0]! }));
      expect(line!.start).toBe(record!.start);
      expect(line!.fields[0]).toBe(record!.chrom);
    }
  });

  it('finds the index beside the file, .tbi or .csi', async () => {
    const file = await openTabix(copy('calls.vcf.gz', '.csi'), { format: 'vcf' });
    expect(await all(file.fetch({ chrom: 'chr1' }))).toHaveLength(60);
    await file.close();
    copyFileSync(`${golden}regions.bed.gz`, folder.path('alone.bed.gz'));
    await expect(openTabix(folder.path('alone.bed.gz'))).rejects.toThrow(
      /no index beside it, neither .*alone\.bed\.gz\.tbi nor .*\.csi/,
    );
    await expect(openTabix(bytes('regions.bed.gz'))).rejects.toThrow(/bytes without an index/);
  });

  it('tells an index that is older', async () => {
    const file = copy('regions.bed.gz');
    utimesSync(`${file}.tbi`, 900, 900);
    await expect(openTabix(file)).rejects.toThrow(/regions\.bed\.gz\.tbi: an index that is older/);
    const opened = await openTabix(file, { allowOlderIndex: true });
    expect(opened.chroms).toHaveLength(3);
    await opened.close();
  });

  it('tells an index of another file', async () => {
    const other = { index: bytes('calls.vcf.gz.tbi'), format: 'bed' as const };
    await expect(openTabix(bytes('regions.bed.gz'), other)).rejects.toThrow(/does not fit/);
    // The same file with a record more, and with one less.
    const text = gunzipSync(bytes('regions.bed.gz'));
    const index = bytes('regions.bed.gz.tbi');
    const longer = bgzip(
      Buffer.concat([text, Buffer.from('chrM\t900000000\t900000001\tz\n')]),
      65280,
    );
    await expect(openTabix(longer, { index })).rejects.toThrow(/does not fit bytes.*Make it anew/);
    const shorter = bgzip(text.subarray(0, text.lastIndexOf(10, -2) + 1), 65280);
    await expect(openTabix(shorter, { index })).rejects.toThrow(/does not fit/);
    // The same length with lines in another order.
    const lines = text.toString().trimEnd().split('\n');
    const turned = bgzip(Buffer.from(`${lines.reverse().join('\n')}\n`), 65280);
    const opening = openTabix(turned, { index }).then((file) => all(file.fetch({ chrom: 'chr1' })));
    await expect(opening).rejects.toThrow(/does not fit/);
  });

  it('explains what it is given', async () => {
    const index = bytes('regions.bed.gz.tbi');
    const text = gunzipSync(bytes('regions.bed.gz'));
    await expect(openTabix(text, { index })).rejects.toThrow(
      /not compressed; expected a bgzip file/,
    );
    await expect(openTabix(gzipSync(text), { index })).rejects.toThrow(
      /gzip data that are not bgzip/,
    );
    await expect(openTabix(bytes('regions.bed.gz'), { index: text })).rejects.toThrow(
      /no tabix index/,
    );
    const options = { index, tbi: index };
    await expect(openTabix(bytes('regions.bed.gz'), options)).rejects.toThrow(
      /unknown option 'tbi'/,
    );
    const wrong = { index, format: 'sam' as 'vcf' };
    await expect(openTabix(bytes('regions.bed.gz'), wrong)).rejects.toThrow(
      /vcf, bed, gff or lines/,
    );
    const file = await openTabix(bytes('regions.bed.gz'), { index });
    await expect(all(file.fetch({ chrom: 'chr4' }))).rejects.toThrow(/no records on 'chr4'.*chr1/);
    await expect(all(file.fetch({ chrom: 'chr1', start: 9, end: 3 }))).rejects.toThrow(/0 ≤ start/);
    await expect(all(file.fetch({ chrom: 'chr1', start: 0.5 }))).rejects.toThrow(/whole numbers/);
    const vcf = { index: bytes('regions.bed.gz.tbi'), format: 'vcf' as const };
    await expect(openTabix(bytes('regions.bed.gz'), vcf)).rejects.toThrow(/fileformat=VCF/);
  });

  it('reads by address with range requests', async () => {
    const ranges: string[] = [];
    const server = createServer(({ url = '', headers }, response) => {
      const name = new URL(url, 'http://x').pathname.slice(1);
      if (!name.startsWith('regions.bed.gz') || name.endsWith('.tbi')) {
        response.writeHead(404).end();
        return;
      }
      const content = bytes(name);
      const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/.exec(headers.range ?? '') ?? [];
      ranges.push(`${name} ${from}`);
      const end = Math.min(to === '' ? Infinity : Number(to) + 1, content.length);
      if (Number(from) >= content.length) {
        response.writeHead(416, { 'content-range': `bytes */${String(content.length)}` }).end();
        return;
      }
      const range = `bytes ${from}-${String(end - 1)}/${String(content.length)}`;
      response.writeHead(206, { 'content-range': range }).end(content.subarray(Number(from), end));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterAll(() => server.close());
    const { port } = server.address() as AddressInfo;
    const address = `http://127.0.0.1:${String(port)}/regions.bed.gz?token=secret`;
    const file = await openTabix(address, { format: 'bed' });
    for (const [chrom, start, end, names] of expected.bed.slice(0, 5)) {
      expect(await all(file.fetch({ chrom, start, end }))).toHaveLength(names.length);
    }
    await file.close();
    expect(ranges[0]).toMatch(/regions\.bed\.gz 0/);
    expect(ranges.some((each) => each.startsWith('regions.bed.gz.csi'))).toBe(true);
  });

  it('answers a damaged file or index with records or an error that explains', async () => {
    const names = ['regions.bed.gz', 'calls.vcf.gz', 'genes.gff3.gz'] as const;
    const damage = fc.record({
      name: fc.constantFrom(...names),
      ending: fc.constantFrom('.tbi', '.csi'),
      // Where the index is damaged, else the file.
      inIndex: fc.boolean(),
      at: fc.nat(5000),
      byte: fc.constantFrom(0, 1, 127, 128, 255),
      count: fc.integer({ min: 1, max: 8 }),
      cut: fc.constantFrom(0, 0, 0, 1, 30),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ name, ending, inIndex, at, byte, count, cut }) => {
        const harm = (good: Uint8Array) => {
          const bad = Uint8Array.from(good);
          bad.fill(byte, at % bad.length, (at % bad.length) + count);
          return bad.subarray(0, bad.length - cut);
        };
        const stored = bytes(name === 'genes.gff3.gz' ? `${name}.tbi` : name + ending);
        const index = inIndex ? harm(gunzipSync(stored)) : stored;
        const source = inIndex ? bytes(name) : harm(bytes(name));
        const read = async () => {
          const file = await openTabix(source, { index });
          for (const chrom of file.chroms) {
            await all(file.fetch({ chrom, start: 16_000, end: 1_000_000 }));
            await all(file.fetch({ chrom }));
          }
        };
        await read().catch((error: unknown) => {
          if (!(error instanceof TataboxError)) throw error;
        });
      }),
      { numRuns: 300 },
    );
  });

  it('takes no claim of an index for granted', async () => {
    const index = gunzipSync(bytes('regions.bed.gz.tbi'));
    for (const claim of [-1, 0x7fffffff, 1 << 20]) {
      for (const at of [4, 32, 36 + index.readInt32LE(32)]) {
        const bad = Buffer.from(index);
        bad.writeInt32LE(claim, at);
        const opening = openTabix(bytes('regions.bed.gz'), { index: bad });
        await expect(opening).rejects.toThrow(InputError);
      }
    }
  });
});
