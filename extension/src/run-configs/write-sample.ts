import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from 'tatabox/core/errors.ts';

/** The folder that is written, and what is looked at first. */
export const SAMPLE_FOLDER = 'tatabox-sample';
export const SAMPLE_README = 'README.md';

/**
 * Copies the sample files into a new folder.
 *
 * @param from the sample that the extension carries
 * @param parent where the folder is made
 * @returns the folder
 * @throws UsageError where there is something of that name already
 */
export async function writeSample(from: string, parent: string): Promise<string> {
  const folder = path.join(parent, SAMPLE_FOLDER);
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(
      {
        where: folder,
        found: 'it is there already',
        expected: 'a new folder',
        fix: 'Open it, or move it away to have the sample written again.',
      },
      { cause: error },
    );
  }
  try {
    for (const name of await readdir(from)) {
      await copyFile(path.join(from, name), path.join(folder, name));
    }
  } catch (error) {
    // Half a sample would look like a whole one.
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return folder;
}
