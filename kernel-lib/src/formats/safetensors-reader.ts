import { InputError, TataboxError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { openSource, sourceName, type ByteSource, type FileSource } from './byte-source.ts';
import { readExactly } from './read-exactly.ts';
import { decodeTensor, type SafetensorsData, type SafetensorsDtype } from './safetensors-dtypes.ts';
import {
  parseSafetensorsHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './safetensors-header.ts';

/** A tensor of a safetensors file. */
export interface SafetensorsTensor {
  /** Type in the file. */
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Row-major values; F16 and BF16 as float32, BOOL as 0 and 1. */
  readonly data: SafetensorsData;
}

interface Shard {
  readonly source: ByteSource;
  readonly header: SafetensorsHeader;
}

interface Place {
  readonly shard: Shard;
  readonly entry: SafetensorsEntry;
}

/** The most that an index may have; that of a model of 10,000 tensors has one. */
const LARGEST_INDEX = 100_000_000;

/**
 * Tensors of a safetensors file, or of all files of a spread model, that are read when they are asked
 * for; see {@link openSafetensors}. Call `close` when done.
 */
export class SafetensorsReader {
  /** Names in the order of the data. */
  readonly names: readonly string[];
  /** Free texts of the header (`__metadata__`), of a spread model those of all files together. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly #name: string;
  readonly #shards: readonly Shard[];
  readonly #places = new Map<string, Place>();

  /** @internal */
  constructor(name: string, shards: readonly Shard[]) {
    this.#name = name;
    this.#shards = shards;
    for (const shard of shards) {
      for (const entry of shard.header.entries) this.#places.set(entry.name, { shard, entry });
    }
    this.names = [...this.#places.keys()];
    this.metadata =
      shards.length === 1 && shards[0] !== undefined
        ? shards[0].header.metadata
        : Object.fromEntries(shards.flatMap(({ header }) => Object.entries(header.metadata)));
  }

  /** Type and shape of a tensor, without reading it. */
  describe(name: string): Pick<SafetensorsTensor, 'dtype' | 'shape'> {
    const { dtype, shape } = this.#place(name).entry;
    return { dtype, shape };
  }

  /**
   * Reads a tensor.
   *
   * @throws InputError for a name that is not there, with the nearest
   */
  async read(name: string): Promise<SafetensorsTensor> {
    const { shard, entry } = this.#place(name);
    const { dtype, shape, begin, end } = entry;
    const position = shard.header.dataStart + begin;
    const bytes = await readExactly(shard.source, position, end - begin, `the data of '${name}'`);
    return { dtype, shape, data: decodeTensor(dtype, bytes) };
  }

  /** All tensors, one after the other: only one is in memory. */
  async *stream(): AsyncGenerator<[name: string, tensor: SafetensorsTensor], void, undefined> {
    for (const name of this.names) yield [name, await this.read(name)];
  }

  /** Frees what is held. */
  async close(): Promise<void> {
    for (const { source } of this.#shards) await source.close();
  }

  #place(name: string): Place {
    const place = this.#places.get(name);
    if (place !== undefined) return place;
    throw new InputError({
      where: this.#name,
      found: `no tensor '${name}'`,
      fix: suggestion(name, this.names.slice(0, 1000)),
    });
  }
}

/**
 * Opens a safetensors file, or a model that is spread over several by its
 * `model.safetensors.index.json` (as Hugging Face transformers writes it), for reading tensor by
 * tensor. Headers are read and checked at once.
 *
 * @throws InputError where a header, the index or the places of the tensors are not as the format
 *   wants them
 *
 * @example
 * const model = await openSafetensors('model.safetensors.index.json');
 * for await (const [name, tensor] of model.stream()) console.log(name, tensor.shape);
 * await model.close();
 */
export async function openSafetensors(source: FileSource): Promise<SafetensorsReader> {
  const name = sourceName(source);
  const isIndex =
    typeof source === 'string' || source instanceof URL ? name.endsWith('.json') : false;
  const opened: ByteSource[] = [];
  try {
    if (!isIndex) return new SafetensorsReader(name, [await openShard(source, opened)]);
    const weightMap = await readIndex(source);
    const shards: Shard[] = [];
    for (const file of new Set(weightMap.values())) {
      const shard = await openShard(besides(source as string | URL, file), opened);
      checkShard(name, file, shard, weightMap);
      shards.push(shard);
    }
    return new SafetensorsReader(name, shards);
  } catch (error) {
    for (const each of opened) await each.close();
    throw error;
  }
}

async function openShard(source: FileSource, opened: ByteSource[]): Promise<Shard> {
  const bytes = openSource(source);
  opened.push(bytes);
  const size = await bytes.size();
  const read = (position: number, length: number) =>
    readExactly(bytes, position, length, 'the header');
  return { source: bytes, header: await parseSafetensorsHeader(bytes.name, size, read) };
}

/** The address or path of a file in the folder of the index. */
function besides(index: string | URL, file: string): string | URL {
  if (index instanceof URL || /^[a-z]+:\/\//i.test(index)) {
    const address = new URL(index);
    const { search } = address;
    address.pathname = address.pathname.replace(/[^/]*$/, encodeURIComponent(file));
    address.search = search;
    return address;
  }
  return index.replace(/[^/\\]*$/, () => file);
}

/** File by tensor, of an index. */
async function readIndex(source: FileSource): Promise<Map<string, string>> {
  const bytes = openSource(source);
  const fail = (found: string, cause?: unknown): never => {
    throw new InputError(
      {
        where: bytes.name,
        found,
        expected: 'an index of safetensors files: a weight_map from tensor to file name',
      },
      { cause },
    );
  };
  try {
    const size = await bytes.size();
    if (size > LARGEST_INDEX) fail(`${String(size)} bytes`);
    const text = new TextDecoder().decode(await readExactly(bytes, 0, size, 'the index'));
    const index = JSON.parse(text) as { weight_map?: unknown } | null;
    const weightMap = index?.weight_map;
    if (typeof weightMap !== 'object' || weightMap === null) return fail('no weight_map');
    const files = new Map(Object.entries(weightMap as Record<string, unknown>));
    for (const [name, file] of files) {
      // A file elsewhere could be any file of the machine.
      if (typeof file !== 'string' || !/^[^/\\\0]+\.safetensors$/.test(file)) {
        fail(`the file ${JSON.stringify(file)} for the tensor '${name}', which is no plain name`);
      }
    }
    return files as Map<string, string>;
  } catch (error) {
    if (error instanceof TataboxError) throw error;
    return fail('no JSON', error);
  } finally {
    await bytes.close();
  }
}

/** Each tensor must lie in the file that the index names, and in no other. */
function checkShard(
  index: string,
  file: string,
  { header }: Shard,
  weightMap: ReadonlyMap<string, string>,
): void {
  const present = new Set(header.entries.map(({ name }) => name));
  for (const name of present) {
    if (weightMap.get(name) === file) continue;
    throw new InputError({
      where: index,
      found: `${weightMap.get(name) ?? 'no file'} for the tensor '${name}', which lies in ${file}`,
      expected: 'an index and files that were written together',
      fix: 'Download or write the model again.',
    });
  }
  for (const [name, place] of weightMap) {
    if (place !== file || present.has(name)) continue;
    throw new InputError({
      where: index,
      found: `no tensor '${name}' in ${file}`,
      expected: 'an index and files that were written together',
      fix: 'Download or write the model again.',
    });
  }
}
