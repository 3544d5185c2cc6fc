import * as tf from '@tensorflow/tfjs-core';
// Registers the gradients of all operations, which tfjs-core alone does not.
import '@tensorflow/tfjs-layers';
import { maxPoolGradient } from './max-pool-gradient.ts';

/**
 * Below this difference between sequence and reference at a neuron the ordinary gradient stands in
 * for the quotient of differences, whose numerator would be rounding noise.
 */
const smallestDifference = 1e-6;

type Saved = Readonly<Record<string, tf.Tensor>>;
type Gradients = Record<string, () => tf.Tensor>;

/** What a rule is given when gradients flow back through one step of the model. */
interface RuleContext {
  /** Gradient at the output; both halves of the doubled batch. */
  readonly dy: tf.Tensor;
  /** Inputs by name, and the output as `output`. */
  readonly saved: Saved;
  /** Rows of one half of the batch are a multiple of this. */
  readonly pairs: number;
  /** Whether an input depends on the sequence; weights and constants do not. */
  varies(input: string): boolean;
  readonly attrs: Parameters<tf.GradFunc>[2];
  /** TensorFlow.js's gradients, with some saved tensors replaced. */
  original(dy: tf.Tensor, replaced?: Saved): Gradients;
}

interface Rule {
  /** Names of the kernel's inputs. */
  readonly inputs: readonly string[];
  /** Gradients by DeepLIFT; undefined where the step does not run along the batch. */
  gradients(context: RuleContext): Gradients;
}

/** Whether the first axis holds the doubled batch: all sequences, then all references. */
function isDoubled(tensor: tf.Tensor, pairs: number): boolean {
  return (
    tensor.rank > 0 && (tensor.shape[0] ?? 0) > 0 && (tensor.shape[0] ?? 0) % (2 * pairs) === 0
  );
}

function halves(tensor: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const rows = (tensor.shape[0] ?? 0) / 2;
  const rest = tensor.shape.slice(1);
  const origin = rest.map(() => 0);
  // Two slices are copies of memory; tf.split of the wasm backend is many times slower.
  return [
    tf.slice(tensor, [0, ...origin], [rows, ...rest]),
    tf.slice(tensor, [rows, ...origin], [rows, ...rest]),
  ];
}

function twice(half: tf.Tensor): tf.Tensor {
  return tf.concat([half, half], 0);
}

/** `numerator / difference` where the difference is not small, else `otherwise`, which is finite. */
function quotient(numerator: tf.Tensor, difference: tf.Tensor, otherwise: tf.Tensor): tf.Tensor {
  // Masks of floats: comparisons and selections are many times slower on the wasm backend.
  const large = tf.step(tf.sub(tf.abs(difference), smallestDifference));
  const small = tf.sub(1, large);
  const ratio = tf.div(numerator, tf.add(difference, small));
  return tf.add(tf.mul(large, ratio), tf.mul(small, otherwise));
}

/**
 * The rescale rule: Δoutput / Δinput takes the place of the derivative of f at each neuron.
 *
 * @param finite replaces a derivative that has no value, as that of the logarithm at 0
 */
const rescaleWith = (finite: (slope: tf.Tensor) => tf.Tensor): Rule => ({
  inputs: ['x'],
  gradients({ dy, saved, pairs, original }) {
    const { x, output } = saved as { x: tf.Tensor; output: tf.Tensor };
    const gradients = original(dy);
    const ordinary = gradients['x'];
    if (!isDoubled(x, pairs) || ordinary === undefined) return gradients;
    return {
      ...gradients,
      x: () => {
        const [x1, x2] = halves(x);
        const [y1, y2] = halves(output);
        const [dy1] = halves(dy);
        const ordinary1 = finite(halves(ordinary())[0]);
        const change = tf.sub(y1, y2);
        return twice(quotient(tf.mul(dy1, change), tf.sub(x1, x2), ordinary1));
      },
    };
  },
});

const rescale = rescaleWith((slope) => slope);
const rescaleSingular = rescaleWith((slope) =>
  tf.where(tf.isFinite(slope), slope, tf.zerosLike(slope)),
);

/**
 * Products, squares and matrix products: the ordinary gradient half-way between sequence and
 * reference is exact, because a·b − a'·b' = (a − a')(b + b')/2 + (b − b')(a + a')/2.
 */
function midpoint(inputs: readonly string[]): Rule {
  return {
    inputs,
    gradients(context) {
      const { dy, pairs, original } = context;
      if (!isDoubled(dy, pairs)) return original(dy);
      const replaced = inputs.map((name) => [name, middle(context, name)] as const);
      return original(dy, Object.fromEntries(replaced));
    },
  };
}

/** An input half-way between sequence and reference; as it is where it is the same for both. */
function middle({ dy, saved, pairs, varies }: RuleContext, name: string): tf.Tensor {
  const tensor = saved[name] as tf.Tensor;
  if (!varies(name) || tensor.rank !== dy.rank || !isDoubled(tensor, pairs)) return tensor;
  const [first, second] = halves(tensor);
  return twice(tf.mul(tf.add(first, second), 0.5));
}

