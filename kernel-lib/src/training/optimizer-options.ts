import { z } from 'zod';
import { namedChoice, variant } from './named-choice.ts';

const beta1 = z.number().min(0).lt(1).default(0.9).describe('Decay of the first moment');
const beta2 = z.number().min(0).lt(1).default(0.999).describe('Decay of the second moment');
const epsilon = (value: number) =>
  z.number().positive().default(value).describe('Keeps the division from overflowing');
const rho = (value: number) =>
  z.number().min(0).lt(1).default(value).describe('Decay of the mean square');
const momentum = z.number().min(0).lt(1).default(0).describe('Fraction of the last step kept');

const optimizerVariants = [
  variant('optimizer', 'sgd', {
    momentum,
    nesterov: z.boolean().default(false).describe('Nesterov momentum'),
  }).describe('Stochastic gradient descent, momentum as in Keras'),
  variant('optimizer', 'adam', { beta1, beta2, epsilon: epsilon(1e-8) }).describe(
    'Adam as in PyTorch (epsilon after the bias correction)',
  ),
  variant('optimizer', 'adamw', { beta1, beta2, epsilon: epsilon(1e-8) }).describe(
    'Adam with decoupled weight decay, as in PyTorch',
  ),
  variant('optimizer', 'adamax', { beta1, beta2, epsilon: epsilon(1e-7) }).describe(
    'Adamax as in Keras',
  ),
  variant('optimizer', 'adadelta', { rho: rho(0.95), epsilon: epsilon(1e-7) }).describe(
    'Adadelta as in Keras',
  ),
  variant('optimizer', 'rmsprop', { rho: rho(0.9), momentum, epsilon: epsilon(1e-7) }).describe(
    'RMSprop as in Keras',
  ),
  variant('optimizer', 'adagrad', {
    initialAccumulator: z.number().nonnegative().default(0.1).describe('First sum of squares'),
    epsilon: epsilon(1e-7),
  }).describe('Adagrad as in Keras'),
  variant('optimizer', 'lamb', {
    beta1,
    beta2,
    epsilon: epsilon(1e-6),
    weightNormLimit: z.number().positive().default(10).describe('Largest weight norm counted'),
  }).describe('LAMB without bias correction, as FLORABERT used it'),
] as const;

/** An optimizer by name (`adam`) or with options (`{ name: 'adam', beta1: 0.8 }`). */
export const optimizerSchema = namedChoice('optimizer', optimizerVariants);

/** An optimizer with all its options. */
export type OptimizerOptions = z.output<typeof optimizerSchema>;
/** An optimizer as a user writes it. */
export type OptimizerInput = z.input<typeof optimizerSchema>;
