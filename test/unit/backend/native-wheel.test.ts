import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  installCuda,
  manylinuxPlatforms,
  wheelNameParts,
} from '../../../kernel-lib/src/backend/native-cuda.ts';
import { installName, nativeFolder } from '../../../kernel-lib/src/backend/native-folder.ts';
import { isOlder } from '../../../kernel-lib/src/backend/native-manifest.ts';
import { askIndex, downloadWheels, findPip } from '../../../kernel-lib/src/backend/native-pip.ts';
import { neededGlibc } from '../../../kernel-lib/src/backend/native-plan.ts';
import { pinnedWheel, wheelLayout } from '../../../kernel-lib/src/backend/native-releases.ts';
import {
  downloadedWheel,
  extraRequirements,
  openWheel,
} from '../../../kernel-lib/src/backend/native-wheel.ts';
import { makeZip, writeFakeWheel, writeProgram } from './native-fixture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-wheel-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('folders', () => {
  it('follows the rules of each operating system', () => {
    const home = { HOME: '/home/ada' };
    expect(nativeFolder(home, 'linux')).toBe('/home/ada/.cache/tatabox/native');
    expect(nativeFolder(home, 'darwin')).toBe('/home/ada/Library/Caches/tatabox/native');
    expect(nativeFolder({ ...home, XDG_CACHE_HOME: '/data' }, 'linux')).toBe(
      '/data/tatabox/native',
    );
    expect(nativeFolder({ ...home, XDG_CACHE_HOME: 'relative' }, 'linux')).toBe(
      '/home/ada/.cache/tatabox/native',
    );
    expect(nativeFolder({ ...home, LOCALAPPDATA: '/local' }, 'win32')).toBe(
      '/local/tatabox/native',
    );
  });

  it('names an installation after all that its binary depends on', () => {
    expect(installName('2.21.0', 'gpu', 'linux', 'arm64')).toBe('2.21.0-gpu-linux-arm64-napi8');
  });
});

describe('what TensorFlow publishes', () => {
  it('knows the hash of the default version on every machine that it supports', () => {
    for (const [variant, platform, arch] of [
      ['cpu', 'linux', 'x64'],
      ['gpu', 'linux', 'x64'],
      ['cpu', 'linux', 'arm64'],
      ['cpu', 'darwin', 'arm64'],
    ] as const) {
      const pinned = pinnedWheel('2.21.0', variant, platform, arch)!;
      expect(pinned.sha256).toMatch(/^[0-9a-f]{64}$/);
      const layout = wheelLayout(variant, platform, arch);
      expect(pinned.file).toContain(`${layout.package.replace('-', '_')}-2.21.0-cp311`);
      expect(layout.platforms.some((tag) => pinned.file.includes(tag))).toBe(true);
      expect(pinnedWheel('2.20.0', variant, platform, arch)).toBeUndefined();
    }
  });

  it('says plainly where there is nothing', () => {
    expect(() => wheelLayout('cpu', 'win32', 'x64')).toThrow(/WSL 2.*wasm/);
    expect(() => wheelLayout('gpu', 'darwin', 'arm64')).toThrow(
      /Linux on x86-64 alone.*without --gpu/,
    );
    expect(() => wheelLayout('cpu', 'linux', 'riscv64')).toThrow(/no libraries for this machine/);
    expect(() => wheelLayout('cpu', 'darwin', 'x64')).toThrow(/Apple silicon/);
  });

  it('reads the C library from a tag, and compares versions by number', () => {
    expect(neededGlibc('tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl')).toBe('2.27');
    expect(neededGlibc('x-manylinux2014_x86_64.whl')).toBe('2.17');
    expect(neededGlibc('tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl')).toBeUndefined();
    expect(isOlder('2.9', '2.27')).toBe(true);
    expect(isOlder('2.27', '2.27')).toBe(false);
    expect(isOlder('2.36', '2.27')).toBe(false);
    expect(isOlder('3', '2.27')).toBe(false);
  });
});

