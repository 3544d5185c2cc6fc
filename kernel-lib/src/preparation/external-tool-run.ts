import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { EnvironmentError, throwIfAborted } from '../core/errors.ts';
import { writeError } from '../core/file-writer.ts';
import type { InstalledTool } from './external-tool.ts';
import { startProcess, type ProcessEnd, type ToolProcess } from './external-tool-process.ts';

/** One call of a tool. */
export interface ToolCall {
  readonly tool: InstalledTool;
  readonly args: readonly string[];
}

/** Options of {@link runExternalTools}. */
export interface RunExternalToolsOptions {
  /** What is being done, for messages, for example `aligning root_1`. */
  readonly what: string;
  /** Folder in which the tools work. */
  readonly cwd: string;
  /** File to which the commands and all that the tools say are added. */
  readonly logFile: string;
  /** Folders where the tools look for programs that they call. Default: PATH. */
  readonly searchPath?: string;
  readonly signal?: AbortSignal;
  /** Is given each line that a tool writes to stderr. */
  readonly onLine?: (line: string) => void;
  /** Is given the bytes that go from one tool to the next. */
  readonly onPiece?: (piece: Uint8Array) => void;
}

/** Lines of a tool's stderr that a message shows. */
const SHOWN_LINES = 8;
/** Letters of a line at most; a progress bar may never end its line. */
const LONGEST_LINE = 1 << 14;

/** Cuts a stream of text into lines; a carriage return ends one too, as progress bars use it. */
class LineCutter {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
    for (const line of lines) this.#onLine(line);
  }

  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }
}

function describeEnd({ code, signal, startError }: ProcessEnd): string {
  if (startError !== undefined) return `could not be started (${startError.code ?? 'no reason'})`;
  return signal === null ? `exit code ${String(code)}` : `ended by ${signal}`;
}

const isFailure = (end: ProcessEnd): boolean => end.code !== 0;

/** The tool that is to blame. */
interface FailedTool {
  readonly index: number;
  readonly end: ProcessEnd;
}

/** Milliseconds within which a reader that is gone has told how it ended. */
const READER_MILLISECONDS = 2000;

/** Whether a tool failed because nobody read what it wrote. */
function lostItsReader({ code, signal }: ProcessEnd, said: readonly string[] = []): boolean {
  return (
    signal === 'SIGPIPE' ||
    code === 141 ||
    /broken pipe|connection reset|EPIPE/i.test(said.at(-1) ?? '')
  );
}

/** The first of the readers behind a tool that failed: its end may be told after that of the writer. */
async function failedReader(
  readers: readonly Promise<ProcessEnd>[],
  firstIndex: number,
): Promise<FailedTool | undefined> {
  const giveUp = new AbortController();
  const failures = readers.map(async (ended, place): Promise<FailedTool> => {
    const end = await ended;
    if (!isFailure(end)) throw new Error('this one did not fail');
    return { index: firstIndex + place, end };
  });
  const late = setTimeout(READER_MILLISECONDS, undefined, { signal: giveUp.signal });
  const failure = await Promise.race([
    Promise.any(failures).catch(() => undefined),
    late.catch(() => undefined),
  ]);
  giveUp.abort();
  return failure;
}

/** A command as a person would type it; only for the log. */
function shownCommand({ tool, args }: ToolCall): string {
  const words = [tool.program, ...tool.first, ...args];
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');
}

async function openLog(file: string): Promise<WriteStream> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const stream = createWriteStream(file, { flags: 'a' });
    await new Promise<void>((resolve, reject) => {
      stream.once('open', () => {
        resolve();
      });
      stream.once('error', reject);
    });
    // A full disk ends the tools as well, with a message of their own.
    stream.on('error', () => undefined);
    return stream;
  } catch (error) {
    throw writeError(file, error);
  }
}

