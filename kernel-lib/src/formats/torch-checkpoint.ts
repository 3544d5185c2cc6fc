import { checkOptionNames } from '../core/check-option-names.ts';
import { InputError } from '../core/errors.ts';
import { openSource, type ByteSource, type FileSource } from './byte-source.ts';
import { readPickle, PickleObject, PickleTuple, type PickleValue } from './pickle.ts';
import { readExactly } from './read-exactly.ts';
import { TorchRules } from './torch-rules.ts';
import {
  storageTypes,
  tensorValues,
  type Storage,
  type TensorDescription,
  type TorchDtype,
  type TorchData,
} from './torch-storage.ts';
import { openZip, type ZipArchive } from './zip.ts';

export type { TorchData, TorchDtype } from './torch-storage.ts';

/** A tensor of a PyTorch checkpoint. */
export interface TorchTensor {
  /** Type in the file. */
  readonly dtype: TorchDtype;
  readonly shape: readonly number[];
  /**
   * Row-major values; float16 and bfloat16 as float32, bool as 0 and 1. Tensors that share a storage
   * in the file (tied weights) share memory here, too.
   */
  readonly data: TorchData;
}

/** What a PyTorch checkpoint holds. */
export interface TorchCheckpoint {
  /** Tensors by name; nested dicts and lists are flattened: `state_dict.layers.0.weight`. */
  readonly tensors: Map<string, TorchTensor>;
  /**
   * Numbers, texts and flags beside them, named alike, for example `epoch`. Lists of more than 1,000
   * of them are left out.
   */
  readonly values: Map<string, string | number | bigint | boolean | null>;
}

/** Options of {@link readTorchCheckpoint}. */
export interface ReadTorchCheckpointOptions {
  /** Only tensors whose name this allows are read. Default: all. */
  readonly filter?: (name: string) => boolean;
  /** See `openZip`. Default 200. */
  readonly maxExpansion?: number;
}

/** The three numbers that a checkpoint of PyTorch before 1.6 begins with. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
const FIRST_PICKLES = 2 ** 24;
const LARGEST_PICKLES = 2 ** 30;
const DEEPEST = 100;
const LONGEST_NAME = 10_000;
/** Plain values of longer lists (indices of examples, say) are not given. */
const LONGEST_LIST = 1000;

/**
 * Reads the tensors of a PyTorch checkpoint (`torch.save`): the zip form of PyTorch 1.6 and later, and
 * the form before (torch/serialization.py). Nothing of it is run: its pickle may hold tensors,
 * numbers, texts, lists and dicts; any other class or function is refused by name.
 *
 * @throws InputError for another file, a damaged one, a class or function that is not allowed, sparse
 *   or quantised tensors, TorchScript archives
 *
 * @example
 * const { tensors } = await readTorchCheckpoint('pytorch_model.bin');
 * tensors.get('roberta.embeddings.word_embeddings.weight')?.shape; // [5000, 768]
 */
export async function readTorchCheckpoint(
  source: FileSource,
  options: ReadTorchCheckpointOptions = {},
): Promise<TorchCheckpoint> {
  checkOptionNames(options, ['filter', 'maxExpansion'], 'readTorchCheckpoint');
  const { filter = () => true, maxExpansion } = options;
  const bytes = openSource(source);
  try {
    const start = Buffer.from(await bytes.read(0, 4)).toString('latin1');
    if (start === 'PK\x03\x04' || start === 'PK\x05\x06') {
      const zip = await openZip(source, { maxExpansion });
      try {
        return await readZipForm(zip, filter);
      } finally {
        await zip.close();
      }
    }
    return await readLegacyForm(bytes, filter);
  } finally {
    await bytes.close();
  }
}

async function readZipForm(
  zip: ZipArchive,
  filter: (name: string) => boolean,
): Promise<TorchCheckpoint> {
  const pickle = zip.entries.find(({ name }) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const folder = pickle?.name.slice(0, -'data.pkl'.length) ?? '';
  if (pickle === undefined) throw notTorch(zip.name, 'a zip archive without data.pkl');
  if (zip.find(`${folder}constants.pkl`) !== undefined) {
    throw new InputError({
      where: zip.name,
      found: 'a TorchScript archive, which holds code',
      expected: 'a checkpoint of torch.save',
      fix: 'In Python: torch.save(torch.jit.load(file).state_dict(), new_file).',
    });
  }
  const order = zip.find(`${folder}byteorder`);
  const bigEndian = order !== undefined && (await zip.readText(order)).trim() === 'big';
  const rules = new TorchRules();
  const { value } = readPickle(await zip.read(pickle), rules, `${zip.name}, '${pickle.name}'`);
  const { tensors, values } = flatten(value, zip.name, filter);
  const storages = new Map<string, Storage>();
  for (const { storage } of tensors.values()) {
    if (storages.has(storage.key)) continue;
    const bytes = await zip.read(zip.entry(`${folder}data/${storage.key}`));
    storages.set(storage.key, { bytes, bigEndian });
  }
  return { tensors: materialise(tensors, storages, zip.name), values };
}

async function readLegacyForm(
  source: ByteSource,
  filter: (name: string) => boolean,
): Promise<TorchCheckpoint> {
  const where = source.name;
  const size = await source.size();
  const head = Buffer.from(await source.read(0, 64));
  // The magic number as the first pickle: protocol 2, LONG1 of 10 bytes.
  const magic = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
  if (!head.subarray(0, magic.length).equals(magic)) {
    throw notTorch(where, size === 0 ? 'an empty file' : 'another kind of file');
  }
  // The tensors' data lie behind the pickles, which are seldom long.
  const small = await readLegacyPickles(source, Math.min(size, FIRST_PICKLES)).catch(
    (error: unknown) => {
      if (error instanceof InputError && size > FIRST_PICKLES) return undefined;
      throw error;
    },
  );
  const { rules, value, keys, end, bigEndian } =
    small ?? (await readLegacyPickles(source, Math.min(size, LARGEST_PICKLES)));
  const { tensors, values } = flatten(value, where, filter);
  const storages = await readLegacyStorages(source, end, keys, rules, bigEndian);
  return { tensors: materialise(tensors, storages, where), values };
}

async function readLegacyPickles(source: ByteSource, length: number) {
  const where = source.name;
  const rules = new TorchRules();
  const bytes = await readExactly(source, 0, length, 'the pickles');
  let end = 0;
  const next = () => {
    const result = readPickle(bytes, rules, where, end);
    end = result.end;
    return result.value;
  };
  const magic = next();
  const protocol = next();
  const system = next();
  if (magic !== LEGACY_MAGIC || protocol !== LEGACY_PROTOCOL) {
    throw notTorch(where, `protocol ${String(protocol)}`);
  }
  const bigEndian = system instanceof Map && system.get('little_endian') === false;
  const value = next();
  const keys = next();
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw notTorch(where, 'no list of storages');
  }
  return { rules, value, keys, end, bigEndian };
}

