import { InputError } from '../core/errors.ts';
import type { FileSource } from './byte-source.ts';
import { openHdf5, type Hdf5File } from './hdf5.ts';
import { isKeras3, readKeras3Layers } from './keras3-layers.ts';
import { readKerasArchive } from './keras-archive.ts';
import { readKerasWeight } from './keras-weight.ts';
import type { KerasLayer, KerasWeight, KerasWeights } from './keras-weights.ts';
import { withLocalFile } from './local-file.ts';
import { readRange } from './read-bytes.ts';

export type { KerasLayer, KerasWeight, KerasWeights } from './keras-weights.ts';

/**
 * Reads the weights of a Keras model: a `.keras` archive or `.weights.h5` file of Keras 3, or the HDF5
 * of Keras 1 and 2, with `model.save` (a whole model) or `model.save_weights`.
 *
 * @throws InputError for a file that is none of these
 *
 * @example
 * const { layers } = await readKerasWeights('human_trainepoch.11-0.426.h5');
 */
export async function readKerasWeights(source: FileSource): Promise<KerasWeights> {
  const start = Buffer.from(await readRange(source, 0, 4)).toString('latin1');
  if (start.startsWith('PK')) return readKerasArchive(source);
  return withLocalFile(source, readKerasHdf5);
}

/** Reads Keras weights of any version from an HDF5 file on this machine. */
async function readKerasHdf5(file: string): Promise<KerasWeights> {
  const hdf5 = await openHdf5(file);
  try {
    const root = hdf5.has('model_weights') ? 'model_weights' : '/';
    const layerNames = namesAttribute(hdf5, root, 'layer_names');
    if (layerNames === undefined) {
      if (!isKeras3(hdf5)) throw notKeras(hdf5);
      const layers = readKeras3Layers(hdf5, undefined);
      return { kerasVersion: undefined, backend: undefined, modelConfig: undefined, layers };
    }
    return {
      kerasVersion: textAttribute(hdf5, root, 'keras_version'),
      backend: textAttribute(hdf5, root, 'backend'),
      modelConfig: modelConfig(hdf5),
      layers: layerNames.map((name) => readLayer(hdf5, root, name)),
    };
  } finally {
    hdf5.close();
  }
}

function readLayer(hdf5: Hdf5File, root: string, name: string): KerasLayer {
  const group = root === '/' ? name : `${root}/${name}`;
  const weightNames = hdf5.has(group) ? namesAttribute(hdf5, group, 'weight_names') : [];
  const weights = (weightNames ?? []).map((weightName): KerasWeight => {
    return readKerasWeight(hdf5, `${group}/${weightName}`, weightName);
  });
  return { name, weights };
}

/**
 * A list of names; Keras spreads one that is too long for an attribute (64 kB) over `name0`,
 * `name1` and so on.
 */
function namesAttribute(hdf5: Hdf5File, group: string, name: string): string[] | undefined {
  const whole = hdf5.attribute(group, name);
  // An empty list is stored as an empty array of numbers.
  if (whole !== undefined) return Array.isArray(whole) ? whole : [];
  const names: string[] = [];
  for (let part = 0; ; part++) {
    const value = hdf5.attribute(group, `${name}${String(part)}`);
    if (value === undefined) return part === 0 ? undefined : names;
    if (Array.isArray(value)) names.push(...value);
  }
}

function textAttribute(hdf5: Hdf5File, group: string, name: string): string | undefined {
  const value = hdf5.attribute(group, name) ?? hdf5.attribute('/', name);
  return typeof value === 'string' ? value : undefined;
}

function modelConfig(hdf5: Hdf5File): unknown {
  const text = hdf5.attribute('/', 'model_config');
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      { where: `${hdf5.file}, attribute model_config`, found: 'no JSON' },
      { cause: error },
    );
  }
}

function notKeras(hdf5: Hdf5File): InputError {
  return new InputError({
    where: hdf5.file,
    found: `no attribute layer_names (the file has: ${hdf5.keys().slice(0, 8).join(', ')})`,
    expected: 'an HDF5 file that Keras wrote',
  });
}
