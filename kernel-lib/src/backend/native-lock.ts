import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../core/errors.ts';

const ownerSchema = z.object({ pid: z.number(), host: z.string(), key: z.string() });

/** A lock whose holder has not shown itself for this long is nobody's. */
const STALE_SECONDS = 60;
const BEAT_SECONDS = 10;

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly key: string;
  /** Seconds since its holder showed itself. */
  readonly silent: number;
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const { mtimeMs } = await stat(file);
    const text = await readFile(file, 'utf8');
    const silent = (Date.now() - mtimeMs) / 1000;
    const owner = ownerSchema.safeParse(JSON.parse(text === '' ? 'null' : text));
    // Empty: taken a moment ago, or its holder was ended before it could write.
    return owner.success ? { ...owner.data, silent } : { pid: 0, host: '', key: '', silent };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isStale({ pid, host, silent }: Owner): boolean {
  if (silent > STALE_SECONDS) return true;
  return host === hostname() && !isAlive(pid);
}

/** Removes a stale lock, but not one that another process has taken since it was read. */
async function removeStale(file: string, key: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const taken = await readOwner(aside);
  if (taken !== undefined && taken.key !== key) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/**
 * Does work that only one process of this user may do at a time. The lock of a process that was
 * killed is recognised (no such process on this machine, or no sign of life for a minute) and taken.
 *
 * @param file the lock file, whose folder is made if needed
 * @param where what is locked, for the message
 * @throws EnvironmentError while another process holds the lock
 */
export async function withLock<T>(file: string, where: string, body: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  const key = randomBytes(8).toString('hex');
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname(), key }));
      await handle.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = await readOwner(file);
    if (owner === undefined) continue;
    if (!isStale(owner) || attempt > 5) {
      const holder = owner.pid === 0 ? '' : ` (process ${String(owner.pid)} on ${owner.host})`;
      throw new EnvironmentError({
        where,
        found: `another \`tatabox native\` is at work${holder}`,
        fix: `Wait until it is done. If there is none, delete ${file}.`,
      });
    }
    await removeStale(file, owner.key, `${file}.${key}`);
  }
  const beat = setInterval(() => {
    const now = new Date();
    void utimes(file, now, now).catch(() => undefined);
  }, BEAT_SECONDS * 1000);
  beat.unref();
  try {
    return await body();
  } finally {
    clearInterval(beat);
    if ((await readOwner(file))?.key === key) await rm(file, { force: true });
  }
}
