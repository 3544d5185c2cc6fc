import { isWebAddress } from '../formats/byte-source.ts';
import { EnvironmentError } from '../core/errors.ts';
import { checkFolderWritable } from '../core/file-writer.ts';
import { describeFailures, downloadPromoters } from '../preparation/download-promoters.ts';
import { download } from '../preparation/download.ts';
import { readLinkTable, type LinkRow } from '../preparation/link-table.ts';
import { describePromoterReport, promoterCounts } from '../preparation/promoter-report.ts';
import type { RunMode } from './run-mode.ts';
import type { DownloadRunConfig } from './schema/download-config.ts';

/**
 * The mode `download`: downloads the files of a link table and, where the config says so, cuts the
 * promoters out of each genome. The result lists what failed; a run with failures ends with an error
 * after all that could be done is done, and goes on with `--resume`.
 */
export const downloadRun: RunMode<DownloadRunConfig, readonly LinkRow[]> = {
  computes: false,

  async prepare(config, checks) {
    const rows = await readLinkTable(
      isWebAddress(config.links) ? config.links : checks.resolve(config.links),
    );
    if (config.folder !== undefined) await checkFolderWritable(checks.resolve(config.folder));
    const files = rows.reduce((sum, row) => sum + row.files.length, 0);
    checks.log(`${config.links}: ${String(rows.length)} rows, ${String(files)} files`);
    return rows;
  },

  async execute(config, rows, context) {
    const { parallel, gunzip, checksums, attempts, retrySeconds, idleSeconds, promoters } = config;
    const folder =
      config.folder === undefined ? context.folder.file('files') : context.resolve(config.folder);
    const isBeside = checksums !== undefined && !/^[a-z]+:\/\//i.test(checksums);
    const options = {
      links: rows,
      folder,
      parallel,
      gunzip,
      attempts,
      retrySeconds,
      idleSeconds,
      ...(checksums === undefined
        ? {}
        : {
            checksums: isBeside && /[\\/]/.test(checksums) ? context.resolve(checksums) : checksums,
          }),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
      ...(context.progress === undefined ? {} : { progress: context.progress }),
    };
    const result =
      promoters === undefined
        ? { ...(await download(options)), promoters: [], promoterFailures: [] }
        : await downloadPromoters({ ...options, extraction: extractionOf(promoters) });
    await context.folder.writeJson('downloads.json', result);
    const lines = result.promoters.map(({ name, report }) => describePromoterReport(name, report));
    for (const line of lines) await context.folder.log(line);
    const failures = describeFailures(result.failures, result.promoterFailures);
    for (const failure of failures) await context.folder.log(`failed: ${failure}`);
    if (failures.length > 0) throw failedDownloads(failures, rows.length, context.folder.path);
    const bytes = result.files.reduce((sum, file) => sum + file.bytes, 0);
    return {
      text: [
        `${folder}: ${String(result.files.length)} files, ${bytes.toLocaleString('en-US')} bytes`,
        ...lines,
      ].join('\n'),
      json: {
        folder,
        files: result.files,
        promoters: result.promoters.map(({ report, ...rest }) => ({
          ...rest,
          ...promoterCounts(report),
        })),
        failures: [],
        seconds: (performance.now() - context.started) / 1000,
      },
    };
  },
};

/** The settings of a config without keys that are not set. */
function extractionOf({ geneId, ...rest }: NonNullable<DownloadRunConfig['promoters']>) {
  if (typeof geneId === 'string') return { ...rest, geneId };
  const { attribute, prefix } = geneId;
  return { ...rest, geneId: { attribute, ...(prefix === undefined ? {} : { prefix }) } };
}

/** The error after all that could be done is done. */
export function failedDownloads(
  failures: readonly string[],
  rows: number,
  where: string,
): EnvironmentError {
  const shown = failures.slice(0, 10).join('\n  ');
  const more = failures.length > 10 ? `\n  and ${String(failures.length - 10)} more` : '';
  return new EnvironmentError({
    where,
    found: `${String(failures.length)} failures in ${String(rows)} rows:\n  ${shown}${more}\n`,
    fix: 'The others are there. Correct the table, or try again later: what is there is not fetched again.',
  });
}
