import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset, Entity, File, Group } from 'h5wasm/node';
import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { temporaryName } from '../core/temporary-file.ts';
import { sourceName, type FileSource } from './byte-source.ts';
import { loadHdf5Library } from './hdf5-library.ts';
import { decodeHdf5Data, describeHdf5Type, type Hdf5Data, type Hdf5Dtype } from './hdf5-types.ts';
import { withLocalFile } from './local-file.ts';
import { isGzip, readRange } from './read-bytes.ts';

export type { Hdf5Data, Hdf5Dtype } from './hdf5-types.ts';

/** Values of an HDF5 data set. */
export interface Hdf5Dataset {
  /** Row-major; one value for a scalar. float16 is given as float32, bool as 0 and 1. */
  readonly data: Hdf5Data;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
  /** Type in the file. */
  readonly dtype: Hdf5Dtype;
}

/** Value of an HDF5 attribute. */
export type Hdf5Attribute = string | number | bigint | boolean | Hdf5Data;

/** Options of {@link Hdf5File.read}. */
export interface Hdf5ReadOptions {
  /** One `[start, end)` a dimension; dimensions left out at the end are read whole. */
  readonly slice?: readonly (readonly [start: number, end: number])[];
}

/** The largest piece that can be read at once: the library's memory has 32-bit addresses. */
const LARGEST_READ = 2 ** 31 - 1;
const SIGNATURE = '\x89HDF\r\n\x1a\n';

/**
 * An HDF5 file that was opened for reading with {@link openHdf5}. Names are paths, such as
 * `model_weights/dense_1`. Call `close` when done.
 */
export class Hdf5File {
  /** The file as it was named. */
  readonly file: string;
  #root: File | undefined;

  private constructor(file: string, root: File) {
    this.file = file;
    this.#root = root;
  }

  /** See {@link openHdf5}. */
  static async open(source: FileSource): Promise<Hdf5File> {
    await checkSignature(source);
    const library = await loadHdf5Library();
    const name = sourceName(source);
    // The library keeps a copy open after its name is gone.
    const root = await withLocalFile(source, (file) =>
      Promise.resolve(new library.File(path.resolve(file), 'r')),
    );
    if (root.file_id < 0n) {
      throw new InputError({
        where: name,
        found: 'an HDF5 file that cannot be opened: it is damaged or was cut off',
        fix: 'Copy or download it again.',
      });
    }
    return new Hdf5File(name, root);
  }

  /** Names in a group; default: in the file's root. */
  keys(group = '/'): string[] {
    const entity = this.#find(group);
    if (entity.type !== 'Group') throw this.#wrongKind(group, 'a data set', 'a group');
    return this.#guard(group, () => (entity as Group).keys());
  }

  /** Whether there is a group or data set of that name. */
  has(name: string): boolean {
    return this.#get(name) !== null;
  }

  /** Whether the name is that of a group (else of a data set). */
  isGroup(name: string): boolean {
    return this.#find(name).type === 'Group';
  }

  /** Names of the attributes of a group or data set; default: of the file's root. */
  attributeNames(name = '/'): string[] {
    const entity = this.#find(name);
    return this.#guard(name, () => Object.keys(entity.attrs));
  }