/** Quotients: a · (1/b), with the product's rule and Δ(1/b) = −Δb / (b b'). */
const division: Rule = {
  inputs: ['a', 'b'],
  gradients(context) {
    const { dy, saved, pairs, varies, original } = context;
    const { a, b } = saved as { a: tf.Tensor; b: tf.Tensor };
    const doubled = varies('b') && b.rank === dy.rank && isDoubled(b, pairs);
    if (!isDoubled(dy, pairs) || !doubled) return original(dy);
    const [b1, b2] = halves(b);
    const inverse = twice(tf.mul(tf.add(tf.reciprocal(b1), tf.reciprocal(b2)), 0.5));
    const product = twice(tf.mul(b1, b2));
    return {
      a: () => sumTo(tf.mul(dy, inverse), a.shape),
      b: () => tf.neg(tf.div(sumTo(tf.mul(dy, middle(context, 'a')), b.shape), product)),
    };
  },
};

/** Sums over the axes along which an input of `shape` was broadcast. */
function sumTo(tensor: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, tensor.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(tensor, axes) : tensor, shape);
}

/**
 * Softmax as exp, sum and quotient. Shifting both sides by the same constant changes nothing; the
 * mean of both maxima keeps the exponentials in range.
 */
const softmax: Rule = {
  inputs: ['logits'],
  gradients({ dy, saved, pairs, original }) {
    const { logits, output } = saved as { logits: tf.Tensor; output: tf.Tensor };
    if (!isDoubled(logits, pairs)) return original(dy);
    return {
      logits: () => {
        const axis = logits.rank - 1;
        const [x1, x2] = halves(logits);
        const [y1] = halves(output);
        const [dy1] = halves(dy);
        const top = tf.mul(tf.add(tf.max(x1, axis, true), tf.max(x2, axis, true)), 0.5);
        const e1 = tf.exp(tf.sub(x1, top));
        const e2 = tf.exp(tf.sub(x2, top));
        const s1 = tf.sum(e1, axis, true);
        const s2 = tf.sum(e2, axis, true);
        const direct = tf.mul(dy1, tf.mul(tf.add(tf.reciprocal(s1), tf.reciprocal(s2)), 0.5));
        const weighted = tf.sum(tf.mul(dy1, tf.mul(tf.add(e1, e2), 0.5)), axis, true);
        const multiplier = tf.sub(direct, tf.div(weighted, tf.mul(s1, s2)));
        const slope = quotient(tf.sub(e1, e2), tf.sub(x1, x2), tf.mul(y1, s1));
        return twice(tf.mul(multiplier, slope));
      },
    };
  },
};

/**
 * Maxima: with m = max(y, y'), the change y − y' is m − y' at the arg-max of the sequence plus
 * y − m at the arg-max of the reference (the rule of Captum's `maxpool`); each share is divided by
 * the difference of the input there. `spread` puts a value at the arg-max of each window.
 */
function maximum(spread: (context: RuleContext, values: tf.Tensor) => tf.Tensor): Rule {
  return {
    inputs: ['x'],
    gradients(context) {
      const { dy, saved, pairs, original } = context;
      const { x, output } = saved as { x: tf.Tensor; output: tf.Tensor };
      if (!isDoubled(x, pairs) || !isDoubled(output, pairs)) return original(dy);
      return {
        x: () => {
          const [x1, x2] = halves(x);
          const [y1, y2] = halves(output);
          const [dy1] = halves(dy);
          const top = tf.maximum(y1, y2);
          const shares = tf.concat([tf.mul(dy1, tf.sub(top, y2)), tf.mul(dy1, tf.sub(y1, top))], 0);
          const [share1, share2] = halves(spread(context, shares));
          const [ordinary] = halves(spread(context, dy));
          return twice(quotient(tf.add(share1, share2), tf.sub(x1, x2), ordinary));
        },
      };
    },
  };
}

const maxPool = maximum(({ saved, attrs, original }, values) => {
  const { x, output } = saved as { x: tf.Tensor; output: tf.Tensor };
  return maxPoolGradient(values, {
    x,
    output,
    attrs,
    original: (dy, shifted, shiftedOutput) =>
      (original(dy, { x: shifted, output: shiftedOutput })['x'] as () => tf.Tensor)(),
  });
});

/** Max over axes; equal maxima share, where TensorFlow.js would give each of them the whole. */
const max = maximum(({ saved, attrs }, values) => {
  const { x, output } = saved as { x: tf.Tensor; output: tf.Tensor };
  const axes = tf.util.parseAxisParam(attrs['reductionIndices'] as number | number[], x.shape);
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const isTop = tf.cast(tf.equal(x, tf.reshape(output, kept)), 'float32');
  return tf.mul(tf.reshape(values, kept), tf.div(isTop, tf.sum(isTop, axes, true)));
});

