import type { BackendName } from '../backend/use-backend.ts';
import type { ProgressReporter } from '../core/progress.ts';
import { interruptSignal } from '../notebook/interrupt-signal.ts';
import { terminalProgress } from '../notebook/terminal-progress.ts';
import { reportResult, type CommandResult } from './report.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly backend?: BackendName;
}

/** What a command works with: cancellation by Ctrl-C, SIGTERM and SIGHUP, and progress on stderr. */
export interface CommandContext {
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
  /** Writes a line to stderr unless `--quiet`. */
  log(line: string): void;
}

/** A terminal or pipe that is gone must not end work that could still be saved. */
function outliveTerminal(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

/** Runs the body of a command with its context and prints its result. */
export async function runCommand(
  options: GlobalOptions,
  body: (context: CommandContext) => Promise<CommandResult>,
): Promise<void> {
  outliveTerminal();
  const interrupt = interruptSignal(['SIGINT', 'SIGTERM', 'SIGHUP']);
  const quiet = options.quiet === true;
  const reporter = terminalProgress();
  try {
    const result = await body({
      signal: interrupt,
      progress: quiet ? () => undefined : reporter,
      log: (line) => {
        if (quiet) return;
        reporter.finish();
        process.stderr.write(`${line}\n`);
      },
    });
    reporter.finish();
    reportResult(result, options.json === true);
  } finally {
    reporter.finish();
    interrupt.dispose();
  }
}
