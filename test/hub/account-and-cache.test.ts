/** Who a token belongs to; what the cache holds, and deleting from it. */
import { lstat, mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../kernel-lib/src/core/folder-lock.ts';
import { listCachedModels } from '../../kernel-lib/src/hub/cached-models.ts';
import { deleteCachedModel } from '../../kernel-lib/src/hub/delete-cached-model.ts';
import { hubSettings, type HubRetry } from '../../kernel-lib/src/hub/hub-settings.ts';
import { listHubModels } from '../../kernel-lib/src/hub/list-models.ts';
import { pullModel } from '../../kernel-lib/src/hub/pull-model.ts';
import { whoAmI } from '../../kernel-lib/src/hub/who-am-i.ts';
import { failure, modelFiles, useTestHub, weights } from './helpers.ts';

const repo = 'lab/promoters';

async function toList<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('whoAmI', () => {
  const reader = `hf_${'r'.repeat(20)}`;
  const test = useTestHub({ users: { [reader]: { name: 'reader', role: 'read' } } });

  it('names the account, its organizations, and what the token may do', async () => {
    expect(await whoAmI(test.options)).toEqual({
      name: 'tester',
      organizations: ['lab'],
      role: 'write',
      tokenName: 'loopback',
      source: 'HF_TOKEN',
    });
    const account = await whoAmI({ ...test.options, token: reader });
    expect(account).toMatchObject({ name: 'reader', role: 'read', organizations: [] });
    expect(account.source).toBe("the option 'token'");
  });

  it.each([
    [{ status: 401 }, /refuses the access token/],
    [{ status: 429, times: 9, headers: { 'Retry-After': '300' } }, /Try again in 300 seconds/],
    [{ rewrite: () => '{"name": 7, "auth": {}}' }, /an account without a name/],
    [{ rewrite: () => 'null' }, /JSON of another form/],
    [{ rewrite: () => '<html>' }, /no JSON/],
  ])('says what is wrong, without the token: %j', async (fault, message) => {
    test.hub.setFault({ path: 'whoami', ...fault });
    const error = await failure(whoAmI(test.options));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain(test.hub.token);
  });

  it('needs a token, and the network', async () => {
    const environment = { HF_ENDPOINT: test.hub.url, HOME: test.folder };
    expect((await failure(whoAmI({ environment }))).message).toMatch(/no access token in HF_TOKEN/);
    expect((await failure(whoAmI({ ...test.options, offline: true }))).message).toMatch(/offline/);
    expect(test.hub.requests).toEqual([]);
  });

  it('tells of each wait before it asks again', async () => {
    const waits: HubRetry[] = [];
    const onRetry = (event: HubRetry) => waits.push(event);
    test.hub.setFault({ path: 'whoami', status: 429, headers: { 'Retry-After': '0.05' } });
    test.hub.setFault({ path: 'whoami', status: 503 });
    await whoAmI({ ...test.options, onRetry });
    expect(waits).toEqual([
      { reason: 'rate-limit', waitSeconds: 0.05, attempt: 2, attempts: 3 },
      { reason: 'failure', waitSeconds: 0.02, attempt: 3, attempts: 3 },
    ]);
  });
});

describe('listHubModels', () => {
  const test = useTestHub();

  it('chooses by task and orders by downloads', async () => {
    for (const [name, task, downloads] of [
      ['lab/a', 'tabular-regression', 5],
      ['lab/b', 'fill-mask', 7],
      ['lab/c', 'tabular-regression', 9],
    ] as const) {
      test.hub.createRepo(name).downloads = downloads;
      const card = `---\nlibrary_name: tatabox\npipeline_tag: ${task}\n---\n`;
      test.hub.addFiles(name, { 'README.md': card });
    }
    const names = async (more: object) =>
      (await toList(listHubModels({ ...test.options, ...more }))).map((model) => model.repo);
    expect(await names({ sort: 'downloads' })).toEqual(['lab/c', 'lab/b', 'lab/a']);
    expect(await names({ task: 'tabular-regression' })).toEqual(['lab/a', 'lab/c']);
    const [model] = await toList(listHubModels({ ...test.options, task: 'fill-mask' }));
    expect(model).toMatchObject({ repo: 'lab/b', task: 'fill-mask' });
    expect((await failure(names({ sort: 'size' }))).message).toMatch(/one of downloads, likes/);
  });
});

describe('the cache', () => {
  const test = useTestHub();
  const list = () => listCachedModels(test.options);
  const blobs = () => readdir(path.join(test.cacheFolder, 'models--lab--promoters', 'blobs'));
  const pullTwo = async () => {
    test.hub.createRepo(repo);
    test.hub.addFiles(repo, modelFiles());
    const first = await pullModel({ ...test.options, repo });
    test.hub.addFiles(repo, { 'model.safetensors': weights(1000, 2) });
    const second = await pullModel({ ...test.options, repo });
    return [first, second] as const;
  };

  it('is listed with sizes, each content once, and revisions, the latest first', async () => {
    expect(await list()).toEqual([]);
    const [first, second] = await pullTwo();
    const [model, ...others] = await list();
    expect(others).toEqual([]);
    expect(model!.revisions.map(({ commit, names }) => [commit, names])).toEqual([
      [second.revision, ['main']],
      [first.revision, []],
    ]);
    const bytes = (files: readonly { size: number }[]) =>
      files.reduce((n, { size }) => n + size, 0);
    expect(model!.revisions.map(({ size }) => size)).toEqual([
      bytes(second.files),
      bytes(first.files),
    ]);
    expect(model!.revisions[0]!.fileCount).toBe(6);
    expect(model!.size).toBe(bytes(first.files) + weights(1000).length);
    expect(model!.unfinishedSize).toBe(0);
    expect(Date.now() - model!.lastUsed!.getTime()).toBeLessThan(60_000);
  });

  it('is listed without links and without what is none of its models', async () => {
    test.hub.createRepo(repo);
    test.hub.addFiles(repo, modelFiles());
    const environment = { ...test.options.environment, HF_HUB_DISABLE_SYMLINKS: '1' };
    const { files } = await pullModel({ ...test.options, environment, repo });
    await mkdir(path.join(test.cacheFolder, 'datasets--lab--genome', 'blobs'), { recursive: true });
    await mkdir(path.join(test.cacheFolder, 'models--..--..'), { recursive: true });
    await writeFile(path.join(test.cacheFolder, 'models--lab--file'), '');
    const models = await list();
    expect(models.map((model) => model.repo)).toEqual([repo]);
    const total = files.reduce((sum, { size }) => sum + size, 0);
    expect(models[0]).toMatchObject({ size: total });
    expect(models[0]!.revisions[0]).toMatchObject({ size: total, fileCount: 6 });
  });

  it('loses a model whole', async () => {
    await pullTwo();
    const [model] = await list();
    const deleted = await deleteCachedModel({ ...test.options, repo });
    expect(deleted).toEqual({
      repo,
      commits: model!.revisions.map(({ commit }) => commit),
      freedSize: model!.size,
    });
    expect(await list()).toEqual([]);
    expect(await readdir(test.cacheFolder)).toEqual(['.locks']);
    expect(await readdir(path.join(test.cacheFolder, '.locks', 'tatabox-delete'))).toEqual([]);
    expect((await failure(deleteCachedModel({ ...test.options, repo }))).message).toMatch(/not in/);
  });

  it.each(['links', 'no links'])(
    'loses a revision and keeps what others use (%s)',
    async (kind) => {
      if (kind === 'no links') {
        const environment = { ...test.options.environment, HF_HUB_DISABLE_SYMLINKS: '1' };
        test.options = { ...test.options, environment };
      }
      const [first, second] = await pullTwo();
      const { freedSize } = await deleteCachedModel({ ...test.options, repo, revision: 'main' });
      expect(freedSize).toBe(weights(1000).length);
      const [model] = await list();
      expect(model!.revisions.map(({ commit }) => commit)).toEqual([first.revision]);
      expect(await blobs()).toHaveLength(6);
      // What is left is whole: pulled again without the network.
      const offline = { ...test.options, offline: true, repo };
      expect((await pullModel({ ...offline, revision: first.revision })).complete).toBe(true);
      expect((await failure(pullModel(offline))).message).toMatch(
        /this revision is not there|not there/,
      );
      const again = await pullModel({ ...test.options, repo });
      expect(again.revision).toBe(second.revision);
    },
  );

  it('loses nothing under a download or another deletion, nor behind a link', async () => {
    await pullTwo();
    const folder = path.join(test.cacheFolder, 'models--lab--promoters');
    const partial = path.join(folder, 'blobs', `${'a'.repeat(64)}.incomplete`);
    await writeFile(partial, 'abc');
    expect((await list())[0]!.unfinishedSize).toBe(3);
    const remove = () => failure(deleteCachedModel({ ...test.options, repo }));
    expect((await remove()).message).toMatch(/a download into it is going on/);
    const before = new Date(Date.now() - 2 * 3600_000);
    await utimes(partial, before, before);

    const trash = path.join(test.cacheFolder, '.locks', 'tatabox-delete');
    const lock = await lockFolder(trash, 'a test');
    expect((await remove()).message).toMatch(/in use for a test/);
    await lock.release();
    await mkdir(path.join(trash, 'models--x--y.0123456789ab.deleted', 'blobs'), {
      recursive: true,
    });
    await deleteCachedModel({ ...test.options, repo });
    expect(await readdir(trash)).toEqual([]);

    const elsewhere = path.join(test.folder, 'elsewhere');
    await mkdir(path.join(elsewhere, 'blobs'), { recursive: true });
    await writeFile(path.join(elsewhere, 'blobs', 'x'), 'x');
    await symlink(elsewhere, folder);
    await remove();
    expect((await lstat(path.join(elsewhere, 'blobs', 'x'))).size).toBe(1);
    await rm(folder);
  });

  it('refuses names that leave it', async () => {
    for (const name of ['../..', 'lab/../..', '/etc/passwd', 'lab']) {
      const error = await failure(deleteCachedModel({ ...test.options, repo: name }));
      expect(error.name).toBe('UsageError');
    }
    const up = deleteCachedModel({ ...test.options, repo, revision: '../../..' });
    expect((await failure(up)).name).toBe('UsageError');
    expect(hubSettings(test.options).cacheFolder).toBe(test.cacheFolder);
  });
});
