import { layerDelay } from './layer-delay.ts';
import { layerRates } from './layer-rates.ts';
import type { TrainedWeight } from './optimizer.ts';
import type { TrainingOptions } from './training-options.ts';

/**
 * Factors of the learning rate of each weight at a step, by the options `layerRates` and
 * `layerDelay`; undefined where all layers learn alike.
 */
export function rateFactors(
  weights: readonly Pick<TrainedWeight, 'name'>[],
  { layerRates: rates, layerDelay: delay }: Pick<TrainingOptions, 'layerRates' | 'layerDelay'>,
): ((step: number) => number[]) | undefined {
  const fixed = Object.keys(rates).length === 0 ? undefined : layerRates(weights, rates);
  const delayed = delay === false ? undefined : layerDelay(weights, delay);
  if (delayed === undefined) return fixed === undefined ? undefined : () => fixed;
  if (fixed === undefined) return delayed;
  return (step) => delayed(step).map((factor, index) => factor * (fixed[index] ?? 1));
}
