// Functions of node:fs, node:fs/promises, node:os, node:child_process, node:url, node:crypto and
// node:timers/promises that code in a browser names; files are read through VS Code there.
import { Buffer } from './buffer.ts';
import { unavailable, unavailableLater } from './unavailable.ts';

const DISK = 'files on a disk';
const later = unavailableLater(DISK);
const now = unavailable(DISK);

export const constants = { O_RDONLY: 0, COPYFILE_EXCL: 1, F_OK: 0, R_OK: 4, W_OK: 2 };
export {
  later as access,
  later as link,
  later as lstat,
  later as mkdir,
  later as mkdtemp,
  later as open,
  later as readdir,
  later as readFile,
  later as realpath,
  later as rename,
  later as rm,
  later as rmdir,
  later as stat,
  later as statfs,
  now as closeSync,
  now as openSync,
  now as read,
  now as readFileSync,
  now as readlinkSync,
  now as readSync,
};

export const execFileSync = unavailable('other programs');
export const hostname = (): string => 'browser';
export const tmpdir = unavailable(DISK);
export const uptime = (): number => performance.now() / 1000;
export const fileURLToPath = (address: string | URL): string =>
  decodeURIComponent(new URL(address).pathname);

export const createHash = unavailable('checksums');
/** Bytes that cannot be guessed. */
export function randomBytes(length: number): Buffer {
  return crypto.getRandomValues(Buffer.alloc(length));
}

/** Waits. */
export function setTimeout(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    globalThis.setTimeout(resolve, milliseconds);
  });
}
