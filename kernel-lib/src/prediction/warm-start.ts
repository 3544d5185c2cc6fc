import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { InputError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { namedVariables, type WeightsByName } from '../layers/named-weights.ts';

/**
 * Sets some of the weights of a network from a pre-trained one; the rest, such as a new head, stays
 * as it was initialised.
 *
 * @param pretrained as `loadPretrainedEncoder` gives it
 * @returns names of the weights that were not set
 * @throws InputError when the network has no such weight, or one of another shape; it is not changed
 */
export function warmStart(
  model: tfl.LayersModel,
  pretrained: { readonly weights: WeightsByName },
): string[] {
  const variables = namedVariables(model);
  const given = Object.entries(pretrained.weights);
  for (const [name, { shape }] of given) {
    const variable = variables.get(name);
    if (variable === undefined) {
      throw new InputError({
        where: 'warm start',
        found: `weight '${name}', which the network does not have`,
        fix: suggestion(name, variables.keys()),
      });
    }
    if (shape.join() !== variable.shape.join()) {
      throw new InputError({
        where: 'warm start',
        found: `pre-trained weight '${name}' of shape [${shape.join(', ')}]`,
        expected: `[${variable.shape.join(', ')}], as the config of the network says`,
        fix: 'Give the network the sizes and the tokenizer of the pre-trained one.',
      });
    }
  }
  for (const [name, { shape, data }] of given) {
    tf.tidy(() => {
      variables.get(name)?.write(tf.tensor(data, [...shape]));
    });
  }
  return [...variables.keys()].filter((name) => !Object.hasOwn(pretrained.weights, name));
}
