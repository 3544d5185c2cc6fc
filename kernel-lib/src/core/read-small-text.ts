import { open } from 'node:fs/promises';

/** The text of a file; undefined where it is missing, larger than `largest` bytes, or no file. */
export async function readSmallText(file: string, largest: number): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const found = await handle.stat();
    return found.isFile() && found.size <= largest ? await handle.readFile('utf8') : undefined;
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
