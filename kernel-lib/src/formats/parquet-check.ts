import type { FileMetaData, SchemaTree } from 'hyparquet';
import { InputError } from '../core/errors.ts';
import { decompressors } from './parquet-codecs.ts';

/** Values that may be read of a file in any case, and for each of its bytes. */
const ALWAYS_ALLOWED = 2 ** 24;
const VALUES_A_BYTE = 1024;
/** How many times its bytes a page may unpack to. */
const LARGEST_EXPANSION = 20_000;
const PAGE_ALWAYS_ALLOWED = 2 ** 20;
/** Values that a last run may have beyond those of its page. */
const PADDING = 512;

type Slice = (start: number, end: number) => Promise<ArrayBuffer>;

/**
 * Checks the columns of a Parquet file that are to be read (Apache Parquet format: page headers, and
 * the run lengths of levels and dictionary indices) before they are decoded: the library that decodes
 * them believes what is said of lengths.
 *
 * @param rows rows to be read, from the first
 * @throws InputError
 */
export async function checkParquetPages(
  slice: Slice,
  metadata: FileMetaData,
  columns: ReadonlySet<string>,
  rows: number,
  where: string,
): Promise<void> {
  const { parquetHeader } = await import('hyparquet/src/column.js');
  const { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } =
    await import('hyparquet/src/schema.js');
  const { parquetSchema } = await import('hyparquet');
  const { snappyUncompress } = await import('hyparquet');
  const tree: SchemaTree = parquetSchema(metadata);
  let start = 0;
  let bytes = 0;
  let values = 0;
  for (const group of metadata.row_groups) {
    if (start >= rows) break;
    start += count(group.num_rows, where);
    for (const { meta_data: chunk } of group.columns) {
      const name = chunk?.path_in_schema[0];
      if (chunk === undefined || name === undefined || !columns.has(name)) continue;
      const place = `${where}, column '${name}'`;
      const fail = (found: string): never => {
        throw new InputError({
          where: place,
          found,
          expected: 'a Parquet file',
          fix: 'The file is damaged: copy or write it again.',
        });
      };
      const length = count(chunk.total_compressed_size, place);
      bytes += length;
      values += count(chunk.num_values, place);
      if (values > ALWAYS_ALLOWED + VALUES_A_BYTE * bytes) {
        fail(`${String(values)} values in ${String(bytes)} bytes`);
      }
      const offsets = [chunk.dictionary_page_offset, chunk.data_page_offset];
      const first = Math.min(
        ...offsets.filter((offset) => offset !== undefined && offset > 0n).map(Number),
      );
      const data = new Uint8Array(await slice(first, first + length));
      const path = getTreePath(tree, chunk.path_in_schema);
      const levels = {
        repetition: getMaxRepetitionLevel(path),
        definition: getMaxDefinitionLevel(path),
      };
      const reader = { view: new DataView(data.buffer), offset: 0 };
      let seen = 0;
      while (reader.offset < data.length - 1 && seen < count(chunk.num_values, place)) {
        const header = parquetHeader(reader);
        const packedLength = header.compressed_page_size;
        const pageLength = Number(header.uncompressed_page_size);
        if (!(packedLength >= 0 && reader.offset + packedLength <= data.length)) {
          fail(`a page of ${String(packedLength)} bytes`);
        }
        if (!(
          pageLength >= 0 && pageLength <= PAGE_ALWAYS_ALLOWED + LARGEST_EXPANSION * packedLength
        )) {
          fail(`a page of ${String(pageLength)} bytes packed into ${String(packedLength)}`);
        }
        const packed = data.subarray(reader.offset, reader.offset + packedLength);
        reader.offset += packedLength;
        const unpack = (input: Uint8Array, size: number): Uint8Array => {
          if (chunk.codec === 'UNCOMPRESSED') return input;
          const custom = decompressors[chunk.codec];
          if (custom !== undefined) return custom(input, size);
          if (chunk.codec !== 'SNAPPY') throw new Error(`compression codec: ${chunk.codec}`);
          const output = new Uint8Array(size);
          snappyUncompress(input, output);
          return output;
        };
        const page =
          header.data_page_header ?? header.dictionary_page_header ?? header.data_page_header_v2;
        const pageValues = page?.num_values ?? 0;
        const most = count(chunk.num_values, place);
        if (!(pageValues >= 0 && pageValues <= most + ALWAYS_ALLOWED))
          fail(`a page of ${String(pageValues)} values`);
        if (header.dictionary_page_header !== undefined) continue;
        if (!(pageValues <= most - seen)) fail(`more values than ${String(most)}`);
        seen += pageValues;
        if (header.data_page_header !== undefined) {
          const runs = new RunChecker(unpack(packed, pageLength), fail);
          if (levels.repetition > 0) runs.prefixed(bitWidth(levels.repetition), pageValues);
          const present =
            levels.definition > 0
              ? runs.prefixed(bitWidth(levels.definition), pageValues)
              : pageValues;
          runs.values(header.data_page_header.encoding, chunk.type, present);
        } else if (header.data_page_header_v2 !== undefined) {
          const v2 = header.data_page_header_v2;
          const [r, d] = [v2.repetition_levels_byte_length, v2.definition_levels_byte_length];
          if (!(r >= 0 && d >= 0 && r + d <= packed.length && r + d <= pageLength))
            fail('levels beyond their page');
          if (!(v2.num_nulls >= 0 && v2.num_nulls <= pageValues))
            fail(`${String(v2.num_nulls)} nulls`);
          if (levels.repetition > 0)
            new RunChecker(packed.subarray(0, r), fail).runs(
              bitWidth(levels.repetition),
              pageValues,
            );
          if (levels.definition > 0)
            new RunChecker(packed.subarray(r, r + d), fail).runs(
              bitWidth(levels.definition),
              pageValues,
            );
          const body = packed.subarray(r + d);
          const plain = v2.is_compressed === false ? body : unpack(body, pageLength - r - d);
          new RunChecker(plain, fail).values(v2.encoding, chunk.type, pageValues - v2.num_nulls);
        }
      }
    }
  }
}

