import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamDelimited } from '../formats/delimited-records.ts';

/** Reads of one sample. */
export interface RnaSeqSample {
  /** Letters, digits, `.`, `_` and `-`; column of the tables, folder of the sample. */
  readonly name: string;
  /** FASTQ, plain or gzip: the reads, or the first of each pair. */
  readonly fastq1: string;
  /** The second of each pair; without it the reads are single. */
  readonly fastq2?: string;
  /** Line or variety, for the wide table of TPM. */
  readonly cultivar?: string;
  /** Tissue, for the wide table of TPM. */
  readonly tissue?: string;
}

const REQUIRED = ['name', 'fastq_1'] as const;
const OPTIONAL = ['fastq_2', 'cultivar', 'tissue'] as const;
const COLUMNS: readonly string[] = [...REQUIRED, ...OPTIONAL];

/** Names that are folders and column headings on every system; `.` and `..` are no names. */
const NAME = /^[\w-][\w.-]{0,99}$/;

/**
 * Checks a list of samples.
 *
 * @param where where they come from, for messages
 * @throws InputError for none, a name that is none or that occurs twice, the same file twice
 */
export function checkRnaSeqSamples(samples: readonly RnaSeqSample[], where: string): void {
  if (samples.length === 0) {
    throw new InputError({ where, found: 'no sample', expected: 'at least one' });
  }
  const names = new Set<string>();
  const files = new Map<string, string>();
  for (const sample of samples) {
    checkOptionNames(sample, ['name', 'fastq1', 'fastq2', 'cultivar', 'tissue'], where);
    const { name, fastq1, fastq2 } = sample;
    if (!NAME.test(name)) {
      throw new InputError({
        where,
        found: `the sample name '${name}'`,
        expected: 'letters, digits, . _ and - only, at most 100, not beginning with a dot',
      });
    }
    // Folders of some systems do not tell apart upper and lower case.
    if (names.has(name.toLowerCase())) {
      throw new InputError({
        where,
        found: `the sample '${name}' for a second time`,
        expected: 'each name once, whatever its case',
      });
    }
    names.add(name.toLowerCase());
    for (const file of fastq2 === undefined ? [fastq1] : [fastq1, fastq2]) {
      const place = path.resolve(file);
      const other = files.get(place);
      if (other !== undefined) {
        throw new InputError({
          where: `${where}, sample '${name}'`,
          found: `${file}, which sample '${other}' has as well`,
          expected: 'each file of reads once',
        });
      }
      files.set(place, name);
    }
  }
}

/**
 * Reads a table of samples: tab-separated, with a heading. Columns `name`, `fastq_1`, and where there
 * are any `fastq_2`, `cultivar`, `tissue`; an empty field is a missing value. Paths start from the
 * folder of the table.
 *
 * @throws InputError naming file and line
 * @example
 * // name   fastq_1            fastq_2            cultivar  tissue
 * // root1  reads/root1_1.fq.gz reads/root1_2.fq.gz B73     root
 * const samples = await readRnaSeqSamples('samples.tsv');
 */
export async function readRnaSeqSamples(file: string): Promise<RnaSeqSample[]> {
  const base = path.dirname(path.resolve(file));
  const place = (name: string) => path.resolve(base, name);
  const samples: RnaSeqSample[] = [];
  for await (const { where, values } of streamNamedRecords(file, COLUMNS, REQUIRED)) {
    const [name, first] = REQUIRED.map((column) => values.get(column) ?? '');
    if (name === undefined || name === '' || first === undefined || first === '') {
      throw new InputError({
        where,
        found: `no ${name === '' ? 'name' : 'fastq_1'}`,
        expected: 'a name and a FASTQ file in each line',
      });
    }
    const [second, cultivar, tissue] = OPTIONAL.map((column) => values.get(column) ?? '');
    const sample: RnaSeqSample = {
      name,
      fastq1: place(first),
      ...(second ? { fastq2: place(second) } : {}),
      ...(cultivar ? { cultivar } : {}),
      ...(tissue ? { tissue } : {}),
    };
    samples.push(sample);
  }
  checkRnaSeqSamples(samples, file);
  return samples;
}

/** A line of a table by column name. */
export interface NamedRecord {
  /** File and line, for messages. */
  readonly where: string;
  readonly values: ReadonlyMap<string, string>;
}

/**
 * The lines of a tab-separated table with a heading, as text by column.
 *
 * @param known columns that may be there; undefined: any
 * @param required columns that must be there
 */
export async function* streamNamedRecords(
  source: FileSource,
  known: readonly string[] | undefined,
  required: readonly string[],
): AsyncGenerator<NamedRecord, void, undefined> {
  const file = sourceName(source);
  let names: readonly string[] | undefined;
  for await (const { line, fields } of streamDelimited(source, () => '\t')) {
    const where = `${file}, line ${String(line)}`;
    if (names === undefined) {
      names = fields.map((field) => field.trim());
      checkHeading(where, names, known, required);
      continue;
    }
    if (fields.length !== names.length) {
      throw new InputError({
        where,
        found: `${String(fields.length)} fields`,
        expected: `${String(names.length)} as in the heading, separated by tabs`,
      });
    }
    yield { where, values: new Map(names.map((name, i) => [name, (fields[i] ?? '').trim()])) };
  }
  if (names === undefined) {
    throw new InputError({ where: file, found: 'an empty file', expected: 'a heading line' });
  }
}

function checkHeading(
  where: string,
  names: readonly string[],
  known: readonly string[] | undefined,
  required: readonly string[],
): void {
  const absent = required.find((name) => !names.includes(name));
  if (absent !== undefined) {
    throw new InputError({
      where,
      found: `no column '${absent}'`,
      expected: `a tab-separated heading with ${required.join(', ')}`,
      fix: suggestion(absent, names),
    });
  }
  for (const [index, name] of names.entries()) {
    if (known !== undefined && !known.includes(name)) {
      throw new InputError({
        where,
        found: `unknown column '${name}'`,
        fix: suggestion(name, known),
      });
    }
    if (names.indexOf(name) < index) {
      throw new InputError({ where, found: `the column '${name}' for a second time` });
    }
  }
}