  /**
   * Value of an attribute, or undefined where there is none.
   *
   * @param name group or data set, `/` for the file's root
   */
  attribute(name: string, attribute: string): Hdf5Attribute | undefined {
    const entity = this.#find(name);
    return this.#guard(name, () => {
      const { attrs } = entity;
      const value = Object.hasOwn(attrs, attribute) ? attrs[attribute]?.value : undefined;
      return (value ?? undefined) as Hdf5Attribute | undefined;
    });
  }

  /** Shape and type of a data set, without reading it. */
  describe(name: string): Pick<Hdf5Dataset, 'shape' | 'dtype'> {
    const dataset = this.#dataset(name);
    const metadata = this.#guard(name, () => dataset.metadata);
    return { shape: metadata.shape ?? [], dtype: describeHdf5Type(metadata, this.#where(name)) };
  }

  /**
   * Reads a data set, or a part of it.
   *
   * @throws InputError for an unknown name (with the nearest), a type that is no number, boolean or
   *   text, and more than 2 GiB at once
   *
   * @example
   * file.read('promoter', { slice: [[0, 32]] }); // the first 32 rows
   */
  read(name: string, options: Hdf5ReadOptions = {}): Hdf5Dataset {
    const dataset = this.#dataset(name);
    const metadata = this.#guard(name, () => dataset.metadata);
    const dtype = describeHdf5Type(metadata, this.#where(name));
    const shape = metadata.shape ?? [];
    const ranges =
      options.slice === undefined ? undefined : this.#ranges(name, shape, options.slice);
    const resultShape = ranges?.map(([start, end]) => end - start) ?? shape;
    const count = resultShape.reduce((product, size) => product * size, 1);
    if (count * metadata.size > LARGEST_READ) {
      throw new InputError({
        where: this.#where(name),
        found: `${String(count * metadata.size)} bytes to be read at once`,
        expected: `at most ${String(LARGEST_READ)}`,
        fix: 'Read it in parts with the option slice.',
      });
    }
    const empty = metadata.shape === null || count === 0;
    const data = empty
      ? decodeHdf5Data(dtype, [])
      : this.#guard(name, () => decodeHdf5Data(dtype, readRaw(dataset, dtype, ranges)));
    return { data, shape: metadata.shape === null ? [0] : resultShape, dtype };
  }

  /** Closes the file; later calls throw. */
  close(): void {
    this.#root?.close();
    this.#root = undefined;
  }

  #open(): File {
    if (this.#root !== undefined) return this.#root;
    throw new UsageError({ where: this.file, found: 'the file was closed', fix: 'Open it again.' });
  }

  #get(name: string): Entity | null {
    const root = this.#open();
    return this.#guard(name, () => root.get(name));
  }

  /** Runs a call of the library, whose errors say little, and throws one that says more. */
  #guard<T>(name: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw new InputError(
        {
          where: this.#where(name),
          found: `data that cannot be read (${error instanceof Error ? error.message : String(error)})`,
          fix: 'The file is damaged, or compressed with a filter other than gzip: copy it again, or repack it (h5repack -f GZIP=4).',
        },
        { cause: error },
      );
    }
  }

  #where(name: string): string {
    return `${this.file}, '${name}'`;
  }

  #find(name: string): Group | Dataset {
    const entity = name === '/' ? this.#open() : this.#get(name);
    if (entity !== null && 'attrs' in entity) return entity as Group | Dataset;
    const parts = name.split('/').filter((part) => part !== '');
    const last = parts.pop() ?? '';
    const group = parts.length === 0 ? this.#open() : this.#get(parts.join('/'));
    throw new InputError({
      where: this.file,
      found: `no '${name}'`,
      fix: group !== null && 'keys' in group ? suggestion(last, group.keys()) : undefined,
    });
  }

  #dataset(name: string): Dataset {
    const entity = this.#find(name);
    if (entity.type === 'Dataset') return entity as Dataset;
    throw this.#wrongKind(name, 'a group', 'a data set');
  }

  #wrongKind(name: string, found: string, expected: string): InputError {
    return new InputError({ where: this.#where(name), found, expected });
  }

  #ranges(
    name: string,
    shape: readonly number[],
    slice: readonly (readonly [number, number])[],
  ): [number, number][] {
    const valid = slice.every(
      ([start, end], axis) =>
        Number.isInteger(start) && start >= 0 && start <= end && end <= (shape[axis] ?? -1),
    );
    if (!valid) {
      throw new UsageError({
        where: `${this.#where(name)}, slice`,
        found: JSON.stringify(slice),
        expected: `ranges [start, end) within the shape [${shape.join(', ')}]`,
      });
    }
    return shape.map((size, axis) => [slice[axis]?.[0] ?? 0, slice[axis]?.[1] ?? size]);
  }
}

function readRaw(dataset: Dataset, dtype: Hdf5Dtype, ranges?: [number, number][]): unknown {
  if (dtype === 'float16') {
    // The library knows no float16: it is told that the values are 16-bit integers.
    const asBits = { ...dataset.metadata, type: 0, signed: false };
    Object.defineProperty(dataset, 'metadata', { value: asBits });
  }
  return ranges === undefined ? dataset.value : dataset.slice(ranges);
}

/**
 * Opens an HDF5 file for reading; what is no file on this machine is copied to a temporary one.
 *
 * @throws InputError for a missing file, or one that is no HDF5
 *
 * @example
 * const file = await openHdf5('train.h5');
 * const { data, shape } = file.read('promoter', { slice: [[0, 32]] });
 * file.close();
 */
export function openHdf5(source: FileSource): Promise<Hdf5File> {
  return Hdf5File.open(source);
}

