import type { TrainedWeight } from './optimizer.ts';

/** Options of `layerDelay`. */
export interface LayerDelayOptions {
  /** Steps between the start of one layer and the start of the layer before it. */
  readonly steps: number;
  /** Each layer learns at this factor of the rate of the layer behind it. */
  readonly factor: number;
  /** Steps in which a layer that has started comes to its rate. */
  readonly warmupSteps: number;
}

/**
 * Factors of the learning rate when layers learn one after the other, from the output back (as
 * FLORABERT's `delay`): layer i behind the output, counted from 0, stands still until step
 * i × steps, then warms up to factor^i.
 *
 * @param weights in the order of the model's layers, named `layer/weight`
 * @returns for a step (from 0) the factor of each weight
 * @example
 * layerDelay(weights, { steps: 100, factor: 0.5, warmupSteps: 10 })(0); // 0 for all but the output
 */
export function layerDelay(
  weights: readonly Pick<TrainedWeight, 'name'>[],
  { steps, factor, warmupSteps }: LayerDelayOptions,
): (step: number) => number[] {
  const layers = weights.map(({ name }) => name.slice(0, name.lastIndexOf('/')));
  const fromOutput = [...new Set(layers)].reverse();
  const depths = layers.map((layer) => fromOutput.indexOf(layer));
  return (step) =>
    depths.map((depth) => {
      const since = step - depth * steps;
      if (since < 0) return 0;
      const warm = warmupSteps === 0 ? 1 : Math.min(1, since / warmupSteps);
      return factor ** depth * warm;
    });
}
