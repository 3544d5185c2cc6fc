import * as tf from '@tensorflow/tfjs-core';
import { compose, setKernel, type KernelCallArguments } from './mended-composition.ts';

/** Letters of the axes of an equation such as `bqhd,bkhd->bhqk`. */
interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

function parse(equation: string, tensors: readonly tf.TensorInfo[]): Equation {
  // Throws for what TensorFlow.js does not take: ellipses, repeated letters, more than two factors.
  const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as tf.Tensor[]);
  const [left = '', output = ''] = equation.replace(/\s/g, '').split('->');
  return { inputs: left.split(','), output };
}

const without = (letters: string, others: string): string =>
  [...letters].filter((letter) => !others.includes(letter)).join('');
const shared = (letters: string, others: string): string =>
  [...letters].filter((letter) => others.includes(letter)).join('');

function transposeTo(tensor: tf.Tensor, from: string, to: string): tf.Tensor {
  if (from === to) return tensor;
  return tf.transpose(
    tensor,
    [...to].map((letter) => from.indexOf(letter)),
  );
}

/** A tensor with the letters of its axes. */
interface Labelled {
  readonly tensor: tf.Tensor;
  readonly letters: string;
}

/** Sums over axes that occur nowhere else. */
function sumOut({ tensor, letters }: Labelled, needed: string): Labelled {
  const axes = [...without(letters, needed)].map((letter) => letters.indexOf(letter));
  if (axes.length === 0) return { tensor, letters };
  return { tensor: tf.sum(tensor, axes), letters: shared(letters, needed) };
}

/**
 * A factor of a matrix product, `[batch, rows, columns]` or, where that spares moving data, with rows
 * and columns exchanged.
 */
function asMatrices(
  { tensor, letters }: Labelled,
  batch: string,
  rows: string,
  columns: string,
): { matrices: tf.Tensor3D; exchanged: boolean } {
  const exchanged = letters !== batch + rows + columns && letters === batch + columns + rows;
  const order = exchanged ? letters : batch + rows + columns;
  const moved = transposeTo(tensor, letters, order);
  const size = (part: string): number =>
    [...part].reduce(
      (product, letter) => product * (tensor.shape[letters.indexOf(letter)] ?? 1),
      1,
    );
  const shape: [number, number, number] = exchanged
    ? [size(batch), size(columns), size(rows)]
    : [size(batch), size(rows), size(columns)];
  return { matrices: tf.reshape(moved, shape), exchanged };
}

/** A sum of products as transpositions, sums and one batched product of matrices. */
function contract({ inputs, output }: Equation, tensors: readonly tf.Tensor[]): tf.Tensor {
  const [first, second] = tensors.map((tensor, i): Labelled => ({
    tensor,
    letters: inputs[i] ?? '',
  })) as [Labelled, Labelled | undefined];
  if (second === undefined) {
    const { tensor, letters } = sumOut(first, output);
    // A kernel must not give back its input itself.
    return tf.clone(transposeTo(tensor, letters, output));
  }
  const a = sumOut(first, second.letters + output);
  const b = sumOut(second, first.letters + output);
  const common = shared(a.letters, b.letters);
  const batch = shared(common, output);
  const summed = without(common, output);
  const rows = without(a.letters, common);
  const columns = without(b.letters, common);
  const left = asMatrices(a, batch, rows, summed);
  const right = asMatrices(b, batch, summed, columns);
  const product = tf.matMul(left.matrices, right.matrices, left.exchanged, right.exchanged);
  const sizes = new Map<string, number>();
  for (const { tensor, letters } of [a, b]) {
    [...letters].forEach((letter, axis) => sizes.set(letter, tensor.shape[axis] ?? 1));
  }
  const letters = batch + rows + columns;
  const shaped = tf.reshape(
    product,
    [...letters].map((letter) => sizes.get(letter) ?? 1),
  );
  return transposeTo(shaped, letters, output);
}

/**
 * Registers `tf.einsum` on a backend that lacks it, or forms all products before it sums them
 * (`cpu`, `webgpu`).
 */
export function registerEinsum(backendName: string): void {
  setKernel(tf.Einsum, backendName, ({ inputs, attrs }: KernelCallArguments) => {
    const tensors = Object.values(inputs) as tf.TensorInfo[];
    const equation = parse((attrs as unknown as { equation: string }).equation, tensors);
    return compose(tensors, (...handles) => contract(equation, handles));
  });
}

/** Gradient of one factor: the equation with the letters of this factor and the result exchanged. */
function factorGradient(
  dy: tf.Tensor,
  tensors: readonly tf.Tensor[],
  { inputs, output }: Equation,
  index: number,
): tf.Tensor {
  const own = inputs[index] ?? '';
  const { shape } = tensors[index] as tf.Tensor;
  const others = tensors.filter((_, i) => i !== index);
  const otherLetters = inputs.filter((_, i) => i !== index);
  const known = shared(own, output + otherLetters.join(''));
  const gradient = tf.einsum(`${[output, ...otherLetters].join(',')}->${known}`, dy, ...others);
  if (known === own) return gradient;
  // Axes that only this factor has are summed over: each of their values has the same gradient.
  const single = tf.reshape(
    gradient,
    shape.map((size, axis) => (known.includes(own[axis] ?? '') ? size : 1)),
  );
  return tf.broadcastTo(single, shape);
}

/** Gradient of `tf.einsum`, which TensorFlow.js 4.22 does not have on any backend. */
export const einsumGradient: tf.GradConfig = {
  kernelName: tf.Einsum,
  saveAllInputs: true,
  gradFunc: (dy, saved, attributes) => {
    const tensors = saved;
    const equation = parse((attributes as unknown as { equation: string }).equation, tensors);
    return Object.fromEntries(
      tensors.map((_, index) => [
        String(index),
        () => factorGradient(dy as tf.Tensor, tensors, equation, index),
      ]),
    );
  },
};
