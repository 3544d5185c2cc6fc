import { checkOptionNames } from '../core/check-option-names.ts';
import { writeInPieces } from '../core/file-writer.ts';
import { openSource, type FileSource } from './byte-source.ts';
import {
  checkNpyOptions,
  encodeNpy,
  readNpyFrom,
  type NpyArray,
  type NpyTensor,
  type ReadNpyOptions,
} from './npy.ts';
import { openZip, type OpenZipOptions } from './zip.ts';
import { ZipWriter } from './zip-writer.ts';

export type { NpyArray } from './npy.ts';

/** Options of {@link readNpz}. */
export interface ReadNpzOptions extends ReadNpyOptions, OpenZipOptions {
  /** Names of the arrays to read. Default: all. */
  readonly names?: readonly string[];
}

/**
 * Reads the arrays of an `.npz` file (`numpy.savez` and `savez_compressed`), by name and in the order
 * of the file; see `readNpy` for the types.
 *
 * @throws InputError for what is no such file, or an array that cannot be read; a name that is not
 *   there
 *
 * @example
 * const arrays = await readNpz('scores.npz', { names: ['scores'] });
 * arrays.get('scores')?.shape; // [64, 1500, 4]
 */
export async function readNpz(
  source: FileSource,
  options: ReadNpzOptions = {},
): Promise<Map<string, NpyTensor>> {
  checkOptionNames(options, ['integers', 'names', 'maxExpansion'], 'readNpz');
  const { names, integers, maxExpansion } = options;
  const npy: ReadNpyOptions = { integers };
  checkNpyOptions(npy, 'readNpz');
  const zip = await openZip(source, { maxExpansion });
  try {
    const entries =
      names === undefined
        ? zip.entries.filter(({ name }) => name.endsWith('.npy'))
        : names.map((name) => zip.entry(`${name}.npy`));
    const arrays = new Map<string, NpyTensor>();
    for (const entry of entries) {
      const bytes = openSource(await zip.read(entry));
      const where = `${zip.name}, '${entry.name}'`;
      arrays.set(entry.name.slice(0, -'.npy'.length), await readNpyFrom(bytes, where, npy));
    }
    return arrays;
  } finally {
    await zip.close();
  }
}

/**
 * Writes arrays as an uncompressed `.npz`, which `numpy.load` reads. Complete or absent.
 *
 * @throws UsageError above 4 GiB, which this form of zip cannot hold
 */
export async function writeNpz(
  file: string,
  arrays: Readonly<Record<string, NpyArray>> | ReadonlyMap<string, NpyArray>,
): Promise<void> {
  const list = arrays instanceof Map ? arrays : new Map(Object.entries(arrays));
  await writeInPieces(file, async (writer) => {
    const zip = new ZipWriter(writer, file);
    for (const [name, array] of list as ReadonlyMap<string, NpyArray>) {
      await zip.add(`${name}.npy`, encodeNpy(array, `array '${name}'`));
    }
    await zip.finish();
  });
}
