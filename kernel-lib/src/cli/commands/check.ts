import type { Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';

interface CheckOptions extends GlobalOptions {
  readonly set: string[];
  readonly nearDuplicates: boolean;
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

/** `tatabox check`: all that can be known to be wrong with a run before it starts. */
export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('say whether a run can start: its data, network, split, memory and disk')
    .argument('<config>', 'run config (NAME.tatabox.yaml)')
    .option('--set <path=value>', 'replace a value of the config, may be repeated', collect, [])
    .option('--no-near-duplicates', 'do not look for similar sequences across the split')
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox check notebooks/quickstart.tatabox.yaml
  $ tatabox check my.tatabox.yaml --set training.batchSize=256 --json

Exit code 0: it can start, with warnings perhaps; 3: it cannot.`,
    )
    .action(async (file: string, options: CheckOptions) => {
      await runCommand(options, async ({ signal, progress }) => {
        const { readRunConfig } = await import('../../runs/schema/read-run-config.ts');
        const { checkRun } = await import('../../runs/check-run.ts');
        const { config, file: path } = await readRunConfig(file, options.set);
        const check = await checkRun(config, path, {
          signal,
          progress,
          nearDuplicates: options.nearDuplicates,
          ...(options.backend === undefined ? {} : { backend: options.backend }),
        });
        const details = [
          ...(check.card === undefined ? [] : [check.card.view.toText()]),
          ...check.found,
        ];
        return {
          text: [check.view.toText(), ...details].join('\n\n'),
          json: { ok: check.ok, rows: check.rows },
          exitCode: check.ok ? 0 : 3,
        };
      });
    });
}
