import type { FastaBytes } from 'tatabox/formats/fasta-bytes.ts';
import type { FastaIndexEntry } from 'tatabox/formats/fasta-index.ts';
import { FastaLayout } from 'tatabox/formats/fasta-layout.ts';
import { ByteList } from 'tatabox/formats/number-list.ts';

/** Headers that are compared with the file at most; of more records, as many spread over them. */
const CHECKED = 2000;
/** Headers that are read at a time. */
const TOGETHER = 16;
/** Bytes between two records at most: a header, and blank lines. */
const LONGEST_HEADER = (1 << 20) + 4096;

/** What an index says of a file, or why it is not about this file. */
export type IndexFit =
  | {
      readonly layout: FastaLayout;
      /** Whether every header was compared; else names are all that is known of the others. */
      readonly isComplete: boolean;
    }
  | { readonly misfit: string };

/**
 * Compares a `.fai` index with its file: each header must lie where the record before ends, and the
 * last record must end with the file.
 *
 * @param size bytes of the (uncompressed) file
 */
export async function fitIndex(
  entries: readonly FastaIndexEntry[],
  bytes: FastaBytes,
  size: number,
): Promise<IndexFit> {
  const count = entries.length;
  if (count === 0) return { misfit: 'it is empty' };
  const column = (): Float64Array => new Float64Array(count);
  const [headerStarts, offsets, ends] = [column(), column(), column()];
  const [lengths, lineLetters, lineBytes] = [column(), column(), column()];
  for (const [i, entry] of entries.entries()) {
    offsets[i] = entry.offset;
    ends[i] = endOf(entry);
    lengths[i] = entry.length;
    lineLetters[i] = entry.lineBases;
    lineBytes[i] = entry.lineBytes;
    headerStarts[i] = i === 0 ? 0 : (ends[i - 1] ?? 0);
    const gap = entry.offset - (headerStarts[i] ?? 0);
    if (gap < 2 || gap > LONGEST_HEADER || (ends[i] ?? 0) > size) {
      return { misfit: `'${entry.name}' cannot lie where it says` };
    }
  }
  const last = ends[count - 1] ?? 0;
  const tail =
    size - last > LONGEST_HEADER ? undefined : await bytes.read(last - 1, size - last + 1);
  const isEnd = tail?.subarray(1).every(isBlank) === true;
  if (!isEnd || (lengths[count - 1] !== 0 && tail.subarray(0, 1).some(isBlank)))
    return { misfit: 'the file is longer than it says' };

  const step = Math.max(1, Math.ceil(count / CHECKED));
  const headers = new Map<number, Uint8Array>();
  const checked: number[] = [];
  for (let i = 0; i < count; i += step) checked.push(i);
  for (let i = 0; i < checked.length; i += TOGETHER) {
    const results = checked.slice(i, i + TOGETHER).map(async (record) => {
      const entry = entries[record];
      const from = headerStarts[record] ?? 0;
      const to = offsets[record] ?? 0;
      // Where the first line has to end is looked at, too.
      const beyond = (entry?.length ?? 0) > (entry?.lineBases ?? 0);
      const before = record === 0 || lengths[record - 1] === 0 ? 0 : 1;
      const first = entry?.length === 0 ? 0 : 1;
      const around = await bytes.read(from - before, to + first - from + before);
      const text = around.subarray(before, around.length - first);
      const isBetween =
        !around.subarray(0, before).some(isBlank) &&
        (before === 0 || isBlank(text[0] ?? 0)) &&
        !around.subarray(around.length - first).some(isBlank);
      const lineEnd = beyond ? await bytes.read(to + (entry?.lineBases ?? 0), 1) : undefined;
      const header = headerIn(text);
      if (!isBetween || header === undefined || (lineEnd !== undefined && !lineEnd.every(isBlank)))
        return record;
      headers.set(record, header);
      const isNamed = Buffer.from(nameIn(header)).toString() === entry?.name;
      return isNamed ? undefined : record;
    });
    const wrong = (await Promise.all(results)).find((record) => record !== undefined);
    if (wrong !== undefined) return { misfit: `'${entries[wrong]?.name ?? ''}' is not there` };
  }

  const headerPlaces = new Float64Array(count + 1);
  const pool = new ByteList();
  for (const [i, { name }] of entries.entries()) {
    headerPlaces[i] = pool.length;
    pool.append(step === 1 ? (headers.get(i) ?? new Uint8Array(0)) : Buffer.from(name));
  }
  headerPlaces[count] = pool.length;
  const layout = new FastaLayout({
    headerStarts,
    offsets,
    ends,
    lengths,
    lineLetters,
    lineBytes,
    headerPlaces,
    headers: pool.values(),
    sparse: new Map(),
  });
  return { layout, isComplete: step === 1 };
}

/** The index of a file in the form that is written. */
export function indexEntries(layout: FastaLayout): FastaIndexEntry[] {
  const { offsets, lengths, lineLetters, lineBytes } = layout.columns;
  return Array.from({ length: layout.count }, (_, record) => ({
    name: layout.name(record),
    length: lengths[record] ?? 0,
    offset: offsets[record] ?? 0,
    lineBases: lineLetters[record] ?? 0,
    lineBytes: lineBytes[record] ?? 0,
  }));
}

/**
 * The header between two records, without `>` and line end; undefined where there is something else.
 *
 * @param text from the end of one record to the first letter of the next
 */
export function headerIn(text: Uint8Array): Uint8Array | undefined {
  let start = text[0] === 0xef ? 3 : 0;
  while (start < text.length && isBlank(text[start] ?? 0)) start++;
  if (text[start] !== 62) return undefined;
  let end = text.indexOf(10, start);
  if (end < 0 || !text.subarray(end).every(isBlank)) return undefined;
  if (text[end - 1] === 13) end--;
  return text.subarray(start + 1, Math.max(start + 1, end));
}

function nameIn(header: Uint8Array): Uint8Array {
  const end = header.findIndex((byte) => byte === 32 || (byte > 8 && byte < 14));
  return end < 0 ? header : header.subarray(0, end);
}

function endOf({ length, offset, lineBases, lineBytes }: FastaIndexEntry): number {
  if (length === 0) return offset;
  const lines = Math.floor((length - 1) / lineBases);
  return offset + lines * lineBytes + (length - lines * lineBases);
}

function isBlank(byte: number): boolean {
  return byte <= 32;
}
