import { InputError } from '../core/errors.ts';
import { openHdf5, type Hdf5File } from './hdf5.ts';

/** One weight of a Keras layer. */
export interface KerasWeight {
  /** As in the file, for example `dense_1/kernel:0`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One layer of a Keras file; layers without weights are listed, too. */
export interface KerasLayer {
  readonly name: string;
  readonly weights: readonly KerasWeight[];
}

/** What a Keras 1 or 2 HDF5 file holds. */
export interface KerasWeights {
  readonly kerasVersion: string | undefined;
  readonly backend: string | undefined;
  /** The architecture as Keras describes it; undefined in a file of weights only. */
  readonly modelConfig: unknown;
  /** Layers in the order of the model. */
  readonly layers: readonly KerasLayer[];
}

/**
 * Reads the weights that Keras 1 or 2 wrote as HDF5, with `model.save` (a whole model) or
 * `model.save_weights`.
 *
 * @throws InputError for a file that is no HDF5, or not one of Keras 1 or 2
 *
 * @example
 * const { layers } = await readKerasWeights('human_trainepoch.11-0.426.h5');
 */
export async function readKerasWeights(file: string): Promise<KerasWeights> {
  const hdf5 = await openHdf5(file);
  try {
    const root = hdf5.has('model_weights') ? 'model_weights' : '/';
    const layerNames = namesAttribute(hdf5, root, 'layer_names');
    if (layerNames === undefined) throw notKeras(hdf5);
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
    const { data, shape, dtype } = hdf5.read(`${group}/${weightName}`);
    if (Array.isArray(data)) {
      throw new InputError({
        where: `${hdf5.file}, '${group}/${weightName}'`,
        found: `a weight of type ${dtype}`,
        expected: 'numbers',
      });
    }
    const values =
      data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>, Number);
    return { name: weightName, shape, data: values };
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
  const keys = hdf5.keys();
  const isKeras3 = keys.includes('layers') || keys.includes('_layer_checkpoint_dependencies');
  return new InputError({
    where: hdf5.file,
    found: isKeras3
      ? 'weights in the layout of Keras 3'
      : `no attribute layer_names (the file has: ${keys.slice(0, 8).join(', ')})`,
    expected: 'an HDF5 file that Keras 1 or 2 wrote',
    fix: isKeras3 ? "Save the model there with model.save('model.h5')." : undefined,
  });
}
