import type { Command } from 'commander';
import type { GlobalOptions } from '../command-context.ts';
import { reportResult } from '../report.ts';

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
    .action(async (options: GlobalOptions) => {
      const { runConfigJsonSchema } = await import('../../runs/schema/run-config.ts');
      const schema = runConfigJsonSchema();
      reportResult({ text: JSON.stringify(schema, null, 2), json: schema }, options.json === true);
    });
}
