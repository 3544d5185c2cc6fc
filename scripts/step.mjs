// Runs one command of the set-up with its output in a log file, and says how it went in one line.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** What went wrong and what to do about it; `exitCode` as of the `tatabox` command. */
export class StepError extends Error {
  /**
   * @param {string} message
   * @param {number} exitCode 2 usage, 3 input, 4 environment, 5 interrupted
   */
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @param {number} milliseconds */
export function formatTime(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** npm as it runs this script, or the one on the path. @returns {[string, string[]]} */
export function npmCommand() {
  const cli = process.env.npm_execpath;
  if (cli !== undefined && /npm-cli\.[cm]?js$/.test(cli)) return [process.execPath, [cli]];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
}

const TAIL_LINES = 20;

/**
 * @param {string} label what is done, for the progress line
 * @param {string} name the log file's name, without its ending
 * @param {[string, string[], { cwd?: string, env?: Record<string, string> }?]} command
 */
export async function runStep(label, name, [program, args, options = {}]) {
  const log = path.join(root, 'build', `${name}.log`);
  mkdirSync(path.dirname(log), { recursive: true });
  process.stderr.write(`${label} … `);
  const start = performance.now();
  const result = await runLogged(program, args, log, options);
  const time = formatTime(performance.now() - start);
  if (result === 'ok') {
    process.stderr.write(`${time} ✓\n`);
    return;
  }
  process.stderr.write(`${time} ✗\n`);
  if (result === 'interrupted') throw new StepError(`${label}: interrupted`, 5);
  throw new StepError(
    `${label} failed (${result}). Its log in short:\n${shortened(readFileSync(log, 'utf8'))}\n` +
      `The whole log: ${log}`,
    4,
  );
}

/** The first errors, for npm says why first, and the end, for compilers say it last. */
function shortened(log) {
  const lines = log.trimEnd().split('\n');
  const end = lines.slice(-TAIL_LINES);
  const firstErrors = lines
    .slice(0, -TAIL_LINES)
    .filter((line) => /error \S/i.test(line))
    .slice(0, 8);
  const shown = firstErrors.length === 0 ? end : [...firstErrors, '…', ...end];
  return shown.map((line) => `  ${line}`).join('\n');
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} log
 * @param {{ cwd?: string, env?: Record<string, string> }} options folder (default: the root), variables to add
 * @returns {Promise<string>} `ok`, `interrupted`, or how it failed
 */
function runLogged(program, args, log, { cwd = root, env = {} }) {
  return new Promise((resolve) => {
    const file = createWriteStream(log);
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: program.endsWith('.cmd'),
    });
    let interrupted = false;
    // The terminal sends Ctrl-C to the child as well; this process waits for its end.
    const onInterrupt = () => (interrupted = true);
    process.on('SIGINT', onInterrupt);
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    const finish = (/** @type {string} */ result) => {
      process.off('SIGINT', onInterrupt);
      file.end(() => resolve(interrupted ? 'interrupted' : result));
    };
    child.once('error', (error) => {
      file.write(`${error.message}\n`);
      finish(error.message);
    });
    child.once('close', (code, signal) => {
      if (code !== null || signal !== null) {
        finish(code === 0 ? 'ok' : signal === 'SIGINT' ? 'interrupted' : `exit ${code ?? signal}`);
      }
    });
  });
}

/** Runs a script's main function and turns what it throws into a message and an exit code. */
export async function runScript(/** @type {() => Promise<number | void>} */ main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    const known = error instanceof Error && 'exitCode' in error;
    console.error(known ? `\n${error.message}` : error);
    process.exitCode = known ? Number(error.exitCode) : 1;
  }
}