function each(rule: Rule, kernels: readonly string[]): Record<string, Rule> {
  return Object.fromEntries(kernels.map((kernel) => [kernel, rule]));
}

/** Kernels whose gradient is replaced, by kernel name. What is not here is linear or unsupported. */
const rules: Readonly<Record<string, Rule>> = {
  ...each(rescale, [
    ...[tf.Relu, tf.Relu6, tf.Elu, tf.Selu, tf.LeakyRelu, tf.Prelu, tf.ClipByValue, tf.Abs],
    ...[tf.Sigmoid, tf.Tanh, tf.Softplus, tf.Erf, tf.Exp, tf.Expm1, tf.Sin, tf.Cos],
  ]),
  ...each(rescaleSingular, [tf.Log, tf.Log1p, tf.Sqrt, tf.Rsqrt, tf.Reciprocal]),
  [tf.Square]: midpoint(['x']),
  [tf.SquaredDifference]: midpoint(['a', 'b']),
  [tf.Multiply]: midpoint(['a', 'b']),
  [tf.BatchMatMul]: midpoint(['a', 'b']),
  [tf.RealDiv]: division,
  [tf.Softmax]: softmax,
  [tf.MaxPool]: maxPool,
  [tf.Max]: max,
};

/** Names of the TensorFlow.js kernels that DeepLIFT treats by a rule of its own. */
export const deepLiftKernels: readonly string[] = Object.keys(rules);

/** Tells for each step of the recorded forward pass which of its inputs depend on a tensor. */
class Dependence {
  readonly #input: tf.Tensor;
  readonly #stepInputs = new Map<readonly tf.Tensor[], tf.NamedTensorMap>();
  #dependent: Set<number> | undefined;

  constructor(input: tf.Tensor) {
    this.#input = input;
  }

  /** @param saved what the step saved; the same array identifies it on the tape */
  varies(saved: readonly tf.Tensor[], name: string): boolean {
    const dependent = (this.#dependent ??= this.#follow());
    const tensor = this.#stepInputs.get(saved)?.[name];
    return tensor !== undefined && dependent.has(tensor.id);
  }

  /** Walks the tape, complete by the time that gradients flow back. */
  #follow(): Set<number> {
    const dependent = new Set([this.#input.id]);
    for (const { inputs, outputs, saved } of tf.engine().state.activeTape) {
      if (saved !== undefined) this.#stepInputs.set(saved, inputs);
      if (Object.values(inputs).some(({ id }) => dependent.has(id))) {
        for (const { id } of outputs) dependent.add(id);
      }
    }
    return dependent;
  }
}

/** A gradient of TensorFlow.js that calls a rule on a doubled batch. */
function ruleGradient(
  original: tf.GradConfig,
  rule: Rule,
  pairs: number,
  dependence: Dependence,
): tf.GradConfig {
  const inputNames = [...new Set([...rule.inputs, ...(original.inputsToSave ?? [])])];
  return {
    kernelName: original.kernelName,
    inputsToSave: inputNames,
    outputsToSave: [true],
    gradFunc: (dyOrDys, savedTensors, attrs) => {
      const dy = Array.isArray(dyOrDys) ? (dyOrDys[0] as tf.Tensor) : dyOrDys;
      const names = [...inputNames, 'output'];
      const saved = Object.fromEntries(
        savedTensors.map((tensor, index) => [names[index] ?? '', tensor]),
      );
      const originalNames = [
        ...(original.inputsToSave ?? []),
        ...(original.outputsToSave?.[0] === true ? ['output'] : []),
      ];
      return rule.gradients({
        dy,
        saved,
        pairs,
        attrs,
        varies: (name) => dependence.varies(savedTensors, name),
        original: (gradient, replaced = {}) =>
          original.gradFunc(
            gradient,
            originalNames.map((name) => (replaced[name] ?? saved[name]) as tf.Tensor),
            attrs,
          ),
      });
    },
  };
}

/**
 * Runs a forward and a backward pass with DeepLIFT's rules in place of TensorFlow.js's gradients.
 * `run` must be synchronous: the gradients are process-wide, and are back when this returns or throws.
 *
 * @param input what gradients are taken of: first all sequences, then all references
 */
export function withDeepLiftRules<T>(input: tf.Tensor, run: () => T): T {
  const pairs = (input.shape[0] ?? 0) / 2;
  const dependence = new Dependence(input);
  const replaced: tf.GradConfig[] = [];
  try {
    for (const [kernel, rule] of Object.entries(rules)) {
      // The typing does not say so, but a kernel without a gradient gives undefined.
      const original = tf.getGradient(kernel) as tf.GradConfig | undefined;
      if (original === undefined) continue;
      tf.unregisterGradient(kernel);
      replaced.push(original);
      tf.registerGradient(ruleGradient(original, rule, pairs, dependence));
    }
    return run();
  } finally {
    for (const original of replaced) tf.registerGradient(original);
  }
}
