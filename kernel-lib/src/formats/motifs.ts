import { InputError, UsageError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { parseJaspar } from './jaspar.ts';
import { formatMeme, parseMeme } from './meme.ts';
import type { Motif } from './motif.ts';
import { streamLines } from './stream-lines.ts';

export type { Motif } from './motif.ts';

/**
 * Reads DNA motifs: MEME minimal format (version 4 or later) or JASPAR format (with letters and
 * brackets, or raw rows), plain or gzip; the content decides which.
 *
 * @throws InputError naming file and line for what is neither, and for an id that occurs twice
 *
 * @example
 * const motifs = await readMotifs('JASPAR2024_CORE_fungi.jaspar.gz'); // 178 motifs
 */
export async function readMotifs(source: FileSource): Promise<Motif[]> {
  const file = sourceName(source);
  const lines: string[] = [];
  for await (const batch of streamLines(source)) {
    for (const line of batch.lines) lines.push(line);
  }
  const first = lines.find((line) => line.trim() !== '')?.trim();
  if (first === undefined) throw new InputError({ where: file, found: 'an empty file' });
  const motifs = first.startsWith('>')
    ? parseJaspar(lines, file)
    : /^MEME version \d/.test(first)
      ? parseMeme(lines, file)
      : undefined;
  if (motifs === undefined) {
    throw new InputError({
      where: file,
      found: `'${first.slice(0, 60)}' on the first line`,
      expected: "'MEME version …' (MEME format) or '>' (JASPAR format)",
    });
  }
  const ids = new Set<string>();
  for (const { id } of motifs) {
    if (ids.has(id)) {
      throw new InputError({ where: file, found: `the motif '${id}' for a second time` });
    }
    ids.add(id);
  }
  return motifs;
}

/**
 * Writes motifs in MEME minimal format 4, with all digits of their probabilities. The background of
 * the first motif that has one is written for all.
 */
export async function writeMeme(file: string, motifs: readonly Motif[]): Promise<void> {
  for (const { id, name } of motifs) {
    if (!/^\S+$/.test(id) || /[\r\n]/.test(name)) {
      throw new UsageError({
        where: 'writeMeme',
        found: `motif '${id}' named '${name}'`,
        expected: 'an id without spaces and a name without line breaks',
      });
    }
  }
  await writeFileAtomically(file, formatMeme(motifs));
}
