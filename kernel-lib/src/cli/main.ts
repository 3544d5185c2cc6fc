import { CommanderError } from 'commander';
import { createProgram } from './create-program.ts';
import { reportError, writeErrorObject } from './report.ts';

/** Runs the command line and sets the exit code: 0 fine, 2 usage, 3 input, 4 environment, 5 interrupted. */
async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  try {
    await createProgram().parseAsync([...argv], { from: 'user' });
    // A command that looked at a file and found it wrong has set it.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Commander has printed its own message already.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      const message = error.message.replace(/^error: /, '');
      if (json) writeErrorObject({ name: 'UsageError', message, exitCode: 2 });
      return 2;
    }
    return reportError(error, json);
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
