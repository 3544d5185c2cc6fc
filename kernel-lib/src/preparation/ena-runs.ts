import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError } from '../core/errors.ts';
import { checkFolderWritable } from '../core/file-writer.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { readEnaFileReport, type EnaRun } from './ena-file-report.ts';
import { enaLinks, writeEnaLinks, writeEnaSamples } from './ena-tables.ts';
import {
  describeRuns,
  readRunOrder,
  uniqueOrganRuns,
  writeRunOrder,
  type SequenceRun,
} from './sequence-run.ts';

/** Options of {@link prepareEnaRuns}. */
export interface PrepareEnaRunsOptions {
  /** Where the tables go. */
  readonly folder: string;
  /**
   * A table of runs (see `readRunOrder`) that says which are wanted, in which order, and of which line
   * and tissue they are. Default: all, by the names of their submitted files.
   */
  readonly runs?: FileSource;
  /** All runs in place of the first of each tissue of each line. Default false. */
  readonly allRuns?: boolean;
  /** Folder to which the reads will be downloaded. Default: `reads` in `folder`. */
  readonly reads?: string;
}

/** What {@link prepareEnaRuns} has written. */
export interface PreparedEnaRuns {
  readonly runsInReports: number;
  readonly runs: number;
  readonly links: number;
  readonly files: { readonly links: string; readonly samples: string; readonly runs: string };
}

/**
 * Turns file reports of the European Nucleotide Archive into `links.tsv` for the download step,
 * `samples.tsv` for `quantify`, and `runs.tsv` with line and tissue of each run.
 *
 * @throws InputError, see `readEnaFileReport` and `describeRuns`
 * @example
 * await prepareEnaRuns(['filereport_read_run_PRJEB00000_tsv.txt'], { folder: 'maize' });
 */
export async function prepareEnaRuns(
  reports: readonly FileSource[],
  options: PrepareEnaRunsOptions,
): Promise<PreparedEnaRuns> {
  checkOptionNames(options, ['folder', 'runs', 'allRuns', 'reads'], 'prepareEnaRuns');
  const { folder, allRuns = false, reads = path.join(folder, 'reads') } = options;
  await checkFolderWritable(folder);
  const found: EnaRun[] = [];
  const known = new Map<string, string>();
  for (const report of reports) {
    for (const run of await readEnaFileReport(report)) {
      const before = known.get(run.accession);
      if (before !== undefined) {
        throw new InputError({
          where: run.where,
          found: `the run ${run.accession}, which is in ${before} as well`,
          expected: 'each run in one report',
        });
      }
      known.set(run.accession, run.where);
      found.push(run);
    }
  }
  if (found.length === 0) {
    throw new InputError({ where: 'file reports', found: 'no runs', expected: 'at least one' });
  }
  const described =
    options.runs === undefined ? describeRuns(found) : await wantedRuns(found, options.runs);
  const runs = allRuns ? described : uniqueOrganRuns(described);
  const links = enaLinks(runs);
  const files = {
    links: path.join(folder, 'links.tsv'),
    samples: path.join(folder, 'samples.tsv'),
    runs: path.join(folder, 'runs.tsv'),
  };
  await writeEnaSamples(files.samples, runs, reads);
  await writeEnaLinks(files.links, links);
  await writeRunOrder(files.runs, runs);
  return { runsInReports: found.length, runs: runs.length, links: links.length, files };
}

/** The runs of a table, with what the reports say of them. */
async function wantedRuns(
  found: readonly EnaRun[],
  table: FileSource,
): Promise<(EnaRun & SequenceRun)[]> {
  const reported = new Map(found.map((run) => [run.accession, run]));
  return (await readRunOrder(table)).map((wanted) => {
    const run = reported.get(wanted.accession);
    if (run !== undefined) return { ...run, ...wanted };
    throw new InputError({
      where: sourceName(table),
      found: `run ${wanted.accession}, which is in no report`,
      expected: 'runs of the file reports',
    });
  });
}
