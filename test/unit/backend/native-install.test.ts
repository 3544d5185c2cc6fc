import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installName } from '../../../kernel-lib/src/backend/native-folder.ts';
import { installNative } from '../../../kernel-lib/src/backend/native-install.ts';
import { listInstallations } from '../../../kernel-lib/src/backend/native-manifest.ts';
import { planNative, type NativeOptions } from '../../../kernel-lib/src/backend/native-plan.ts';
import {
  pinnedWheel,
  TENSORFLOW_VERSION,
  wheelLayout,
} from '../../../kernel-lib/src/backend/native-releases.ts';
import { uninstallNative } from '../../../kernel-lib/src/backend/native-uninstall.ts';
import { EnvironmentError, InputError, UsageError } from '../../../kernel-lib/src/core/errors.ts';
import type { ProgressEvent } from '../../../kernel-lib/src/core/progress.ts';
import {
  confirmAnything,
  FAKE_VERSION,
  fakeCompiler,
  writeFakeSources,
  writeFakeWheel,
  writeProgram,
} from './native-fixture.ts';

const supported = ['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(
  `${process.platform}-${process.arch}`,
);

describe.skipIf(!supported)('installNative', () => {
  let folder: string;
  let root: string;
  let bin: string;
  let wheel: string;
  let options: NativeOptions;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-native-'));
    root = path.join(folder, 'native');
    bin = path.join(folder, 'bin');
    wheel = await writeFakeWheel(folder);
    await writeFakeSources(root);
    await writeProgram(bin, 'g++', fakeCompiler);
    await writeProgram(bin, 'clang++', fakeCompiler);
    options = { root, wheel, environment: { PATH: bin } };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('installs from a wheel and leaves nothing else behind', async () => {
    const events: ProgressEvent[] = [];
    const result = await installNative(
      { ...options, progress: (event) => events.push(event) },
      confirmAnything,
    );
    expect(result.alreadyInstalled).toBe(false);
    expect(result.folder).toBe(path.join(root, installName(FAKE_VERSION, 'cpu')));
    expect(await readdir(root)).toEqual([path.basename(result.folder)]);
    expect((await readdir(result.folder)).sort()).toEqual([
      'manifest.json',
      'quiet_log.node',
      'tensorflow',
      'tfjs-node.cjs',
      'tfjs_binding.node',
    ]);
    // Headers and the rest of the wheel are not kept.
    expect(await readdir(path.join(result.folder, 'tensorflow'))).toHaveLength(2);
    const { manifest } = result;
    expect(manifest).toMatchObject({
      tensorflow: FAKE_VERSION,
      variant: 'cpu',
      platform: process.platform,
      arch: process.arch,
      napi: 8,
      glibc: '2.17',
      tfjsNode: '4.22.0',
      compiler: 'fake++ 1.0',
      nvidia: [],
    });
    expect(manifest.wheel).toMatchObject({ file: path.basename(wheel), hash: 'given' });
    expect(manifest.wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(result.bytes).toBe(manifest.files.reduce((sum, { size }) => sum + size, 0));
    expect(new Set(events.map(({ task }) => task))).toEqual(
      new Set([
        'unpacking TensorFlow',
        'compiling the binding',
        'checking: matrix product, training',
      ]),
    );
  });

  it('compiles with a library path relative to the binding and a name set for each thread', async () => {
    const { folder: installed } = await installNative(options, confirmAnything);
    const output = await readFile(path.join(installed, 'tfjs_binding.node'), 'utf8');
    const here = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
    expect(output).toContain(`-Wl,-rpath,${here}/tensorflow`);
    expect(output).toContain('-DNAPI_VERSION=8');
    if (process.platform === 'linux') expect(output).toContain('-Wl,-z,nodelete');
    expect(output).toContain('thread_local std::set<std::string> ATTR_NAME_SET;');
  });

  it('does nothing the second time, and needs no tools for that', async () => {
    await installNative(options, confirmAnything);
    const again = await installNative(
      { root, tensorflow: FAKE_VERSION, environment: { PATH: '/nowhere' } },
      confirmAnything,
    );
    expect(again.alreadyInstalled).toBe(true);
  });

  it('installs anew what has lost a file or a part of one', async () => {
    const { folder: installed } = await installNative(options, confirmAnything);
    for (const damage of [
      () => rm(path.join(installed, 'tfjs-node.cjs')),
      () => writeFile(path.join(installed, 'tfjs_binding.node'), 'short'),
      () => writeFile(path.join(installed, 'manifest.json'), '{'),
    ]) {
      await damage();
      await writeFakeSources(root);
      const { alreadyInstalled } = await installNative(options, confirmAnything);
      expect(alreadyInstalled).toBe(false);
      expect(await readdir(root)).toEqual([path.basename(installed)]);
    }
  });

  it('installs anew what is whole and fails its check twice', async () => {
    await installNative(options, confirmAnything);
    await writeFakeSources(root);
    let checks = 0;
    const result = await installNative(options, (...call) => {
      checks++;
      if (checks < 3) {
        return Promise.reject(new EnvironmentError({ where: 'check', found: 'a crash' }));
      }
      return confirmAnything(...call);
    });
    expect(checks).toBe(3);
    expect(result.alreadyInstalled).toBe(false);
  });

  it('leaves nothing when the check fails', async () => {
    const attempt = installNative(options, () =>
      Promise.reject(new EnvironmentError({ where: 'check', found: 'a crash' })),
    );
    await expect(attempt).rejects.toThrow('check: a crash');
    expect(await readdir(root)).toEqual(['sources']);
    expect(listInstallations(root)).toEqual({ installations: [], broken: [] });
  });

  it('leaves nothing when it is interrupted', async () => {
    for (const task of ['unpacking TensorFlow', 'compiling the binding']) {
      const controller = new AbortController();
      const attempt = installNative(
        {
          ...options,
          signal: controller.signal,
          progress: (event) => {
            if (event.task === task) controller.abort();
          },
        },
        confirmAnything,
      );
      await expect(attempt).rejects.toThrow(/interrupted/);
      expect(await readdir(root)).toEqual(['sources']);
    }
  });

  it('removes what a killed run has left', async () => {
    const name = `.${installName(FAKE_VERSION, 'cpu')}.abcdef`;
    await mkdir(path.join(root, name, 'tensorflow'), { recursive: true });
    await mkdir(path.join(root, 'downloads', '.pip-abcdef'), { recursive: true });
    await installNative(options, confirmAnything);
    expect(await readdir(root)).toEqual([installName(FAKE_VERSION, 'cpu')]);
  });

  it('passes on what a failing compiler says', async () => {
    const failing = `
if [ "$1" = --version ]; then echo fake; exit 0; fi
echo "tfjs_backend.cc:12: error: no such thing" >&2; exit 1`;
    await writeProgram(bin, 'g++', failing);
    await writeProgram(bin, 'clang++', failing);
    await expect(installNative(options, confirmAnything)).rejects.toThrow(
      /compiling @tensorflow\/tfjs-node with fake: exit code 1: tfjs_backend\.cc:12: error: no such thing\. Choose another compiler with CXX/,
    );
  });

  it('uses the compiler that CXX names', async () => {
    await writeProgram(bin, 'my++', fakeCompiler.replace('fake++', 'mine'));
    const environment = { PATH: bin, CXX: 'my++' };
    const { manifest } = await installNative({ ...options, environment }, confirmAnything);
    expect(manifest.compiler).toBe('mine 1.0');
  });

  it('names what the machine lacks, each with what adds it', async () => {
    const download = { ...options, wheel: undefined };
    const plan = await planNative({
      ...download,
      environment: { PATH: path.join(folder, 'none') },
    });
    const messages = plan.obstacles.map(({ message }) => message);
    expect(messages).toHaveLength(2);
    expect(messages[0]).toMatch(/no Python on the PATH; expected python3 with pip.*--wheel FILE/);
    expect(messages[1]).toMatch(/no C\+\+ compiler .*C\+\+17.*Install it/);
    await writeProgram(bin, 'python3', '[ "$1" = --version ] && echo "Python 3.12.1"');
    await expect(installNative(download)).rejects.toThrow(/Python 3\.12\.1 without pip/);
    await rm(path.join(root, 'sources'), { recursive: true });
    await expect(installNative(options)).rejects.toThrow(
      /download of @tensorflow\/tfjs-node@4\.22\.0: no npm on the PATH\. Put npm/,
    );
  });

  it('refuses a wheel that is not what was asked for', async () => {
    const attempt = (changes: NativeOptions) => installNative({ ...options, ...changes });
    await expect(attempt({ tensorflow: '2.21.0' })).rejects.toThrow(
      /--wheel: TensorFlow 9\.8\.7 in .*; expected 2\.21\.0, as --tensorflow says/,
    );
    await expect(attempt({ tensorflow: 'latest' })).rejects.toThrow(UsageError);
    const other = await writeFakeWheel(folder, { name: 'torch' });
    await expect(attempt({ wheel: other })).rejects.toThrow(/the package torch; expected a wheel/);
    const poor = await writeFakeWheel(folder, { without: 'framework' });
    await expect(attempt({ wheel: poor })).rejects.toThrow(
      /no tensorflow\/libtensorflow_framework/,
    );
    await writeFile(poor, 'not a zip');
    await expect(attempt({ wheel: poor })).rejects.toThrow(InputError);
    // @ts-expect-error -- no such option
    await expect(attempt({ wheels: 'x' })).rejects.toThrow(/Did you mean 'wheel'/);
  });

  it('checks the hash of a wheel that has the name of a known one', async () => {
    const pinned = pinnedWheel(TENSORFLOW_VERSION, 'cpu')!;
    const { package: name } = wheelLayout('cpu');
    const known = await writeFakeWheel(folder, {
      name: name.replace('-', '_'),
      version: TENSORFLOW_VERSION,
      file: pinned.file,
    });
    const { expectedHash } = await planNative({ ...options, wheel: known });
    expect(expectedHash).toEqual({ sha256: pinned.sha256, source: 'pinned' });
    await expect(installNative({ ...options, wheel: known }, confirmAnything)).rejects.toThrow(
      new RegExp(`SHA-256 [0-9a-f]{64}; expected ${pinned.sha256} \\(known to tatabox\\)`),
    );
  });

  it('takes one installation after the other as the one in use', async () => {
    const first = await installNative(options, confirmAnything);
    const copy = path.join(root, installName('1.2.3', 'cpu'));
    await mkdir(copy);
    await writeFile(
      path.join(copy, 'manifest.json'),
      JSON.stringify({ ...first.manifest, tensorflow: '1.2.3', files: [] }),
    );
    const old = new Date(Date.now() - 60_000);
    await utimes(path.join(copy, 'manifest.json'), old, old);
    const versions = () =>
      listInstallations(root).installations.map(({ manifest }) => manifest.tensorflow);
    expect(versions()).toEqual([FAKE_VERSION, '1.2.3']);
    await installNative({ root, tensorflow: '1.2.3' }, confirmAnything);
    expect(versions()).toEqual(['1.2.3', FAKE_VERSION]);
  });

  it('removes one version, or everything', async () => {
    const { folder: installed, bytes } = await installNative(options, confirmAnything);
    expect((await uninstallNative({ root, tensorflow: '1.0.0' })).removed).toEqual([]);
    expect((await uninstallNative({ root, gpu: true })).removed).toEqual([]);
    const result = await uninstallNative({ root, tensorflow: FAKE_VERSION });
    expect(result.removed).toEqual([installed]);
    expect(result.bytes).toBeGreaterThanOrEqual(bytes);
    await mkdir(path.join(root, 'downloads'), { recursive: true });
    await uninstallNative({ root });
    expect(existsSync(root)).toBe(false);
    expect(await uninstallNative({ root })).toEqual({ root, removed: [], bytes: 0 });
  });
});
