import { promises } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** Operations of the file system that can fail when a disk is full or can only be read. */
const FUNCTIONS = ['open', 'mkdir', 'rename', 'appendFile', 'link'] as const;
const METHODS = ['write', 'writeFile', 'sync', 'truncate'] as const;

/** A disk that fails from some operation on; see `failDisk`. */
export interface FailingDisk {
  /** Operations so far that could have failed. */
  readonly operations: number;
  /** Whether one has failed. */
  readonly hasFailed: boolean;
  heal(): void;
}

type AnyFunction = (...args: unknown[]) => Promise<unknown>;

/**
 * Lets operations that write below a folder fail with a code of the operating system, from the one
 * with a number on. Of what is written then the first half still comes to the disk, as on a real one
 * that is getting full.
 */
export async function failDisk(folder: string, code: string, from: number): Promise<FailingDisk> {
  const state = { operations: 0, hasFailed: false };
  const fails = (): boolean => {
    state.operations += 1;
    if (state.operations <= from) return false;
    state.hasFailed = true;
    return true;
  };
  const error = (name: string): Error =>
    Object.assign(new Error(`${code}: injected, ${name}`), { code });
  const functions = promises as unknown as Record<string, AnyFunction>;
  const probe = await promises.open('/dev/null', 'r');
  const methods = Object.getPrototypeOf(probe) as Record<string, AnyFunction>;
  await probe.close();
  const originals: [Record<string, AnyFunction>, string, AnyFunction][] = [];
  const replace = (
    owner: Record<string, AnyFunction>,
    name: string,
    make: (original: AnyFunction) => AnyFunction,
  ): void => {
    const original = owner[name]!;
    originals.push([owner, name, original]);
    owner[name] = make(original);
  };
  const watched = new WeakSet<object>();
  for (const name of FUNCTIONS) {
    replace(functions, name, (original) => async (...args) => {
      const isReading = name === 'open' && (args[1] === undefined || args[1] === 'r');
      const isWatched = String(args[0]).startsWith(folder) && !isReading;
      if (isWatched && fails()) throw error(name);
      const result = await original.apply(promises, args);
      if (name === 'open' && isWatched) watched.add(result as FileHandle);
      return result;
    });
  }
  for (const name of METHODS) {
    replace(
      methods,
      name,
      (original) =>
        async function (this: object, ...args) {
          if (!watched.has(this) || !fails()) return original.apply(this, args);
          const [content, ...rest] = args as [Uint8Array | string, number, number, number];
          if (name === 'write' && rest[1] > 1) {
            const half = Math.floor(rest[1] / 2);
            await original.call(this, content, rest[0], half, rest[2]);
          } else if (name === 'writeFile') {
            await original.call(this, content.slice(0, Math.floor(content.length / 2)));
          }
          throw error(name);
        },
    );
  }
  syncBuiltinESMExports();
  return {
    get operations() {
      return state.operations;
    },
    get hasFailed() {
      return state.hasFailed;
    },
    heal() {
      for (const [owner, name, original] of originals) owner[name] = original;
      syncBuiltinESMExports();
    },
  };
}
