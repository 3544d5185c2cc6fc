import { openSync } from 'node:fs';
import { devNull } from 'node:os';

/** The library's functions that say by a negative number that they failed. */
const STATUS_FUNCTIONS = [
  'get_dataset_data',
  'get_attribute_data',
  'create_group',
  'create_dataset',
  'create_vlen_str_dataset',
  'create_attribute',
  'create_vlen_str_attribute',
  'flush',
] as const;

type StatusFunction = ((...parameters: never[]) => number) & { isChecked?: true };

/** The standard error of the C library, in its file system. */
interface LibraryFiles {
  readonly FS: { getStream(descriptor: number): { nfd: number } | null };
}

let quiet = false;

/** Keeps the library's stack of errors from the terminal: what failed is thrown. */
function silence({ FS }: LibraryFiles): void {
  if (quiet) return;
  quiet = true;
  const stderr = FS.getStream(2);
  if (stderr !== null) stderr.nfd = openSync(devNull, 'w');
}

/**
 * Loads the HDF5 library on first use: the one place that imports it.
 *
 * h5wasm does not look at the status of its C functions: after a failed read (a damaged file, an
 * unknown compression filter) it would return memory that nobody wrote. Here a failure throws. Its
 * own throwing error handler is of no use: it leaves the C library in the middle of a call, and
 * later reads of other files fail.
 */
export async function loadHdf5Library() {
  const library = await import('h5wasm/node');
  const ready: unknown = await library.ready;
  silence(ready as LibraryFiles);
  const module = ready as Record<string, StatusFunction>;
  for (const name of STATUS_FUNCTIONS) {
    const call = module[name];
    if (call === undefined || call.isChecked === true) continue;
    const checked = (...parameters: never[]) => {
      const status = call(...parameters);
      if (status < 0) throw new Error(`HDF5 ${name.replaceAll('_', ' ')} failed`);
      return status;
    };
    module[name] = Object.assign(checked, { isChecked: true as const });
  }
  return library;
}
