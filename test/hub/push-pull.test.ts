import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../kernel-lib/src/core/progress.ts';
import { pullModel } from '../../kernel-lib/src/hub/pull-model.ts';
import { pushModel } from '../../kernel-lib/src/hub/push-model.ts';
import { listHubModels } from '../../kernel-lib/src/hub/list-models.ts';
import { failure, modelFiles, hashFolder, useTestHub, weights, writeFiles } from './helpers.ts';

const repo = 'lab/promoters';

describe('push and pull', () => {
  const test = useTestHub();
  const push = (more: object = {}) =>
    pushModel({ ...test.options, folder: path.join(test.folder, 'model'), repo, ...more });
  const pull = (more: object = {}) => pullModel({ ...test.options, repo, ...more });
  const writeModel = (more: Record<string, string | Uint8Array> = {}) =>
    writeFiles(path.join(test.folder, 'model'), { ...modelFiles(), ...more });

  it('gives back byte-identical files, and pushes nothing new the second time', async () => {
    await writeModel();
    const first = await push();
    expect(first.changed).toBe(true);
    expect(first.url).toBe(`${test.hub.url}/${repo}`);
    expect(first.files.map((file) => file.path)).toEqual(Object.keys(modelFiles()).sort());
    expect(first.files.every((file) => file.skipped === undefined)).toBe(true);

    const pulled = await pull();
    expect(pulled.revision).toBe(first.commit);
    const { '.gitattributes': attributes, ...files } = await hashFolder(pulled.folder);
    expect(attributes).toBeDefined();
    expect(files).toEqual(await hashFolder(path.join(test.folder, 'model')));
    expect(pulled.files.every((file) => file.verified && !file.fromCache)).toBe(true);

    const commits = test.hub.repos.get(repo)!.commits.size;
    const again = await push();
    expect(again).toMatchObject({ changed: false, commit: first.commit });
    expect(again.files.every((file) => file.skipped)).toBe(true);
    expect(test.hub.repos.get(repo)!.commits.size).toBe(commits);
    const pulledAgain = await pull();
    expect(pulledAgain.files.every((file) => file.fromCache)).toBe(true);
  });

  it('sends only what changed', async () => {
    await writeModel();
    await push();
    await writeModel({ 'README.md': '---\nlicense: mit\n---\n# Better words\n' });
    test.hub.requests.length = 0;
    const second = await push({ message: 'Say more\n\nThe card was short.' });
    expect(second.files.filter((file) => !file.skipped).map((file) => file.path)).toEqual([
      'README.md',
    ]);
    expect(test.hub.requests.filter((request) => request.method === 'PUT')).toEqual([]);
    const commit = test.hub.repos.get(repo)!.commits.get(second.commit)!;
    expect([commit.title, commit.description]).toEqual(['Say more', 'The card was short.']);
  });

  it("lays the cache out as Python's huggingface_hub does", async () => {
    await writeModel();
    const { commit, files } = await push();
    const { folder } = await pull();
    const root = path.join(test.cacheFolder, 'models--lab--promoters');
    expect(folder).toBe(path.join(root, 'snapshots', commit));
    expect(await readFile(path.join(root, 'refs', 'main'), 'utf8')).toBe(commit);
    const model = files.find((file) => file.path === 'model.safetensors')!;
    expect(await readlink(path.join(folder, 'model.safetensors'))).toBe(
      path.join('..', '..', 'blobs', model.sha256),
    );
    // As git itself names it: `git hash-object` of [0.25].
    expect(await readlink(path.join(folder, 'example', 'expected.json'))).toBe(
      path.join('..', '..', '..', 'blobs', '392ca1b8d4a0a536c8676a384a7b390c81512b53'),
    );
    const listing = JSON.parse(
      await readFile(path.join(root, 'trees', `${commit}.json`), 'utf8'),
    ) as { format_version: number; files: Record<string, object> };
    expect(listing.format_version).toBe(1);
    expect(listing.files['model.safetensors']).toMatchObject({
      size: model.size,
      lfs_sha256: model.sha256,
      lfs_size: model.size,
    });
    expect((await readdir(path.join(root, 'blobs'))).some((n) => n.includes('incomplete'))).toBe(
      false,
    );
  });

  it('works from the cache alone when offline, and says what is missing there', async () => {
    await writeModel();
    expect((await failure(pull({ offline: true }))).message).toMatch(
      /the model is not there.*once/,
    );
    const { commit } = await push();
    const online = await pull({ exclude: ['example/'] });
    test.hub.requests.length = 0;
    const offline = await pull({ offline: true, exclude: ['example/'] });
    expect(offline.folder).toBe(online.folder);
    expect(test.hub.requests).toEqual([]);
    expect((await failure(pull({ offline: true }))).message).toMatch(
      /example\/expected.json is missing or damaged/,
    );
    expect((await failure(pull({ offline: true, revision: 'v9' }))).message).toMatch(
      /not there; pulled so far: main/,
    );
    // A commit never changes: with everything in the cache nobody needs to be asked.
    await pull({ revision: commit, exclude: ['example/'] });
    expect(test.hub.requests).toEqual([]);
  });

  it('keeps revisions apart, and makes a branch or a pull request', async () => {
    await writeModel();
    const first = await push();
    await writeModel({ 'model.safetensors': weights(1000, 3) });
    const branch = await push({ revision: 'wide' });
    expect(branch.url).toBe(`${test.hub.url}/${repo}/tree/wide`);
    const request = await push({ createPullRequest: true });
    expect(request.url).toBe(`${test.hub.url}/${repo}/discussions/1`);
    const size = async (revision: string) =>
      (await pull({ revision })).files.find((file) => file.path === 'model.safetensors')!.size;
    expect(await size('main')).toBe(weights(50_000).length);
    expect(await size(first.commit)).toBe(weights(50_000).length);
    expect(await size('wide')).toBe(weights(1000).length);
    expect(await size('refs/pr/1')).toBe(weights(1000).length);
    const refs = path.join(test.cacheFolder, 'models--lab--promoters', 'refs');
    expect(await readFile(path.join(refs, 'refs', 'pr', '1'), 'utf8')).toBe(request.commit);
  });

  it('publishes no hidden, temporary or foreign file, and says so', async () => {
    await writeModel({
      '.env': 'HF_TOKEN=secret',
      '.git/config': 'x',
      'notes.tmp': 'x',
      'training_state/moments.safetensors': weights(10),
      'extra/history.json': '[]',
    });
    const model = path.join(test.folder, 'model');
    await writeFile(path.join(test.folder, 'private.txt'), 'secret');
    await symlink('../private.txt', path.join(model, 'private.txt'));
    await symlink('..', path.join(model, 'parent'));
    await symlink('config.json', path.join(model, 'config-copy.json'));
    const pushed = await push();
    const names = [...Object.keys(modelFiles()), 'config-copy.json', 'extra/history.json'];
    expect(pushed.files.map((file) => file.path).sort()).toEqual(names.sort());
    expect(Object.fromEntries(pushed.leftOut.map((file) => [file.path, file.reason]))).toEqual({
      '.env': 'a hidden file',
      '.git': 'a hidden file',
      'notes.tmp': 'a temporary file',
      parent: 'a symbolic link that leaves the folder',
      'private.txt': 'a symbolic link that leaves the folder',
      training_state: 'training state (pushed with includeTrainingState)',
    });
    const withState = await push({ includeTrainingState: true });
    expect(withState.files.filter((file) => !file.skipped).map((file) => file.path)).toEqual([
      'training_state/moments.safetensors',
    ]);
  });

  it('pushes a pulled snapshot on to another model', async () => {
    await writeModel();
    await push();
    const { folder } = await pull();
    const copy = await push({ folder, repo: 'tester/copy' });
    expect(copy.files.map((file) => file.path)).toEqual(Object.keys(modelFiles()).sort());
    // The contents are on the Hub already, so no large file travels again.
    expect(test.hub.requests.filter((request) => request.method === 'PUT')).toHaveLength(1);
  });

  it('makes private models and never turns one public silently', async () => {
    await writeModel();
    await push({ private: true });
    expect(test.hub.repos.get(repo)!.private).toBe(true);
    const error = await failure(push({ private: false }));
    expect(error.name).toBe('UsageError');
    expect(error.message).toMatch(/the model is there and is private/);
    await pull();
    const stranger = { ...test.options.environment, HF_TOKEN: undefined };
    const refused = await failure(pull({ environment: stranger }));
    expect(refused.name).toBe('InputError');
    expect(refused.message).toMatch(
      /no model lab\/promoters, or it is private.*no token was found/,
    );
  });

  it('links or copies where there are no symbolic links', async () => {
    await writeModel();
    await push();
    const environment = { ...test.options.environment, HF_HUB_DISABLE_SYMLINKS: '1' };
    const { folder } = await pull({ environment });
    expect((await lstat(path.join(folder, 'model.safetensors'))).isSymbolicLink()).toBe(false);
    await pull({ environment, offline: true });
    // A damaged file of the snapshot is seen and replaced.
    await writeFile(path.join(folder, 'config.json'), '{"model_type": "XPRESSO"}\n');
    expect((await failure(pull({ environment, offline: true }))).message).toMatch(/damaged/);
    await pull({ environment });
    expect(await readFile(path.join(folder, 'config.json'), 'utf8')).toBe(
      modelFiles()['config.json'],
    );
  });

  it('reports progress in bytes, to the end', async () => {
    await writeModel();
    const events: ProgressEvent[] = [];
    const progress = (event: ProgressEvent) => void events.push(event);
    await push({ progress });
    await pull({ progress });
    for (const task of ['check the files', `push ${repo}`, `pull ${repo}`]) {
      const last = events.filter((event) => event.task === task).at(-1)!;
      expect(last).toMatchObject({ unit: 'bytes', done: last.total });
      expect(last.total).toBeGreaterThan(200_000);
    }
  });

  it('takes wildcards as Python does, and a wrong one is an error', async () => {
    await writeModel();
    await push();
    const { files } = await pull({ include: ['*.json'], exclude: ['example/e*'] });
    expect(files.map((file) => file.path)).toEqual(['config.json', 'example/input.json']);
    const error = await failure(pull({ include: ['*.h5'] }));
    expect(error.message).toMatch(/no file that the wildcards choose among 6.*config.json/);
  });

  it('lists models of this library', async () => {
    await writeModel();
    await push();
    await push({ repo: 'tester/second' });
    test.hub.createRepo('lab/other');
    const names = async (more: object = {}) => {
      const found: string[] = [];
      for await (const model of listHubModels({ ...test.options, ...more })) found.push(model.repo);
      return found;
    };
    expect(await names()).toEqual(['lab/promoters', 'tester/second']);
    expect(await names({ author: 'lab' })).toEqual(['lab/promoters']);
    expect(await names({ library: null })).toContain('lab/other');
    expect(await names({ search: 'SECOND', limit: 1 })).toEqual(['tester/second']);
    expect((await failure(names({ athor: 'lab' }))).message).toMatch(/Did you mean 'author'/);
  });
});

describe('a Hub with small pages and uploads in parts', () => {
  const test = useTestHub({ pageSize: 2, multipartBytes: 65_536 });

  it('gives the same files', async () => {
    const folder = await writeFiles(path.join(test.folder, 'model'), modelFiles());
    await mkdir(path.join(folder, 'empty'), { recursive: true });
    await writeFile(path.join(folder, 'empty', 'notes.txt'), '');
    await pushModel({ ...test.options, folder, repo });
    expect(test.hub.requests.filter((r) => r.method === 'PUT').length).toBeGreaterThan(2);
    const pulled = await pullModel({ ...test.options, repo, exclude: ['.*'] });
    expect(await hashFolder(pulled.folder)).toEqual(await hashFolder(folder));
    const models: string[] = [];
    for (const name of ['a', 'b', 'c']) test.hub.createRepo(`lab/${name}`);
    for await (const model of listHubModels({ ...test.options, library: null })) {
      models.push(model.repo);
    }
    expect(models).toHaveLength(4);
  });
});
