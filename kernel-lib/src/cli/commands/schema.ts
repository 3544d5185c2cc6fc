import type { Command } from 'commander';

/** `tatabox schema`: the JSON Schema of run configs. */
export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of run configs: all keys, types and defaults')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox schema > tatabox.schema.json`,
    )
    .action(async () => {
      const { runConfigJsonSchema } = await import('../../runs/schema/run-config.ts');
      process.stdout.write(`${JSON.stringify(runConfigJsonSchema(), null, 2)}\n`);
    });
}
