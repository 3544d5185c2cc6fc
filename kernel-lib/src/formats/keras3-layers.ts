import { InputError } from '../core/errors.ts';
import type { Hdf5File } from './hdf5.ts';
import { readKerasWeight } from './keras-weight.ts';
import type { KerasLayer, KerasWeight } from './keras-weights.ts';

/** Groups that the layers of a model lie in; the second is that of Keras 3.0. */
const ROOTS = ['layers', '_layer_checkpoint_dependencies'];
const DEEPEST = 50;

/** Names of the variables of a layer by the group that Keras makes of its class, and their count. */
const variableNames: readonly (readonly [group: RegExp, names: readonly string[]])[] = [
  [/^(dense|einsum_dense|conv[123]d(_transpose)?|depthwise_conv[12]d)$/, ['kernel', 'bias']],
  [/^_?(query|key|value|output)_dense$/, ['kernel', 'bias']],
  [/^separable_conv[12]d$/, ['depthwise_kernel', 'pointwise_kernel', 'bias']],
  [/^embedding$/, ['embeddings']],
  [/^cell$/, ['kernel', 'recurrent_kernel', 'bias']],
  [/^p_?re_?lu$/, ['alpha']],
];
/** Layers whose variables are all there or not: other counts leave open which they are. */
const fixedNames: Readonly<Record<string, readonly (readonly string[])[]>> = {
  batch_normalization: [
    ['gamma', 'beta', 'moving_mean', 'moving_variance'],
    ['moving_mean', 'moving_variance'],
  ],
  layer_normalization: [['gamma', 'beta']],
  group_normalization: [['gamma', 'beta']],
};

/** Whether an HDF5 file has the layout of Keras 3. */
export function isKeras3(hdf5: Hdf5File): boolean {
  return rootOf(hdf5) !== undefined;
}

function rootOf(hdf5: Hdf5File): string | undefined {
  return ROOTS.find((root) => hdf5.has(root) && hdf5.isGroup(root));
}

/**
 * The layers of a file of Keras 3 (keras/src/saving/saving_lib.py): a group a layer, named after its
 * class, with its variables in `vars` by number and, from Keras 3.5 or so on, its name as an
 * attribute. Without that attribute the names come from the description of the model.
 *
 * @param modelConfig the description (config.json), which also gives the order
 */
export function readKeras3Layers(hdf5: Hdf5File, modelConfig: unknown): KerasLayer[] {
  const root = rootOf(hdf5);
  if (root === undefined) {
    throw new InputError({
      where: hdf5.file,
      found: `no group 'layers' (the file has: ${hdf5.keys().slice(0, 8).join(', ')})`,
      expected: 'weights of Keras 3',
    });
  }
  const described = describedLayers(modelConfig);
  const layers = hdf5.keys(root).map((key): KerasLayer => {
    const group = `${root}/${key}`;
    const name = nameOf(hdf5, group) ?? described.get(key) ?? key;
    const weights: KerasWeight[] = [];
    collect(hdf5, group, key, name, weights, 0);
    return { name, weights };
  });
  const order = [...described.values()];
  const place = ({ name }: KerasLayer) => {
    const index = order.indexOf(name);
    return index < 0 ? order.length : index;
  };
  return layers.sort((a, b) => place(a) - place(b));
}

/** Weights of a layer and of the layers in it. @param path name of the layer with those around it */
function collect(
  hdf5: Hdf5File,
  group: string,
  key: string,
  path: string,
  weights: KerasWeight[],
  depth: number,
): void {
  if (depth > DEEPEST) {
    throw new InputError({ where: hdf5.file, found: `groups more than ${String(DEEPEST)} deep` });
  }
  for (const child of hdf5.keys(group)) {
    const inner = `${group}/${child}`;
    if (!hdf5.isGroup(inner)) continue;
    if (child === 'vars') {
      const numbers = hdf5.keys(inner).sort((a, b) => Number(a) - Number(b));
      const names = namesOf(key, numbers.length);
      for (const [index, number] of numbers.entries()) {
        const name = `${path}/${names?.[index] ?? number}`;
        weights.push(readKerasWeight(hdf5, `${inner}/${number}`, name));
      }
      continue;
    }
    // `layers` and the like hold layers, and are none.
    const isContainer = !hdf5.has(`${inner}/vars`);
    const name = nameOf(hdf5, inner) ?? child;
    collect(hdf5, inner, child, isContainer ? path : `${path}/${name}`, weights, depth + 1);
  }
}

function nameOf(hdf5: Hdf5File, group: string): string | undefined {
  const name = hdf5.has(`${group}/vars`) ? hdf5.attribute(`${group}/vars`, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** Names of so many variables; undefined where they are not known. */
function namesOf(key: string, count: number): readonly string[] | undefined {
  const base = key.replace(/_\d+$/, '');
  const names = variableNames.find(([group]) => group.test(base))?.[1];
  if (names !== undefined) return count <= names.length ? names : undefined;
  if (!Object.hasOwn(fixedNames, base)) return undefined;
  return fixedNames[base]?.find((list) => list.length === count);
}

/** Names of the layers of a description, by the group that Keras makes for each. */
function describedLayers(modelConfig: unknown): Map<string, string> {
  const config = (modelConfig as { config?: { layers?: unknown } } | null | undefined)?.config;
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  if (!Array.isArray(config?.layers)) return names;
  for (const layer of config.layers as unknown[]) {
    const { class_name: className, config: own } = (layer ?? {}) as {
      class_name?: unknown;
      config?: { name?: unknown } | null;
    };
    if (typeof className !== 'string' || typeof own?.name !== 'string') continue;
    const base = snakeCase(className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    names.set(count === 0 ? base : `${base}_${String(count)}`, own.name);
  }
  return names;
}

/** `Conv1DTranspose` becomes `conv1d_transpose` (keras/src/utils/naming.py). */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
