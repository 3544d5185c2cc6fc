import { startProcess } from './external-tool-process.ts';

/** What a program said to a short question. */
export interface Probe {
  /** stdout and stderr together: programs print their version to either. */
  readonly output: string;
  /** How it failed, where it did. */
  readonly failure?: string;
}

/** Kept of what a program says. */
const LONGEST_OUTPUT = 1 << 16;

/** Runs a program for a short answer, such as its version. */
export async function runProbe(
  program: string,
  args: readonly string[],
  options: {
    readonly searchPath: string;
    readonly signal: AbortSignal | undefined;
    readonly seconds: number;
  },
): Promise<Probe> {
  const { searchPath, signal, seconds } = options;
  const { child, ended, stop } = startProcess(program, args, {
    environment: { ...process.env, PATH: searchPath },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, LONGEST_OUTPUT);
    });
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, seconds * 1000);
  signal?.addEventListener('abort', stop);
  const end = await ended;
  signal?.removeEventListener('abort', stop);
  clearTimeout(timer);
  if (late) return { output, failure: `no answer within ${String(seconds)} s` };
  if (end.startError !== undefined) {
    return { output, failure: `cannot be started (${end.startError.code ?? 'unknown reason'})` };
  }
  if (end.code === 0) return { output };
  const failure = end.signal === null ? `exit code ${String(end.code)}` : `ended by ${end.signal}`;
  return { output, failure };
}
