import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, realpath, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { UsageError } from './errors.ts';
import { writeError } from './file-writer.ts';
import { formatMark, parseMark, processState, thisProcess } from './process-mark.ts';
import { removeLeftOvers, temporaryName } from './temporary-file.ts';

/** The file that tells who works in a folder. */
export const LOCK_FILE = 'tatabox.lock';

const FORMAT = 'tatabox lock 1';
/** How often a lock shows that its holder is alive, for those who cannot ask on another machine. */
const BEAT_MILLISECONDS = 20_000;
/** A holder on another machine that was silent for so long is gone. */
const SILENCE_MILLISECONDS = 5 * 60_000;
/** A lock file that is being written has this time to become whole. */
const WRITING_MILLISECONDS = 10_000;
const ATTEMPTS = 20;
/** Whoever removes a stale lock is done with it in about this time. */
const REMOVAL_MILLISECONDS = 20;

/** Who holds a lock, as it stands in the file. */
interface Holder {
  readonly format: typeof FORMAT;
  /** See `ProcessMark`. */
  readonly process: string;
  readonly pid: number;
  readonly thread: number;
  readonly host: string;
  readonly since: string;
  /** What is done in the folder. */
  readonly what: string;
  /** The folder, and the number of this very file: another in both is a copy. */
  readonly folder: string;
  readonly inode: string;
  readonly token: string;
}

/** A folder that nobody else works in until it is released. */
export interface FolderLock {
  /** The lock file. */
  readonly file: string;
  /** Lets others in. @param file where the lock file is now, if the folder was moved */
  release(file?: string): Promise<void>;
}

interface FoundLock {
  readonly holder: Holder | undefined;
  readonly inode: string;
  readonly modified: number;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    const texts = [holder.process, holder.host, holder.since, holder.what, holder.folder];
    const isWhole = [...texts, holder.inode, holder.token].every(
      (each) => typeof each === 'string',
    );
    return holder.format === FORMAT && isWhole ? holder : undefined;
  } catch {
    return undefined;
  }
}

async function findLock(file: string): Promise<FoundLock | undefined> {
  try {
    const { ino, mtimeMs } = await stat(file, { bigint: true });
    const text = await readFile(file, 'utf8');
    return { holder: parseHolder(text), inode: String(ino), modified: Number(mtimeMs) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw writeError(file, error);
  }
}

/** Whether a lock binds nobody: its process is gone, or it was copied along with its folder. */
function isStale({ holder, inode, modified }: FoundLock, folder: string, now: number): boolean {
  if (holder === undefined) return now - modified > WRITING_MILLISECONDS;
  // By both, for some disks number files anew, and a running process's folder can be moved.
  if (holder.inode !== inode && holder.folder !== folder) return true;
  const mark = parseMark(holder.process);
  const state = mark === undefined ? 'unknown' : processState(mark);
  return state === 'dead' || (state === 'unknown' && now - modified > SILENCE_MILLISECONDS);
}

function refusal(folder: string, holder: Holder | undefined): UsageError {
  if (holder === undefined) {
    return new UsageError({
      where: folder,
      found: `another process is just beginning here (${LOCK_FILE})`,
      fix: 'Wait until it has ended, or choose another folder.',
    });
  }
  const { pid, host, since, what } = holder;
  const isHere = pid === process.pid && host === hostname();
  const mark = parseMark(holder.process);
  const isForeign = mark === undefined || processState(mark) === 'unknown';
  return new UsageError({
    where: folder,
    found:
      `in use for ${what} by ${isHere ? 'this process' : 'process'} ${String(pid)}` +
      ` on ${host} since ${since}`,
    expected: 'a folder that nobody else writes',
    fix: isForeign
      ? `Wait until it has ended, or choose another folder. Once it is gone the folder is free ${String(SILENCE_MILLISECONDS / 60_000)} minutes after its last sign of life.`
      : 'Wait until it has ended, end it, or choose another folder.',
  });
}

/**
 * Says before long work whether somebody else works in a folder; writes nothing.
 *
 * @throws UsageError that names process, machine and time
 */
export async function checkFolderFree(folder: string): Promise<void> {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined) return;
  const found = await findLock(path.join(real, LOCK_FILE));
  if (found !== undefined && !isStale(found, real, Date.now())) throw refusal(folder, found.holder);
}

/** Writes who holds the lock into a file that is open. */
async function writeHolder(handle: FileHandle, holder: Omit<Holder, 'inode'>): Promise<void> {
  const { ino } = await handle.stat({ bigint: true });
  await handle.writeFile(`${JSON.stringify({ ...holder, inode: String(ino) })}\n`);
}

