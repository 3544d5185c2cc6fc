import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installName } from '../../../kernel-lib/src/backend/native-folder.ts';
import { confirmInstallation } from '../../../kernel-lib/src/backend/native-machine.ts';
import {
  BINDING_REVISION,
  checkInstallation,
  listInstallations,
  type NativeManifest,
} from '../../../kernel-lib/src/backend/native-manifest.ts';
import { diagnoseNative, nvidiaGpus } from '../../../kernel-lib/src/backend/native-diagnosis.ts';
import { runProgram } from '../../../kernel-lib/src/backend/native-process.ts';
import {
  findNativeTensorFlow,
  startTensorFlow,
} from '../../../kernel-lib/src/backend/start-tensorflow.ts';
import { useBackend } from '../../../kernel-lib/src/backend/use-backend.ts';
import { EnvironmentError } from '../../../kernel-lib/src/core/errors.ts';
import { writeProgram } from './native-fixture.ts';

/** Before the tests hide it: is there one on this machine? */
const real = findNativeTensorFlow();

let cache: string;
let root: string;
let folder: string;
const before = process.env['XDG_CACHE_HOME'];

beforeAll(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'tatabox-start-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));
beforeEach(() => {
  process.env['XDG_CACHE_HOME'] = cache;
  root = path.join(cache, 'tatabox', 'native');
  folder = path.join(root, installName('9.8.7', 'cpu'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
});

/** An installation whose files are what they claim to be, and cannot be loaded. */
async function writeInstallation(
  changes: Partial<NativeManifest> = {},
  kernels = 'module.exports = () => undefined;',
): Promise<void> {
  const files = { 'tfjs-node.cjs': kernels, 'tfjs_binding.node': 'no library' };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  const manifest: NativeManifest = {
    format: 1,
    tensorflow: '9.8.7',
    variant: 'cpu',
    platform: process.platform,
    arch: process.arch,
    napi: 8,
    glibc: null,
    tfjsNode: '4.22.0',
    binding: BINDING_REVISION,
    wheel: { file: 'x.whl', sha256: 'ff', hash: 'given' },
    nvidia: [],
    compiler: 'fake',
    installedAt: '2026-01-01T00:00:00.000Z',
    files: Object.entries(files).map(([name, text]) => ({ path: name, size: text.length })),
    ...changes,
  };
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
}

describe('an installation', () => {
  it('is recognised without loading it', async () => {
    await writeInstallation();
    expect(listInstallations(root).installations.map((found) => found.folder)).toEqual([folder]);
    // Another machine's in a shared home folder is none of this one's business.
    await mkdir(path.join(root, '9.8.7-cpu-plan9-mips-napi8'));
    await mkdir(path.join(root, 'downloads'));
    expect(listInstallations(root).broken).toEqual([]);
  });

  it.each([
    ['a file that is missing', {}, 'tfjs_binding.node', /tfjs_binding\.node is missing/],
    ['another processor', { arch: 'mips' }, '', /TensorFlow for \w+ mips; expected one for/],
    [
      'a binding of an older tatabox',
      { binding: undefined } as unknown as Partial<NativeManifest>,
      '',
      /binding of revision 1, compiled by an older tatabox; expected revision 2/,
    ],
    ['a newer binary interface', { napi: 99 }, '', /compiled for Node-API 99; expected 8/],
    [
      'a manifest of another form',
      { tensorflow: 5 } as unknown as Partial<NativeManifest>,
      '',
      /manifest\.json cannot be read/,
    ],
  ])('with %s is refused', async (_, changes, missing, message) => {
    await writeInstallation(changes);
    if (missing !== '') await rm(path.join(folder, missing));
    expect(() => checkInstallation(folder)).toThrow(message);
    expect(() => checkInstallation(folder)).toThrow(/npx tatabox native/);
  });

  it('with a file of another size is refused', async () => {
    await writeInstallation();
    await writeFile(path.join(folder, 'tfjs_binding.node'), 'cut');
    expect(() => checkInstallation(folder)).toThrow(/tfjs_binding\.node has 3 bytes; expected 10/);
  });

  it.skipIf(process.platform !== 'linux')('for a newer C library is refused', async () => {
    await writeInstallation({ glibc: '9.99' });
    expect(() => checkInstallation(folder)).toThrow(
      /glibc 2\.\d+ on this machine; expected glibc 9\.99/,
    );
  });
});

describe('a check in a process of its own', () => {
  const check = () => confirmInstallation(checkInstallation(folder));

  it('survives a library that ends the process, and remembers it', async () => {
    await writeInstallation({}, 'process.abort();');
    const file = path.join(folder, 'tfjs-node.cjs');
    await utimes(file, 1e9, 1e9);
    await expect(check()).rejects.toThrow(/it crashed \(SIGABRT\)/);
    expect(await readdir(path.join(folder, 'checks'))).toHaveLength(1);
    // Not run again: this one would be found fine.
    await writeFile(file, 'console.log(12);');
    await utimes(file, 1e9, 1e9);
    await expect(check()).rejects.toThrow(/it crashed \(SIGABRT\).*to check it again/);
  });

  it('is made anew when a file was changed', async () => {
    await writeInstallation({}, 'process.abort();');
    await expect(check()).rejects.toThrow(/SIGABRT/);
    await writeFile(path.join(folder, 'tfjs-node.cjs'), 'process.exit(9);');
    await expect(check()).rejects.toThrow(/ended with exit code 9/);
  });

  it('passes on why a library does not load', async () => {
    await writeInstallation();
    await expect(check()).rejects.toThrow(
      /exit code 1: .*tfjs_binding\.node.*(?:too short|invalid|mach-o)/i,
    );
  });
});

describe('a broken installation', () => {
  it('leaves the default to the next backend, and is named where it was asked for', async () => {
    const reasons: [() => Promise<unknown>, RegExp][] = [
      [() => rm(path.join(folder, 'tfjs_binding.node')), /tfjs_binding\.node is missing/],
      [() => writeFile(path.join(folder, 'tfjs-node.cjs'), 'x'), /tfjs-node\.cjs has 1 bytes/],
      [() => writeInstallation({}, 'process.abort();'), /it crashed \(SIGABRT\)/],
      [() => rm(path.join(folder, 'manifest.json')), /no manifest\.json/],
    ];
    for (const [damage, reason] of reasons) {
      await writeInstallation();
      await damage();
      expect((await useBackend()).name).not.toBe('tensorflow');
      const attempt = useBackend('tensorflow');
      await expect(attempt).rejects.toThrow(EnvironmentError);
      await expect(attempt).rejects.toThrow(reason);
      await expect(attempt).rejects.toThrow(/Run `npx tatabox native` to install it/);
    }
    expect((await useBackend('wasm')).name).toBe('wasm');
  });

  it('is told apart from none', async () => {
    expect(findNativeTensorFlow()).toBeUndefined();
    await expect(startTensorFlow()).rejects.toThrow(/native TensorFlow is not installed/);
  });
});

describe('the diagnosis', () => {
  it('names what is broken and what mends it', async () => {
    await writeInstallation();
    await rm(path.join(folder, 'tfjs_binding.node'));
    const { rows } = await diagnoseNative({ environment: { PATH: '/nowhere' } });
    expect(rows).toEqual([
      {
        what: 'native TensorFlow',
        status: 'error',
        detail: `${folder}: tfjs_binding.node is missing`,
        fix: 'npx tatabox native',
      },
    ]);
  });

  it('says that CUDA has no driver to work with', async () => {
    await writeInstallation({
      variant: 'gpu',
      nvidia: [
        { name: 'nvidia-cuda-runtime-cu12', version: '12.9.79' },
        { name: 'nvidia-cudnn-cu12', version: '9.1' },
      ],
    });
    const { rows } = await diagnoseNative({ environment: { PATH: '/nowhere' } });
    expect(rows.map(({ status }) => status)).toEqual(['ok', 'missing']);
    expect(rows[0]?.detail).toBe(`TensorFlow 9.8.7 with CUDA 12.9.79, cuDNN 9.1, in ${folder}`);
    expect(rows[1]?.detail).toMatch(/no driver/);
  });

  it.skipIf(process.platform === 'win32')('reads what the driver says of GPUs', async () => {
    const bin = path.join(cache, 'bin');
    await writeProgram(
      bin,
      'nvidia-smi',
      `case "$1" in
--query-gpu*) echo "NVIDIA A100-SXM4-40GB, 555.42.06, 40960, 1024"; echo "Tesla T4, 555.42.06, 15360, 0";;
*) echo "| NVIDIA-SMI 555.42.06   Driver Version: 555.42.06   CUDA Version: 12.5  |";;
esac`,
    );
    const environment = { PATH: bin };
    expect(await nvidiaGpus({ environment })).toEqual([
      {
        name: 'NVIDIA A100-SXM4-40GB',
        driver: '555.42.06',
        cuda: '12.5',
        memory: 40960,
        memoryUsed: 1024,
      },
      { name: 'Tesla T4', driver: '555.42.06', cuda: '12.5', memory: 15360, memoryUsed: 0 },
    ]);
    await writeInstallation();
    const { rows } = await diagnoseNative({ environment });
    expect(rows.slice(1).map(({ fix }) => fix)).toEqual(Array(2).fill('npx tatabox native --gpu'));
    expect(rows[1]?.detail).toBe(
      'NVIDIA A100-SXM4-40GB, driver 555.42.06, CUDA up to 12.5, 39,936 of 40,960 MiB free',
    );
    expect(await nvidiaGpus({ environment: { PATH: '/nowhere' } })).toBeUndefined();
  });
});

// Last: what is loaded once stays loaded.
describe.skipIf(real === undefined)('native TensorFlow that is installed here', () => {
  it("works with the library's own TensorFlow.js, in silence and without leaks", async () => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    const info = await useBackend('tensorflow');
    expect(info.device).toMatch(/^TensorFlow 2\.\d+\.\d+ on the (?:GPU|processor)$/);
    expect(process.env['TF_CPP_MIN_LOG_LEVEL']).toBeDefined();
    expect(tf.engine().backendName).toBe('tensorflow');
    expect(tf.getKernelsForBackend('tensorflow').length).toBeGreaterThan(150);
    const tensors = tf.memory().numTensors;
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const product = tf.matMul(x, x);
    expect(product).toBeInstanceOf(tf.Tensor);
    expect([...(await product.data())]).toEqual([7, 10, 15, 22]);
    // Gradients come from the one registry that both share.
    const gradient = tf.grad((t) => tf.sum(tf.square(t)))(x);
    expect([...(await gradient.data())]).toEqual([2, 4, 6, 8]);
    // Kernels that call methods of tensors.
    const bools = tf.tensor1d([true, false], 'bool');
    const largest = tf.argMax(bools);
    expect((await largest.data())[0]).toBe(0);
    tf.dispose([x, product, gradient, bools, largest]);
    expect(tf.memory().numTensors).toBe(tensors);
    // A second start takes what is there.
    expect((await useBackend('wasm')).name).toBe('wasm');
    expect(await useBackend('tensorflow')).toEqual(info);
    const manifest =
      real?.tensorflow === undefined ? undefined : path.join(real.folder, 'manifest.json');
    if (manifest !== undefined) expect(await readFile(manifest, 'utf8')).toContain('"files"');
  });

  it('can be used by a thread alone, in silence, and outlives it', async () => {
    if (real?.tensorflow === undefined) return;
    const require = createRequire(import.meta.url);
    const files = [
      require.resolve('@tensorflow/tfjs-core'),
      require.resolve('@tensorflow/tfjs-layers'),
      ...['quiet_log.node', 'tfjs-node.cjs', 'tfjs_binding.node'].map((file) =>
        path.join(real.folder, file),
      ),
    ];
    const thread = `
const [tf, , , register, binding] = ${JSON.stringify(files)}.map((file) => require(file));
tf.enableProdMode();
register(tf, binding, '@tensorflow/tfjs-node');
tf.setBackend('tensorflow').then(() => console.log(tf.sum(tf.ones([3])).dataSync()[0]));`;
    const program = `new (require('node:worker_threads').Worker)(${JSON.stringify(thread)}, { eval: true });`;
    const environment = { ...process.env, TF_CPP_MIN_LOG_LEVEL: undefined };
    const end = await runProgram(process.execPath, ['-e', program], { environment });
    expect(end).toEqual({ code: 0, signal: null, stdout: '3\n', stderr: '' });
  });
});
