import { InputError } from '../core/errors.ts';
import type { FileSource } from '../formats/byte-source.ts';
import { streamNamedRecords } from './quantify-samples.ts';

/** A file of reads in the European Nucleotide Archive. */
export interface EnaFile {
  /** An https address. */
  readonly address: string;
  /** Its last part, for example `ERR0000001_1.fastq.gz`. */
  readonly name: string;
  /** In lower case, where the report has it. */
  readonly md5?: string;
  readonly bytes?: number;
}

/** A sequencing run of the European Nucleotide Archive. */
export interface EnaRun {
  /** For example `ERR0000001`. */
  readonly accession: string;
  /** Names of the files as they were submitted, without folders. */
  readonly submittedNames: readonly string[];
  /** The reads as the archive gives them out: one file, or both mates in their order. */
  readonly fastq: readonly EnaFile[];
  /** All columns of the report. */
  readonly columns: ReadonlyMap<string, string>;
  /** File and line of the report, for messages. */
  readonly where: string;
}

const ACCESSION = /^[EDS]RR\d{4,12}$/;

/** Values of a column that holds one for each file, separated by semicolons. */
function list(columns: ReadonlyMap<string, string>, name: string): string[] {
  const text = columns.get(name) ?? '';
  return text === '' ? [] : text.split(';').map((value) => value.trim());
}

function parseAddress(text: string, where: string): string {
  try {
    const address = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
    const isKnown = ['https:', 'http:', 'ftp:'].includes(address.protocol);
    if (isKnown && address.hostname.includes('.') && address.pathname.length > 1) {
      // The archive gives the same files out over HTTPS.
      return `https://${address.host}${address.pathname}`;
    }
  } catch {
    // No address at all.
  }
  throw new InputError({
    where,
    found: `'${text.slice(0, 200)}'`,
    expected: 'an address such as ftp.sra.ebi.ac.uk/vol1/fastq/…',
  });
}

function lastPart(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1);
}

/** Mates only: a third file has reads whose mate was lost. */
function mates(files: readonly EnaFile[]): readonly EnaFile[] {
  const mate = (number: number) =>
    files.find(({ name }) => new RegExp(`_${String(number)}\\.f(ast)?q(\\.gz)?$`).test(name));
  const [first, second] = [mate(1), mate(2)];
  return first !== undefined && second !== undefined ? [first, second] : files;
}

function filesOf(columns: ReadonlyMap<string, string>, where: string): readonly EnaFile[] {
  const addresses = list(columns, 'fastq_ftp');
  const sums = list(columns, 'fastq_md5');
  const sizes = list(columns, 'fastq_bytes');
  for (const [name, values] of Object.entries({ fastq_md5: sums, fastq_bytes: sizes })) {
    if (values.length === 0 || values.length === addresses.length) continue;
    throw new InputError({
      where,
      found: `${String(values.length)} values in ${name} and ${String(addresses.length)} in fastq_ftp`,
      expected: 'one for each file, separated by semicolons',
    });
  }
  const files = addresses.map((text, index): EnaFile => {
    const address = parseAddress(text, where);
    const [md5, bytes] = [sums[index], sizes[index]];
    if (md5 !== undefined && !/^[0-9a-f]{32}$/i.test(md5)) {
      throw new InputError({
        where,
        found: `the MD5 '${md5.slice(0, 80)}'`,
        expected: '32 hexadecimal digits',
      });
    }
    if (bytes !== undefined && !/^\d{1,15}$/.test(bytes)) {
      throw new InputError({
        where,
        found: `a size of '${bytes.slice(0, 80)}'`,
        expected: 'a whole number of bytes',
      });
    }
    return {
      address,
      name: lastPart(address),
      ...(md5 === undefined ? {} : { md5: md5.toLowerCase() }),
      ...(bytes === undefined ? {} : { bytes: Number(bytes) }),
    };
  });
  return mates(files);
}

/**
 * Reads a file report of the European Nucleotide Archive (`filereport_read_run_PRJEB….tsv`, ENA
 * Portal API, "filereport", result `read_run`): tab-separated with a heading, `run_accession` and any
 * of `submitted_ftp`, `fastq_ftp`, `fastq_md5`, `fastq_bytes`, in which semicolons separate the files
 * of a run. Other columns are kept as they are.
 *
 * @throws InputError naming file and line for a run that is given twice, lists of different length,
 *   and what is no address or MD5
 * @example
 * const runs = await readEnaFileReport('filereport_read_run_PRJEB00000_tsv.txt');
 */
export async function readEnaFileReport(source: FileSource): Promise<EnaRun[]> {
  const runs: EnaRun[] = [];
  const known = new Set<string>();
  for await (const { where, values } of streamNamedRecords(source, undefined, ['run_accession'])) {
    const accession = values.get('run_accession') ?? '';
    if (!ACCESSION.test(accession) || known.has(accession)) {
      throw new InputError({
        where,
        found: known.has(accession)
          ? `the run ${accession} for a second time`
          : `the run accession '${accession}'`,
        expected: 'each run once: ERR, SRR or DRR and digits',
      });
    }
    known.add(accession);
    runs.push({
      accession,
      submittedNames: list(values, 'submitted_ftp').map(lastPart),
      fastq: filesOf(values, where),
      columns: values,
      where,
    });
  }
  return runs;
}
