import type { LocalMemory } from './local-memory.ts';

/** A function of single values, applied to all of an array in place. */
export type ElementwiseFunction = (values: Float32Array) => void;

/** An activation: what the kernels have of it, and what it is. */
export interface LocalActivation {
  /** ReLU is in nearly every network: kernels compute it on the way. */
  readonly isRelu: boolean;
  /** Undefined for what the kernels do already: nothing, or ReLU. */
  readonly compute: ElementwiseFunction | undefined;
}

function each(compute: (value: number) => number): LocalActivation {
  return {
    isRelu: false,
    compute: (values) => {
      for (let i = 0; i < values.length; i++) values[i] = compute(values[i] ?? 0);
    },
  };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Scales of SELU (Klambauer et al. 2017). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Nothing. */
export const LINEAR: LocalActivation = { isRelu: false, compute: undefined };

const RELU: LocalActivation = { isRelu: true, compute: undefined };

/** The activations of TensorFlow.js that act on each value alone, by their class names there. */
const activations = new Map<string, LocalActivation>([
  ['linear', LINEAR],
  ['relu', RELU],
  ['relu6', each((x) => Math.min(6, Math.max(0, x)))],
  ['elu', each((x) => (x >= 0 ? x : Math.expm1(x)))],
  ['selu', each((x) => SELU_SCALE * (x >= 0 ? x : SELU_ALPHA * Math.expm1(x)))],
  ['sigmoid', each(sigmoid)],
  ['hardSigmoid', each((x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)))],
  ['softplus', each(softplus)],
  ['softsign', each((x) => x / (1 + Math.abs(x)))],
  ['tanh', each(Math.tanh)],
  [
    'gelu_new',
    each((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  ],
  ['mish', each((x) => x * Math.tanh(softplus(x)))],
  ['swish', each((x) => x * sigmoid(x))],
]);

/** The activation of that name, or undefined where it is unknown or not a function of one value. */
export function elementwiseActivation(name: unknown): LocalActivation | undefined {
  return typeof name === 'string' ? activations.get(name) : undefined;
}

/** ReLU with a slope below zero and a limit, as the layers ReLU and LeakyReLU compute it. */
export function boundedRelu(slope: number, limit = Infinity): LocalActivation {
  if (slope === 0 && limit === Infinity) return RELU;
  return each((x) => (x < 0 ? slope * x : Math.min(limit, x)));
}

/** Applies an activation to rows of `row` floats in the kernels' memory. */
export function activate(
  memory: LocalMemory,
  { isRelu, compute }: LocalActivation,
  at: number,
  rows: number,
  row: number,
): void {
  if (isRelu) memory.run('localRectify', rows, rows * row, [at, row * 4]);
  compute?.(memory.floats(at, rows * row));
}