/** Gives the lock file its name if nobody has it; it is whole from its first moment on. */
async function claim(draft: string, file: string, holder: Omit<Holder, 'inode'>): Promise<boolean> {
  const hasIt = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasIt(error)) return false;
  }
  // A disk without hard links, such as a memory stick
  try {
    const handle = await open(file, 'wx');
    try {
      await writeHolder(handle, holder);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasIt(error)) return false;
    throw error;
  }
}

/**
 * Takes a stale lock away unless somebody else is doing so, which whoever holds a second name beside
 * it may alone: two that each remove what they found a moment ago could remove a new lock of a third.
 */
async function removeStale(
  draft: string,
  file: string,
  holder: Omit<Holder, 'inode'>,
  now: number,
): Promise<void> {
  const removal = `${file}.removal`;
  if (!(await claim(draft, removal, holder))) {
    const other = await findLock(removal);
    // Of a process that was killed between two calls
    if (other !== undefined && isStale(other, holder.folder, now)) {
      await rm(removal, { force: true });
    }
    await setTimeout(REMOVAL_MILLISECONDS);
    return;
  }
  try {
    const found = await findLock(file);
    if (found !== undefined && isStale(found, holder.folder, now)) await rm(file, { force: true });
  } finally {
    await rm(removal, { force: true });
  }
}

/** Shows the others that the holder is alive: writing sets the time by the disk's own clock. */
async function beat(file: string, token: string): Promise<void> {
  const found = await findLock(file).catch(() => undefined);
  if (found?.holder?.token !== token) return;
  const handle = await open(file, 'r+').catch(() => undefined);
  if (handle === undefined) return;
  const { size } = await handle.stat();
  await handle.write('\n', size - 1).catch(() => undefined);
  await handle.close();
}

/** Removes the lock file if it is still the one with this token. */
async function removeOwn(file: string, token: string): Promise<void> {
  const found = await findLock(file).catch(() => undefined);
  if (found?.holder?.token === token) await rm(file, { force: true }).catch(() => undefined);
}

/**
 * Makes sure that nobody else works in a folder; creates it if needed. The lock of a process that
 * has ended in whatever way, of an earlier start of the machine, or that was copied with its folder
 * is recognised and replaced. A process on another machine counts as gone when its lock was not
 * renewed for 5 minutes.
 *
 * @param what what is done in the folder, for the message that others get
 * @throws UsageError that names process, machine and time where the folder is in use
 * @throws InputError, EnvironmentError when nothing can be written there
 * @example
 * const lock = await lockFolder('runs/yeast', 'a run');
 * try {
 *   // … write into the folder
 * } finally {
 *   await lock.release();
 * }
 */
export async function lockFolder(folder: string, what: string): Promise<FolderLock> {
  try {
    await mkdir(folder, { recursive: true });
    return await lock(folder, await realpath(folder), what);
  } catch (error) {
    throw writeError(folder, error);
  }
}

async function claimOrRefuse(
  draft: string,
  file: string,
  holder: Omit<Holder, 'inode'>,
  folder: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if (await claim(draft, file, holder)) return;
    const found = await findLock(file);
    // Released in this moment; or a link that leads nowhere, which would go on so for ever.
    if (found === undefined && attempt < ATTEMPTS) continue;
    const { mtimeMs } = await stat(draft);
    if (found === undefined || !isStale(found, holder.folder, mtimeMs)) {
      throw refusal(folder, found?.holder);
    }
    if (attempt >= ATTEMPTS) throw refusal(folder, undefined);
    await removeStale(draft, file, holder, mtimeMs);
  }
}

async function lock(folder: string, real: string, what: string): Promise<FolderLock> {
  const file = path.join(real, LOCK_FILE);
  const token = randomBytes(8).toString('hex');
  const holder: Omit<Holder, 'inode'> = {
    format: FORMAT,
    process: formatMark(thisProcess()),
    pid: process.pid,
    thread: threadId,
    host: hostname(),
    since: new Date().toISOString(),
    what,
    folder: real,
    token,
  };
  await removeLeftOvers(real, file);
  const draft = temporaryName(file);
  try {
    const handle = await open(draft, 'wx');
    try {
      await writeHolder(handle, holder);
    } finally {
      await handle.close();
    }
    await claimOrRefuse(draft, file, holder, folder);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
  let beating = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating.then(() => beat(file, token));
  }, BEAT_MILLISECONDS);
  timer.unref();
  return {
    file,
    async release(current = file) {
      clearInterval(timer);
      await beating;
      await removeOwn(current, token);
    },
  };
}

/**
 * Removes the lock that a thread of this process held when it ended without releasing it. To be
 * called by the thread that started it.
 */
export async function releaseLockOfThread(folder: string, thread: number): Promise<void> {
  const file = path.join(folder, LOCK_FILE);
  const holder = (await findLock(file).catch(() => undefined))?.holder;
  if (holder?.process !== formatMark(thisProcess()) || holder.thread !== thread) return;
  await removeOwn(file, holder.token);
}
