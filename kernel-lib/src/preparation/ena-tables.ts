import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import type { EnaFile, EnaRun } from './ena-file-report.ts';
import type { SequenceRun } from './sequence-run.ts';

/** A file of reads to be downloaded: a row of a link table. */
export interface EnaLink {
  /** Name of its folder: the name of the file without ending. */
  readonly name: string;
  readonly link: string;
  readonly md5: string;
}

const folderOf = ({ name }: EnaFile): string => name.replace(/\.f(ast)?q(\.gz)?$/i, '');

/**
 * Links to the reads of runs, for the download step.
 *
 * @throws InputError for a run without files, or without MD5
 */
export function enaLinks(runs: readonly EnaRun[]): EnaLink[] {
  return runs.flatMap((run) => {
    if (run.fastq.length === 0) throw noReads(run);
    return run.fastq.map((file) => {
      if (file.md5 === undefined) {
        throw new InputError({
          where: run.where,
          found: `no fastq_md5 for ${file.name}`,
          expected: 'a checksum for each file',
          fix: 'Download the report again with the columns fastq_ftp and fastq_md5.',
        });
      }
      return { name: folderOf(file), link: file.address, md5: file.md5 };
    });
  });
}

function noReads({ where, accession }: EnaRun): InputError {
  return new InputError({
    where,
    found: `run ${accession} without fastq_ftp`,
    expected: 'an address of its reads',
    fix: 'Download the report again with the columns fastq_ftp and fastq_md5, or leave the run out.',
  });
}

async function writeRows(file: string, rows: readonly (readonly string[])[]): Promise<void> {
  await writeInPieces(file, (writer) =>
    writer.write(rows.map((row) => `${row.join('\t')}\n`).join('')),
  );
}

/** Writes links as a table that the download step reads: name, link, md5. */
export async function writeEnaLinks(file: string, links: readonly EnaLink[]): Promise<void> {
  const rows = links.map(({ name, link, md5 }) => [name, link, md5]);
  await writeRows(file, [['name', 'link', 'md5'], ...rows]);
}

/**
 * Writes the table of samples that `quantify` reads, with the places to which the download step puts
 * the reads: `READS/NAME/NAME.fastq.gz`.
 *
 * @param reads folder of the downloads; written relative to the folder of the table
 * @throws InputError for a run without files or with more than two
 */
export async function writeEnaSamples(
  file: string,
  runs: readonly (EnaRun & SequenceRun)[],
  reads: string,
): Promise<void> {
  const base = path.dirname(path.resolve(file));
  const rows = runs.map((run) => {
    if (run.fastq.length === 0) throw noReads(run);
    if (run.fastq.length > 2) {
      throw new InputError({
        where: run.where,
        found: `run ${run.accession} with ${String(run.fastq.length)} files of reads`,
        expected: 'one file, or one for each mate (…_1.fastq.gz and …_2.fastq.gz)',
      });
    }
    const [first = '', second = ''] = run.fastq.map((each) =>
      path.relative(base, path.resolve(reads, folderOf(each), each.name)),
    );
    return [run.accession, first, second, run.cultivar, run.tissue];
  });
  await writeRows(file, [['name', 'fastq_1', 'fastq_2', 'cultivar', 'tissue'], ...rows]);
}
