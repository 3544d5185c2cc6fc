import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** Which process, on which machine, so that others can tell later whether it still runs. */
export interface ProcessMark {
  /** Digest of the machine's name. */
  readonly machine: string;
  /** The name space of process numbers (Linux: containers have their own); 0 elsewhere. */
  readonly space: string;
  /** When the machine was started: an id on Linux, seconds since 1970 elsewhere. */
  readonly boot: string;
  readonly pid: number;
  /** When the process was started, for numbers are used again; 0 where it cannot be known. */
  readonly start: string;
}

/** Whether a marked process runs; `unknown` for one of another machine. */
export type ProcessState = 'alive' | 'dead' | 'unknown';

/** What differs by more is another start of the machine, where its time is computed by the clock. */
const CLOCK_CHANGE_SECONDS = 3600;

function tried(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** State and start of a process, fields 3 and 22 of `/proc/PID/stat` (proc(5)). */
function linuxStat(pid: number): { state: string; start: string } | undefined {
  const stat = tried(() => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  // The name of the program, field 2, may hold spaces and brackets.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : { state: fields[0] ?? '', start: fields[19] ?? '0' };
}

/** Start of a process in seconds since 1970, as `ps` of POSIX tells it. */
function posixStart(pid: number): string {
  const text = tried(() =>
    execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const time = Date.parse(`${text?.trim() ?? ''} UTC`);
  return Number.isFinite(time) ? String(time / 1000) : '0';
}

function startOf(pid: number): string {
  if (process.platform === 'linux') return linuxStat(pid)?.start ?? '0';
  return process.platform === 'win32' ? '0' : posixStart(pid);
}

/** The mark of this process. */
export function thisProcess(): ProcessMark {
  return markOf(process.pid);
}

/** The mark of a process that runs on this machine, such as a child. */
export function markOf(pid: number): ProcessMark {
  const bootId = tried(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const space = tried(() => readlinkSync('/proc/self/ns/pid'));
  return {
    machine: createHash('sha256').update(hostname()).digest('hex').slice(0, 8),
    space: space?.replace(/\D/g, '') ?? '0',
    boot:
      bootId?.replace(/[^0-9a-f]/g, '').slice(0, 12) ??
      String(Math.round(Date.now() / 1000 - uptime())),
    pid,
    start: startOf(pid),
  };
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 is sent to nobody: it only asks. 0 and negative numbers mean groups.
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isSameBoot(one: string, other: string): boolean {
  if (process.platform === 'linux') return one === other;
  return Math.abs(Number(one) - Number(other)) < CLOCK_CHANGE_SECONDS;
}

/**
 * Whether the process of a mark still runs. A process that has ended but was not yet asked for its
 * exit code by its parent counts as dead.
 *
 * @param here the mark of this process; tests give another
 */
export function processState(mark: ProcessMark, here: ProcessMark = thisProcess()): ProcessState {
  const sameBoot = isSameBoot(mark.boot, here.boot);
  // A laptop gets another name with another network; on Linux its boot id is the same all the same.
  const sameMachine =
    mark.machine === here.machine || (process.platform === 'linux' && mark.boot === here.boot);
  if (!sameMachine || (mark.space !== here.space && sameBoot)) return 'unknown';
  if (!sameBoot || !isRunning(mark.pid)) return 'dead';
  if (process.platform === 'linux' && 'ZX'.includes(linuxStat(mark.pid)?.state ?? '-')) {
    return 'dead';
  }
  const start = mark.start === '0' ? '0' : startOf(mark.pid);
  return start === '0' || start === mark.start ? 'alive' : 'dead';
}

/** A mark as part of a file name. */
export function formatMark({ machine, space, boot, pid, start }: ProcessMark): string {
  return [machine, space, boot, pid, start].join('-');
}

/** The mark that {@link formatMark} wrote; undefined for other text. */
export function parseMark(text: string): ProcessMark | undefined {
  const [, machine, space, boot, pid, start] =
    /^([0-9a-f]{8})-(\d+)-([0-9a-f]+)-(\d{1,10})-(\d+)$/.exec(text) ?? [];
  if (machine === undefined || space === undefined || boot === undefined) return undefined;
  if (pid === undefined || start === undefined) return undefined;
  return { machine, space, boot, pid: Number(pid), start };
}