function count(value: bigint | undefined, where: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InputError({
    where,
    found: `a length of ${String(value)}`,
    expected: 'a Parquet file',
  });
}

function bitWidth(value: number): number {
  return 32 - Math.clz32(value);
}

/** Walks over run lengths (Parquet format, Encodings, RLE). */
class RunChecker {
  readonly #bytes: Uint8Array;
  readonly #fail: (found: string) => never;
  #at = 0;

  constructor(bytes: Uint8Array, fail: (found: string) => never) {
    this.#bytes = bytes;
    this.#fail = fail;
  }

  /** Runs behind their length of 4 bytes. @returns the most values that may follow */
  prefixed(width: number, values: number): number {
    const end = this.#bytes.length - this.#at;
    if (end < 4) return this.#fail('a page that ends too early');
    const length = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at).getUint32(
      0,
      true,
    );
    if (length > end - 4) return this.#fail('levels beyond their page');
    const start = this.#at + 4;
    new RunChecker(this.#bytes.subarray(start, start + length), this.#fail).runs(width, values);
    this.#at = start + length;
    return values;
  }

  values(encoding: string, type: string, values: number): void {
    const isRuns =
      encoding === 'RLE' || encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY';
    if (!isRuns || values === 0) return;
    if (type === 'BOOLEAN') {
      // Their length may come before them: both ways of reading end where the bytes end.
      return;
    }
    const width = this.#bytes[this.#at++] ?? 0;
    if (width > 32) this.#fail(`indices of ${String(width)} bits`);
    if (width > 0) this.runs(width, values, true);
  }

  /** @param atMost whether fewer values may come: how many are missing is not known here */
  runs(width: number, values: number, atMost = false): void {
    const bytesAValue = (width + 7) >> 3;
    for (let seen = 0; seen < values;) {
      if (this.#at >= this.#bytes.length) {
        if (atMost) return;
        this.#fail('runs that end too early');
      }
      const header = this.#varint();
      const run = (header & 1) === 1 ? (header >>> 1) * 8 : header >>> 1;
      if (run === 0 && !(atMost && this.#at >= this.#bytes.length)) {
        // Some writers end with an empty run; one in the middle would never end.
        if (this.#at >= this.#bytes.length) return;
      }
      if (run > values - seen + PADDING) this.#fail(`a run of ${String(run)} values`);
      seen += run;
      this.#at += (header & 1) === 1 ? (run / 8) * width : bytesAValue;
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return this.#fail('runs that end too early');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    return this.#fail('a run without length');
  }
}