/** Each storage is the number of its values (8 bytes) and their bytes. */
async function readLegacyStorages(
  source: ByteSource,
  start: number,
  keys: readonly string[],
  rules: TorchRules,
  bigEndian: boolean,
): Promise<Map<string, Storage>> {
  const storages = new Map<string, Storage>();
  let at = start;
  for (const key of keys) {
    const what = `the storage '${key}'`;
    const described = rules.storages.get(key);
    if (described === undefined || storages.has(key)) {
      throw notTorch(source.name, `${what} ${described === undefined ? 'of no tensor' : 'twice'}`);
    }
    const count = new DataView((await readExactly(source, at, 8, what)).buffer);
    const length =
      Number(count.getBigUint64(0, !bigEndian)) * storageTypes[described.dtype].itemSize;
    const bytes = await readExactly(source, at + 8, length, what);
    storages.set(key, { bytes, bigEndian });
    at += 8 + length;
  }
  return storages;
}

function notTorch(where: string, found: string): InputError {
  return new InputError({
    where,
    found,
    expected: 'a checkpoint of torch.save',
    fix: 'Save it again with a current PyTorch: torch.save(model.state_dict(), file).',
  });
}

interface Flat {
  readonly tensors: Map<string, TensorDescription>;
  readonly values: TorchCheckpoint['values'];
}

/** Names of all tensors and plain values, in the order of the file. */
function flatten(root: PickleValue, where: string, filter: (name: string) => boolean): Flat {
  const flat: Flat = { tensors: new Map(), values: new Map() };
  // A few bytes can nest the same list many times over, and a list in itself.
  const seen = new Set<object>();
  let items = 0;
  let repeated = 0;
  const fail = (found: string): never => {
    throw new InputError({ where, found, expected: 'a state dict' });
  };
  const visit = (value: PickleValue, name: string, depth: number): void => {
    if (depth > DEEPEST) fail(`dicts more than ${String(DEEPEST)} deep`);
    if (name.length > LONGEST_NAME) fail(`a name of ${String(name.length)} characters`);
    if (value instanceof PickleObject) {
      if (!isTensor(value.value)) return;
      if (flat.tensors.has(name)) fail(`two tensors of the name '${name}'`);
      if (filter(name)) flat.tensors.set(name, value.value);
      return;
    }
    if (isPlain(value)) {
      flat.values.set(name, value);
      return;
    }
    const children = childrenOf(value);
    if (seen.has(value)) repeated += children.length;
    else items += children.length;
    seen.add(value);
    if (repeated > 4 * items + 1000) fail('the same lists or dicts very many times');
    for (const [key, child] of children) {
      visit(child, name === '' ? key : `${name}.${key}`, depth + 1);
    }
  };
  visit(root, '', 0);
  return flat;
}

/** Names and values in a dict or list; none of long lists of numbers or texts. */
function childrenOf(value: PickleValue): [string, PickleValue][] {
  if (value instanceof Map) return [...value].map(([key, child]) => [keyText(key), child]);
  const list = value instanceof PickleTuple ? value.items : Array.isArray(value) ? value : [];
  if (list.length > LONGEST_LIST && list.every(isPlain)) return [];
  return list.map((child, index) => [String(index), child]);
}

function isTensor(value: unknown): value is TensorDescription {
  return typeof value === 'object' && value !== null && 'strides' in value;
}

function isPlain(value: PickleValue): value is string | number | bigint | boolean | null {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function keyText(key: PickleValue): string {
  return isPlain(key) ? String(key) : 'key';
}

/** The values of each tensor: a view of its storage where they lie one behind the other. */
function materialise(
  tensors: ReadonlyMap<string, TensorDescription>,
  storages: ReadonlyMap<string, Storage>,
  where: string,
): Map<string, TorchTensor> {
  const result = new Map<string, TorchTensor>();
  const budget = { left: 1 << 26 };
  for (const { bytes } of storages.values()) budget.left += 4 * bytes.length;
  for (const [name, tensor] of tensors) {
    const storage = storages.get(tensor.storage.key);
    if (storage === undefined) throw notTorch(where, `no data for the tensor '${name}'`);
    const data = tensorValues(tensor, storage, `${where}, tensor '${name}'`, budget);
    result.set(name, { dtype: tensor.dtype, shape: tensor.shape, data });
  }
  return result;
}