/** A user block may come before the signature: it is then at byte 512, 1024, 2048, … */
async function checkSignature(source: FileSource): Promise<void> {
  const file = sourceName(source);
  const start = await readRange(source, 0, 4096);
  const text = Buffer.from(start).toString('latin1');
  for (const position of [0, 512, 1024, 2048]) {
    if (text.startsWith(SIGNATURE, position)) return;
  }
  throw new InputError({
    where: file,
    found: start.length === 0 ? 'an empty file' : 'no HDF5 signature',
    expected: 'an HDF5 file',
    fix: isGzip(start) ? 'It is gzip data: decompress it first.' : undefined,
  });
}

/** A data set to be written. */
export interface Hdf5Input {
  /** Row-major values. */
  readonly data: Hdf5Data;
  /** Default: one dimension. */
  readonly shape?: readonly number[];
}

/** Options of {@link writeHdf5}. */
export interface WriteHdf5Options {
  /** Attributes of the file's root. */
  readonly attributes?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Strength of gzip compression, 1 … 9. Default 0: none. */
  readonly compression?: number;
}

/**
 * Writes an HDF5 file, complete or not at all. A `/` in a name makes groups.
 *
 * @example
 * await writeHdf5('scores.h5', { 'ism/scores': { data, shape: [genes, 1500, 4] } });
 */
export async function writeHdf5(
  file: string,
  datasets: Readonly<Record<string, Hdf5Input>>,
  options: WriteHdf5Options = {},
): Promise<void> {
  const { attributes = {}, compression = 0 } = options;
  if (!Number.isInteger(compression) || compression < 0 || compression > 9) {
    throw new UsageError({
      where: 'option compression',
      found: String(compression),
      expected: 'a whole number from 0 to 9',
    });
  }
  for (const [name, { data, shape = [data.length] }] of Object.entries(datasets)) {
    if (shape.reduce((product, size) => product * size, 1) !== data.length) {
      throw new UsageError({
        where: `writeHdf5, '${name}'`,
        found: `${String(data.length)} values for the shape [${shape.join(', ')}]`,
      });
    }
  }
  const library = await loadHdf5Library();
  const target = path.resolve(file);
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = temporaryName(target);
  try {
    const root = new library.File(temporary, 'w');
    try {
      for (const [name, input] of Object.entries(datasets)) {
        createDataset(root, name, input, compression);
      }
      for (const [name, value] of Object.entries(attributes)) {
        writeAttribute(root, name, value);
      }
      root.flush();
    } finally {
      root.close();
    }
    const handle = await open(temporary, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function writeAttribute(
  root: File,
  name: string,
  value: string | number | readonly string[],
): void {
  // Left to itself, the library would write every whole number with 32 bits.
  const fits = typeof value !== 'number' || Math.abs(value) < 2 ** 31;
  if (typeof value === 'object') root.create_attribute(name, [...value], null, 'S');
  else if (typeof value === 'string') root.create_attribute(name, value, null, 'S');
  else root.create_attribute(name, value, null, fits && Number.isInteger(value) ? '<i' : '<d');
}

function createDataset(root: File, name: string, input: Hdf5Input, compression: number): void {
  const { data, shape = [data.length] } = input;
  const parts = name.split('/').filter((part) => part !== '');
  const last = parts.pop();
  if (last === undefined) throw new UsageError({ where: 'writeHdf5', found: `the name '${name}'` });
  let group: Group = root;
  for (const part of parts) {
    const existing = group.get(part);
    if (existing !== null && !('create_group' in existing)) {
      throw new UsageError({
        where: `writeHdf5, '${name}'`,
        found: `'${part}' is a data set already`,
      });
    }
    group = existing ?? group.create_group(part);
  }
  // Texts of varying length cannot be compressed.
  const chunked = compression > 0 && shape.length > 0 && data.length > 0 && !Array.isArray(data);
  const rowLength = data.length / Math.max(1, shape[0] ?? 1);
  const rows = Math.min(shape[0] ?? 1, Math.max(1, Math.floor(2 ** 18 / rowLength)));
  group.create_dataset({
    name: last,
    // The library knows typed arrays by the name of their class, which a Node Buffer hides.
    data: Buffer.isBuffer(data) ? new Uint8Array(data) : data,
    shape: [...shape],
    ...(Array.isArray(data) ? { dtype: 'S' } : {}),
    ...(chunked ? { chunks: [rows, ...shape.slice(1)], compression } : {}),
  });
}
