import type { ErrorOutput } from './notebook-file.ts';

/** tslab's compiler says LINE:COLUMN - message, before it a file where it is another's. */
const DIAGNOSTIC = /^(\S+ )?(\d+):(\d+) - /;

/** How the kernel's launcher names a place of a cell in a stack. */
const CELL_FRAME = /Cell In\[(\d+)\]:(\d+):(\d+)/;

/** Letters of an error's name and message that are shown apart from its stack. */
const LONGEST_MESSAGE = 2000;

const LINES_AROUND = 2;

/** What tslab wrote to stderr when a cell failed: with it the outputs end, and it is not one of them. */
export interface FailedExecution {
  readonly code: string;
  readonly executionCount: number | null;
  /** The pieces that came on stderr, in order. */
  readonly stderr: readonly string[];
  /** Whether anything came on stdout or was displayed: then the cell was compiled. */
  readonly ran: boolean;
}

/** An error as a notebook holds it, and the text of stderr that it stands for. */
export interface ExecutionError {
  readonly output: ErrorOutput;
  /** The text that stderr ends with. */
  readonly text: string;
  /** Line of the cell, from 1. */
  readonly line?: number;
}

/** The lines around one of the code, numbered, with a mark at that one. */
function excerpt(code: string, line: number): string {
  const lines = code.split('\n');
  const first = Math.max(1, line - LINES_AROUND);
  const last = Math.min(lines.length, line + LINES_AROUND);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const mark = number === line ? '-->' : '   ';
    shown.push(`${mark} ${String(number).padStart(width)} ${lines[number - 1] ?? ''}`);
  }
  return shown.join('\n');
}

/** Where the error is, in the words by which VS Code and JupyterLab make a link to the cell. */
function place(failed: FailedExecution, count: number | string, line: number): string[] {
  return [`Cell In[${count}], line ${line}`, excerpt(failed.code, line), ''];
}

function compilerError(failed: FailedExecution, text: string): ExecutionError {
  const lines = text.trimEnd().split('\n');
  const own = DIAGNOSTIC.exec(lines.find((line) => DIAGNOSTIC.exec(line)?.[1] === undefined) ?? '');
  const line = own === null ? undefined : Number(own[2]);
  const message = text.trimEnd().replace(DIAGNOSTIC, '$1');
  const where = line === undefined ? [] : place(failed, failed.executionCount ?? ' ', line);
  return {
    text,
    output: {
      output_type: 'error',
      ename: 'TypeScript',
      evalue: (lines.length === 1 ? message : text.trimEnd()).slice(0, LONGEST_MESSAGE),
      traceback: [...where.join('\n').split('\n'), ...(lines.length === 1 ? [message] : lines)],
    },
    ...(line === undefined ? {} : { line }),
  };
}

function runtimeError(failed: FailedExecution, text: string): ExecutionError {
  const stack = text.trimEnd();
  const head = stack.split(/\n {4}at /, 1)[0] ?? '';
  const named = /^(?:Uncaught )?([A-Za-z_$][\w$.]*(?: \[\w+\])?)(?:: ([\s\S]*))?$/.exec(head);
  const isError = named !== null && (stack.length > head.length || /Error$/.test(named[1] ?? ''));
  const frame = CELL_FRAME.exec(stack.slice(head.length));
  // A function of an earlier cell may have failed; the line of this cell says more than that one's.
  const own =
    failed.executionCount === null
      ? null
      : new RegExp(`Cell In\\[${failed.executionCount}\\]:(\\d+):`).exec(stack);
  const line = own === null ? undefined : Number(own[1]);
  const where =
    line === undefined || frame === null ? [] : place(failed, failed.executionCount ?? '', line);
  return {
    text,
    output: {
      output_type: 'error',
      ename: isError ? (named[1] ?? 'Error') : 'Error',
      evalue: (isError ? (named[2] ?? '') : head).slice(0, LONGEST_MESSAGE),
      traceback: [...where.join('\n').split('\n'), ...stack.split('\n')].filter(
        (text, i) => i > 0 || text !== '',
      ),
    },
    ...(line === undefined ? {} : { line }),
  };
}

/** The error that tslab printed to stderr; undefined where it printed none. */
export function executionError(failed: FailedExecution): ExecutionError | undefined {
  const { stderr, ran } = failed;
  const last = stderr.at(-1);
  if (last === undefined) return undefined;
  // What does not compile does not run: nothing but diagnostics can have come.
  const isCompilers = !ran && stderr.every((text) => DIAGNOSTIC.test(text));
  return isCompilers ? compilerError(failed, stderr.join('')) : runtimeError(failed, last);
}
