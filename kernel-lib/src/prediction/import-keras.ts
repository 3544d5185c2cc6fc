import { InputError, UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { readKerasWeights, type KerasWeights } from '../formats/keras-hdf5.ts';
import type { WeightsByName } from '../layers/named-weights.ts';
import { xpresso, xpressoConfigSchema, type XpressoConfig } from '../models/xpresso.ts';
import { LIBRARY_VERSION } from './library-version.ts';
import type { ModelFolder } from './model-folder.ts';

interface KerasLayer {
  readonly class_name: string;
  readonly config: Record<string, unknown>;
}

/** The layers of the model_config that Keras 1 and 2 write, in order. */
function kerasLayers(file: string, weights: KerasWeights): KerasLayer[] {
  const config = weights.modelConfig as { config?: unknown } | undefined;
  const content = config?.config as { layers?: unknown } | unknown[] | undefined;
  const layers = Array.isArray(content) ? content : content?.layers;
  if (!Array.isArray(layers)) {
    throw new InputError({
      where: file,
      found: 'no model_config with layers',
      expected: 'a model saved whole by Keras (model.save), not its weights alone',
    });
  }
  return layers as KerasLayer[];
}

function integer(file: string, layer: KerasLayer, key: string): number {
  const value = layer.config[key];
  const number = Array.isArray(value) ? (value as unknown[])[0] : value;
  if (typeof number === 'number' && Number.isInteger(number)) return number;
  throw new InputError({
    where: `${file}, layer ${String(layer.config['name'])}`,
    found: `${key} ${JSON.stringify(value)}`,
    expected: 'a whole number',
  });
}

/** Config of an Xpresso network from its Keras layers, which follow one another in its order. */
function xpressoConfig(file: string, weights: KerasWeights): XpressoConfig {
  const convolutions: { filters: number; width: number; pool: number; dropout: number }[] = [];
  const dense: { units: number; dropout: number }[] = [];
  let length = 0;
  let features = 0;
  for (const layer of kerasLayers(file, weights)) {
    const shape = layer.config['batch_input_shape'];
    const dimensions = Array.isArray(shape) ? (shape as (number | null)[]) : [];
    if (dimensions.length === 3) length = dimensions[1] ?? 0;
    if (dimensions.length === 2) features = dimensions[1] ?? 0;
    const rate = Number(layer.config['rate'] ?? layer.config['p'] ?? 0);
    const last = dense.at(-1) ?? convolutions.at(-1);
    switch (layer.class_name) {
      case 'Conv1D':
        convolutions.push({
          filters: integer(file, layer, 'filters'),
          width: integer(file, layer, 'kernel_size'),
          pool: 1,
          dropout: 0,
        });
        break;
      case 'MaxPooling1D': {
        const convolution = convolutions.at(-1);
        if (convolution !== undefined) convolution.pool = integer(file, layer, 'pool_size');
        break;
      }
      case 'Dense':
        dense.push({ units: integer(file, layer, 'units'), dropout: 0 });
        break;
      case 'Dropout':
        if (last !== undefined) last.dropout = rate;
        break;
      case 'Activation':
        if (layer.config['activation'] !== 'relu') {
          throw new InputError({
            where: file,
            found: `activation '${String(layer.config['activation'])}'`,
            expected: 'relu, as in Xpresso networks',
          });
        }
        break;
      case 'InputLayer':
      case 'Flatten':
      case 'Concatenate':
      case 'Merge':
        break;
      default:
        throw new InputError({
          where: file,
          found: `a layer of class ${layer.class_name}`,
          expected: 'the layers of an Xpresso network',
        });
    }
  }
  const output = dense.pop();
  if (output?.units !== 1 || length === 0) {
    throw new InputError({
      where: file,
      found: `a network with ${output?.units ?? 0} outputs and a window of ${length} bases`,
      expected: 'an Xpresso network: a sequence window and one output',
    });
  }
  return xpressoConfigSchema.parse({
    length,
    convolutions,
    dense,
    features: Array.from({ length: features }, (_, index) => `half_life_${index + 1}`),
  });
}

function importXpresso(file: string, weights: KerasWeights): ModelFolder {
  const architecture = xpressoConfig(file, weights);
  const byOriginal = new Map(
    weights.layers.flatMap((layer) =>
      layer.weights.map(({ name, shape, data }) => [
        `${layer.name}/${name.split('/').at(-1) ?? name}`.replace(/(:0)?$/, ':0'),
        { shape, data },
      ]),
    ),
  );
  const members: WeightsByName = Object.fromEntries(
    Object.entries(xpresso.originalWeightNames(architecture)).map(([name, original]) => {
      const values = byOriginal.get(original);
      if (values === undefined) {
        throw new InputError({
          where: file,
          found: `no weight '${original}'`,
          fix: suggestion(original, byOriginal.keys()),
        });
      }
      return [name, values];
    }),
  );
  return {
    config: {
      library: 'tatabox',
      library_version: LIBRARY_VERSION,
      model_type: xpresso.modelType,
      architecture: { ...architecture },
      members: 1,
      alphabet: { letters: 'ACGT', unknown: 'zero' },
      inputs: xpresso.inputs(architecture).map(({ name, kind, shape }) => ({
        name,
        kind,
        shape: [...shape],
      })),
      outputs: [{ name: 'expression' }],
      preprocessing: {},
    },
    members: [members],
  };
}

const importers: Readonly<Record<string, (file: string, weights: KerasWeights) => ModelFolder>> = {
  xpresso: importXpresso,
};

/**
 * Reads a network that Keras saved as HDF5.
 *
 * @param options.as architecture of this library that the network is, for example `xpresso`
 * @throws InputError when the file does not hold such a network
 */
export async function importKeras(
  file: string,
  options: { readonly as: string },
): Promise<ModelFolder> {
  const importer = importers[options.as];
  if (importer === undefined) {
    throw new UsageError({
      where: 'import from Keras',
      found: `unknown architecture '${options.as}'`,
      fix: suggestion(options.as, Object.keys(importers)),
    });
  }
  return importer(file, await readKerasWeights(file));
}
