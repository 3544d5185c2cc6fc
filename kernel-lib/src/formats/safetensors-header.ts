import { InputError } from '../core/errors.ts';
import { isSafetensorsDtype, itemSizes, type SafetensorsDtype } from './safetensors-dtypes.ts';

/** Where a tensor lies: bytes `[begin, end)` of the data part. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The header of a safetensors file; the entries in the order of their data. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Byte of the file where the data part begins. */
  readonly dataStart: number;
}

/** The limit of the reference (safetensors/src/tensor.rs, MAX_HEADER_SIZE). */
const LARGEST_HEADER = 100_000_000;

/**
 * Reads and checks the header: its length, each entry, and that the tensors fill the data part
 * without gap or overlap.
 *
 * @param where the file, for messages
 * @param size length of the file in bytes
 */
export async function parseSafetensorsHeader(
  where: string,
  size: number,
  read: (position: number, length: number) => Promise<Uint8Array>,
): Promise<SafetensorsHeader> {
  const fail = (found: string, expected?: string, cause?: unknown): never => {
    const fix = 'Download or write the file again.';
    throw new InputError({ where, found, expected, fix }, { cause });
  };
  if (size < 8) fail(`${String(size)} bytes`, 'a safetensors file, which begins with 8 bytes');
  const start = await read(0, 8);
  const headerLength = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (headerLength > LARGEST_HEADER || Number(headerLength) > size - 8) {
    fail(
      `a header of ${String(headerLength)} bytes in a file of ${String(size)}`,
      `a safetensors file, whose header has at most ${String(LARGEST_HEADER)} bytes and fits in it`,
    );
  }
  const dataStart = 8 + Number(headerLength);
  let header: unknown;
  try {
    const bytes = await read(8, Number(headerLength));
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    fail('a header that is no JSON', 'a safetensors file', error);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    fail('a header that is no JSON object', 'a safetensors file');
  }
  const { __metadata__: metadata = {}, ...tensors } = header as Record<string, unknown>;
  const texts = typeof metadata === 'object' && metadata !== null ? Object.values(metadata) : [0];
  if (!texts.every((text) => typeof text === 'string')) {
    fail('__metadata__ with values that are no texts', 'texts');
  }
  const entries = Object.entries(tensors).map(([name, entry]) => parseEntry(where, name, entry));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let offset = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== offset) {
      const problem = begin < offset ? 'overlaps the tensor before it' : 'follows a gap';
      fail(`the tensor '${name}' ${problem} (its data begin at ${String(begin)})`, String(offset));
    }
    offset = end;
  }
  if (dataStart + offset !== size) {
    fail(
      `${String(size - dataStart)} bytes of data`,
      `${String(offset)} as the header says${dataStart + offset > size ? ' (the file was cut off)' : ''}`,
    );
  }
  return { entries, metadata: metadata as Record<string, string>, dataStart };
}

function parseEntry(where: string, name: string, entry: unknown): SafetensorsEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const isCount = (value: unknown): value is number =>
    Number.isSafeInteger(value) && (value as number) >= 0;
  const valid =
    Array.isArray(shape) &&
    shape.every(isCount) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isCount);
  if (!valid || typeof dtype !== 'string') {
    throw new InputError({
      where: `${where}, tensor '${name}'`,
      found: JSON.stringify(entry),
      expected: 'dtype, shape and data_offsets (two whole numbers)',
    });
  }
  if (!isSafetensorsDtype(dtype)) {
    throw new InputError({
      where: `${where}, tensor '${name}'`,
      found: `dtype ${dtype}`,
      expected: `one of ${Object.keys(itemSizes).join(', ')}`,
      fix: 'Save the model in one of these types.',
    });
  }
  const [begin = 0, end = 0] = offsets as number[];
  const bytes = (shape as number[]).reduce((product, length) => product * length, itemSizes[dtype]);
  if (end - begin !== bytes) {
    throw new InputError({
      where: `${where}, tensor '${name}'`,
      found: `${String(end - begin)} bytes of data`,
      expected: `${String(bytes)} for ${dtype} of shape [${shape.join(', ')}]`,
    });
  }
  return { name, dtype, shape: shape as number[], begin, end };
}
