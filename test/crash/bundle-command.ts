import { cp } from 'node:fs/promises';
import path from 'node:path';
import { bundleSources } from '../unit/training/bundle-sources.ts';

const library = path.join(import.meta.dirname, '..', '..', 'kernel-lib');

/**
 * Bundles the `tatabox` command of the sources with all that it needs to run; the caller removes the
 * folder.
 *
 * @returns the folder with `cli.cjs`
 */
export async function bundleCommand(): Promise<string> {
  const folder = await bundleSources({
    cli: 'kernel-lib/src/cli/main.ts',
    'ensemble-worker': 'kernel-lib/src/training/ensemble-worker.ts',
  });
  await cp(path.join(library, 'assets'), path.join(folder, 'assets'), { recursive: true });
  return folder;
}
