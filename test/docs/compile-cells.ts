import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles files with the compiler and the options of tslab's kernel.
 *
 * @param folder where `tatabox` is found in `node_modules`
 * @throws Error with the compiler's messages
 */
export async function compileAsCells(files: readonly string[], folder: string): Promise<void> {
  const compiler = path.join(root, 'node_modules/@tslab/typescript-for-tslab/lib/tsc.js');
  const options = '--noEmit --target es2022 --module esnext --moduleResolution node --skipLibCheck';
  const args = [compiler, ...options.split(' '), '--types', 'node', ...files];
  await run(process.execPath, args, { cwd: folder }).catch((error: unknown) => {
    throw new Error((error as { stdout: string }).stdout);
  });
}
