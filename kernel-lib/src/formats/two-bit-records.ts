import type { ByteSource } from './byte-source.ts';
import { damagedFile, dataView, readExactly, readPosition } from './damaged-file.ts';
import type { Contig } from './fasta-file.ts';

/** A sequence of a 2bit file and where its record begins. */
export interface TwoBitContig extends Contig {
  readonly offset: number;
}

/** What the record of a sequence says before its bases. */
export interface TwoBitRecord {
  /** Where the packed bases begin. */
  readonly dnaPosition: number;
  /** Stretches of N, ascending. */
  readonly unknownStarts: Float64Array;
  readonly unknownEnds: Float64Array;
}

/** Bytes of the index that are read together. */
const PIECE = 1 << 16;
/** Lengths that are asked for at the same time. */
const TOGETHER = 16;

/**
 * The index of a 2bit file: names, where the records are, and their lengths.
 *
 * @param count sequences that the header claims
 * @param wide whether positions have 64 bits (version 1)
 */
export async function readTwoBitContigs(
  source: ByteSource,
  count: number,
  wide: boolean,
  littleEndian: boolean,
): Promise<TwoBitContig[]> {
  const place = 'index';
  const size = await source.size();
  const least = wide ? 9 : 5;
  if (count * least > size - 16) {
    throw damagedFile(source.name, 'header', `${String(count)} sequences`, 'no more than fit');
  }
  const entries: { name: string; offset: number }[] = [];
  let bytes: Uint8Array = new Uint8Array(0);
  let at = 0;
  let position = 16;
  for (let i = 0; i < count; i++) {
    if (at + 264 > bytes.length && position < size) {
      const kept = bytes.length - at;
      const from = position - kept;
      bytes = await source.read(from, PIECE);
      position = from + bytes.length;
      at = 0;
    }
    const nameLength = bytes[at] ?? 0;
    const offsetAt = at + 1 + nameLength;
    if (offsetAt + least - 1 > bytes.length) {
      throw damagedFile(
        source.name,
        place,
        `the end of the file in entry ${String(i + 1)}`,
        `${String(count)} entries`,
      );
    }
    const name = Buffer.from(bytes.subarray(at + 1, offsetAt)).toString('latin1');
    const view = dataView(bytes);
    const offset = wide
      ? readPosition(view, offsetAt, littleEndian)
      : view.getUint32(offsetAt, littleEndian);
    entries.push({ name, offset });
    at = offsetAt + least - 1;
  }
  const contigs: TwoBitContig[] = [];
  for (let first = 0; first < entries.length; first += TOGETHER) {
    const lengths = entries.slice(first, first + TOGETHER).map(async ({ name, offset }) => {
      const start = await readExactly(source, offset, 4, `record of ${name}`);
      return { name, offset, length: dataView(start).getUint32(0, littleEndian) };
    });
    for (const contig of await Promise.all(lengths)) contigs.push(contig);
  }
  return contigs;
}

/** Reads where the N of a sequence and its bases are; masks are passed over. */
export async function readTwoBitRecord(
  source: ByteSource,
  { name, offset, length }: TwoBitContig,
  littleEndian: boolean,
): Promise<TwoBitRecord> {
  const place = `record of ${name}`;
  const head = await readExactly(source, offset, 8, place);
  const count = dataView(head).getUint32(4, littleEndian);
  const blocks = await readExactly(source, offset + 8, 8 * count + 4, place);
  const view = dataView(blocks);
  const unknownStarts = new Float64Array(count);
  const unknownEnds = new Float64Array(count);
  for (let i = 0, last = 0; i < count; i++) {
    const start = view.getUint32(4 * i, littleEndian);
    const end = start + view.getUint32(4 * (count + i), littleEndian);
    if (start < last || end > length) {
      throw damagedFile(
        source.name,
        place,
        `N from ${String(start)} to ${String(end)}`,
        `ascending stretches inside ${String(length)} bases`,
      );
    }
    unknownStarts[i] = start;
    unknownEnds[i] = end;
    last = end;
  }
  const masks = view.getUint32(8 * count, littleEndian);
  // Counts, starts and sizes of N; count, starts and sizes of masks; a reserved number.
  const dnaPosition = offset + 8 + 8 * count + 4 + 8 * masks + 4;
  const end = dnaPosition + Math.ceil(length / 4);
  if (end > (await source.size())) {
    throw damagedFile(
      source.name,
      place,
      `bases up to byte ${String(end)}`,
      `a file of more than ${String(await source.size())} bytes`,
    );
  }
  return { dnaPosition, unknownStarts, unknownEnds };
}
