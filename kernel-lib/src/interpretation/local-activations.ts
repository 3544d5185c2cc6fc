/** Applies a function of single values to `values[0 … size)` in place. */
export type ElementwiseFunction = (values: Float32Array, size: number) => void;

function each(compute: (value: number) => number): ElementwiseFunction {
  return (values, size) => {
    for (let i = 0; i < size; i++) values[i] = compute(values[i] ?? 0);
  };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Scales of SELU (Klambauer et al. 2017). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** ReLU has a loop of its own: it is in nearly every network, and a call a value is slow. */
function relu(values: Float32Array, size: number): void {
  for (let i = 0; i < size; i++) {
    if ((values[i] ?? 0) < 0) values[i] = 0;
  }
}

/** The activations of TensorFlow.js that act on each value alone, by their class names there. */
const activations = new Map<string, ElementwiseFunction>([
  ['linear', () => undefined],
  ['relu', relu],
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
export function elementwiseActivation(name: unknown): ElementwiseFunction | undefined {
  return typeof name === 'string' ? activations.get(name) : undefined;
}

/** ReLU with a slope below zero and a limit, as the layers ReLU and LeakyReLU compute it. */
export function boundedRelu(slope: number, limit = Infinity): ElementwiseFunction {
  return each((x) => (x < 0 ? slope * x : Math.min(limit, x)));
}
