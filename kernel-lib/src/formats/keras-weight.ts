import { InputError } from '../core/errors.ts';
import type { Hdf5File } from './hdf5.ts';
import type { KerasWeight } from './keras-weights.ts';

/** Reads a weight as float32. @param path where it lies in the file */
export function readKerasWeight(hdf5: Hdf5File, path: string, name: string): KerasWeight {
  const { data, shape, dtype } = hdf5.read(path);
  if (Array.isArray(data)) {
    throw new InputError({
      where: `${hdf5.file}, '${path}'`,
      found: `a weight of type ${dtype}`,
      expected: 'numbers',
    });
  }
  const values =
    data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>, Number);
  return { name, shape, data: values };
}
