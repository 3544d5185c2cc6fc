import path from 'node:path';
import { Option, type Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { requiredOption } from '../required-option.ts';
import { runCommand, type GlobalOptions } from '../command-context.ts';

interface NotebookRunOptions extends GlobalOptions {
  readonly out?: string;
  readonly html?: string;
  readonly timeout?: string;
  readonly allowErrors?: boolean;
}

function milliseconds(seconds: string): number {
  const value = Number(seconds);
  if (Number.isFinite(value) && value > 0) return value * 1000;
  throw new UsageError({
    where: '--timeout',
    found: `'${seconds}'`,
    expected: 'a number of seconds above 0',
  });
}

interface NotebookKernelOptions {
  readonly folder?: string;
  readonly language?: 'typescript' | 'javascript';
}

/** Nothing but the kernel's events may go to stdout: it has no result of its own. */
function addKernelCommand(command: Command): void {
  command
    .command('kernel')
    .description('run a tslab kernel for an editor: requests and events as lines of JSON')
    .option('--folder <folder>', 'folder that the cells run in (default: this one)')
    .addOption(
      new Option('--language <name>', 'what cells are written in')
        .choices(['typescript', 'javascript'])
        .default('typescript'),
    )
    .addHelpText(
      'after',
      `
Reads requests from stdin until it ends and writes events to stdout; the VS Code extension runs its
notebooks with it. The requests: execute, complete, inspect, interrupt, restart, stop.

Example:
  $ tatabox notebook kernel --folder notebooks
  {"id":1,"type":"execute","code":"1 + 1"}`,
    )
    .action(async ({ folder, language }: NotebookKernelOptions) => {
      const { interruptSignal } = await import('../../notebook/interrupt-signal.ts');
      const { serveKernel } = await import('../../notebook/kernel-server.ts');
      const signal = interruptSignal(['SIGINT', 'SIGTERM', 'SIGHUP']);
      try {
        const { stdin: input, stdout: output } = process;
        await serveKernel({ input, output, workingFolder: folder, language, signal });
      } finally {
        signal.dispose();
      }
    });
}

/** `tatabox notebook run`, `tatabox notebook html` and `tatabox notebook kernel`. */
export function addNotebookCommand(program: Command): void {
  const command = program
    .command('notebook')
    .description('run and export TypeScript notebooks')
    .addHelpText(
      'after',
      `
Examples:
  $ tatabox notebook run analysis.ipynb
  $ tatabox notebook html analysis.executed.ipynb --out analysis.html
  $ tatabox notebook kernel --folder notebooks`,
    );
  command
    .command('run')
    .description('execute a notebook in the tslab kernel, without Jupyter or Python')
    .argument('<file>', 'notebook (.ipynb)')
    .option('--out <file>', 'executed notebook to write (default: NAME.executed.ipynb beside it)')
    .option('--html <file>', 'also write one HTML file with all figures inside')
    .option('--timeout <seconds>', 'time limit of a cell')
    .option('--allow-errors', 'go on after a cell that fails')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox notebook run analysis.ipynb --out done.ipynb --html done.html --timeout 600`,
    )
    .action(async (file: string, options: NotebookRunOptions) => {
      await runCommand(options, async (context) => {
        const { runNotebook } = await import('../../notebook/run-notebook.ts');
        const { exportHtml } = await import('../../notebook/export-html.ts');
        const output = options.out ?? file.replace(/(\.ipynb)?$/, '.executed.ipynb');
        const { notebook, cells, ok } = await runNotebook({
          file,
          output,
          timeoutPerCell: options.timeout === undefined ? undefined : milliseconds(options.timeout),
          allowErrors: options.allowErrors,
          signal: context.signal,
          onCell: (event) => {
            if (event.phase === 'end') {
              const seconds = (event.milliseconds / 1000).toFixed(1);
              context.log(
                `[${event.number}/${event.total}] ${event.title}: ${event.status}, ${seconds} s`,
              );
            }
          },
        });
        if (options.html !== undefined) {
          const { writeFileAtomically } = await import('../../core/write-file.ts');
          const title = path.basename(file, '.ipynb');
          await writeFileAtomically(options.html, exportHtml(notebook, { title }));
        }
        return {
          text: `${output}: ${cells.length} cells, ${ok ? 'all as they should' : 'with errors'}`,
          json: { notebook: output, html: options.html, cells, ok },
        };
      });
    });
  command
    .command('html')
    .description('export an executed notebook as one HTML file')
    .argument('<file>', 'notebook (.ipynb)')
    .option('--out <file>', 'HTML file to write')
    .addHelpText(
      'after',
      `
Example:
  $ tatabox notebook html analysis.executed.ipynb --out analysis.html`,
    )
    .action(async (file: string, options: GlobalOptions & { readonly out?: string }) => {
      await runCommand(options, async () => {
        const out = requiredOption(options.out, '--out <file>');
        const { readNotebook } = await import('../../notebook/notebook-file.ts');
        const { exportHtml } = await import('../../notebook/export-html.ts');
        const { writeFileAtomically } = await import('../../core/write-file.ts');
        const title = path.basename(file, '.ipynb');
        await writeFileAtomically(out, exportHtml(await readNotebook(file), { title }));
        return { text: out, json: { html: options.out } };
      });
    });
  addKernelCommand(command);
}
