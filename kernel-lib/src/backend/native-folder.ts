import { homedir } from 'node:os';
import path from 'node:path';

/** Environment variables by name, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Version of Node's binary interface that the binding is compiled for: Node 12.22 and newer. */
export const NODE_API_VERSION = 8;

/** Which TensorFlow: for the processor alone, or with CUDA as well. */
export type NativeVariant = 'cpu' | 'gpu';

/**
 * The folder of all native installations of this user, shared by projects: below
 * `$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows.
 *
 * @example
 * nativeFolder({ XDG_CACHE_HOME: '/data/cache' }, 'linux'); // '/data/cache/tatabox/native'
 */
export function nativeFolder(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = environment['HOME'] ?? homedir();
  const set = (name: string): string | undefined => {
    const value = environment[name];
    return value !== undefined && path.isAbsolute(value) ? value : undefined;
  };
  const cache = (): string => {
    if (platform === 'win32') return set('LOCALAPPDATA') ?? path.join(home, 'AppData', 'Local');
    // The specification of XDG says that a relative path is to be ignored.
    const named = set('XDG_CACHE_HOME');
    if (named !== undefined) return named;
    return platform === 'darwin' ? path.join(home, 'Library', 'Caches') : path.join(home, '.cache');
  };
  return path.join(cache(), 'tatabox', 'native');
}

/**
 * Name of the folder of one installation.
 *
 * @example
 * installName('2.21.0', 'cpu'); // '2.21.0-cpu-linux-x64-napi8'
 */
export function installName(
  tensorflow: string,
  variant: NativeVariant,
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): string {
  return `${tensorflow}-${variant}-${platform}-${arch}-napi${String(NODE_API_VERSION)}`;
}
