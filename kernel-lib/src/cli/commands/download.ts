import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';
import { requiredOption } from '../required-option.ts';
import {
  addPromoterOptions,
  promoterSettings,
  wholeNumberOption,
  type PromoterOptions,
} from './promoters.ts';

interface DownloadCommandOptions extends GlobalOptions, PromoterOptions {
  readonly out?: string;
  readonly parallel: number;
  readonly gunzip?: boolean;
  readonly checksums?: string;
  readonly attempts: number;
  readonly idleSeconds: number;
  readonly promoters?: boolean;
}

/** Exit code where some files could not be had: the network is not as needed. */
const SOME_FAILED = 4;

/** `tatabox download`. */
export function addDownloadCommand(program: Command): void {
  const command = program
    .command('download')
    .description('download the genomes and annotations of a link table')
    .argument('<links>', 'CSV or TSV with name, gene_link and annot_link, or with name and link')
    .option('--out <folder>', 'where the files go, a folder for each row')
    .option('--parallel <files>', 'files at a time', wholeNumberOption('--parallel', 1), 4)
    .option('--gunzip', 'write .gz files decompressed')
    .option('--checksums <file>', 'list of checksums, or its name beside each file: CHECKSUMS')
    .option('--attempts <times>', 'times a file is tried', wholeNumberOption('--attempts', 1), 5)
    .option(
      '--idle-seconds <seconds>',
      'silence after which a connection counts as broken',
      wholeNumberOption('--idle-seconds', 1),
      60,
    )
    .option('--promoters', 'cut promoters out of each genome, with the options below');
  addPromoterOptions(command)
    .addHelpText(
      'after',
      `
Parts that are there go on where they stopped, files that are there are not fetched again.

Examples:
  $ tatabox download ensembl_link.csv --out raw/ensembl --checksums CHECKSUMS
  $ tatabox download refseq_link.csv --out raw/refseq --checksums md5checksums.txt \\
      --promoters --gene-id refseq --upstream 1000

Exit code 4: some files could not be had; the others are there.`,
    )
    .action(async (links: string, options: DownloadCommandOptions) => {
      await runCommand(options, async ({ signal, progress, log }) => {
        const folder = requiredOption(options.out, '--out <folder>');
        const settings = promoterSettings(options);
        const { download } = await import('../../preparation/download.ts');
        const { describeFailures, downloadPromoters } =
          await import('../../preparation/download-promoters.ts');
        const { describePromoterReport, promoterCounts } =
          await import('../../preparation/promoter-report.ts');
        const cuts = options.promoters === true;
        if (!cuts) requireDefaults(command);
        const common = {
          links,
          folder,
          parallel: options.parallel,
          gunzip: options.gunzip === true,
          attempts: options.attempts,
          idleSeconds: options.idleSeconds,
          ...(options.checksums === undefined ? {} : { checksums: options.checksums }),
          signal,
          progress,
        };
        const result = cuts
          ? await downloadPromoters({ ...common, extraction: settings })
          : { ...(await download(common)), promoters: [], promoterFailures: [] };
        const failures = describeFailures(result.failures, result.promoterFailures);
        for (const failure of failures) log(`failed: ${failure}`);
        const present = result.files.filter(({ state }) => state === 'present').length;
        const bytes = result.files.reduce((sum, file) => sum + file.bytes, 0);
        return {
          text: [
            `${folder}: ${String(result.files.length)} files, ${bytes.toLocaleString('en-US')} bytes; ${String(present)} were there already; ${String(failures.length)} failures`,
            ...result.promoters.map(({ name, report }) => describePromoterReport(name, report)),
            ...failures.map((failure) => `failed: ${failure}`),
          ].join('\n'),
          json: {
            ok: failures.length === 0,
            folder,
            files: result.files,
            promoters: result.promoters.map(({ report, ...rest }) => ({
              ...rest,
              ...promoterCounts(report),
            })),
            failures: [...result.failures, ...result.promoterFailures],
          },
          exitCode: failures.length === 0 ? 0 : SOME_FAILED,
        };
      });
    });
}

/** Options that say how promoters are cut do nothing without `--promoters`. */
function requireDefaults(command: Command): void {
  const names = [
    'upstream',
    'minLength',
    'types',
    'geneId',
    'geneIdPrefix',
    'subtract',
    'missingContigs',
    'repeatedIds',
  ];
  const given = names.find((name) => command.getOptionValueSource(name) === 'cli');
  if (given === undefined) return;
  const option = command.options.find((each) => each.attributeName() === given)?.long ?? given;
  throw new UsageError({
    where: `option ${option}`,
    found: 'no --promoters, without which it does nothing',
    fix: 'Add --promoters, or leave the option out.',
  });
}
