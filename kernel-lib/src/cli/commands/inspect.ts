import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';

interface InspectOptions extends GlobalOptions {
  readonly genome?: string;
  readonly limit: number;
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError({
    where: 'option --limit',
    found: `'${text}'`,
    expected: 'a whole number from 0',
  });
}

/** `tatabox inspect`: what files are and what is wrong with them. */
export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .description('say what a file is, what is in it and what is wrong with it')
    .argument('<file...>', 'files, folders of models or runs, http(s) addresses')
    .option('--genome <fasta>', 'compare contigs to those of a genome (FASTA, .fai or 2bit)')
    .option('--limit <rows>', 'rows of each list that are shown', wholeNumber, 20)
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox inspect genome.fa.gz
  $ tatabox inspect peaks.narrowPeak.gz --genome genome.fa.gz
  $ tatabox inspect runs/quickstart/model model.h5 calls.vcf.gz --json

Exit code 0: no problems; 3: problems, or a file that cannot be read.`,
    )
    .action(async (files: string[], options: InspectOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const { inspectFile } = await import('../../formats/inspect-file.ts');
        const { formatFileReport } = await import('../../formats/inspect-views.ts');
        const { parseRunConfig } = await import('../../runs/schema/read-run-config.ts');
        const readRunConfig = (text: string, name: string) => {
          const config = parseRunConfig(text, name);
          return [
            ['name', config.name],
            ['mode', config.mode],
            ...('model' in config && typeof config.model === 'object'
              ? [['model', config.model.type] as const]
              : []),
          ] as const;
        };
        const reports = [];
        for (const file of files) {
          const report = await inspectFile(file, {
            ...(options.genome === undefined ? {} : { genome: options.genome }),
            limit: options.limit,
            readRunConfig,
            signal,
            progress,
          });
          reports.push(report);
        }
        const ok = reports.every(({ problemCount }) => problemCount === 0);
        return {
          text: reports.map((report) => formatFileReport(report, options.limit)).join('\n\n'),
          json: { ok, files: reports.map(({ views, ...report }) => (void views, report)) },
          exitCode: ok ? 0 : 3,
        };
      });
    });
}
