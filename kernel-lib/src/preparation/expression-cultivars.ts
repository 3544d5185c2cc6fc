import { InputError } from '../core/errors.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamDelimited } from '../formats/delimited-records.ts';
import { suggestion } from '../core/nearest.ts';
import type { ExpressionTable } from './expression-table.ts';

/** What is known of a cultivar. */
export interface Cultivar {
  readonly name: string;
  /** For example `Tropical`; empty where it is not known. */
  readonly subpopulation: string;
  /** How its genes begin, for example `Zm00018ab`; empty where it is not known. */
  readonly genePrefix: string;
}

/** The fields of each record by column name. */
export async function* namedRecords(
  source: FileSource,
  wanted: readonly (readonly string[])[],
): AsyncGenerator<{ line: number; fields: string[] }, void, undefined> {
  const file = sourceName(source);
  let columns: number[] | undefined;
  let width = 0;
  const choose = (line: string) => (line.includes('\t') || !line.includes(',') ? '\t' : ',');
  for await (const { line, fields } of streamDelimited(source, choose)) {
    const where = `${file}, line ${String(line)}`;
    if (columns === undefined) {
      width = fields.length;
      columns = wanted.map((names) => {
        const column = names.map((name) => fields.indexOf(name)).find((at) => at >= 0);
        if (column !== undefined) return column;
        throw new InputError({
          where,
          found: `no column '${names[0] ?? ''}'`,
          expected: `a heading with ${wanted.map(([name = '']) => name).join(', ')}`,
          fix: suggestion(names[0] ?? '', fields),
        });
      });
      continue;
    }
    if (fields.length !== width) {
      throw new InputError({
        where,
        found: `${String(fields.length)} fields`,
        expected: `${String(width)} as in the heading`,
      });
    }
    yield { line, fields: columns.map((column) => fields[column] ?? '') };
  }
  if (columns === undefined) {
    throw new InputError({ where: file, found: 'an empty file', expected: 'a heading line' });
  }
}

/**
 * Reads the cultivars of a study, columns `cultivar`, `subpopulation` and `gene_prefix` (the file
 * `nam_metadata.csv`). Its spellings "Temporate" and "mixed" become "Temperate" and "mix".
 *
 * @throws InputError for a missing column or a cultivar that is there twice
 */
export async function readCultivars(source: FileSource): Promise<Map<string, Cultivar>> {
  const cultivars = new Map<string, Cultivar>();
  const wanted = [['cultivar'], ['subpopulation'], ['gene_prefix']];
  for await (const { line, fields } of namedRecords(source, wanted)) {
    const [name = '', spelled = '', genePrefix = ''] = fields.map((field) => field.trim());
    if (cultivars.has(name)) {
      throw new InputError({
        where: `${sourceName(source)}, line ${String(line)}`,
        found: `the cultivar '${name}' for a second time`,
        expected: 'each cultivar once',
      });
    }
    const subpopulation = spelled.replace(/^Temporate/, 'Temperate').replace(/\bmixed$/, 'mix');
    cultivars.set(name, { name, subpopulation, genePrefix });
  }
  return cultivars;
}

/**
 * Throws where a table has genes of another cultivar: another prefix than that of its cultivar, or
 * two annotations of maize (`Zm00001eb…`, `Zm00018ab…`) in one table.
 */
export function checkGenePrefixes(
  table: ExpressionTable,
  cultivars: ReadonlyMap<string, Cultivar>,
): void {
  const { genePrefix = '' } = cultivars.get(table.cultivar ?? '') ?? {};
  const annotation = (gene: string) => /^Zm\d{5}[a-z]+/.exec(gene)?.[0];
  const expected = genePrefix === '' ? annotation(table.genes[0] ?? '') : genePrefix;
  if (expected === undefined) return;
  const other = table.genes.find((gene) => !gene.startsWith(expected));
  if (other === undefined) return;
  const owner = [...cultivars.values()].find(
    (cultivar) => cultivar.genePrefix !== '' && other.startsWith(cultivar.genePrefix),
  );
  throw new InputError({
    where: table.source,
    found: `the gene '${other}'${owner === undefined ? '' : `, which is one of ${owner.name}`}`,
    expected: `genes that begin with '${expected}'${genePrefix === '' ? ', as its first one' : `, those of ${table.cultivar ?? ''}`}`,
    fix: 'Give each cultivar its own table, counted against its own genome.',
  });
}
