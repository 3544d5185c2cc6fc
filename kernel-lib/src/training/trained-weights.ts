import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { UsageError } from '../core/errors.ts';
import { namedVariables } from '../layers/named-weights.ts';
import { matchesPattern, requireLayer } from './layer-pattern.ts';
import type { TrainedWeight } from './optimizer.ts';

/** The weights that are trained, and what has to be done after each step and at the end. */
export interface TrainedWeights {
  readonly weights: readonly TrainedWeight[];
  /** Projects the weights that have a constraint; after each step. */
  applyConstraints(): void;
  /** Takes back what was changed in the model for the time of the training. */
  release(): void;
}

/**
 * The trainable weights of a model, those of frozen layers left out. Frozen batch normalisation
 * runs with its stored statistics and keeps them, as in Keras.
 *
 * @param freeze layer names; `*` stands for any characters
 * @throws UsageError when a pattern matches no layer or nothing is left to train
 */
export function trainedWeights(model: tfl.LayersModel, freeze: readonly string[]): TrainedWeights {
  const frozen = frozenLayers(model, freeze);
  const free = new Set<tfl.LayerVariable>();
  for (const layer of model.layers) {
    if (!frozen.has(layer)) layer.trainableWeights.forEach((variable) => free.add(variable));
  }
  const weights: TrainedWeight[] = [];
  const constrained: tfl.LayerVariable[] = [];
  for (const [name, variable] of namedVariables(model)) {
    if (!free.has(variable)) continue;
    weights.push({ name, variable: variable.read() as tf.Variable });
    if (variable.constraint != null) constrained.push(variable);
  }
  if (weights.length === 0) {
    throw new UsageError({
      where: 'training',
      found: 'no trainable weight',
      fix: 'Freeze fewer layers.',
    });
  }
  const restore = [...frozen].flatMap((layer) =>
    layer.getClassName() === 'BatchNormalization' ? [runWithoutTraining(layer)] : [],
  );
  return {
    weights,
    applyConstraints() {
      for (const variable of constrained) {
        // `write` applies the constraint, but skips a tensor that is the variable itself
        tf.tidy(() => {
          variable.write(tf.clone(variable.read()));
        });
      }
    },
    release() {
      restore.forEach((undo) => {
        undo();
      });
    },
  };
}

function frozenLayers(model: tfl.LayersModel, freeze: readonly string[]): Set<tfl.layers.Layer> {
  const names = model.layers.map(({ name }) => name);
  freeze.forEach((pattern) => {
    requireLayer(names, pattern, 'freeze');
  });
  return new Set(
    model.layers.filter(({ name }) => freeze.some((pattern) => matchesPattern(name, pattern))),
  );
}

function runWithoutTraining(layer: tfl.layers.Layer): () => void {
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => call(inputs, { ...kwargs, training: false });
  // The instance's own property hides the method of its class.
  return () => Reflect.deleteProperty(layer, 'call');
}
