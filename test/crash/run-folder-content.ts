import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Digest of every file below a run folder but its journal and its status, which hold times, by path;
 * where the folder lies does not count.
 */
export async function contentOf(folder: string): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const file = path.join(folder, name);
    if ((await stat(file)).isDirectory() || ['run.log', 'status.json'].includes(name)) continue;
    const text = (await readFile(file)).toString('latin1');
    const place = path.dirname(path.dirname(folder));
    content[name] = createHash('sha256').update(text.replaceAll(place, 'PLACE')).digest('hex');
  }
  return content;
}

/**
 * The last start of a run as its journal `run.log` tells it.
 *
 * @throws Error where a line of the journal is torn
 */
export async function lastStartOf(folder: string): Promise<string[]> {
  const text = await readFile(path.join(folder, 'run.log'), 'utf8');
  const lines = text.trimEnd().split('\n');
  const torn = lines.find(
    (line) => !/^\d{4}-\d\d-\d\dT[\d:.]+Z /.test(line) && !/^[ │─┌└├]|^\S/.test(line),
  );
  if (torn !== undefined || !text.endsWith('\n')) throw new Error(`torn journal: ${String(torn)}`);
  const starts = lines.flatMap((line, index) => (/Z run \S+, mode /.test(line) ? [index] : []));
  const place = path.dirname(path.dirname(folder));
  return lines.slice(starts.at(-1)).map((line) => line.replaceAll(place, 'PLACE'));
}
