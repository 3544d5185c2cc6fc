/** The built command against the loopback Hub: signals, several processes, exit codes, secrecy. */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { hashes, hashFolder, modelFiles, weights, writeFiles } from './helpers.ts';
import { startHubServer, type HubServer } from './loopback-server.mjs';

const command = path.join(import.meta.dirname, '..', '..', 'kernel-lib', 'dist', 'cli.cjs');

/** Starts a command, sends it a signal once something holds, and waits for its end. */
async function signalWhen(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: NodeJS.Signals,
  holds: () => boolean,
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, NODE_ENV: undefined, VITEST: undefined, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const poll = setInterval(() => {
    if (holds()) {
      clearInterval(poll);
      child.kill(signal);
    }
  }, 5);
  const code = await ended;
  clearInterval(poll);
  return { code, stderr };
}

describe('breaks, and several processes', () => {
  const large = weights(1_500_000);
  let slow: HubServer;
  let folder: string;
  const settings = (): Record<string, string> => ({
    HF_ENDPOINT: slow.url,
    HF_TOKEN: slow.token,
    HF_HOME: path.join(folder, 'hf'),
    HOME: folder,
  });
  const pullArguments = ['pull', 'lab/large', '--no-verify', '--json', '--quiet'];
  const storage = () => slow.requests.filter(({ host }) => host === 'storage');
  const received = () => storage().reduce((sum, { answered }) => sum + answered, 0);
  const check = async (pulled: string) => {
    const { '.gitattributes': attributes, ...files } = await hashFolder(pulled);
    expect(attributes).toBeDefined();
    expect(files).toEqual(hashes({ ...modelFiles(), 'model.safetensors': large }));
  };

  beforeEach(async () => {
    slow = await startHubServer({ multipartBytes: 500_000 });
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox-hub-'));
    slow.createRepo('lab/large');
    slow.addFiles('lab/large', { ...modelFiles(), 'model.safetensors': large });
    slow.setFault({ path: '_storage', chunkBytes: 100_000, chunkMilliseconds: 15, times: 1000 });
  });
  afterEach(async () => {
    await slow.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('downloads a file once for several processes that start together', async () => {
    const endings = await Promise.all(
      [1, 2, 3].map(() => runCommand(pullArguments, { env: settings() })),
    );
    expect(endings.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const { json } of endings) await check(json.folder as string);
    // Two that look at the very same moment may both begin; the third then waits.
    expect(storage().length).toBeLessThanOrEqual(2);
    const blobs = await readdir(path.join(folder, 'hf/hub/models--lab--large/blobs'));
    expect(blobs.filter((name) => name.includes('incomplete'))).toEqual([]);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    it(`goes on after ${signal} during a download`, async () => {
      const { code, stderr } = await signalWhen(
        pullArguments.filter((each) => each !== '--quiet'),
        settings(),
        signal,
        () => storage().length > 0 && partialSize(folder) > 500_000,
      );
      if (signal === 'SIGINT') expect(code).toBe(5);
      if (signal === 'SIGINT') expect(stderr).toMatch(/interrupted. Start it again to go on/);
      slow.clearFaults();
      slow.requests.length = 0;
      const again = await runCommand(pullArguments, { env: settings() });
      expect(again.code).toBe(0);
      expect(storage()[0]!.range).toMatch(/^bytes=[1-9]\d{5,}-$/);
      expect(received()).toBeLessThan(large.length - 400_000);
      await check(again.json.folder as string);
    });
  }

  it('leaves the branch as it was after SIGINT during an upload, and goes on', async () => {
    const model = path.join(folder, 'model');
    const parts = { 'a.safetensors': weights(300_000, 2), 'b.safetensors': weights(300_000, 3) };
    await writeFiles(model, { ...modelFiles(), ...parts });
    slow.clearFaults();
    slow.setFault({ method: 'PUT', skip: 4, delayMilliseconds: 3000, times: 1000 });
    const puts = () => slow.requests.filter(({ method }) => method === 'PUT').length;
    const args = ['push', model, 'lab/pushed'];
    const { code, stderr } = await signalWhen(args, settings(), 'SIGINT', () => puts() >= 6);
    expect(code).toBe(5);
    expect(stderr).toMatch(/push lab\/pushed: interrupted. Start it again to go on/);
    const { heads, commits } = slow.repos.get('lab/pushed')!;
    expect(commits.get(heads.get('main')!)!.title).toBe('initial commit');
    slow.clearFaults();
    expect((await runCommand(args, { env: settings() })).code).toBe(0);
    expect(commits.get(heads.get('main')!)!.files.size).toBe(8);
  });

  it('shows the token nowhere, with --json, with messages and with progress', async () => {
    const { token } = slow;
    const model = path.join(folder, 'model');
    await writeFiles(model, modelFiles());
    const outputs: string[] = [];
    const echo = { error: `no ${token}`, message: `Bearer ${token}` };
    const statuses = [undefined, 401, 403, 404, 500, 418];
    for (const args of [
      ['push', model, 'lab/other', '--json'],
      [...pullArguments.filter((each) => each !== '--quiet')],
    ]) {
      for (const status of statuses) {
        slow.clearFaults();
        if (status !== undefined) {
          const headers = { 'X-Error-Message': token, 'Retry-After': '999' };
          slow.setFault({ path: '/revision/', status, body: echo, headers, times: 1000 });
        }
        const { code, stdout, stderr } = await runCommand(args, { env: settings() });
        if (status === undefined) expect(code).toBe(0);
        else expect([3, 4]).toContain(code);
        outputs.push(stdout, stderr);
      }
    }
    expect(outputs.join('').includes(token)).toBe(false);
    expect(outputs.join('')).toContain('hf_…');
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile()) expect((await readFile(file)).includes(token), file).toBe(false);
    }
  });
});

/** Bytes of the largest unfinished download below the cache of a test. */
function partialSize(folder: string): number {
  const blobs = path.join(folder, 'hf/hub/models--lab--large/blobs');
  const sizes = readdirSync(blobs)
    .filter((name) => name.endsWith('.incomplete'))
    .map((name) => statSync(path.join(blobs, name), { throwIfNoEntry: false })?.size ?? 0);
  return Math.max(0, ...sizes);
}
