import path from 'node:path';
import * as vscode from 'vscode';
import { InputError, UsageError } from 'tatabox/core/errors.ts';

/** Bytes of a file that does not lie on a disk, as such a file is read whole. */
const MOST_BYTES = 200_000_000;

/** Whether a file lies on a disk of this machine; in a browser none does, whatever its address. */
export function isOnDisk(uri: vscode.Uri): boolean {
  return uri.scheme === 'file' && process.versions.node !== undefined;
}

/** What tells that a file changed; undefined where there is none. */
export async function fileStamp(
  uri: vscode.Uri,
): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    const { size, mtime } = await vscode.workspace.fs.stat(uri);
    return { size, mtimeMs: mtime };
  } catch {
    return undefined;
  }
}

/**
 * All bytes of a file on any file system.
 *
 * @throws InputError where there is none, UsageError where it is too large
 */
export async function readWhole(uri: vscode.Uri): Promise<Uint8Array> {
  const where = path.posix.basename(uri.path);
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > MOST_BYTES) {
      throw new UsageError({
        where,
        found: `${(size / 1e6).toFixed(0)} MB on a file system that gives only whole files`,
        expected: `at most ${String(MOST_BYTES / 1e6)} MB`,
        fix: 'Copy the file to a disk and open it in VS Code on that machine.',
      });
    }
    return await vscode.workspace.fs.readFile(uri);
  } catch (error) {
    if (!(error instanceof vscode.FileSystemError)) throw error;
    const found = error.code === 'FileNotFound' ? 'no such file' : error.message;
    throw new InputError({ where, found }, { cause: error });
  }
}

/** A file as the library takes it: the path of one on a disk, else its bytes. */
export async function fileContent(uri: vscode.Uri): Promise<string | Uint8Array> {
  return isOnDisk(uri) ? uri.fsPath : readWhole(uri);
}
