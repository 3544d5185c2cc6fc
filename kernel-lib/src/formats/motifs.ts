import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { isHocomoco, parseHocomoco } from './hocomoco.ts';
import { parseJaspar } from './jaspar.ts';
import { formatMeme, parseMeme } from './meme.ts';
import type { Motif } from './motif.ts';
import { streamLines } from './stream-lines.ts';

export type { Motif } from './motif.ts';

/** The formats of motif files that can be read. */
export type MotifFormat = 'meme' | 'jaspar' | 'hocomoco';

/** Options of {@link readMotifs}. */
export interface ReadMotifsOptions {
  /**
   * Default: what the content says. Only a file whose motifs all have four positions, bare numbers
   * and no HOCOMOCO names could be `jaspar` or `hocomoco`; it is read as `jaspar`.
   */
  readonly format?: MotifFormat;
}

const parsers: Readonly<Record<MotifFormat, (lines: readonly string[], file: string) => Motif[]>> =
  {
    meme: parseMeme,
    jaspar: parseJaspar,
    hocomoco: parseHocomoco,
  };
const formats = Object.keys(parsers) as MotifFormat[];

/**
 * Reads DNA motifs, plain or gzip: MEME format (version 4 or later), JASPAR format (with letters and
 * brackets, or raw rows) or HOCOMOCO's text files (counts, probabilities or weights).
 *
 * @throws InputError naming file and line for what is none of these, and for an id that occurs twice
 *
 * @example
 * const motifs = await readMotifs('JASPAR2024_CORE_fungi.jaspar.gz'); // 178 motifs
 */
export async function readMotifs(
  source: FileSource,
  options: ReadMotifsOptions = {},
): Promise<Motif[]> {
  checkOptionNames(options, ['format'], 'readMotifs');
  if (options.format !== undefined && !formats.includes(options.format)) {
    throw new UsageError({
      where: 'readMotifs, format',
      found: `'${String(options.format)}'`,
      expected: formats.join(', '),
    });
  }
  const file = sourceName(source);
  const lines: string[] = [];
  for await (const batch of streamLines(source)) {
    for (const line of batch.lines) lines.push(line);
  }
  if (lines.every((line) => line.trim() === '')) {
    throw new InputError({ where: file, found: 'an empty file' });
  }
  const motifs = parsers[options.format ?? detectFormat(lines, file)](lines, file);
  const ids = new Set<string>();
  for (const { id } of motifs) {
    if (ids.has(id)) {
      throw new InputError({ where: file, found: `the motif '${id}' for a second time` });
    }
    ids.add(id);
  }
  return motifs;
}

function detectFormat(lines: readonly string[], file: string): MotifFormat {
  const first = lines.find((line) => line.trim() !== '')?.trim() ?? '';
  if (first.startsWith('>')) return isHocomoco(lines) ? 'hocomoco' : 'jaspar';
  if (/^MEME version \d/.test(first)) return 'meme';
  throw new InputError({
    where: file,
    found: `'${first.slice(0, 60)}' on the first line`,
    expected: "'MEME version …' (MEME format) or '>' (JASPAR and HOCOMOCO format)",
  });
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
