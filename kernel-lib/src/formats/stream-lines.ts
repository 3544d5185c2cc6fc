import { InputError } from '../core/errors.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { streamBytes } from './read-bytes.ts';

/** Some lines that follow each other. */
export interface LineBatch {
  /** Number of the first of them in the file, from 1. */
  readonly firstLine: number;
  /** The lines without their line ends. */
  readonly lines: readonly string[];
}

/**
 * The lines of a UTF-8 text file, plain or gzip, in batches so that a long file costs little
 * memory and few turns of the event loop. A byte order mark and carriage returns are dropped.
 *
 * @throws InputError for what is no text: a workbook, UTF-16, other binary data
 */
export async function* streamLines(source: FileSource): AsyncGenerator<LineBatch, void, undefined> {
  const file = sourceName(source);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let nextLine = 1;
  let first = true;
  for await (const chunk of streamBytes(source)) {
    if (first) checkText(file, chunk);
    first = false;
    const lines = (rest + decode(decoder, file, nextLine, chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length === 0) continue;
    yield { firstLine: nextLine, lines: lines.map(withoutCarriageReturn) };
    nextLine += lines.length;
  }
  rest += decode(decoder, file, nextLine);
  if (rest !== '') yield { firstLine: nextLine, lines: [withoutCarriageReturn(rest)] };
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function decode(
  decoder: InstanceType<typeof TextDecoder>,
  file: string,
  line: number,
  chunk?: Uint8Array,
): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw new InputError(
      {
        where: `${file}, after line ${String(line)}`,
        found: 'bytes that are no UTF-8 text',
        fix: 'Save the file as UTF-8.',
      },
      { cause: error },
    );
  }
}

/** Names the usual files that are given in place of a text file. */
function checkText(file: string, start: Uint8Array): void {
  const [a, b, c, d] = start;
  const fail = (found: string, fix: string) => {
    throw new InputError({ where: file, found, expected: 'UTF-8 text, plain or gzip', fix });
  };
  if (a === 0x50 && b === 0x4b && c === 3 && d === 4) {
    fail('a zip archive or Excel workbook', 'Unpack it, or save the sheet as TSV or CSV.');
  }
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    fail('UTF-16 text', 'Save the file as UTF-8.');
  }
  if (start.subarray(0, 4096).includes(0)) {
    fail('binary data', 'Check that this is the file you meant.');
  }
}
