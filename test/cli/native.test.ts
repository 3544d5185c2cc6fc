import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FAKE_VERSION,
  fakeCompiler,
  writeFakeSources,
  writeFakeWheel,
  writeProgram,
} from '../unit/backend/native-fixture.ts';
import { runCommand } from './run-command.ts';

const supported = ['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(
  `${process.platform}-${process.arch}`,
);

let folder: string;
let root: string;
let wheel: string;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-cli-native-'));
  root = path.join(folder, 'tatabox', 'native');
  wheel = await writeFakeWheel(folder);
  const bin = path.join(folder, 'bin');
  await writeFakeSources(root);
  await writeProgram(bin, 'g++', fakeCompiler);
  await writeProgram(bin, 'clang++', fakeCompiler);
  env = { XDG_CACHE_HOME: folder, PATH: bin, CXX: undefined, TATABOX_BACKEND: undefined };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A package of npm that resolves from anywhere, through NODE_PATH. */
async function writePackage(name: string, files: Readonly<Record<string, string>>) {
  const modules = await mkdtemp(path.join(folder, 'modules-'));
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(modules, name, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  return modules;
}

describe.skipIf(!supported)('tatabox native', () => {
  it('has help with examples', async () => {
    const { code, stdout } = await runCommand(['native', '--help'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nExamples:\n {2}\$ tatabox native\n/);
    for (const option of ['--gpu', '--tensorflow', '--wheel', '--uninstall', '--dry-run']) {
      expect(stdout).toContain(option);
    }
  });

  it('says what it would do and changes nothing', async () => {
    const before = await readdir(root);
    const { code, json } = await runCommand(['native', '--dry-run', '--json', '--wheel', wheel], {
      env,
    });
    expect(code).toBe(0);
    expect(json).toMatchObject({
      dryRun: true,
      tensorflow: FAKE_VERSION,
      variant: 'cpu',
      installed: false,
      wheel,
      compiler: 'fake++ 1.0',
      pip: null,
      obstacles: [],
    });
    expect(json.folder.startsWith(root)).toBe(true);
    expect(json.spaceNeeded).toBeGreaterThan(5e8);
    expect(json.spaceFree).toBeGreaterThan(0);
    expect(await readdir(root)).toEqual(before);
  });

  it('names in a dry run all that is in the way', async () => {
    const { code, stdout } = await runCommand(['native', '--dry-run'], {
      env: { ...env, PATH: '/nowhere' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/in the way: .*no Python on the PATH/);
    expect(stdout).toMatch(/in the way: .*no C\+\+ compiler/);
  });

  it('ends with 4 and leaves nothing when what it has built does not load', async () => {
    const { code, stderr, json } = await runCommand(['native', '--json', '--wheel', wheel], {
      env,
    });
    expect(code).toBe(4);
    expect(stderr).toMatch(/check of native TensorFlow .*tfjs_binding\.node/);
    expect(json.error).toMatchObject({ name: 'EnvironmentError', exitCode: 4 });
    expect(await readdir(root)).toEqual(['sources']);
  });

  it.each([
    [2, ['--tensorflow', 'newest'], /--tensorflow: 'newest'; expected a version such as/],
    [2, ['--uninstall', '--wheel', 'a.whl'], /--uninstall: --wheel with it/],
    [2, ['--cuda'], /unknown option '--cuda'/],
    [3, ['--wheel', 'nothing.whl'], /nothing\.whl: it cannot be opened/],
  ])('ends with %i for %j', async (expected, args, message) => {
    const { code, stderr } = await runCommand(['native', ...args], { env });
    expect(code).toBe(expected);
    expect(stderr).toMatch(message);
  });

  it('removes what is there, and says when there is nothing', async () => {
    const cache = await mkdtemp(path.join(folder, 'cache-'));
    const installed = path.join(cache, 'tatabox', 'native', '1.2.3-cpu-linux-x64-napi8');
    await mkdir(installed, { recursive: true });
    await writeFile(path.join(installed, 'tfjs-node.cjs'), 'x'.repeat(2_000_000));
    const options = { env: { ...env, XDG_CACHE_HOME: cache } };
    const first = await runCommand(['native', '--uninstall', '--json'], options);
    expect(first.json).toMatchObject({ removed: [installed], bytes: 2_000_000 });
    const second = await runCommand(['native', '--uninstall'], options);
    expect(second.stdout).toMatch(/^nothing to remove in /);
  });
});

describe('a package of npm', () => {
  const doctor = async (modules: string) => {
    const { code, json } = await runCommand(['doctor', '--json'], {
      env: { ...env, NODE_PATH: modules, PATH: process.env['PATH'] },
    });
    expect(code).toBe(0);
    const row = json.rows.find(({ what }: { what: string }) => what === 'backend tensorflow');
    return { defaultBackend: json.defaultBackend as string, row };
  };

  it('without its native part is not used', async () => {
    const modules = await writePackage('@tensorflow/tfjs-node', {
      'package.json': '{"name":"@tensorflow/tfjs-node","version":"4.22.0","main":"index.js"}',
      'index.js': 'throw new Error("must not be loaded")',
    });
    const { defaultBackend, row } = await doctor(modules);
    expect(defaultBackend).not.toBe('tensorflow');
    expect(row).toMatchObject({
      status: 'error',
      detail: '@tensorflow/tfjs-node: its native part is missing (its own installer failed)',
    });
    expect(row.fix).toContain('npx tatabox native');
  });

  it('with a TensorFlow.js of its own is not used: its tensors would be others', async () => {
    const own = 'node_modules/@tensorflow';
    const modules = await writePackage('@tensorflow/tfjs-node', {
      'package.json': '{"name":"@tensorflow/tfjs-node","version":"4.22.0","main":"index.js"}',
      'index.js': 'throw new Error("must not be loaded")',
      'lib/napi-v8/tfjs_binding.node': '',
      [`${own}/tfjs/package.json`]: '{"name":"@tensorflow/tfjs","version":"4.1.0","main":"i.js"}',
      [`${own}/tfjs/i.js`]: '',
      [`${own}/tfjs-core/package.json`]: '{"name":"tfjs-core","version":"4.1.0","main":"i.js"}',
      [`${own}/tfjs-core/i.js`]: '',
    });
    const { row } = await doctor(modules);
    expect(row.status).toBe('error');
    expect(row.detail).toMatch(/another copy of @tensorflow\/tfjs-core .*npm dedupe/);
  });

  it('that cannot be loaded leaves the default to the next backend', async () => {
    const core = path.dirname(
      createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json'),
    );
    const modules = await writePackage('@tensorflow/tfjs-node', {
      'package.json': '{"name":"@tensorflow/tfjs-node","version":"4.22.0","main":"index.js"}',
      'index.js': 'throw new Error("libtensorflow.so.2: cannot open shared object file\\nmore")',
      'lib/napi-v8/tfjs_binding.node': '',
      'node_modules/@tensorflow/tfjs/package.json': '{"version":"4.22.0","main":"i.js"}',
      'node_modules/@tensorflow/tfjs/i.js': '',
    });
    const scope = path.join(modules, '@tensorflow', 'tfjs-node', 'node_modules', '@tensorflow');
    await symlink(core, path.join(scope, 'tfjs-core'));
    const { defaultBackend, row } = await doctor(modules);
    expect(defaultBackend).not.toBe('tensorflow');
    expect(row.detail).toMatch(/libtensorflow\.so\.2: cannot open shared object file$/);
  });
});
