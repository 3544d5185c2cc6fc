import { writeInPieces } from './file-writer.ts';

/**
 * Writes a file so that it is complete or absent: under a temporary name in the same folder, then
 * fsync, then rename. Creates the folder if needed.
 */
export async function writeFileAtomically(
  file: string,
  content: string | Uint8Array,
): Promise<void> {
  await writeInPieces(file, (writer) => writer.write(content));
}
