import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A code cell: its source, and its tags. */
export type TestCell = string | { source: string; tags: string[] };

/** A folder for the notebooks of one test file. */
export interface NotebookFolder {
  readonly path: string;
  /** Writes a notebook of the code cells and returns its path. */
  write(name: string, cells: readonly TestCell[], kernel?: string): Promise<string>;
  remove(): Promise<void>;
}

/** Makes a folder outside the repository, with the library's display parts as `./library.cjs`. */
export async function makeNotebookFolder(): Promise<NotebookFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tatabox-notebooks-'));
  const source = fileURLToPath(new URL('../../kernel-lib/src/', import.meta.url));
  await build({
    stdin: {
      contents: `
        export * from './core/display.ts';
        export * from './core/table-view.ts';
        export * from './notebook/interrupt-signal.ts';
        export * from './notebook/notebook-progress.ts';`,
      resolveDir: source,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: path.join(folder, 'library.cjs'),
    logLevel: 'error',
  });
  return {
    path: folder,
    async write(name, cells, kernel = 'tslab') {
      const file = path.join(folder, name);
      const notebook = {
        cells: cells.map((cell) => ({
          cell_type: 'code',
          execution_count: null,
          metadata: typeof cell === 'string' ? {} : { tags: cell.tags },
          outputs: [],
          source: typeof cell === 'string' ? cell : cell.source,
        })),
        metadata: { kernelspec: { display_name: kernel, language: 'typescript', name: kernel } },
        nbformat: 4,
        nbformat_minor: 4,
      };
      await writeFile(file, JSON.stringify(notebook));
      return file;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
