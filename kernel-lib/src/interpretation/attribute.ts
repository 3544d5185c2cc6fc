import { UsageError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { Attribution } from './attribution.ts';
import { deepLift, type DeepLiftOptions } from './deep-lift.ts';
import type { TokenExamples } from './examples.ts';
import { gradientTimesInput, saliency, type GradientOptions } from './gradients.ts';
import { integratedGradients, type IntegratedGradientsOptions } from './integrated-gradients.ts';
import { mutagenesisAttribution, type MutagenesisOptions } from './mutagenesis.ts';
import type { SequenceScorer } from './sequence-scorer.ts';

/** The options that each attribution method takes, by the method's name. */
export interface AttributionMethodOptions {
  ism: MutagenesisOptions;
  gradient: GradientOptions;
  saliency: GradientOptions;
  'integrated-gradients': IntegratedGradientsOptions;
  'deep-lift': DeepLiftOptions;
}

/** Name of an attribution method, as in run configs and on the command line. */
export type AttributionMethod = keyof AttributionMethodOptions;

/** Every attribution method by its name. */
export const attributionMethods: {
  readonly [Name in AttributionMethod]: (
    scorer: SequenceScorer,
    tokens: TokenExamples,
    options?: AttributionMethodOptions[Name],
  ) => Promise<Attribution>;
} = Object.freeze({
  ism: mutagenesisAttribution,
  gradient: gradientTimesInput,
  saliency,
  'integrated-gradients': integratedGradients,
  'deep-lift': deepLift,
});

/**
 * Attributes by the method of that name.
 *
 * @param method `ism`, `gradient`, `saliency`, `integrated-gradients` or `deep-lift`
 * @param options the options of that method; an option of another method is an error
 * @throws UsageError on an unknown method or option
 * @example
 * const attribution = await attribute('deep-lift', scorer, tokens, { references: 10, seed: 1 });
 */
export async function attribute<Name extends AttributionMethod>(
  method: Name,
  scorer: SequenceScorer,
  tokens: TokenExamples,
  options?: AttributionMethodOptions[Name],
): Promise<Attribution> {
  if (!Object.hasOwn(attributionMethods, method)) {
    throw new UsageError({
      where: 'attribution',
      found: `unknown method '${method}'`,
      fix: suggestion(method, Object.keys(attributionMethods)),
    });
  }
  return attributionMethods[method](scorer, tokens, options);
}
