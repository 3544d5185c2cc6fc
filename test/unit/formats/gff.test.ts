import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readGff, streamGff } from '../../../kernel-lib/src/formats/gff.ts';
import { bgzip, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const read = (text: string, options = {}) => readGff(Buffer.from(text), options);
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const line = (attributes: string, columns = 'chr1\tx\tgene\t11\t20\t.\t+\t.') =>
  `${columns}\t${attributes}\n`;
const attributesOf = async (text: string, options = {}) =>
  plain((await read(line(text), options))[0]!.attributes);

describe('readGff', () => {
  it('reads GFF3, by path, gzip, bgzip and bytes', async () => {
    const text = `##gff-version 3
##sequence-region chr%201 1 9000
#!genome-build x
chr%201\tEnsembl\tCDS\t11\t20\t1e-3\t-\t2\tID=c1;Parent=t1,t2;Note=90%25 a%3Bb;Flag
chr1\t.\tregion\t1\t9000\t.\t?\t.\t.
###
##FASTA
>chr1
ACGT
`;
    const expected = [
      {
        chrom: 'chr 1',
        source: 'Ensembl',
        type: 'CDS',
        start: 10,
        end: 20,
        score: 0.001,
        strand: '-',
        phase: 2,
        attributes: { ID: ['c1'], Parent: ['t1', 't2'], Note: ['90% a;b'], Flag: [] },
      },
      { chrom: 'chr1', type: 'region', start: 0, end: 9000, strand: '.', attributes: {} },
    ];
    expect(plain(await read(text))).toEqual(expected);
    expect(plain(await readGff(folder.write('a.gff3.gz', gzipSync(text))))).toEqual(expected);
    expect(plain(await readGff(bgzip(Buffer.from(text))))).toEqual(expected);
    expect(plain(await read(text.replaceAll('\n', '\r\n')))).toEqual(expected);
  });

  it('ends at a sequence without ##FASTA', async () => {
    expect(await read(`${line('ID=a')}>chr1\nACGT\n`)).toHaveLength(1);
  });

  it('reads attributes of GFF3 as they are written', async () => {
    expect(
      await attributesOf('Note=a=b;Gap=; Alias = x ,y;;ID=%E2%82%AC;Z=100%;Y=%FF;constructor=c'),
    ).toEqual({
      Note: ['a=b'],
      Gap: [''],
      Alias: [' x ', 'y'],
      ID: ['€'],
      Z: ['100%'],
      Y: ['ÿ'],
      constructor: ['c'],
    });
  });

  it('reads attributes of GTF as they are written', async () => {
    const text =
      'gene_id "g1"; tag "a"; tag "b; c"; level 2; note "x "y" z" ; empty ""; flag; last "e"';
    const expected = {
      gene_id: ['g1'],
      tag: ['a', 'b; c'],
      level: ['2'],
      note: ['x "y" z'],
      empty: [''],
      flag: [],
      last: ['e'],
    };
    expect(await attributesOf(text)).toEqual(expected);
    expect(await attributesOf('gene_id "a%20b";')).toEqual({ gene_id: ['a%20b'] });
    await expect(read(line('gene_id "g1'))).rejects.toThrow(
      /column 9 \(attributes\): 'gene_id "g1/,
    );
    await expect(read(line('gene_id "g1"; "y"'))).rejects.toThrow(/line 1, column 9/);
  });

  it('takes the dialect from the option, ##gff-version, the name and the attributes', async () => {
    const text = line('ID=a b;x "y"');
    expect(await attributesOf('ID=a b;x "y"')).toEqual({ ID: ['a b'], 'x "y"': [] });
    const byName = await readGff(folder.write('x.gtf.gz', gzipSync(text)));
    expect(plain(byName[0]!.attributes)).toEqual({ 'ID=a': ['b'], x: ['y'] });
    const byVersion = await readGff(folder.write('y.gtf', `##gff-version 3\n${text}`));
    expect(byVersion[0]!.attributes).toHaveProperty('ID');
    expect(await attributesOf('ID=a b', { dialect: 'gtf' })).toEqual({ 'ID=a': ['b'] });
    await expect(read('', { dialect: 'gff2' })).rejects.toThrow(/'gff2'; expected gff3 or gtf/);
    await expect(read('', { dialects: 'gtf' })).rejects.toThrow(/unknown option/);
  });

  it.each([
    [
      'chr1\tx\tgene\t0\t20\t.\t+\t.\tID=a\n',
      /line 1, column 4 \(start\): '0'; expected a whole number from 1/,
    ],
    ['chr1\tx\tgene\t30\t20\t.\t+\t.\tID=a\n', /end 20 before start 30/],
    ['chr1\tx\tgene\t3\t20\tx\t+\t.\tID=a\n', /column 6 \(score\)/],
    ['chr1\tx\tgene\t3\t20\t.\tplus\t.\tID=a\n', /column 7 \(strand\): 'plus'/],
    ['chr1\tx\tCDS\t3\t20\t.\t+\t3\tID=a\n', /column 8 \(phase\): '3'; expected 0, 1, 2/],
    ['.\tx\tCDS\t3\t20\t.\t+\t.\tID=a\n', /no sequence name/],
    ['chr1\tx\t\t3\t20\t.\t+\t.\tID=a\n', /no feature type/],
    ['chr1 x gene 3 20 . + . ID=a\n', /columns separated by spaces; expected tabs/],
    ['chr1\t1\t9\n', /3 columns; expected the 9 columns of GFF/],
    ['chr1\t1\t9\tn\t0\t+\n', /6 columns.*readBed/],
  ])('explains %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('yields the features before a bad one', async () => {
    let seen = 0;
    const reading = async () => {
      for await (const { end } of streamGff(Buffer.from(`${line('ID=a')}${line('ID=b')}x\n`)))
        seen += end;
    };
    await expect(reading()).rejects.toThrow(/line 3/);
    expect(seen).toBe(40);
  });

  it('is inverse to writing attributes with all percent codes', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 });
    const drawn = fc.dictionary(text, fc.array(text, { minLength: 1, maxLength: 3 }), {
      maxKeys: 4,
    });
    await fc.assert(
      fc.asyncProperty(drawn, async (attributes) => {
        const encode = (value: string) =>
          [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
        const column = Object.entries(attributes)
          .map(([name, values]) => `${encode(name)}=${values.map(encode).join(',')}`)
          .join(';');
        const [record] = await read(line(column), { dialect: 'gff3' });
        expect({ ...record!.attributes }).toEqual({ ...attributes });
      }),
      { numRuns: 150 },
    );
  });

  it.each(['gff3', 'gtf'] as const)(
    'answers damaged bytes with features or an error that explains (%s)',
    async (dialect) => {
      const good = Buffer.from(
        dialect === 'gff3'
          ? line('ID=a;Note=a%20b,c').repeat(3)
          : line('gene_id "a"; tag "b; c"; n 5').repeat(3),
      );
      const damage = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.nat(40) });
      await fc.assert(
        fc.asyncProperty(damage, async ({ at, byte, cut }) => {
          const bytes = Uint8Array.from(good);
          bytes[at] = byte;
          await readGff(bytes.subarray(0, bytes.length - cut), { dialect }).catch(
            (error: unknown) => {
              expect(error).toBeInstanceOf(TataboxError);
            },
          );
        }),
        { numRuns: 200 },
      );
    },
  );

  it.each(['"', 'a ', ' " ', 'a "b" ', '%41', 'a=,', ';'])(
    'reads a long line of %j in time',
    async (piece) => {
      const text = line(piece.repeat(300_000));
      const started = performance.now();
      for (const dialect of ['gff3', 'gtf'] as const) {
        await read(text, { dialect }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(TataboxError);
        });
      }
      expect(performance.now() - started).toBeLessThan(3000);
    },
  );
});
