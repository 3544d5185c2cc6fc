import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TslabKernel } from '../../../kernel-lib/src/notebook/kernel.ts';
import type { BenchRow, PreparedWork } from '../bench-row.ts';

/** The repository: this file is bundled to build/bench/. */
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The first cell of a notebook: tslab compiles it with the library's types, and loads the library. */
const CELL = "import * as tatabox from 'tatabox';\ntypeof tatabox.openFasta;";

async function prepare(): Promise<PreparedWork> {
  const build = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`npm run build failed: ${build.stderr}`);
  return {
    async run() {
      const kernel = await TslabKernel.start({ workingFolder: root });
      try {
        const begin = performance.now();
        const { status } = await kernel.execute(CELL);
        const milliseconds = performance.now() - begin;
        return { milliseconds, check: status === 'ok' ? 1 : 0 };
      } finally {
        await kernel.stop();
      }
    },
  };
}

/** Beside a fresh Python that imports PyTorch, which is what the originals' first cell waits for. */
export const notebookImport: BenchRow = {
  name: 'notebook-import',
  work: 'import of tatabox as the first cell of a tslab notebook (peer: import torch in Python)',
  backends: ['none'],
  peers: [{ name: 'PyTorch', script: 'notebook_import.py' }],
  goals: {},
  limitMilliseconds: 1500,
  tolerance: 0,
  repetitions: 9,
  prepare,
};
