import type { Command } from 'commander';
import { runCommand, type GlobalOptions } from '../command-context.ts';

interface RunOptions extends GlobalOptions {
  readonly set: string[];
  readonly resume?: boolean;
}

async function run(file: string, options: RunOptions): Promise<void> {
  await runCommand(options, async (context) => {
    const { readRunConfig } = await import('../../runs/schema/read-run-config.ts');
    const { executeRun } = await import('../../runs/execute-run.ts');
    const { config, file: path } = await readRunConfig(file, options.set);
    return executeRun(config, path, {
      ...context,
      resume: options.resume === true,
      overrides: options.set,
      backend: options.backend,
    });
  });
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

/** `tatabox run` and `tatabox train`, which say the same of a config that trains. */
export function addRunCommands(program: Command): void {
  const descriptions = {
    run: 'do what a run config says',
    train: 'train, evaluate and save a model as a run config says',
  };
  for (const [name, description] of Object.entries(descriptions)) {
    program
      .command(name)
      .description(description)
      .argument('<config>', 'run config (NAME.tatabox.yaml)')
      .option('--set <path=value>', 'replace a value of the config, may be repeated', collect, [])
      .option('--resume', 'go on with a run that was interrupted or killed')
      .addHelpText(
        'after',
        `
Examples:
  $ tatabox ${name} notebooks/quickstart.tatabox.yaml
  $ tatabox ${name} my.tatabox.yaml --set training.epochs=5 --set 'seeds=[1]'
  $ tatabox ${name} my.tatabox.yaml --resume --json`,
      )
      .action(run);
  }
}