describe('wheels', () => {
  const layout = { package: 'tensorflow', platforms: [], libraries: [] };

  it('reads the requirements of an extra, from the head of the metadata alone', async () => {
    const wheel = await openWheel(
      await writeFakeWheel(folder, { name: 'tensorflow' }),
      layout,
      'gpu',
    );
    expect(wheel.cudaRequirements).toEqual([
      'nvidia-cublas-cu12<13.0,>=12.5.3.2',
      'nvidia-nccl-cu12<3.0,>=2.27.7',
    ]);
    expect(extraRequirements('Requires-Dist: a; extra == "b"\r\n', 'b')).toEqual(['a']);
    expect(extraRequirements('Requires-Dist: a; extra == "bc"\n', 'b')).toEqual([]);
  });

  it('refuses to give CUDA to a TensorFlow without', async () => {
    const file = await writeFakeWheel(folder);
    await expect(openWheel(file, layout, 'gpu')).rejects.toThrow(
      /tensorflow-cpu 9\.8\.7, which has no CUDA.*Leave --gpu out/,
    );
  });

  it('takes a download that is whole and removes one that is not', async () => {
    await writeFile(path.join(folder, 'a.whl'), 'abc');
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const get = (hash: string) =>
      downloadedWheel(folder, 'a.whl', { sha256: hash, source: 'pinned' }, {});
    expect(await get(sha256)).toBe(path.join(folder, 'a.whl'));
    expect(await get('0'.repeat(64))).toBeUndefined();
    expect(await get(sha256)).toBeUndefined();
  });
});

