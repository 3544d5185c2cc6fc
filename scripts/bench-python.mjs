// The Python environment of the benchmark's peers: made once in build/, or one of the user's own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root, runStep } from './step.mjs';

/** What a peer needs, as pip and as Python call it. */
const PACKAGES = {
  PyTorch: { install: ['torch'], imports: ['torch', 'numpy'] },
  onnxruntime: {
    install: ['onnxruntime', 'onnx', 'onnxscript'],
    imports: ['onnxruntime', 'onnx', 'torch'],
  },
  pysam: { install: ['pysam'], imports: ['pysam', 'numpy'] },
  'tokenizers (one thread)': { install: ['tokenizers'], imports: ['tokenizers', 'numpy'] },
  'tokenizers (all threads)': { install: ['tokenizers'], imports: ['tokenizers', 'numpy'] },
  NumPy: { install: ['numpy'], imports: ['numpy'] },
};

const folder = path.join(root, 'build', 'bench-python');
const inFolder =
  process.platform === 'win32'
    ? path.join(folder, 'Scripts', 'python.exe')
    : path.join(folder, 'bin', 'python');

/** @returns {Record<string, string> | undefined} versions of the modules, if all are there */
function versions(/** @type {string} */ python, /** @type {string[]} */ modules) {
  const program = `import ${modules.join(', ')}; import json; print(json.dumps({m.__name__: m.__version__ for m in (${modules.join(', ')},)}))`;
  const { status, stdout } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') : undefined;
}

/**
 * Makes the environment ready for some peers; what cannot be installed is told and left out.
 *
 * @param {string[]} peers names of PACKAGES
 * @param {string | undefined} given a Python to use as it is
 */
export async function preparePython(peers, given) {
  const python = given ?? inFolder;
  const all = [...new Set(peers)].filter((peer) => peer in PACKAGES);
  if (given === undefined && !existsSync(inFolder)) {
    await runStep('A Python environment for the peers', 'bench-venv', [
      process.platform === 'win32' ? 'python' : 'python3',
      ['-m', 'venv', folder],
    ]);
  }
  /** @type {Record<string, string>} */
  const found = {};
  /** @type {Set<string>} */
  const missing = new Set();
  for (const peer of all) {
    const { install, imports } = PACKAGES[peer];
    let there = versions(python, imports);
    if (there === undefined && given === undefined) {
      try {
        await runStep(`Installing ${install.join(', ')}`, `bench-${peer}`, [
          python,
          ['-m', 'pip', 'install', '--disable-pip-version-check', 'numpy', ...install],
        ]);
        there = versions(python, imports);
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
      }
    }
    if (there === undefined) missing.add(peer);
    else Object.assign(found, there);
  }
  return { python, versions: found, missing };
}
