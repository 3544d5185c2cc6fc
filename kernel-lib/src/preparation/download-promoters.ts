import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, throwIfAborted, UsageError } from '../core/errors.ts';
import type { FileSource } from '../formats/byte-source.ts';
import {
  download,
  DOWNLOAD_OPTIONS,
  type DownloadFailure,
  type DownloadOptions,
  type DownloadReport,
} from './download.ts';
import { readLinkTable, type LinkRow } from './link-table.ts';
import {
  extractPromoters,
  type ExtractPromotersOptions,
  type PromoterReport,
} from './promoter-extraction.ts';
import { writePromoters } from './promoter-file.ts';

/** How promoters are cut: the options of `extractPromoters` but its files. */
export type PromoterSettings = Omit<
  ExtractPromotersOptions,
  'genome' | 'annotation' | 'signal' | 'progress'
>;

/** Options of {@link downloadPromoters}. */
export interface DownloadPromotersOptions extends DownloadOptions {
  readonly extraction?: PromoterSettings;
}

/** The promoters of one row. */
export interface DownloadedPromoters {
  readonly name: string;
  readonly species: string;
  /** FASTA that was written. */
  readonly file: string;
  readonly report: PromoterReport;
}

/** A row whose promoters could not be cut. */
export interface PromoterFailure {
  readonly name: string;
  readonly message: string;
}

/** What {@link downloadPromoters} gave, in the order of the table. */
export interface DownloadPromotersReport extends DownloadReport {
  readonly promoters: readonly DownloadedPromoters[];
  readonly promoterFailures: readonly PromoterFailure[];
}

/**
 * From a link table to promoters in one call: downloads genome and annotation of each row, and cuts
 * the promoters out of them into `FOLDER/NAME/NAME.promoters.fa`. What fails is listed, and the other
 * rows go on.
 *
 * @throws as `download` and, for options, `extractPromoters`
 *
 * @example
 * const { promoters, failures } = await downloadPromoters({
 *   links: 'maize_nam_link.csv',
 *   folder: 'raw/maize_nam',
 *   extraction: { upstream: 1000, geneId: 'maizegdb' },
 * });
 */
export async function downloadPromoters(
  options: DownloadPromotersOptions,
): Promise<DownloadPromotersReport> {
  checkOptionNames(options, [...DOWNLOAD_OPTIONS, 'extraction'], 'downloadPromoters');
  const { extraction = {}, links, ...rest } = options;
  const rows: readonly LinkRow[] = Array.isArray(links)
    ? (links as readonly LinkRow[])
    : await readLinkTable(links as FileSource);
  for (const { name, files } of rows) {
    const kinds = files.map(({ kind }) => kind);
    if (kinds.includes('genome') && kinds.includes('annotation')) continue;
    throw new UsageError({
      where: `link of '${name}'`,
      found: `${kinds.join(', ')} only`,
      expected: 'a genome and an annotation, from which promoters are cut',
      fix: 'Use a table with the columns gene_link and annot_link.',
    });
  }
  const report = await download({ ...rest, links: rows });
  const promoters: DownloadedPromoters[] = [];
  const promoterFailures: PromoterFailure[] = [];
  for (const { name, species } of rows) {
    throwIfAborted(options.signal, 'cutting promoters');
    const find = (kind: string): string | undefined =>
      report.files.find((each) => each.name === name && each.kind === kind)?.file;
    const [genome, annotation] = [find('genome'), find('annotation')];
    // The list of failures tells what is missing.
    if (genome === undefined || annotation === undefined) continue;
    try {
      const extracted = await extractPromoters({
        ...extraction,
        genome,
        annotation,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(options.progress === undefined ? {} : { progress: options.progress }),
      });
      const file = path.join(path.dirname(genome), `${name}.promoters.fa`);
      await writePromoters(file, extracted.promoters);
      promoters.push({ name, species, file, report: extracted.report });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      promoterFailures.push({ name, message: error.message });
    }
  }
  return { ...report, promoters, promoterFailures };
}

/** What could not be done, a line each; empty where all is well. */
export function describeFailures(
  failures: readonly DownloadFailure[],
  promoterFailures: readonly PromoterFailure[] = [],
): string[] {
  return [
    ...failures.map(({ name, kind, message }) => `${name}, ${kind}: ${message}`),
    ...promoterFailures.map(({ name, message }) => `${name}, promoters: ${message}`),
  ];
}
