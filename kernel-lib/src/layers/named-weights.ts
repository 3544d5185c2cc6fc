import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { InputError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';

/** Values of one weight on the host. */
export interface WeightValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights by name, for example `conv1d_1/kernel`. */
export type WeightsByName = Readonly<Record<string, WeightValues>>;

/**
 * The variables of a model under stable Keras-like names `layer/weight`. (TensorFlow.js adds a
 * counter to the names of a second model of the same kind; `originalName` has none.)
 */
export function namedVariables(model: tfl.LayersModel): Map<string, tfl.LayerVariable> {
  const variables = new Map<string, tfl.LayerVariable>();
  for (const layer of model.layers) {
    for (const variable of layer.weights) {
      const name = variable.originalName;
      variables.set(name.startsWith(`${layer.name}/`) ? name : `${layer.name}/${name}`, variable);
    }
  }
  return variables;
}

/** Copies the weights of a model to the host. */
export async function readWeights(model: tfl.LayersModel): Promise<WeightsByName> {
  const weights: Record<string, WeightValues> = {};
  for (const [name, variable] of namedVariables(model)) {
    const tensor = variable.read();
    weights[name] = { shape: tensor.shape, data: (await tensor.data()) as Float32Array };
  }
  return weights;
}

/**
 * Sets the weights of a model.
 *
 * @param where what the weights come from, for error messages
 * @throws InputError when a weight is missing, unknown or of another shape
 */
export function writeWeights(model: tfl.LayersModel, weights: WeightsByName, where: string): void {
  const variables = namedVariables(model);
  for (const name of Object.keys(weights)) {
    if (!variables.has(name)) {
      throw new InputError({
        where,
        found: `weight '${name}', which the model does not have`,
        fix: suggestion(name, variables.keys()),
      });
    }
  }
  for (const [name, variable] of variables) {
    const values = weights[name];
    if (values === undefined) {
      throw new InputError({
        where,
        found: `no weight '${name}'`,
        expected: `shape [${variable.shape.join(', ')}]`,
      });
    }
    if (values.shape.join() !== variable.shape.join()) {
      throw new InputError({
        where,
        found: `weight '${name}' of shape [${values.shape.join(', ')}]`,
        expected: `[${variable.shape.join(', ')}], as the model's config says`,
      });
    }
    tf.tidy(() => {
      variable.write(tf.tensor(values.data, [...values.shape]));
    });
  }
}
