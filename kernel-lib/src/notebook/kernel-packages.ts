import { createRequire } from 'node:module';
import path from 'node:path';
import type * as Zeromq from 'zeromq';
import { EnvironmentError } from '../core/errors.ts';

/** The library that speaks ZeroMQ. */
export type ZeromqModule = typeof Zeromq;

/** The two packages that the notebook runner needs and that only notebook users install. */
export interface KernelPackages {
  /** The module whose `main()` is tslab's command line. */
  readonly tslabMain: string;
  readonly zeromq: ZeromqModule;
}

/**
 * Finds tslab and zeromq, looking from each folder upwards as Node does. zeromq is looked for beside
 * tslab too, which depends on it, so that installing tslab is enough.
 *
 * @throws EnvironmentError when they are not installed or do not load
 */
export function findKernelPackages(folders: readonly string[]): KernelPackages {
  const requires = folders.map((folder) => createRequire(path.join(folder, 'notebook.js')));
  const tslabMain = firstResolved(requires, 'tslab/dist/main.js');
  const beside = tslabMain === undefined ? [] : [createRequire(tslabMain)];
  const zeromqFile = firstResolved([...requires, ...beside], 'zeromq');
  if (tslabMain === undefined || zeromqFile === undefined) {
    throw new EnvironmentError({
      where: 'the notebook runner',
      found: `${tslabMain === undefined ? 'tslab' : 'zeromq'} is not installed (looked from ${folders.join(', ')})`,
      expected: 'the packages tslab, which runs TypeScript cells, and zeromq, which talks to it',
      fix: 'Run: npm install tslab zeromq',
    });
  }
  try {
    return { tslabMain, zeromq: createRequire(zeromqFile)(zeromqFile) as ZeromqModule };
  } catch (error) {
    throw new EnvironmentError(
      {
        where: zeromqFile,
        found: `zeromq does not load (${error instanceof Error ? error.message : String(error)})`,
        expected: 'a build of zeromq 6 for this platform',
        fix: 'Run: npm install zeromq@6',
      },
      { cause: error },
    );
  }
}

function firstResolved(requires: readonly NodeRequire[], request: string): string | undefined {
  for (const require of requires) {
    try {
      return require.resolve(request);
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}
