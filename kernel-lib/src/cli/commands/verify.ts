import type { Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';

/** `tatabox verify`: runs a model's example again. */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description("run a model's own example again and compare with what its author got")
    .argument('<model>', 'model folder, or owner/name on the Hub')
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox verify runs/quickstart/model
  $ tatabox verify owner/name`,
    )
    .action(async (model: string, options: GlobalOptions) => {
      await runCommand(options, async (context) => {
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { resolveModel } = await import('../../runs/resolve-model.ts');
        const { verifyModel } = await import('../../prediction/verify-model.ts');
        const backend = await useBackend(options.backend);
        const folder = await resolveModel(model, context);
        const verification = await verifyModel(folder);
        return {
          text: `${folder}: the ${verification.examples} example predictions agree to ${verification.largestDifference.toExponential(1)} (allowed ${verification.tolerance.toExponential(1)}) on backend ${backend.name}`,
          json: { folder, backend: backend.name, ...verification },
        };
      });
    });
}