/**
 * Runs one tool, or several of which each reads what the one before writes to stdout, without a
 * shell. All that they say goes to the log file. When one fails the others are ended; an abort ends
 * all of them with the programs that they have started.
 *
 * @throws EnvironmentError where one fails, with the end of its stderr and the log file
 * @throws InterruptedError
 */
export async function runExternalTools(
  calls: readonly ToolCall[],
  options: RunExternalToolsOptions,
): Promise<void> {
  const { what, cwd, logFile, searchPath = process.env['PATH'], signal } = options;
  throwIfAborted(signal, what);
  const log = await openLog(logFile);
  const tails = calls.map((): string[] => []);
  const environment = { ...process.env, PATH: searchPath, LC_ALL: 'C' };
  log.write(`# ${new Date().toISOString()} ${what}\n`);
  log.write(`$ ${calls.map(shownCommand).join(' | ')}\n`);
  const processes = calls.map(({ tool, args }, index) =>
    startProcess(tool.program, [...tool.first, ...args], {
      cwd,
      environment,
      takesInput: index > 0,
    }),
  );
  const stopAll = () => {
    for (const each of processes) each.stop();
  };
  signal?.addEventListener('abort', stopAll, { once: true });
  if (signal?.aborted === true) stopAll();
  for (const [index, { child }] of processes.entries()) {
    const tail = tails[index] ?? [];
    listen(child.stderr, (line) => {
      log.write(`${line}\n`);
      // What a Java program was in the middle of is for its authors.
      if (line.trim() !== '' && !/^\s+at /.test(line)) tail.push(line.trim());
      if (tail.length > SHOWN_LINES) tail.shift();
      options.onLine?.(line);
    });
  }
  listen(processes.at(-1)?.child.stdout, (line) => {
    log.write(`${line}\n`);
  });
  const pipes = connect(processes, options.onPiece);
  let failed: FailedTool | undefined;
  await Promise.all(
    processes.map(async ({ ended }, index) => {
      const end = await ended;
      if (!isFailure(end) || failed !== undefined) return;
      // The first to fail is to blame: the others fail for want of its output or of a reader.
      const readers = processes.slice(index + 1).map((each) => each.ended);
      const first = lostItsReader(end, tails[index])
        ? await failedReader(readers, index + 1)
        : undefined;
      failed ??= first ?? { index, end };
      stopAll();
    }),
  );
  await pipes;
  signal?.removeEventListener('abort', stopAll);
  log.write(failed === undefined ? '# done\n' : `# ${describeEnd(failed.end)}\n`);
  await new Promise<void>((resolve) => {
    log.end(() => {
      resolve();
    });
    log.once('error', () => {
      resolve();
    });
  });
  throwIfAborted(signal, what);
  if (failed !== undefined) {
    const said = (tails[failed.index] ?? []).join(' | ');
    throw new EnvironmentError({
      where: what,
      found: `${calls[failed.index]?.tool.name ?? 'a tool'}: ${describeEnd(failed.end)}${said === '' ? '' : `: ${said}`}`,
      fix: `All that it said is in ${logFile}.`,
    });
  }
}

function listen(stream: NodeJS.ReadableStream | null | undefined, onLine: (line: string) => void) {
  const cutter = new LineCutter(onLine);
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    cutter.add(text);
  });
  stream?.on('end', () => {
    cutter.end();
  });
}

/** Connects each program's output with the next one's input. */
async function connect(
  processes: readonly ToolProcess[],
  onPiece: ((piece: Uint8Array) => void) | undefined,
): Promise<void> {
  const pipes = processes.slice(1).map(async ({ child: next }, index) => {
    const output = processes[index]?.child.stdout;
    if (output === null || output === undefined || next.stdin === null) return;
    const tap = new Transform({
      transform(piece: Uint8Array, _encoding, done) {
        onPiece?.(piece);
        done(null, piece);
      },
    });
    // A broken pipe shows in how the programs end.
    await pipeline(output, tap, next.stdin).catch(() => undefined);
  });
  await Promise.all(pipes);
}
