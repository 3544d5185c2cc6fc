import type { Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';

/** `tatabox doctor`: what this machine can compute with. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('show what this machine can compute with, what is missing and how to add it')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox doctor`,
    )
    .action(async (options: GlobalOptions) => {
      await runCommand(options, async () => {
        const { diagnose } = await import('../../backend/diagnose.ts');
        const { view, ...diagnosis } = await diagnose();
        return { text: view.toText(), json: diagnosis };
      });
    });
}
