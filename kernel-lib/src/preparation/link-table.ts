import { InputError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamDelimited, type DelimitedRecord } from '../formats/delimited-records.ts';
import { quoted } from '../formats/line-place.ts';
import { downloadAddress } from './download-address.ts';
import { parseChecksum, type Checksum } from './download-checksum.ts';

/** What a linked file is. */
export type LinkKind = 'genome' | 'annotation' | 'file';

/** A file that a link table names. */
export interface LinkedFile {
  readonly kind: LinkKind;
  /** An http(s) address. */
  readonly address: string;
  readonly checksum?: Checksum;
}

/** A row of a link table. */
export interface LinkRow {
  /** Also the name of its folder. */
  readonly name: string;
  /** That of the column `species`, else the name. */
  readonly species: string;
  readonly files: readonly LinkedFile[];
  /** Line of the table, from 1. */
  readonly line: number;
}

/** Columns of links with what they lead to, and the beginning of the names of their checksums. */
const links: readonly (readonly [column: string, kind: LinkKind, prefix: string])[] = [
  ['gene_link', 'genome', 'gene_'],
  ['annot_link', 'annotation', 'annot_'],
  ['link', 'file', ''],
];

const algorithms = ['md5', 'sha256'] as const;
const known = [
  'name',
  'species',
  ...links.flatMap(([column, , prefix]) => [column, ...algorithms.map((each) => prefix + each)]),
];

/** The places of the columns of a link table. */
class LinkColumns {
  readonly #file: string;
  readonly #places = new Map<string, number>();
  readonly count: number;

  constructor(file: string, { line, fields }: DelimitedRecord) {
    const where = `${file}, line ${String(line)}`;
    this.#file = file;
    this.count = fields.length;
    for (const [place, field] of fields.entries()) {
      const name = field.trim();
      if (this.#places.has(name)) {
        const found = `the column ${quoted(name)} for a second time`;
        throw new InputError({ where, found, expected: 'each column once' });
      }
      this.#places.set(name, place);
    }
    const names = [...this.#places.keys()];
    const required = this.#places.has('link') ? ['name'] : ['name', 'gene_link', 'annot_link'];
    for (const name of required) {
      if (this.#places.has(name)) continue;
      throw new InputError({
        where,
        found: `no column '${name}'; the columns are ${names.slice(0, 20).join(', ')}`,
        expected: 'name, gene_link and annot_link (and species), or name and link',
        fix: suggestion(
          name,
          names.filter((each) => !known.includes(each)),
        ),
      });
    }
  }

  has(column: string): boolean {
    return this.#places.has(column);
  }

  value(record: DelimitedRecord, column: string): string {
    const place = this.#places.get(column);
    return place === undefined ? '' : (record.fields[place] ?? '').trim();
  }

  where({ line }: DelimitedRecord, column: string): string {
    return `${this.#file}, line ${String(line)}, column '${column}'`;
  }
}

function chooseDelimiter(heading: string): string {
  return ['\t', ',', ';'].find((delimiter) => heading.includes(delimiter)) ?? ',';
}

/** The checksum of a link: its own column, or a list in the order of the links. */
function checksumOf(
  columns: LinkColumns,
  record: DelimitedRecord,
  prefix: string,
  [index, count]: readonly [number, number],
): Checksum | undefined {
  for (const algorithm of algorithms) {
    const own = columns.value(record, prefix + algorithm);
    if (own !== '') return parseChecksum(own, columns.where(record, prefix + algorithm), algorithm);
    const all = columns.value(record, algorithm);
    if (all === '') continue;
    const where = columns.where(record, algorithm);
    const values = all.split(';');
    if (values.length !== count) {
      throw new InputError({
        where,
        found: `${String(values.length)} checksums for ${String(count)} links`,
        expected: 'one for each link, separated by semicolons, in the order of the columns',
        fix: 'Or give each link a column of its own: gene_md5, annot_md5.',
      });
    }
    return parseChecksum(values[index] ?? '', where, algorithm);
  }
  return undefined;
}

function rowOf(columns: LinkColumns, record: DelimitedRecord): LinkRow {
  const name = columns.value(record, 'name');
  if (!/^\w[\w.+-]{0,149}$/.test(name)) {
    throw new InputError({
      where: columns.where(record, 'name'),
      found: name === '' ? 'no name' : quoted(name),
      expected: 'letters, digits, . _ + and -, since it names a folder',
    });
  }
  const present = links.filter(([column]) => columns.value(record, column) !== '');
  for (const [column, kind] of links) {
    // A row without annotation is of no use where the table has that column.
    if (!columns.has(column) || columns.value(record, column) !== '') continue;
    throw new InputError({
      where: columns.where(record, column),
      found: 'no address',
      expected: `that of the ${kind}`,
      fix: 'Fill it in, or leave the row out.',
    });
  }
  const files = present.map(([column, kind, prefix], index): LinkedFile => {
    const where = columns.where(record, column);
    const address = downloadAddress(columns.value(record, column), where).href;
    const checksum = checksumOf(columns, record, prefix, [index, present.length]);
    return { kind, address, ...(checksum === undefined ? {} : { checksum }) };
  });
  const species = columns.value(record, 'species');
  return { name, species: species === '' ? name : species, files, line: record.line };
}

/**
 * Reads a table of links to genomes and annotations: CSV or TSV with the columns `name`, `gene_link`
 * (the FASTA), `annot_link` (GFF3 or GTF) and, where there is one, `species`, as lists of assemblies
 * of Ensembl, RefSeq and MaizeGDB are kept; or of any files, with `name` and `link`. Checksums may
 * stand in `gene_md5`, `annot_md5`, `gene_sha256`, `annot_sha256`, or in one column `md5` or `sha256`
 * with a semicolon between those of several links. Other columns are passed over.
 *
 * @throws InputError with line and column for a missing column, a name given twice or unfit for a
 *   folder, and what is no http(s) address
 *
 * @example
 * const links = await readLinkTable('ensembl_link.csv');
 */
export async function readLinkTable(source: FileSource): Promise<LinkRow[]> {
  const file = sourceName(source);
  let columns: LinkColumns | undefined;
  const rows: LinkRow[] = [];
  const lines = new Map<string, number>();
  for await (const record of streamDelimited(source, chooseDelimiter)) {
    const where = `${file}, line ${String(record.line)}`;
    if (columns === undefined) {
      columns = new LinkColumns(file, record);
      continue;
    }
    if (record.fields.every((field) => field.trim() === '')) continue;
    if (record.fields.length !== columns.count) {
      throw new InputError({
        where,
        found: `${String(record.fields.length)} fields`,
        expected: `${String(columns.count)} as in the heading`,
      });
    }
    const row = rowOf(columns, record);
    // Folders of some disks do not tell upper from lower case.
    const key = row.name.toLowerCase();
    const before = lines.get(key);
    if (before !== undefined) {
      throw new InputError({
        where,
        found: `the name '${row.name}' for a second time (before on line ${String(before)})`,
        expected: 'each name once, upper and lower case alike',
        fix: 'Leave one of the rows out, or rename it.',
      });
    }
    lines.set(key, row.line);
    rows.push(row);
  }
  if (rows.length > 0) return rows;
  throw new InputError({
    where: file,
    found: columns === undefined ? 'an empty file' : 'no rows',
    expected: 'a heading and a row for each species',
  });
}
