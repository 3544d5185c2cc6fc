import * as tf from '@tensorflow/tfjs-core';
import type { WebgpuBackend, WebgpuProgram } from './webgpu-packages.ts';

/**
 * Kernels of the `webgpu` backend of TensorFlow.js 4.22 that do not work as shipped. Each was found
 * by comparing the operations that training uses, with their gradients, with the `cpu` backend.
 */

interface Call {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: WebgpuBackend;
}

type Kernel = (call: Call) => tf.TensorInfo;

/** Inputs of one program: WebGPU promises eight storage buffers, and one is the result. */
const MOST_INPUTS = 7;

/** The sum of many tensors in parts: one program cannot take more inputs than there are bindings. */
function addN(original: Kernel, call: Call): tf.TensorInfo {
  const tensors = Object.values(call.inputs);
  const add = (inputs: tf.TensorInfo[]): tf.TensorInfo =>
    original({ ...call, inputs: inputs as unknown as Call['inputs'] });
  let sum = add(tensors.slice(0, MOST_INPUTS));
  for (let next = MOST_INPUTS; next < tensors.length; next += MOST_INPUTS - 1) {
    const longer = add([sum, ...tensors.slice(next, next + MOST_INPUTS - 1)]);
    call.backend.disposeData(sum.dataId);
    sum = longer;
  }
  return sum;
}

/**
 * A conversion of integers or booleans to floats that converts. The backend's own keeps the integers
 * under another name: reads give an `Int32Array`, and programs that copy values do not compile.
 */
function cast(original: Kernel, call: Call): tf.TensorInfo {
  const { x } = call.inputs as { x: tf.TensorInfo };
  const { backend } = call;
  if (call.attrs['dtype'] !== 'float32' || (x.dtype !== 'int32' && x.dtype !== 'bool')) {
    return original(call);
  }
  const make = (values: Float32Array, shape: number[]): tf.TensorInfo => ({
    dataId: backend.write(values, shape, 'float32'),
    shape,
    dtype: 'float32',
  });
  const { values } = backend.tensorMap.get(x.dataId);
  if (values != null) return make(Float32Array.from(values as Int32Array), x.shape);
  const one = make(Float32Array.of(1), []);
  const multiply = tf.getKernel(tf.Multiply, 'webgpu').kernelFunc as unknown as Kernel;
  const result = multiply({ inputs: { a: one, b: x }, attrs: {}, backend });
  backend.disposeData(one.dataId);
  return result;
}

/** Repetition of tensors of five and more axes, axis by axis: the program has at most four. */
function tile(original: Kernel, call: Call): tf.TensorInfo {
  const { x } = call.inputs as { x: tf.TensorInfo };
  if (x.shape.length < 5 || x.dtype === 'string') return original(call);
  const { backend } = call;
  const { dataId, dtype } = x;
  let [current, shape] = [dataId, x.shape];
  (call.attrs['reps'] as number[]).forEach((count, axis) => {
    if (count === 1) return;
    const size = (from: number, to?: number): number =>
      shape.slice(from, to).reduce((product, n) => product * n, 1);
    const rows = { dataId: current, shape: [size(0, axis), size(axis)], dtype };
    const tiled = original({ ...call, inputs: { x: rows }, attrs: { reps: [1, count] } });
    if (current !== dataId) backend.disposeData(current);
    current = tiled.dataId;
    shape = shape.map((n, i) => (i === axis ? n * count : n));
  });
  // A result has data of its own, or one reference more
  if (current === dataId) backend.incRef(dataId);
  return { dataId: current, shape, dtype };
}

const REPLACED: Readonly<Record<string, (original: Kernel, call: Call) => tf.TensorInfo>> = {
  [tf.AddN]: addN,
  [tf.Cast]: cast,
  [tf.Tile]: tile,
};

let registered = false;

/** Puts them in the place of the backend's own, after its module was loaded. */
export function registerWebgpuKernels(): void {
  if (registered) return;
  registered = true;
  for (const [name, replacement] of Object.entries(REPLACED)) {
    const config = tf.getKernel(name, 'webgpu');
    const original = config.kernelFunc as unknown as Kernel;
    tf.unregisterKernel(name, 'webgpu');
    tf.registerKernel({
      ...config,
      kernelFunc: (call) => replacement(original, call as unknown as Call),
    });
  }
}

/** Sources of programs with what is wrong in them, by the beginning of the program's name. */
const MENDED: readonly [name: string, mend: (code: string) => string][] = [
  [
    // Moves axes, alone and inside sums, maxima and others. For integers and booleans it hands
    // integers to a function that takes floats.
    'transpose_',
    (code) =>
      code.replace(
        /setOutputAtIndex\(flatIndex, (A\[[^;]*\])\);/,
        'setOutputAtIndex(flatIndex, f32($1));',
      ),
  ],
  [
    // Coordinates of more than four axes have named parts; it counts them as those of a vector.
    'binary_',
    (code) =>
      code
        .replace('sharedBuf[coords[4]]', 'sharedBuf[coords.u]')
        .replace('sharedBuf[coords[5]]', 'sharedBuf[coords.v]'),
  ],
];

/** Mends programs that do not compile, before the backend compiles them. */
export function mendPrograms(backend: WebgpuBackend): void {
  const run = backend.runWebGPUProgram.bind(backend);
  backend.runWebGPUProgram = (program: WebgpuProgram, ...rest) => {
    const mend = MENDED.find(([name]) => program.shaderKey.startsWith(name))?.[1];
    if (mend !== undefined) {
      const code = program.getUserCode.bind(program);
      program.getUserCode = () => mend(code());
    }
    return run(program, ...rest);
  };
}
