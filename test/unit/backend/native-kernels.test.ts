import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bundleKernels,
  type RegisterBackend,
} from '../../../kernel-lib/src/backend/native-kernels.ts';
import { unpackPackage } from '../../../kernel-lib/src/backend/native-sources.ts';
import { writeFakeSources } from './native-fixture.ts';

interface FakeBackend {
  readonly binding: object;
  readonly packageName: string;
  readonly tf: object;
}

let folder: string;
let dist: string;
beforeAll(async () => {
  tf.enableProdMode();
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-kernels-'));
  await writeFakeSources(folder);
  dist = path.join(folder, 'sources', 'tfjs-node-4.22.0', 'dist');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function loadKernels(): Promise<RegisterBackend> {
  const file = path.join(await mkdtemp(path.join(folder, 'bundle-')), 'tfjs-node.cjs');
  await writeFile(file, await bundleKernels(dist, '4.22.0'));
  return createRequire(import.meta.url)(file) as RegisterBackend;
}

describe('the module of kernels', () => {
  it('registers kernels and backend in the TensorFlow.js that it is given', async () => {
    await tf.setBackend('cpu');
    const register = await loadKernels();
    const binding = { name: 'binding' };
    register(tf, binding, '@tensorflow/tfjs-node');
    const kernel = tf.getKernel('Twice', 'tensorflow')!;
    const x = tf.tensor1d([1, 2]);
    const twice = kernel.kernelFunc({
      inputs: { x },
      attrs: {},
      backend: undefined as never,
    }) as tf.Tensor;
    expect(twice).toBeInstanceOf(tf.Tensor);
    expect([...(await twice.data())]).toEqual([2, 4]);
    const backend = tf.findBackendFactory('tensorflow')() as unknown as FakeBackend;
    expect(backend.binding).toBe(binding);
    expect(backend.packageName).toBe('@tensorflow/tfjs-node');
    expect(Object.getPrototypeOf(backend.tf)).toBe(tf);
    tf.dispose([x, twice]);
    // A second time after a start that failed: in silence, and with the new binding's kernels.
    tf.removeBackend('tensorflow');
    const warnings: unknown[] = [];
    const warn = console.warn;
    console.warn = (text: unknown) => warnings.push(text);
    try {
      (await loadKernels())(tf, binding, '@tensorflow/tfjs-node-gpu');
    } finally {
      console.warn = warn;
    }
    expect(warnings).toEqual([]);
    expect(tf.getKernel('Twice', 'tensorflow')).not.toBe(kernel);
    tf.removeBackend('tensorflow');
  });

  it('adds the methods of tensors that the kernels call, and no other', async () => {
    (await loadKernels())(tf, {}, '@tensorflow/tfjs-node');
    const x = tf.tensor1d([1.5]) as tf.Tensor & { toInt(): tf.Tensor };
    const int = x.toInt();
    expect(int.dtype).toBe('int32');
    expect('matMul' in x).toBe(false);
    tf.dispose([x, int]);
    tf.removeBackend('tensorflow');
  });

  it('says what a package of another make lacks or needs', async () => {
    const other = path.join(folder, 'other');
    await mkdir(other);
    await expect(bundleKernels(other, '4.22.0')).rejects.toThrow(
      /no file .*\.js; expected the files/,
    );
    await writeFile(path.join(other, 'register_all_kernels.js'), '');
    await writeFile(path.join(other, 'nodejs_kernel_backend.js'), 'require("left-pad")');
    await expect(bundleKernels(other, '4.22.0')).rejects.toThrow(/it needs 'left-pad'; expected/);
  });
});

describe('packages of npm', () => {
  /** A tar of one file, in the format ustar. */
  function tar(name: string, text: string): Buffer {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(text.length.toString(8).padStart(11, '0'), 124);
    header.write('0', 156);
    const body = Buffer.alloc(512);
    body.write(text);
    return gzipSync(Buffer.concat([header, body, Buffer.alloc(1024)]));
  }

  it('unpacks files without the first folder', async () => {
    const target = path.join(folder, 'unpacked');
    await unpackPackage(tar('package/dist/index.js', 'code'), target);
    expect(await readFile(path.join(target, 'dist', 'index.js'), 'utf8')).toBe('code');
  });

  it('does not write outside its folder', async () => {
    await expect(
      unpackPackage(tar('package/../../evil.js', 'code'), path.join(folder, 'x')),
    ).rejects.toThrow(/leads out of the folder/);
  });
});
