// The backend `webgpu` gives the same results as `cpu` and `wasm`. Runs where its packages and a
// driver are found (node scripts/webgpu-for-tests.mjs brings them), on the processor if need be.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnvironmentError, InterruptedError } from '../../kernel-lib/src/core/errors.ts';
import { useBackend } from '../../kernel-lib/src/backend/use-backend.ts';
import { bundleSources } from '../unit/training/bundle-sources.ts';
import {
  explain,
  networkNames,
  networksToDo,
  train,
  withoutLeak,
  type Numbers,
} from './webgpu-networks.ts';
import { operations } from './webgpu-operations.ts';
import { obstacleToWebgpu, webgpuEnvironment, webgpuFolder } from './webgpu-setup.ts';

const obstacle = await obstacleToWebgpu();
if (obstacle !== undefined) console.warn(`Without tests of the backend webgpu: ${obstacle}`);

interface Result {
  readonly shapes: string[];
  readonly types: string[];
  readonly values: Float32Array[];
}

async function compute(run: () => tf.Tensor[]): Promise<Result> {
  const before = tf.memory().numTensors;
  const tensors = tf.tidy(run);
  const values: Float32Array[] = [];
  for (const tensor of tensors) values.push(Float32Array.from(await tensor.data()));
  tf.dispose(tensors);
  expect(tf.memory().numTensors).toBe(before);
  return {
    shapes: tensors.map(({ shape }) => shape.join()),
    types: tensors.map(({ dtype }) => dtype),
    values,
  };
}

/** The largest difference of two arrays, as a part of the largest number. */
function difference(found: Float32Array, expected: Float32Array): number {
  expect(found.length).toBe(expected.length);
  let [worst, scale] = [0, 1e-12];
  expected.forEach((value, i) => {
    // Written so that NaN counts as different
    const gap = found[i] === value ? 0 : Math.abs(found[i]! - value);
    worst = gap <= worst ? worst : gap;
    scale = Math.max(scale, Math.abs(value));
  });
  return worst / scale;
}

/** Equal to a part of the largest number of each array, and arrays that hold something. */
function expectEqual(found: Numbers, wanted: Numbers, tolerance = 1e-3): void {
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [name, values] of Object.entries(wanted)) {
    expect(
      values.some((value) => value !== 0),
      name,
    ).toBe(true);
    expect(difference(found[name]!, values), name).toBeLessThan(tolerance);
  }
}

describe.skipIf(obstacle !== undefined)(`webgpu (${obstacle ?? 'runs here'})`, () => {
  const globals = Object.getOwnPropertyNames(globalThis);
  const expected = new Map<string, Result>();

  beforeAll(async () => {
    await useBackend('cpu');
    for (const [name, run] of operations) expected.set(name, await compute(run));
    await useBackend('webgpu');
  });

  it('adds nothing to the globals and says what computes', async () => {
    const { name, device } = await useBackend('webgpu');
    expect(name).toBe('webgpu');
    expect(device).toMatch(/^\S+ .+ \((hardware|software)\)$/);
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(globals);
  });

  describe('operations equal those of cpu, values and gradients', () => {
    beforeAll(() => {
      // Else small tensors are computed on the processor.
      tf.env().set('WEBGPU_CPU_FORWARD', false);
    });
    afterAll(() => {
      tf.env().set('WEBGPU_CPU_FORWARD', true);
    });

    it.each([...operations.keys()])('%s', async (name) => {
      const found = await compute(operations.get(name)!);
      const wanted = expected.get(name)!;
      expect(found.shapes).toEqual(wanted.shapes);
      expect(found.types).toEqual(wanted.types);
      found.values.forEach((values, index) => {
        expect(difference(values, wanted.values[index]!)).toBeLessThan(2e-5);
      });
    });
  });

  describe.each(networkNames)('%s, made smaller,', (name) => {
    it('trains as on wasm', async () => {
      await useBackend('wasm');
      const wanted = await withoutLeak(() => train(name));
      await useBackend('webgpu');
      // Adam divides by the gradient's size: a weight with a tiny one moves by what rounding makes of it.
      const tolerance = name.startsWith('esm') ? 1e-2 : 1e-3;
      expectEqual(await withoutLeak(() => train(name)), wanted, tolerance);
    });
  });

  for (const type of networksToDo) it.todo(`${type} trains, predicts and is explained as on wasm`);

  describe.each(['xpresso promoter-1500', 'promoter-regions yeast-1500'])('%s', (name) => {
    it('predicts and is explained as on wasm', async () => {
      await useBackend('wasm');
      const wanted = await withoutLeak(() => explain(name));
      await useBackend('webgpu');
      expectEqual(await withoutLeak(() => explain(name)), wanted);
    });
  });

  it('goes on from a checkpoint as if it had not been interrupted', async () => {
    await useBackend('webgpu');
    const [name] = networkNames as [string];
    const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-webgpu-'));
    try {
      const whole = await train(name);
      const controller = new AbortController();
      const onEpoch = (): void => {
        controller.abort();
      };
      await expect(
        train(name, { folder, onEpoch, signal: controller.signal }),
      ).rejects.toBeInstanceOf(InterruptedError);
      expectEqual(await train(name, { folder, resume: true }), whole, 1e-6);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says how to read what is on the device', async () => {
    await useBackend('webgpu');
    const sum = tf.tidy(() => tf.sum(tf.ones([2000])));
    expect(() => sum.dataSync()).toThrow(/Write await tensor\.data\(\)/);
    expect([...(await sum.data())]).toEqual([2000]);
    // Read once, it is here
    expect([...sum.dataSync()]).toEqual([2000]);
    sum.dispose();
  });

  it('throws what goes wrong on the device where the result is read, and works on', async () => {
    await useBackend('webgpu');
    const backend = tf.backend() as unknown as {
      runWebGPUProgram(program: object, inputs: tf.Tensor[], dtype: string): tf.TensorInfo;
    };
    const broken = {
      variableNames: ['A'],
      outputShape: [4],
      shaderKey: 'broken',
      dispatchLayout: { x: [0] },
      dispatch: [1, 1, 1],
      workgroupSize: [64, 1, 1],
      size: true,
      getUserCode: () => 'fn main() { no WGSL }',
    };
    const input = tf.ones([4]);
    const result = tf
      .engine()
      .makeTensorFromTensorInfo(backend.runWebGPUProgram(broken, [input], 'float32'));
    await expect(result.data()).rejects.toBeInstanceOf(EnvironmentError);
    tf.dispose([input, result]);
    const sum = tf.tidy(() => tf.sum(tf.ones([2000])));
    expect([...(await sum.data())]).toEqual([2000]);
    sum.dispose();
  });

  it('lets a program end by itself, with its own exit code', async () => {
    const folder = await bundleSources({ program: 'test/parity/webgpu-program.ts' });
    try {
      const child = spawn(process.execPath, [path.join(folder, 'program.cjs')], {
        cwd: webgpuFolder,
        env: webgpuEnvironment(),
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (data: Buffer) => (text += data.toString()));
      }
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect(text).toBe('webgpu @tensorflow/tfjs-backend-webgpu 64000\n');
      expect(code).toBe(7);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 30_000);
});
