import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { HubOptions } from '../../kernel-lib/src/hub/hub-settings.ts';
import { startHubServer, type HubServer, type HubServerOptions } from './loopback-server.mjs';

/** A safetensors file with one float32 tensor of this length. */
export function weights(length: number, seed = 1): Buffer {
  const header = Buffer.from(
    JSON.stringify({ w: { dtype: 'F32', shape: [length], data_offsets: [0, 4 * length] } }).padEnd(
      96,
    ),
  );
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(header.length));
  const values = Float32Array.from({ length }, (_, i) => Math.sin(i * seed));
  return Buffer.concat([start, header, Buffer.from(values.buffer)]);
}

export const modelFiles = (): Record<string, string | Buffer> => ({
  'config.json': '{"model_type": "xpresso"}\n',
  'model.safetensors': weights(50_000),
  'README.md': '---\nlicense: mit\nlibrary_name: tatabox\ntags:\n  - genomics\n---\n# A model\n',
  'example/input.json': '{"sequences": ["ACGT"]}',
  'example/expected.json': '[0.25]',
});

export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return folder;
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** SHA-256 of contents by file name; whole buffers would take seconds to compare. */
export function hashes(
  files: Readonly<Record<string, string | Uint8Array>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, sha256(content)]),
  );
}

/** SHA-256 of all files of a folder, links followed. */
export async function hashFolder(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: Record<string, string> = {};
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isDirectory()) {
      files[path.relative(folder, file).split(path.sep).join('/')] = sha256(await readFile(file));
    }
  }
  return files;
}

export interface TestHub {
  hub: HubServer;
  /** A folder that is removed after the test. */
  folder: string;
  cacheFolder: string;
  /** Options of a call that carries the token of `tester` and repeats without long waits. */
  options: HubOptions;
}

/** A fresh Hub and a fresh folder for each test of a file. */
export function useTestHub(serverOptions?: HubServerOptions): TestHub {
  const test = {} as TestHub;
  beforeEach(async () => {
    test.hub = await startHubServer(serverOptions);
    test.folder = await mkdtemp(path.join(tmpdir(), 'tatabox-hub-'));
    test.cacheFolder = path.join(test.folder, 'cache');
    test.options = {
      cacheFolder: test.cacheFolder,
      retry: { attempts: 3, firstDelaySeconds: 0.01, idleSeconds: 2 },
      environment: { HF_ENDPOINT: test.hub.url, HF_TOKEN: test.hub.token, HOME: test.folder },
    };
  });
  afterEach(async () => {
    await test.hub.close();
    await rm(test.folder, { recursive: true, force: true });
  });
  return test;
}

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}
