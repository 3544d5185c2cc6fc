/** The token goes to the Hub and nowhere else: not to another host, a file, a message or an output. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../kernel-lib/src/core/progress.ts';
import { listHubModels } from '../../kernel-lib/src/hub/list-models.ts';
import { pullModel } from '../../kernel-lib/src/hub/pull-model.ts';
import { pushModel } from '../../kernel-lib/src/hub/push-model.ts';
import { modelFiles, useTestHub, weights, writeFiles } from './helpers.ts';
import { startHubServer, type HubFault, type HubServer } from './loopback-server.mjs';

const repo = 'lab/promoters';

/** Everything that a value shows in any of the ways in which values are shown. */
function shown(value: unknown, depth = 0): string {
  const parts = [inspect(value, { depth: 20, showHidden: true, getters: true })];
  parts.push(JSON.stringify(value) ?? '', String(value));
  if (value instanceof Error && depth < 10) {
    parts.push(value.message, value.stack ?? '', shown(value.cause, depth + 1));
    for (const name of Object.getOwnPropertyNames(value)) {
      parts.push(name, String((value as unknown as Record<string, unknown>)[name]));
    }
  }
  return parts.join('\n');
}

/** Names and contents of all files below a folder, links with what they say. */
async function everythingBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const parts: string[] = [];
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    parts.push(file);
    if (entry.isSymbolicLink()) parts.push(await readlink(file));
    else if (entry.isFile()) parts.push(await readFile(file, 'latin1'));
  }
  return parts.join('\n');
}

describe('the token', () => {
  const test = useTestHub({ multipartBytes: 65_536 });
  let other: HubServer;
  beforeEach(async () => {
    other = await startHubServer();
  });
  afterEach(() => other.close());

  it('is in no file, result, progress event or error, whatever goes wrong', async () => {
    const { token } = test.hub;
    const folder = await writeFiles(path.join(test.folder, 'model'), modelFiles());
    const echo = { error: `bad token ${token}`, message: token };
    const faults: HubFault[] = [
      ...[400, 401, 403, 404, 409, 412, 416, 418, 429, 500, 503].map((status): HubFault => ({
        status,
        body: echo,
        headers: { 'Retry-After': '0' },
      })),
      { status: 403, headers: { 'X-Error-Code': 'GatedRepo', 'X-Error-Message': token } },
      { status: 400, headers: { 'X-Error-Message': `Bearer ${token}` } },
      { status: 200, body: echo },
      { status: 200, body: [token] },
      { rewrite: () => `${token} is not JSON` },
      { status: 302, headers: { Location: `${other.url}/?token=${token}` } },
      { status: 307, headers: { Location: `http://user:${token}@127.0.0.1:1/` } },
      { disconnect: true },
      { cutHeader: true },
      { truncateAt: 10 },
    ];
    const pushSteps: HubFault['path'][] = [
      'whoami',
      'repos/create',
      '/revision/',
      '/tree/',
      'preupload',
      'objects/batch',
      '/part/',
      '/complete',
      '/commit/',
    ];
    const pullSteps = ['/revision/', '/tree/', /resolve.*config/, /resolve.*model/, '_storage'];
    const seen: string[] = [];
    const progress = (event: ProgressEvent) => void seen.push(shown(event));
    const look = async (work: Promise<unknown>) => {
      seen.push(shown(await work.catch((error: unknown) => error)));
      test.hub.clearFaults();
    };
    const retry = { attempts: 2, firstDelaySeconds: 0.001 };
    let count = 0;
    for (const fault of faults) {
      for (const step of pushSteps) {
        await writeFiles(folder, { 'model.safetensors': weights(30_000, ++count) });
        test.hub.setFault({ ...fault, path: step, times: 1000 });
        const name = `lab/model-${count}`;
        await look(pushModel({ ...test.options, retry, folder, repo: name, progress }));
      }
    }
    test.hub.createRepo(repo);
    test.hub.addFiles(repo, modelFiles());
    for (const fault of faults) {
      for (const step of pullSteps) {
        const cacheFolder = path.join(test.folder, 'caches', String(++count));
        test.hub.setFault({ ...fault, path: step, times: 1000 });
        await look(pullModel({ ...test.options, retry, repo, cacheFolder, progress }));
      }
    }
    await look(pushModel({ ...test.options, folder, repo: 'lab/last', progress }));
    await look(pullModel({ ...test.options, repo: 'lab/last', progress }));
    test.hub.setFault({ path: '/api/models', status: 400, body: echo });
    await look(listHubModels({ ...test.options }).next());

    expect(seen.join('\n').includes(token)).toBe(false);
    expect(seen.join('\n')).toContain('hf_…');
    expect((await everythingBelow(test.folder)).includes(token)).toBe(false);
    for (const server of [test.hub, other]) {
      const hosts = server.requests.filter((r) => r.host === 'storage' || server === other);
      expect(hosts.every(({ authorization }) => authorization === 'none')).toBe(true);
    }
  });

  it('does not follow a redirect to another host, at any step', async () => {
    const folder = await writeFiles(path.join(test.folder, 'model'), modelFiles());
    other.createRepo(repo);
    test.hub.createRepo(repo);
    test.hub.addFiles(repo, modelFiles());
    const steps = ['whoami', '/revision/', '/tree/', 'preupload', 'batch', '/commit/', /resolve/];
    for (const status of [301, 302, 303, 307, 308]) {
      for (const step of steps) {
        const headers = { Location: `${other.url}/api/models/${repo}` };
        const work =
          step instanceof RegExp
            ? pullModel({ ...test.options, repo, cacheFolder: path.join(test.folder, 'x') })
            : pushModel({ ...test.options, folder, repo });
        test.hub.setFault({ path: step, status, headers, times: 1000 });
        await work.catch(() => undefined);
        test.hub.clearFaults();
      }
    }
    expect(other.requests.length).toBeGreaterThan(20);
    expect(new Set(other.requests.map((r) => r.authorization))).toEqual(new Set(['none']));
  });

  it('follows a redirect within the Hub, as of a model that was renamed', async () => {
    test.hub.createRepo('lab/new-name', { private: true });
    test.hub.addFiles('lab/new-name', modelFiles());
    test.hub.setFault({
      path: '/old-name/revision/',
      status: 307,
      headers: { Location: '/api/models/lab/new-name/revision/main' },
    });
    test.hub.setFault({
      path: '/old-name/tree/',
      status: 307,
      headers: {
        Location: `/api/models/lab/new-name/tree/main?recursive=true&expand=false`,
      },
    });
    const commit = test.hub.repos.get('lab/new-name')!.heads.get('main')!;
    for (const name of ['.gitattributes', ...Object.keys(modelFiles())]) {
      test.hub.setFault({
        path: `/old-name/resolve/${commit}/${name}`,
        status: 307,
        headers: { Location: `/lab/new-name/resolve/${commit}/${name}` },
      });
    }
    const { files } = await pullModel({ ...test.options, repo: 'lab/old-name' });
    expect(files).toHaveLength(6);
  });

  it('is not shown by what the server makes of a message', async () => {
    test.hub.setFault({
      path: '/revision/',
      status: 400,
      body: { error: `\u001b[2J\u001b]0;owned\u0007 ${test.hub.token} X-Amz-Signature=abc123` },
    });
    const error = await pullModel({ ...test.options, repo }).catch((e: unknown) => e as Error);
    expect((error as Error).message).toMatch(/hf_… X-Amz-Signature=…/);
    // eslint-disable-next-line no-control-regex
    expect((error as Error).message).not.toMatch(/[\u0000-\u001f]/);
  });
});
