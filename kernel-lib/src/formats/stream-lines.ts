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

/** Bytes of a line at most; strings of V8 end at twice as many. */
const LONGEST_LINE = 1 << 28;

const LINE_FEED = 10;

/** A line may begin with a byte order mark anywhere but in the first one. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The lines of a UTF-8 text file, plain or gzip, in batches so that a long file costs little
 * memory and few turns of the event loop. A byte order mark and carriage returns are dropped.
 *
 * @throws InputError for what is no text: a workbook, UTF-16, other binary data; after the lines
 *   before it have been given
 */
export async function* streamLines(source: FileSource): AsyncGenerator<LineBatch, void, undefined> {
  const file = sourceName(source);
  let nextLine = 1;
  let unfinished: Uint8Array[] = [];
  let bytes = 0;
  function* finish(last: Uint8Array): Generator<LineBatch> {
    const text = unfinished.length === 0 ? last : Buffer.concat([...unfinished, last]);
    unfinished = [];
    bytes = 0;
    for (const batch of linesOf(text, nextLine, file)) {
      yield batch;
      nextLine += batch.lines.length;
    }
  }
  let first = true;
  for await (const chunk of streamBytes(source)) {
    if (first) checkText(file, chunk);
    const start = first && isMarked(chunk) ? 3 : 0;
    first = false;
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > start) yield* finish(chunk.subarray(start, end));
    const rest = chunk.subarray(Math.max(start, end));
    if (rest.length === 0) continue;
    unfinished.push(rest);
    bytes += rest.length;
    if (bytes > LONGEST_LINE) {
      throw new InputError({
        where: `${file}, line ${String(nextLine)}`,
        found: `a line of more than ${String(LONGEST_LINE >> 20)} MB`,
        expected: 'text in lines',
        fix: 'Check that this is the file you meant.',
      });
    }
  }
  if (bytes > 0) yield* finish(new Uint8Array(0));
}

/** Whether bytes begin with the byte order mark of UTF-8. */
function isMarked([a, b, c]: Uint8Array): boolean {
  return a === 0xef && b === 0xbb && c === 0xbf;
}

/** Whole lines; where one is no text, those before it, and then the error. */
function* linesOf(bytes: Uint8Array, firstLine: number, file: string): Generator<LineBatch> {
  let lines: string[];
  try {
    lines = splitLines(decoder.decode(bytes));
  } catch (error) {
    lines = [];
    for (let at = 0; at < bytes.length;) {
      const end = (bytes.indexOf(LINE_FEED, at) + 1 || bytes.length + 1) - 1;
      try {
        lines.push(withoutCarriageReturn(decoder.decode(bytes.subarray(at, end))));
      } catch {
        break;
      }
      at = end + 1;
    }
    if (lines.length > 0) yield { firstLine, lines };
    throw new InputError(
      {
        where: `${file}, line ${String(firstLine + lines.length)}`,
        found: 'bytes that are no UTF-8 text',
        fix: 'Save the file as UTF-8.',
      },
      { cause: error },
    );
  }
  yield { firstLine, lines };
}

function splitLines(text: string): string[] {
  const lines = text.split('\n');
  // What follows the last line end is a line of its own only where it is one.
  if (lines.at(-1) === '') lines.pop();
  return lines.map(withoutCarriageReturn);
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
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
