import type { Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';

interface PushOptions extends GlobalOptions {
  readonly private?: boolean;
  readonly message?: string;
  readonly revision?: string;
  readonly includeTrainingState?: boolean;
  readonly createPr?: boolean;
}

interface PullOptions extends GlobalOptions {
  readonly revision?: string;
  readonly offline?: boolean;
  readonly verify: boolean;
}

function addPushCommand(program: Command): void {
  program
    .command('push')
    .description('publish a model folder on the Hugging Face Hub')
    .argument('<folder>', 'model folder')
    .argument('<repo>', 'owner/name on the Hub; made if it is not there')
    .option('--private', 'only you may see it')
    .option('--message <text>', 'what changed')
    .option('--revision <branch>', 'branch to push to (default: main)')
    .option('--include-training-state', 'push optimizer moments too')
    .option('--create-pr', 'open a pull request instead of changing the branch')
    .addHelpText(
      'after',
      `
The token is read from HF_TOKEN or the standard token file, the Hub from HF_ENDPOINT.

Example:
  $ tatabox push runs/quickstart/model me/yeast-promoters --private`,
    )
    .action(async (folder: string, repo: string, options: PushOptions) => {
      await runCommand(options, async (context) => {
        const { pushModel } = await import('../../hub/push-model.ts');
        const pushed = await pushModel({
          folder,
          repo,
          private: options.private,
          message: options.message,
          revision: options.revision,
          includeTrainingState: options.includeTrainingState,
          createPullRequest: options.createPr,
          signal: context.signal,
          progress: context.progress,
        });
        if (pushed.replaced.length > 0) {
          context.log(
            `warning: somebody else changed ${pushed.replaced.join(', ')} meanwhile; it is in the history of ${repo}`,
          );
        }
        const sent = pushed.files.filter(({ skipped }) => skipped !== true).length;
        return {
          text: `${pushed.url}: ${sent} files sent, ${pushed.files.length - sent} were there already`,
          json: pushed,
        };
      });
    });
}

function addPullCommand(program: Command): void {
  program
    .command('pull')
    .description('fetch a model from the Hugging Face Hub into the cache, and verify it')
    .argument('<repo>', 'owner/name on the Hub')
    .option('--revision <name>', 'branch, tag or commit (default: main)')
    .option('--offline', 'use the cache alone')
    .option('--no-verify', 'do not run the example of the model')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox pull owner/name`,
    )
    .action(async (repo: string, options: PullOptions) => {
      await runCommand(options, async (context) => {
        const { pullModel } = await import('../../hub/pull-model.ts');
        const pulled = await pullModel({
          repo,
          revision: options.revision,
          offline: options.offline,
          signal: context.signal,
          progress: context.progress,
        });
        if (!pulled.complete) {
          context.log(
            `warning: ${repo} was downloaded by another program, and there is no list of its files: some may be missing`,
          );
        }
        if (!options.verify) return { text: pulled.folder, json: pulled };
        const { useBackend } = await import('../../backend/use-backend.ts');
        const { verifyModel } = await import('../../prediction/verify-model.ts');
        await useBackend(options.backend);
        const verification = await verifyModel(pulled.folder);
        return {
          text: `${pulled.folder}\nverified: ${verification.examples} example predictions agree to ${verification.largestDifference.toExponential(1)}`,
          json: { ...pulled, verification },
        };
      });
    });
}

/** `tatabox push` and `tatabox pull`. */
export function addHubCommands(program: Command): void {
  addPushCommand(program);
  addPullCommand(program);
}
