import { InputError } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { parseNpyType, type NpyType } from './npy-dtypes.ts';

/** What the head of an `.npy` file says. */
export interface NpyHeader {
  readonly type: NpyType;
  /** Whether the values are column-major. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Byte where the values begin. */
  readonly dataStart: number;
}

const MAGIC = '\x93NUMPY';
/** A head describes one array; structured types, which may be long, are refused anyway. */
const LARGEST_HEADER = 1 << 16;
/** NumPy's own limit. */
const LARGEST_RANK = 64;

/** Reads the head of an `.npy` file (numpy.lib.format, versions 1.0 to 3.0). */
export async function parseNpyHeader(
  source: ByteSource,
  where: string,
  size: number,
): Promise<NpyHeader> {
  const fail = (found: string, fix?: string): never => {
    throw new InputError({ where, found, expected: 'a NumPy array (.npy)', fix });
  };
  const start = Buffer.from(await source.read(0, 12));
  if (start.toString('latin1', 0, 6) !== MAGIC || start.length < 10) {
    const isZip = start.toString('latin1', 0, 2) === 'PK';
    fail(
      size === 0 ? 'an empty file' : 'no NumPy signature',
      isZip ? 'It is an .npz: read it with readNpz.' : undefined,
    );
  }
  const version = start[6] ?? 0;
  if (version < 1 || version > 3) fail(`version ${String(version)}.${String(start[7])}`);
  const textStart = version === 1 ? 10 : 12;
  if (start.length < textStart) fail('a head that was cut off');
  const length = version === 1 ? start.readUInt16LE(8) : start.readUInt32LE(8);
  if (length > LARGEST_HEADER || textStart + length > size) {
    fail(`a head of ${String(length)} bytes in a file of ${String(size)}`);
  }
  const bytes = Buffer.from(await source.read(textStart, length));
  const fields = parseFields(bytes.toString(version === 3 ? 'utf8' : 'latin1'));
  const { descr, fortran_order: fortranOrder, shape } = fields ?? {};
  if (typeof descr !== 'string' && descr !== undefined) {
    fail('a structured array', 'Save each of its fields as an array.');
  }
  if (typeof descr !== 'string' || typeof fortranOrder !== 'boolean' || !Array.isArray(shape)) {
    return fail('a head without descr, fortran_order and shape');
  }
  const type = parseNpyType(descr, where);
  if (shape.length > LARGEST_RANK) fail(`${String(shape.length)} dimensions`);
  if (type.itemSize === 0 && !shape.includes(0)) fail('texts without characters');
  return {
    type,
    fortranOrder,
    shape,
    dataStart: textStart + length,
  };
}

interface Fields {
  descr?: string | { structured: true };
  fortran_order?: boolean;
  shape?: number[];
}

/** The Python literal of a head: a dict with three keys in any order. */
function parseFields(text: string): Fields | undefined {
  const literal = /^\{(.*)\}\s*$/s.exec(text)?.[1];
  if (literal === undefined) return undefined;
  const fields: Fields = {};
  // Each step takes one `key: value,`; what it does not know ends the work.
  const item =
    /\s*(?:'(\w+)'|"(\w+)")\s*:\s*(?:'([^']*)'|"([^"]*)"|(True|False)|\(([\d\sL,]*)\)|(\[))/y;
  while (item.lastIndex < literal.length) {
    const match = item.exec(literal);
    if (match === null) return undefined;
    const key = match[1] ?? match[2];
    if (key === 'descr') {
      if (match[7] !== undefined) return { descr: { structured: true } };
      const descriptor = match[3] ?? match[4];
      if (descriptor === undefined) return undefined;
      fields.descr = descriptor;
    } else if (key === 'fortran_order' && match[5] !== undefined) {
      fields.fortran_order = match[5] === 'True';
    } else if (key === 'shape' && match[6] !== undefined) {
      const shape = parseTuple(match[6]);
      if (shape === undefined) return undefined;
      fields.shape = shape;
    } else {
      return undefined;
    }
    const comma = /\s*(?:,\s*|$)/y;
    comma.lastIndex = item.lastIndex;
    if (!comma.test(literal)) return undefined;
    item.lastIndex = comma.lastIndex;
  }
  return fields;
}

/** The numbers of a tuple; `L` marks a long integer of Python 2. */
function parseTuple(text: string): number[] | undefined {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  if (!parts.every((part) => /^\d{1,16}L?$/.test(part))) return undefined;
  // `(5)` is a number in Python, `(5,)` a tuple.
  if (parts.length === 1 && !text.includes(',')) return undefined;
  const shape = parts.map((part) => Number(part.replace('L', '')));
  return shape.every((length) => Number.isSafeInteger(length)) ? shape : undefined;
}

/** The head of an `.npy` file, version 1.0, padded to a multiple of 64 bytes as NumPy does. */
export function npyHeader(descriptor: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${String(shape[0])},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = Buffer.alloc(padded, ' ');
  header.write(`${MAGIC}\x01\x00`, 0, 'latin1');
  header.writeUInt16LE(padded - 10, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', padded - 1, 'latin1');
  return header;
}