describe.skipIf(process.platform === 'win32')('pip', () => {
  const layout = wheelLayout('cpu', 'linux', 'x64');

  /** A Python whose pip runs a script with its arguments in $@. */
  async function fakePip(script: string) {
    const bin = await mkdtemp(path.join(folder, 'bin-'));
    await writeProgram(
      bin,
      'python3',
      `[ "$3" = --version ] && { echo "pip 25.0"; exit 0; }\necho "$@" > ${bin}/arguments\n${script}`,
    );
    const environment = { PATH: `${bin}:/usr/bin:/bin` };
    return { pip: await findPip({ environment }), options: { environment }, bin };
  }

  it('asks the index for file and hash of a version', async () => {
    const report = {
      install: [
        {
          download_info: {
            url: 'https://files.example.org/a/b/tensorflow_cpu-2.20.0-cp311-cp311-x.whl',
            archive_info: { hashes: { sha256: 'ff' } },
          },
        },
      ],
    };
    const { pip, options } = await fakePip(`echo '${JSON.stringify(report)}'`);
    expect(pip.version).toBe('pip 25.0');
    expect(await askIndex(pip, 'tensorflow-cpu==2.20.0', layout, options)).toEqual({
      file: 'tensorflow_cpu-2.20.0-cp311-cp311-x.whl',
      sha256: 'ff',
    });
  });

  it('goes on with a pip that is too old to tell', async () => {
    const { pip, options } = await fakePip('echo "no such option: --report" >&2; exit 2');
    expect(await askIndex(pip, 'tensorflow-cpu==2.20.0', layout, options)).toBeUndefined();
  });

  it('names the newest versions where there is none of that number', async () => {
    const { pip, options } = await fakePip(
      'echo "ERROR: Could not find a version (from versions: 2.9.0, 2.20.0, 2.21.0rc1, 2.21.0)" >&2; echo "ERROR: No matching distribution found" >&2; exit 1',
    );
    await expect(askIndex(pip, 'tensorflow-cpu==2.99.0', layout, options)).rejects.toThrow(
      /no wheel for this machine; expected one of its newest versions 2\.9\.0, 2\.20\.0, 2\.21\.0\. Choose/,
    );
  });

  it('passes on what pip says of a broken network', async () => {
    const { pip, options } = await fakePip('echo "ERROR: Connection refused" >&2; exit 1');
    await expect(askIndex(pip, 'tensorflow-cpu==2.20.0', layout, options)).rejects.toThrow(
      /Connection refused\. Connect to the Python package index, or give .* --wheel FILE/,
    );
  });

  it('gets wheels for one Python, whatever runs it, and shows them when they are whole', async () => {
    const script = `
for a in "$@"; do case "$a" in --dest=*) d="\${a#--dest=}";; esac; done
[ -n "$TMPDIR" ] || exit 1
mkdir -p "$d" && echo wheel > "$d/tensorflow_cpu-2.21.0.whl"`;
    const { pip, options, bin } = await fakePip(script);
    const downloads = path.join(bin, 'downloads');
    const names = await downloadWheels(
      { pip, requirements: ['tensorflow-cpu==2.21.0'], layout, folder: downloads, task: 'test' },
      options,
    );
    expect(names).toEqual(['tensorflow_cpu-2.21.0.whl']);
    expect(await readdir(downloads)).toEqual(names);
    const words = (await readFile(path.join(bin, 'arguments'), 'utf8')).split(/\s+/);
    expect(words).toEqual(
      expect.arrayContaining([
        'download',
        '--no-deps',
        '--no-cache-dir',
        '--only-binary=:all:',
        '--python-version=3.11',
        '--platform=manylinux_2_27_x86_64',
        'tensorflow-cpu==2.21.0',
      ]),
    );
  });

  it('unpacks the libraries of CUDA wheels where TensorFlow looks for them', async () => {
    const wheels = path.join(folder, 'cuda-wheels');
    await mkdir(wheels);
    await writeFile(
      path.join(wheels, 'nvidia_cublas_cu12-12.9.1-py3-none-manylinux_2_27_x86_64.whl'),
      makeZip({
        'nvidia/cublas/lib/libcublas.so.12': 'library',
        'nvidia/cublas/include/cublas.h': 'header',
        'nvidia/cublas/lib/__init__.py': '',
      }),
    );
    await writeFile(
      path.join(wheels, 'nvidia_cuda_nvcc_cu12-12.9.2-py3-none-manylinux1_x86_64.whl'),
      makeZip({
        'nvidia/cuda_nvcc/bin/ptxas': 'program',
        'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc': 'code',
        'nvidia/cuda_nvcc/nvvm/bin/cicc': 'compiler',
      }),
    );
    const { pip, options, bin } = await fakePip(
      `for a in "$@"; do case "$a" in --dest=*) d="\${a#--dest=}";; esac; done; mkdir -p "$d"; cp ${wheels}/* "$d"`,
    );
    const target = path.join(bin, 'target');
    const packages = await installCuda(
      {
        pip,
        requirements: ['nvidia-cublas-cu12<13.0', 'nvidia-cuda-nvcc-cu12'],
        downloads: path.join(bin, 'downloads'),
        folder: target,
      },
      options,
    );
    expect(packages).toEqual([
      { name: 'nvidia-cublas-cu12', version: '12.9.1' },
      { name: 'nvidia-cuda-nvcc-cu12', version: '12.9.2' },
    ]);
    const found = (await readdir(target, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    expect(found.sort()).toEqual(['libcublas.so.12', 'libdevice.10.bc', 'ptxas']);
    expect((await stat(path.join(target, 'nvidia/cuda_nvcc/bin/ptxas'))).mode & 0o111).not.toBe(0);
    expect(await readdir(path.join(bin, 'downloads'))).toEqual([]);
    expect(await readFile(path.join(bin, 'arguments'), 'utf8')).not.toContain('--no-deps');
  });

  it('lists the tags that a C library can load', () => {
    const tags = manylinuxPlatforms('2.31');
    expect(tags[0]).toBe('manylinux_2_31_x86_64');
    expect(tags).toContain('manylinux_2_18_x86_64');
    expect(tags).toContain('manylinux2014_x86_64');
    expect(tags).not.toContain('manylinux_2_32_x86_64');
    expect(wheelNameParts('a/nvidia_nccl_cu12-2.27.7-py3-none-x.whl')).toEqual({
      name: 'nvidia-nccl-cu12',
      version: '2.27.7',
    });
  });
});
