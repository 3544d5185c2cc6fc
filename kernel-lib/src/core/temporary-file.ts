import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { formatMark, parseMark, processState, thisProcess } from './process-mark.ts';

/** Bytes of a file's own name in a temporary one; file systems take names of 255 bytes. */
const LONGEST_STEM = 170;
/** A file of another machine that was not written to for so long was left behind. */
const ABANDONED_MILLISECONDS = 24 * 3600 * 1000;

/** The part of a temporary name that tells of which file it is; hashed where it would be too long. */
function stemOf(file: string): string {
  const name = path.basename(file);
  if (Buffer.byteLength(name) <= LONGEST_STEM) return name;
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}

/**
 * A new name in the folder of a file under which it can be written before it is renamed. It names
 * this process, so that {@link removeLeftOvers} knows when nobody writes it any more.
 */
export function temporaryName(file: string): string {
  const mark = `${formatMark(thisProcess())}-${randomBytes(4).toString('hex')}`;
  return path.join(path.dirname(path.resolve(file)), `.${stemOf(file)}.${mark}.tmp`);
}

/** Temporary names, and those of versions that did not name the process. */
const TEMPORARY =
  /^\.(.+)\.(?:([0-9a-f]{8}-\d+-[0-9a-f]+-\d+-\d+)-[0-9a-f]{8}|[0-9a-f]{6,12})\.tmp$/s;

async function isLeftOver(file: string, mark: string | undefined): Promise<boolean> {
  const owner = mark === undefined ? undefined : parseMark(mark);
  const state = owner === undefined ? 'unknown' : processState(owner);
  if (state !== 'unknown') return state === 'dead';
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MILLISECONDS;
}

/**
 * Removes temporary files of processes that were killed while they wrote them; those that another
 * process is writing stay. What cannot be removed stays, too: it is in nobody's way.
 *
 * @param of the file whose temporary files are meant; default: all in the folder
 * @returns how many were removed
 */
export async function removeLeftOvers(folder: string, of?: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const wanted = of === undefined ? undefined : stemOf(of);
  let removed = 0;
  for (const name of names) {
    const [, stem, mark] = TEMPORARY.exec(name) ?? [];
    if (stem === undefined || (wanted !== undefined && stem !== wanted)) continue;
    const file = path.join(folder, name);
    if (!(await isLeftOver(file, mark))) continue;
    removed += await rm(file).then(
      () => 1,
      () => 0,
    );
  }
  return removed;
}
