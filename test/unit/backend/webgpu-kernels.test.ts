// The mended kernels on a backend that computes with the kernels of `cpu`; whether they mend the real
// one, test/parity/webgpu.test.ts says where that one runs.
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  mendPrograms,
  registerWebgpuKernels,
} from '../../../kernel-lib/src/backend/webgpu-kernels.ts';
import type {
  WebgpuBackend,
  WebgpuProgram,
} from '../../../kernel-lib/src/backend/webgpu-packages.ts';

/** Shapes or counts of what the backend's own kernels were given. */
const added: number[] = [];
const tiled: number[] = [];
/** Whether tensors lie on the card, so that their values are not at hand. */
let onCard = false;

beforeAll(async () => {
  tf.copyRegisteredKernels('cpu', 'webgpu');
  const spy = (kernelName: string, note: (inputs: tf.NamedTensorInfoMap) => void) => {
    const config = tf.getKernel(kernelName, 'webgpu');
    tf.unregisterKernel(kernelName, 'webgpu');
    tf.registerKernel({
      ...config,
      kernelFunc: (call) => {
        note(call.inputs);
        return config.kernelFunc(call);
      },
    });
  };
  spy(tf.AddN, (inputs) => added.push(Object.values(inputs).length));
  spy(tf.Tile, ({ x }) => tiled.push(x!.shape.length));
  class Backend extends MathBackendCPU {
    get tensorMap() {
      return {
        get: (dataId: object) => {
          const { values } = this.data.get(dataId) as { values: tf.BackendValues };
          return { values: onCard ? null : values };
        },
      };
    }
  }
  tf.registerBackend('webgpu', () => new Backend());
  await tf.setBackend('webgpu');
  registerWebgpuKernels();
  registerWebgpuKernels();
});

function run<T extends tf.TensorContainer>(compute: () => T): T {
  const before = tf.memory();
  const result = tf.tidy(compute);
  const { numTensors, numDataBuffers } = tf.memory();
  // No data is kept besides that of the result
  expect(numDataBuffers - before.numDataBuffers).toBeLessThanOrEqual(1);
  expect(numTensors - before.numTensors).toBe(1);
  return result;
}

describe('AddN', () => {
  it.each([1, 2, 7, 8, 13, 14, 30])('adds %d tensors, at most seven at once', (count) => {
    added.length = 0;
    const terms = Array.from({ length: count }, (_, i) => tf.fill([2, 3], 2 ** (i % 10)));
    const sum = run(() => tf.addN(terms));
    const expected = terms.reduce((total, _, i) => total + 2 ** (i % 10), 0);
    expect([...sum.dataSync()]).toEqual(Array(6).fill(expected));
    expect(Math.max(...added)).toBeLessThanOrEqual(7);
    tf.dispose([sum, terms]);
  });
});

describe('Cast', () => {
  it.each([false, true])('makes floats of integers and booleans; on the card: %s', (where) => {
    for (const [dtype, values] of [
      ['int32', [3, -2, 16_000_000]],
      ['bool', [1, 0, 1]],
    ] as const) {
      const tensor = tf.tensor1d([...values], dtype);
      onCard = where;
      const floats = run(() => tf.cast(tensor, 'float32'));
      onCard = false;
      expect(floats.dtype).toBe('float32');
      expect(floats.dataSync()).toEqual(Float32Array.from(values));
      tf.dispose([tensor, floats]);
    }
  });

  it('leaves other conversions to the backend', () => {
    const floats = tf.tensor1d([1.7, -1.2]);
    const integers = run(() => tf.cast(floats, 'int32'));
    expect(integers.dataSync()).toEqual(Int32Array.of(1, -1));
    tf.dispose([floats, integers]);
  });
});

describe('Tile', () => {
  it.each([
    [2, 1, 3, 1, 2],
    [1, 1, 1, 1, 1],
    [1, 1, 1, 1, 3],
  ])('repeats five axes, two at a time: %d %d %d %d %d', (...reps) => {
    tiled.length = 0;
    const shape = [2, 3, 2, 2, 3];
    const tensor = tf.reshape(tf.range(0, 72), shape);
    const result = run(() => tf.tile(tensor, reps));
    expect(result.shape).toEqual(shape.map((size, axis) => size * reps[axis]!));
    const at = (position: number[], sizes: number[]) =>
      position.reduce((index, value, axis) => index * sizes[axis]! + value, 0);
    result.dataSync().forEach((value, index) => {
      const position: number[] = [];
      for (let rest = index, axis = 4; axis >= 0; axis--) {
        position.unshift((rest % result.shape[axis]!) % shape[axis]!);
        rest = Math.floor(rest / result.shape[axis]!);
      }
      expect(value).toBe(at(position, shape));
    });
    expect(tiled.every((rank) => rank === 2)).toBe(true);
    tf.dispose([tensor, result]);
  });
});

describe('mendPrograms', () => {
  const mended = (shaderKey: string, code: string): string => {
    let compiled = '';
    const runWebGPUProgram = vi.fn((program: WebgpuProgram) => {
      compiled = program.getUserCode();
      return {} as tf.TensorInfo;
    });
    const backend = { runWebGPUProgram } as unknown as WebgpuBackend;
    mendPrograms(backend);
    backend.runWebGPUProgram({ shaderKey, getUserCode: () => code }, [], 'float32');
    expect(runWebGPUProgram.mock.calls[0]).toHaveLength(3);
    return compiled;
  };

  it('makes floats of what is moved', () => {
    const code = `
      setOutputAtIndex(flatIndex, A[getIndexFromCoords3D(
        vec3<i32>(coords.x,coords.z,coords.y), uniforms.aShape)]);`;
    expect(mended('transpose_0,2,1', code)).toBe(`
      setOutputAtIndex(flatIndex, f32(A[getIndexFromCoords3D(
        vec3<i32>(coords.x,coords.z,coords.y), uniforms.aShape)]));`);
  });

  it('names the fifth and the sixth coordinate', () => {
    expect(mended('binary_1_5', 'let b = sharedBuf[coords[4]];')).toBe(
      'let b = sharedBuf[coords.u];',
    );
    expect(mended('binary_1_5', 'let b = sharedBuf[coords[5]];')).toBe(
      'let b = sharedBuf[coords.v];',
    );
    const right = 'let b = sharedBuf[coords[2]];';
    expect(mended('binary_1_5', right)).toBe(right);
  });

  it('leaves other programs alone', () => {
    const code = 'setOutputAtIndex(flatIndex, A[0]);';
    expect(mended('slice', code)).toBe(code);
  });
});
