import { createHash } from 'node:crypto';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import { checkFileWritable } from '../core/file-writer.ts';
import { suggestion } from '../core/nearest.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamDelimited } from '../formats/delimited-records.ts';
import { streamFasta } from '../formats/fasta-records.ts';
import {
  parsePromoterName,
  sequenceFileLayout,
  tableLine,
  writeTextPieces,
} from './promoter-file.ts';

/** The promoters of one species. */
export interface SpeciesPromoters {
  readonly species: string;
  /** FASTA, or a table with the columns `gene` (or `name`) and `sequence`; plain or gzip. */
  readonly file: FileSource;
}

/** Options of {@link combinePromoters}. */
export interface CombinePromotersOptions extends LongWorkOptions {
  readonly sources: readonly SpeciesPromoters[];
  /** Table to write: `.tsv`, `.txt` or `.csv`, also with `.gz`. */
  readonly out: string;
}

/** What a combined table holds of one species. */
export interface CombinedSpecies {
  readonly species: string;
  readonly promoters: number;
  /** Records without a sequence, which were left out. */
  readonly empty: number;
}

interface NamedSequence {
  readonly name: string;
  readonly gene: string;
  readonly sequence: string;
}

/** Spellings of one species: `Zm-B73` and `zmb73` are the same. */
const plainSpecies = (species: string): string =>
  species.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

function checkSources(sources: readonly SpeciesPromoters[]): void {
  if (sources.length === 0) {
    throw new UsageError({
      where: 'option sources',
      found: 'none',
      expected: 'at least one species',
    });
  }
  const seen = new Map<string, string>();
  for (const { species, file } of sources) {
    if (plainSpecies(species) === '' || /[\t\r\n]/.test(species)) {
      throw new UsageError({
        where: `option sources, ${sourceName(file)}`,
        found: `the species '${species}'`,
        expected: 'a name with letters or digits',
      });
    }
    const before = seen.get(plainSpecies(species));
    if (before !== undefined) {
      throw new UsageError({
        where: `option sources, ${sourceName(file)}`,
        found: `species '${species}' for a second time${before === species ? '' : ` (before as '${before}')`}`,
        expected: 'each species once: a second copy would count double in training',
        fix: 'Leave one of them out.',
      });
    }
    seen.set(plainSpecies(species), species);
  }
}

async function* namedSequences(source: FileSource): AsyncGenerator<NamedSequence, void, undefined> {
  const file = sourceName(source);
  const isTable = /\.(tsv|tab|txt|csv)(\.b?gz)?$/i.test(file);
  if (!isTable) {
    for await (const { name, sequence } of streamFasta(source)) {
      yield { name, gene: parsePromoterName(name)?.gene ?? name, sequence };
    }
    return;
  }
  let heading: readonly string[] | undefined;
  let columns: { gene: number; name: number; sequence: number } | undefined;
  const delimiter = /\.csv(\.b?gz)?$/i.test(file) ? ',' : '\t';
  const names = new Set<string>();
  for await (const { line, fields } of streamDelimited(source, () => delimiter)) {
    const where = `${file}, line ${String(line)}`;
    if (heading === undefined || columns === undefined) {
      heading = fields;
      columns = findColumns(fields, where);
      continue;
    }
    if (fields.length !== heading.length) {
      const expected = `${String(heading.length)} as in the heading`;
      throw new InputError({ where, found: `${String(fields.length)} fields`, expected });
    }
    const name = fields[columns.name] ?? '';
    if (name === '' || names.has(name)) {
      throw new InputError({
        where,
        found: name === '' ? 'no name' : `the name '${name}' for a second time`,
        expected: 'each name once',
      });
    }
    names.add(name);
    const given = fields[columns.gene] ?? '';
    const gene = columns.gene === columns.name ? (parsePromoterName(name)?.gene ?? name) : given;
    yield { name, gene, sequence: fields[columns.sequence] ?? '' };
  }
  if (heading === undefined) {
    throw new InputError({ where: file, found: 'an empty file', expected: 'a heading line' });
  }
}

function findColumns(
  heading: readonly string[],
  where: string,
): { gene: number; name: number; sequence: number } {
  const find = (...names: readonly string[]): number => {
    const [found] = names.map((each) => heading.indexOf(each)).filter((place) => place >= 0);
    if (found !== undefined) return found;
    throw new InputError({
      where,
      found: `no column '${names.join("' or '")}'`,
      fix: suggestion(names[0] ?? '', heading),
    });
  };
  return {
    gene: find('gene', 'gene_id', 'name'),
    name: find('name', 'gene', 'gene_id'),
    sequence: find('sequence', 'seq'),
  };
}

/**
 * Puts the promoters of several species into one table with the columns species, gene, name and
 * sequence, in upper case. Each species is taken once: two spellings of one name, and two files with
 * the same promoters, are errors. Memory holds one sequence at a time; the table is complete or not
 * there.
 *
 * @throws UsageError for a species given twice; InputError for files that cannot be read, and for
 *   files with the same content
 *
 * @example
 * await combinePromoters({
 *   sources: [
 *     { species: 'zmb73', file: 'zmb73.promoters.fa' },
 *     { species: 'osativa', file: 'osativa.promoters.fa.gz' },
 *   ],
 *   out: 'promoters.csv',
 * });
 */
export async function combinePromoters(
  options: CombinePromotersOptions,
): Promise<CombinedSpecies[]> {
  checkOptionNames(options, ['sources', 'out', 'signal', 'progress'], 'combinePromoters');
  const { sources, out, signal, progress } = options;
  checkSources(sources);
  const { layout, isGzip } = sequenceFileLayout(out);
  if (layout === 'fasta') {
    throw new UsageError({ where: 'option out', found: out, expected: 'a table: .tsv or .csv' });
  }
  await checkFileWritable(out);
  const combined: CombinedSpecies[] = [];
  const contents = new Map<string, string>();
  async function* lines(table: 'tsv' | 'csv'): AsyncGenerator<string, void, undefined> {
    yield tableLine(['species', 'gene', 'name', 'sequence'], table);
    for (const [index, { species, file }] of sources.entries()) {
      progress?.({
        task: 'combining promoters',
        done: index,
        total: sources.length,
        unit: 'species',
      });
      const hash = createHash('sha256');
      let promoters = 0;
      let empty = 0;
      for await (const { name, gene, sequence } of namedSequences(file)) {
        throwIfAborted(signal, 'combining promoters');
        const upper = sequence.toUpperCase();
        if (upper === '') {
          empty++;
          continue;
        }
        hash.update(`${name}\t${upper}\n`);
        promoters++;
        yield tableLine([species, gene, name, upper], table);
      }
      const content = hash.digest('hex');
      const before = contents.get(content);
      if (before !== undefined && promoters > 0) {
        throw new InputError({
          where: sourceName(file),
          found: `the promoters of species '${species}' are those of '${before}'`,
          expected: 'each species once: a second copy would count double in training',
          fix: 'Leave one of them out, or correct its file.',
        });
      }
      contents.set(content, species);
      combined.push({ species, promoters, empty });
    }
  }
  await writeTextPieces(out, lines(layout), isGzip);
  return combined;
}
