import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import {
  downloadAddress,
  fileNameOf,
} from '../../../kernel-lib/src/preparation/download-address.ts';
import { readLinkTable } from '../../../kernel-lib/src/preparation/link-table.ts';

const read = (text: string): ReturnType<typeof readLinkTable> => readLinkTable(Buffer.from(text));
const md5 = 'd41d8cd98f00b204e9800998ecf8427e';

describe('readLinkTable', () => {
  test('reads the layouts of Ensembl, RefSeq and MaizeGDB', async () => {
    const rows = await read(
      'species,name,annot_link,gene_link\r\noryza_sativa,Osa,ftp://ftp.ensemblgenomes.org/pub/o.gff3.gz,https://x.org/o.fa.gz\r\n',
    );
    expect(rows).toEqual([
      {
        name: 'Osa',
        species: 'oryza_sativa',
        line: 2,
        files: [
          { kind: 'genome', address: 'https://x.org/o.fa.gz' },
          {
            kind: 'annotation',
            address: 'https://ftp.ensemblgenomes.ebi.ac.uk/pub/o.gff3.gz',
          },
        ],
      },
    ]);
    const tabs = await read('name\tgene_link\tannot_link\nZmb73\thttps://x/a\thttps://x/b\n\n');
    expect(tabs[0]?.species).toBe('Zmb73');
  });

  test('checksums stand in a column of their own or together', async () => {
    const own = await read(
      `name,gene_link,annot_link,annot_md5\na,https://x/a,https://x/b,${md5.toUpperCase()}\n`,
    );
    expect(own[0]?.files.map(({ checksum }) => checksum)).toEqual([
      undefined,
      { algorithm: 'md5', value: md5 },
    ]);
    const sha = 'a'.repeat(64);
    const both = await read(
      `name,gene_link,annot_link,sha256\na,https://x/a,https://x/b,${sha};${sha}\nb,https://x/a,https://x/b,\n`,
    );
    expect(both.map(({ files }) => files.map(({ checksum }) => checksum?.value))).toEqual([
      [sha, sha],
      [undefined, undefined],
    ]);
    const single = await read(`name,link,md5\na,https://x/a,${md5}\n`);
    expect(single[0]?.files).toEqual([
      { kind: 'file', address: 'https://x/a', checksum: { algorithm: 'md5', value: md5 } },
    ]);
  });

  test.each([
    ['', /an empty file/],
    ['name,gene_link,annot_link\n', /no rows/],
    ['name,gene_lnk,annot_link\na,b,c\n', /line 1: no column 'gene_link'.*Did you mean 'gene_lnk'/],
    ['name,link,link\na,b,c\n', /the column 'link' for a second time/],
    ['name,link\na,https://x/a,1\n', /line 2: 3 fields; expected 2/],
    [
      'name,link\na,https://x/a\nA,https://x/b\n',
      /line 3: the name 'A' for a second time \(before on line 2\)/,
    ],
    ['name,link\n../a,https://x/a\n', /column 'name': '\.\.\/a'/],
    ['name,link\n,https://x/a\n', /column 'name': no name/],
    ['name,gene_link,annot_link\na,https://x/a,\n', /column 'annot_link': no address/],
    ['name,link\na,x/a.fa\n', /column 'link': 'x\/a.fa'; expected an address/],
    ['name,link\na,ftp://ftp.nowhere.org/a\n', /an ftp:\/\/ address of ftp.nowhere.org/],
    ['name,link\na,file:///etc/passwd\n', /an address of the kind file:/],
    ['name,link\na,https://me:secret@x/a\n', /an address with a name or password/],
    ['name,link,md5\na,https://x/a,123\n', /column 'md5': '123'; expected the checksum md5/],
    [
      `name,gene_link,annot_link,md5\na,https://x/a,https://x/b,${md5}\n`,
      /1 checksums for 2 links/,
    ],
  ])('%j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow(TataboxError);
  });

  test('a password does not reach the message', async () => {
    const error: unknown = await read('name,link\na,https://me:secret@x/a\n').catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).not.toContain('secret');
  });

  test('tables of any text give rows or an error of ours', async () => {
    const pieces = [
      'name',
      'link',
      'gene_link',
      'annot_link',
      'md5',
      ',',
      '\t',
      '\n',
      '"',
      'a',
      'https://x/a',
      ';',
      md5,
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), async (parts) => {
        try {
          expect((await read(parts.join(''))).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(TataboxError);
        }
      }),
    );
  });
});

test('addresses of archives by FTP become those by HTTPS', () => {
  const rewrite = (text: string): string => downloadAddress(text, 'here').href;
  expect(rewrite('ftp://ftp.ncbi.nlm.nih.gov/a/b.fna.gz')).toBe(
    'https://ftp.ncbi.nlm.nih.gov/a/b.fna.gz',
  );
  expect(rewrite('ftp://ftp.sra.ebi.ac.uk/vol1/x')).toBe('https://ftp.sra.ebi.ac.uk/vol1/x');
  expect(rewrite(' http://x.org/a?b=c#d ')).toBe('http://x.org/a?b=c');
});

test('file names come from the end of an address, where that is a plain name', () => {
  const name = (text: string): string | undefined => fileNameOf(new URL(text));
  expect(name('https://x/a/b.fa.gz?x=1')).toBe('b.fa.gz');
  expect(name('https://x/a/')).toBeUndefined();
  expect(name('https://x/a/..%2f..%2fetc')).toBeUndefined();
  expect(name('https://x/a/%')).toBeUndefined();
  expect(name('https://x/.hidden')).toBeUndefined();
});
