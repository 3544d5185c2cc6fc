import { z } from 'zod';
import { namedChoice, variant } from './named-choice.ts';

const lossVariants = [
  variant('loss', 'mse', {}).describe('Mean squared error'),
  variant('loss', 'mae', {}).describe('Mean absolute error'),
  variant('loss', 'huber', {
    delta: z.number().positive().default(1).describe('Error from which the loss is linear'),
  }).describe('Huber loss: e²/2 up to delta, delta·(|e| − delta/2) above'),
  variant('loss', 'smooth-l1', {
    beta: z.number().positive().default(1).describe('Error from which the loss is linear'),
  }).describe('Smooth L1 loss as in PyTorch: Huber loss divided by beta'),
  variant('loss', 'poisson', {
    logOutput: z.boolean().default(false).describe('The model gives the logarithm of the rate'),
    epsilon: z.number().nonnegative().default(1e-7).describe('Added to the rate in ln(rate)'),
  }).describe('Poisson negative log likelihood without the term of the target alone'),
  variant('loss', 'binary-crossentropy', {
    fromLogits: z.boolean().default(true).describe('The model gives logits, not probabilities'),
  }).describe('Binary cross entropy of each output'),
  variant('loss', 'categorical-crossentropy', {
    fromLogits: z.boolean().default(true).describe('The model gives logits, not probabilities'),
  }).describe('Cross entropy over the last axis; targets are probabilities or one-hot'),
  variant('loss', 'poisson-multinomial', {
    totalWeight: z
      .number()
      .nonnegative()
      .default(1)
      .describe('Weight of the Poisson term of the sum over positions'),
    epsilon: z.number().nonnegative().default(1e-6).describe('Added to counts and rates'),
  }).describe('Multinomial over positions plus Poisson of their sum, for outputs [length, tracks]'),
  variant('loss', 'masked-language', {}).describe(
    'Cross entropy of the hidden tokens; outputs [positions, vocabulary], targets token ids, -100 ' +
      'where nothing is to be guessed',
  ),
  variant('loss', 'sparse-regression', {
    alpha: z.number().min(0).max(1).default(0.1).describe('Weight of the cross entropy'),
    threshold: z
      .number()
      .default(0)
      .describe('Target from which a gene counts as expressed, on the scale of the model'),
  }).describe(
    'Cross entropy of "expressed" and squared error of the value; outputs are the logits of all ' +
      'targets, then their values',
  ),
] as const;

/** A loss by name (`mse`) or with options (`{ name: 'huber', delta: 0.5 }`). */
export const lossSchema = namedChoice('loss', lossVariants);

/** A loss with all its options. */
export type LossOptions = z.output<typeof lossSchema>;
/** A loss as a user writes it. */
export type LossInput = z.input<typeof lossSchema>;
