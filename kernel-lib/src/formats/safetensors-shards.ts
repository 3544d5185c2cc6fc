import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import { UsageError } from '../core/errors.ts';
import { FileWriter } from '../core/file-writer.ts';
import {
  listTensors,
  safetensorsByteLength,
  writeSafetensorsPieces,
  type SafetensorsInput,
  type SafetensorsInputs,
} from './safetensors.ts';

/** Options of {@link writeShardedSafetensors}. */
export interface WriteShardedSafetensorsOptions {
  /** Most bytes of tensors in a file; a larger tensor has a file of its own. Default 5 GB (5e9). */
  readonly maxShardBytes?: number;
  /** Begin of the file names. Default `model`. */
  readonly name?: string;
  /** Free texts for the header of each file. Default `{ format: 'pt' }`, which transformers wants. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What {@link writeShardedSafetensors} wrote. */
export interface ShardedSafetensors {
  /** Names of the files in the folder, without the index. */
  readonly files: readonly string[];
  /** Name of the index; undefined where one file holds all. */
  readonly index: string | undefined;
  /** Bytes of all tensors. */
  readonly totalBytes: number;
}

const DEFAULT_SHARD = 5e9;

/**
 * Writes tensors into a folder as Hugging Face's huggingface_hub spreads a model: files
 * `model-00001-of-00003.safetensors` in the order given, each of at most `maxShardBytes`, and
 * `model.safetensors.index.json`; a model that fits one file is `model.safetensors` alone. All files
 * are written before the first gets its name, the index last; files of an earlier model of that name
 * are then removed.
 *
 * @example
 * await writeShardedSafetensors('model', weights, { maxShardBytes: 2e9 });
 */
export async function writeShardedSafetensors(
  folder: string,
  tensors: SafetensorsInputs,
  options: WriteShardedSafetensorsOptions = {},
): Promise<ShardedSafetensors> {
  const where = 'writeShardedSafetensors';
  checkOptionNames(options, ['maxShardBytes', 'name', 'metadata'], where);
  const { maxShardBytes = DEFAULT_SHARD, name = 'model', metadata = { format: 'pt' } } = options;
  if (!(maxShardBytes > 0)) {
    throw new UsageError({
      where: `${where}, option maxShardBytes`,
      found: String(maxShardBytes),
      expected: 'a number above 0',
    });
  }
  if (!/^[\w.-]+$/.test(name)) {
    throw new UsageError({
      where: `${where}, option name`,
      found: `'${name}'`,
      expected: 'letters, digits, point, hyphen or underscore',
    });
  }
  const { shards, totalBytes } = spread(tensors, maxShardBytes);
  const files = shards.map((_, index) => shardName(name, index, shards.length));
  const index = shards.length === 1 ? undefined : `${name}.safetensors.index.json`;
  const writers: FileWriter[] = [];
  let committed = 0;
  try {
    for (const [place, shard] of shards.entries()) {
      const writer = await FileWriter.open(path.join(folder, files[place] ?? ''));
      writers.push(writer);
      await writeSafetensorsPieces((bytes) => writer.write(bytes), new Map(shard), metadata);
    }
    if (index !== undefined) {
      const writer = await FileWriter.open(path.join(folder, index));
      writers.push(writer);
      await writer.write(indexText(files, shards, totalBytes));
    }
    for (; committed < writers.length; committed++) await writers[committed]?.commit();
  } catch (error) {
    for (const writer of writers.slice(committed)) await writer.discard();
    throw error;
  }
  await removeOthers(folder, name, new Set([...files, index ?? '']));
  return { files, index, totalBytes };
}

/** Tensors in files, in the order given. */
function spread(
  tensors: SafetensorsInputs,
  limit: number,
): { shards: [string, SafetensorsInput][][]; totalBytes: number } {
  let current: [string, SafetensorsInput][] = [];
  const shards = [current];
  let bytes = 0;
  let totalBytes = 0;
  for (const [name, tensor] of listTensors(tensors)) {
    const length = safetensorsByteLength(tensor);
    if (current.length > 0 && bytes + length > limit) {
      shards.push((current = []));
      bytes = 0;
    }
    current.push([name, tensor]);
    bytes += length;
    totalBytes += length;
  }
  return { shards, totalBytes };
}

function shardName(name: string, index: number, count: number): string {
  if (count === 1) return `${name}.safetensors`;
  const digits = (number: number) => String(number).padStart(5, '0');
  return `${name}-${digits(index + 1)}-of-${digits(count)}.safetensors`;
}

function indexText(
  files: readonly string[],
  shards: readonly (readonly [string, SafetensorsInput][])[],
  totalBytes: number,
): string {
  const pairs = shards.flatMap((shard, place) =>
    shard.map(([tensor]): [string, string] => [tensor, files[place] ?? '']),
  );
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  // fromEntries would put names that look like numbers first, and takes __proto__ for a name, too.
  const lines = pairs.map(([tensor, file]) => `    ${JSON.stringify(tensor)}: "${file}"`);
  return `{\n  "metadata": {\n    "total_size": ${String(totalBytes)}\n  },\n  "weight_map": {\n${lines.join(',\n')}\n  }\n}\n`;
}

/** Files of an earlier model, which a reader could take for parts of this one. */
async function removeOthers(
  folder: string,
  name: string,
  written: ReadonlySet<string>,
): Promise<void> {
  const escaped = name.replaceAll('.', '\\.');
  const pattern = new RegExp(`^${escaped}(-\\d{5}-of-\\d{5})?\\.safetensors(\\.index\\.json)?$`);
  for (const file of await readdir(folder)) {
    if (pattern.test(file) && !written.has(file)) await rm(path.join(folder, file));
  }
}
