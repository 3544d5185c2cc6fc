import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readVcf, readVcfHeader, streamVcf } from '../../../kernel-lib/src/formats/vcf.ts';
import { repository } from './helpers.ts';

const golden = `${repository}test/unit/formats/golden/text/`;
interface GoldenRecord {
  readonly chrom: string;
  readonly start: number;
  readonly end: number;
  readonly id: string | null;
  readonly ref: string;
  readonly alt: string[];
  readonly quality: number | null;
  readonly filter: string[];
  readonly info: Record<string, unknown>;
  readonly genotypes: (number | null)[][];
  readonly phased: boolean[];
  readonly depths: (number | null)[][];
}
const expected = (
  JSON.parse(readFileSync(`${golden}tabix.json`, 'utf8')) as { records: GoldenRecord[] }
).records;

const HEADING = '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO';
const file = (records: string, { version = '4.2', meta = '', samples = '' } = {}) =>
  Buffer.from(`##fileformat=VCFv${version}\n${meta}${HEADING}${samples}\n${records}`);
const read = async (records: string, options = {}) =>
  (await readVcf(file(records, options))).records;

describe('readVcf', () => {
  it('reads what htslib reads', async () => {
    const { header, records } = await readVcf(`${golden}calls.vcf.gz`);
    expect(header.samples).toEqual(['n1', 'n2']);
    expect(records).toHaveLength(expected.length);
    for (const [i, record] of records.entries()) {
      const { genotypes, phased, depths, info, id, quality, ...rest } = expected[i]!;
      expect({
        chrom: record.chrom,
        start: record.start,
        end: record.end,
        ref: record.ref,
        alt: record.alt,
        filter: record.filter ?? [],
      }).toEqual(rest);
      expect(record.id.join(';')).toBe(id ?? '');
      expect(record.quality ?? null).toBe(quality);
      const { END: end, ...others } = record.info;
      expect(end === undefined || end === record.end).toBe(true);
      expect(Object.keys(others).sort()).toEqual(Object.keys(info).sort());
      for (const [key, value] of Object.entries(others)) {
        // htslib keeps floats of 32 bits.
        const rounded = Array.isArray(value)
          ? value.map((each) => Math.fround(Number(each)))
          : value;
        expect(rounded).toEqual(info[key]);
      }
      expect(record.genotypes().map(({ alleles }) => alleles.map((each) => each ?? null))).toEqual(
        genotypes,
      );
      for (const [j, genotype] of record.genotypes().entries()) {
        if (genotype.alleles.includes(undefined)) continue;
        expect(genotype.phased).toBe(phased[j]);
        const { AD: counts = [] } = record.sample(genotype.sample);
        expect(counts).toEqual(depths[j]);
      }
    }
  });

  it('reads the header', async () => {
    const header = await readVcfHeader(`${golden}calls.vcf.gz`);
    expect(header.version).toBe('4.2');
    expect(header.contigs[2]).toEqual({ name: 'chr3', length: 1000 });
    expect(header.info.get('AF')).toEqual({
      number: 'A',
      type: 'Float',
      description: 'Frequency, "estimated"',
    });
    expect(header.filters.get('q10')).toBe('Quality, below 10');
    expect(header.format.get('GL')?.number).toBe('G');
    expect(header.lines).toHaveLength(15);
  });

  it('types INFO by the header, then by the specification', async () => {
    const meta =
      '##INFO=<ID=X,Number=2,Type=Float,Description="">\n##INFO=<ID=F,Number=0,Type=Flag,Description="">\n##INFO=<ID=S,Number=1,Type=String,Description="">\n';
    const info = 'X=1.5,.;F;S=a,b;DP=7;AF=inf;NEW=1,x;H2;Y=.';
    const [record] = await read(`1\t5\t.\tA\tC\t.\t.\t${info}\n`, { meta });
    expect({ ...record!.info }).toEqual({
      X: [1.5, undefined],
      F: true,
      S: 'a,b',
      DP: 7,
      AF: [Infinity],
      NEW: ['1', 'x'],
      H2: true,
    });
    expect(record).toMatchObject({ chrom: '1', start: 4, end: 5, alt: ['C'] });
    expect(record!.filter).toBeUndefined();
    expect(record!.genotypes()).toEqual([]);
  });

  it('decodes percent codes since 4.3', async () => {
    const line = '1\t5\t.\tA\tC\t.\tPASS\tN=a%3Bb%2cc%41\n';
    expect((await read(line, { version: '4.3' }))[0]!.info.N).toEqual(['a;b,c%41']);
    expect((await read(line, { version: '4.2' }))[0]!.info.N).toEqual(['a%3Bb%2cc%41']);
  });

  it('is not confused by keys that objects have', async () => {
    const meta =
      '##__proto__=<ID=polluted,Number=1>\n##INFO=<ID=__proto__,Number=1,Type=Integer,Description="">\n';
    const [record] = await read('1\t5\t.\tA\tC\t.\tPASS\t__proto__=7;constructor=x\n', { meta });
    expect(Object.keys(record!.info)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['1\t5\t.\tACG\t<DEL>\t.\t.\tEND=90\n', 90],
    ['1\t5\t.\tA\t<DEL>,<INS>\t.\t.\tSVLEN=-30,900\n', 35],
    ['1\t5\t.\tA\t<DUP:TANDEM>\t.\t.\tSVLEN=20;END=2\n', 25],
    ['1\t5\t.\tA\tG]17:198982]\t.\t.\tSVTYPE=BND\n', 5],
    ['1\t5\t.\tA\t<*>\t.\t.\t.\tGT:LEN\t0/0:15\n', 19],
    ['1\t0\t.\tN\t.[13:123457[\t.\t.\t.\n', 0],
  ])('finds the end of %j', async (line, end) => {
    const samples = line.includes('LEN\t') ? '\tFORMAT\ts' : '';
    const [record] = await read(line, { version: '4.5', samples });
    expect(record!.end).toBe(end);
  });

  it('reads samples when they are asked for', async () => {
    const samples = '\tFORMAT\ta\tb\tc';
    const lines = '1\t5\t.\tA\tC,G\t.\t.\t.\tGT:DP:PL\t0|2:7:1,2,3\t1\t|./.:.\n';
    const [record] = await read(lines, { samples, version: '4.4' });
    expect(record!.genotypes()).toEqual([
      { sample: 'a', alleles: [0, 2], phased: true },
      { sample: 'b', alleles: [1], phased: true },
      { sample: 'c', alleles: [undefined, undefined], phased: false },
    ]);
    expect({ ...record!.sample('a') }).toEqual({ GT: '0|2', DP: 7, PL: [1, 2, 3] });
    expect({ ...record!.sample('b') }).toEqual({ GT: '1' });
    expect(() => record!.sample('d')).toThrow(/no sample 'd'. Did you mean/);
    const [bad] = await read('1\t5\t.\tA\tC\t.\t.\t.\tGT:DP\t0/3:7\t0:x\t.\n', { samples });
    expect(() => bad!.genotypes()).toThrow(
      /line 3, column 10 \(a\): the genotype '0\/3'; expected alleles 0 to 1/,
    );
    expect(() => bad!.sample('b')).toThrow(/column 11 \(b, DP\): 'x'/);
  });

  it.each([
    ['1\t5\t.\tA\tC\t.\t.\n', /line 3: 7 columns; expected 8 as in the heading/],
    ['1 5 . A C . . .\n', /1 column;/],
    ['1\tx\t.\tA\tC\t.\t.\t.\n', /column 2 \(POS\): 'x'/],
    ['1\t5\t.\t\tC\t.\t.\t.\n', /column 4 \(REF\): ''; expected bases/],
    ['1\t5\t.\tA\tC,,G\t.\t.\t.\n', /column 5 \(ALT\)/],
    ['1\t5\t.\tA\tC\thigh\t.\t.\n', /column 6 \(QUAL\): 'high'/],
    [
      '1\t5\t.\tA\tC\t.\t.\tDP=3.5\n',
      /column 8 \(INFO, DP\): '3.5'; expected a whole number.*header's line of DP/,
    ],
    ['1\t5\t.\tA\tC\t.\t.\tDP=3;DP=4\n', /DP for a second time/],
  ])('explains the record %j', async (line, message) => {
    await expect(read(line)).rejects.toThrow(message);
  });

  it.each([
    ['', /empty file/],
    ['chr1\t5\n', /line 1: 'chr1\t5'; expected '##fileformat=VCFv4/],
    ['##fileformat=VCFv3.3\n', /VCFv3\.3/],
    ['BCF\x02\x02', /a BCF file.*bcftools view/],
    ['##fileformat=VCFv4.2\n##x=y\n', /no heading line/],
    ['##fileformat=VCFv4.2\n1\t5\t.\tA\tC\t.\t.\t.\n', /line 2: .*the heading line '#CHROM POS/],
    [`##fileformat=VCFv4.2\n##INFO=<ID=A,Number=1,Type=Int>\n`, /Type=Int of A; expected Integer/],
    [`##fileformat=VCFv4.2\n##INFO=<ID=A,Number=x,Type=Float>\n`, /Number=x of A/],
    [`##fileformat=VCFv4.2\n##INFO=<ID=A,Description="x>\n`, /##INFO=<ID=…>/],
    [`##fileformat=VCFv4.2\n##contig=<ID=1,length=x>\n`, /length=x of contig 1/],
    [`##fileformat=VCFv4.2\n${HEADING}\tFORMAT\ta\ta\n`, /'a' for a second time/],
  ])('explains the header %j', async (text, message) => {
    await expect(readVcf(Buffer.from(text))).rejects.toThrow(message);
  });

  it('yields the records before a bad one', async () => {
    const good = '1\t5\t.\tA\tC\t.\t.\t.\n';
    let seen = 0;
    const reading = async () => {
      for await (const { end } of streamVcf(gzipSync(file(`${good}${good}1\n`)))) seen += end;
    };
    await expect(reading()).rejects.toThrow(/line 5/);
    expect(seen).toBe(10);
  });

  it('answers damaged bytes with records or an error that explains', async () => {
    const good = gunzipSync(readFileSync(`${golden}calls.vcf.gz`)).subarray(0, 3000);
    const damage = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(900) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, byte, cut }) => {
        const bytes = Uint8Array.from(good);
        bytes[at] = byte;
        const reading = async () => {
          const { header, records } = await readVcf(bytes.subarray(0, bytes.length - cut));
          for (const record of records) {
            record.genotypes();
            for (const sample of header.samples) record.sample(sample);
          }
        };
        await reading().catch((error: unknown) => {
          if (!(error instanceof TataboxError)) throw error;
        });
      }),
      { numRuns: 300 },
    );
  });
});
