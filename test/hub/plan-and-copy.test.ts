/** What a push would send, and copies of pulled models. */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileProgress } from '../../kernel-lib/src/hub/byte-progress.ts';
import { copySnapshot } from '../../kernel-lib/src/hub/copy-snapshot.ts';
import { planPush } from '../../kernel-lib/src/hub/plan-push.ts';
import { pullModel } from '../../kernel-lib/src/hub/pull-model.ts';
import { pushModel } from '../../kernel-lib/src/hub/push-model.ts';
import { failure, hashFolder, modelFiles, useTestHub, weights, writeFiles } from './helpers.ts';

const repo = 'lab/promoters';

describe('planPush', () => {
  const reader = `hf_${'r'.repeat(20)}`;
  const test = useTestHub({ users: { [reader]: { name: 'lab', role: 'read' } } });
  const target = (more: object = {}) => ({
    ...test.options,
    folder: path.join(test.folder, 'model'),
    repo,
    ...more,
  });
  const writeModel = (more: Record<string, string | Uint8Array> = {}) =>
    writeFiles(path.join(test.folder, 'model'), { ...modelFiles(), ...more });

  it('says what a push sends, and changes nothing', async () => {
    await writeModel({ '.env': 'secret', 'a.tmp': '', 'training_state/x': '1' });
    const plan = await planPush(target({ private: true }));
    expect(plan).toMatchObject({ repo, branch: 'main', exists: false, private: true });
    expect(plan.account.name).toBe('tester');
    expect(plan.files.map(({ path: name, large, state }) => [name, large, state])).toEqual([
      ['README.md', false, 'new'],
      ['config.json', false, 'new'],
      ['example/expected.json', false, 'new'],
      ['example/input.json', false, 'new'],
      ['model.safetensors', true, 'new'],
    ]);
    expect(plan.leftOut.map(({ path: name }) => name)).toEqual(['.env', 'a.tmp', 'training_state']);
    expect(plan.card).toBe(modelFiles()['README.md']);
    expect(test.hub.repos.size).toBe(0);
    expect(test.hub.requests.every(({ method }) => method === 'GET')).toBe(true);

    const pushed = await pushModel(target({ private: true }));
    expect(pushed.files.map((file) => file.path)).toEqual(plan.files.map((file) => file.path));
    expect(pushed.leftOut).toEqual(plan.leftOut);
    const sizes = Object.values(modelFiles()).map((content) => Buffer.byteLength(content));
    expect(plan.sendBytes).toBe(sizes.reduce((sum, size) => sum + size));
  });

  it('compares with what is there', async () => {
    await writeModel();
    await pushModel(target());
    const card = '---\nlicense: mit\n---\n# Other words\n';
    await writeModel({ 'README.md': card, 'new.npz': 'x', 'empty.bin': '' });
    const plan = await planPush(target());
    const states = Object.fromEntries(plan.files.map((file) => [file.path, file.state]));
    expect(plan).toMatchObject({ exists: true, private: false, sendBytes: card.length + 1 });
    expect(states).toMatchObject({
      'README.md': 'changed',
      'new.npz': 'new',
      'empty.bin': 'new',
      'model.safetensors': 'same',
    });
    const large = plan.files.filter((file) => file.large).map((file) => file.path);
    expect(large).toEqual(['model.safetensors', 'new.npz']);
    const sent = (await pushModel(target())).files.filter((file) => !file.skipped);
    expect(sent.map((file) => file.path)).toEqual(['README.md', 'empty.bin', 'new.npz']);
    // A new branch begins as main is.
    const branch = await planPush(target({ revision: 'next' }));
    expect(branch.files.every(({ state }) => state === 'same')).toBe(true);
    expect(test.hub.repos.get(repo)!.heads.has('next')).toBe(false);
  });

  it('fails as the push would', async () => {
    await writeModel();
    await pushModel(target());
    for (const more of [{ private: true }, { token: reader }, { repo: 'x' }, { revision: '..' }]) {
      const planned = await failure(planPush(target(more)));
      expect(planned.message).toBe((await failure(pushModel(target(more)))).message);
    }
    test.hub.setFault({ path: '/revision/', status: 403 });
    expect((await failure(planPush(target()))).message).toMatch(/belongs to 'tester'/);
    const stopped = planPush(target({ signal: AbortSignal.abort() }));
    expect((await failure(stopped)).name).toBe('InterruptedError');
  });

  it('tells how far each file is, in both directions', async () => {
    await writeModel({ 'model.safetensors': weights(200_000) });
    const events: FileProgress[] = [];
    const fileProgress = (event: FileProgress) => events.push(event);
    await pushModel(target({ fileProgress }));
    expect(events.some((event) => event.path === 'model.safetensors')).toBe(true);
    events.length = 0;
    await pullModel({ ...test.options, repo, fileProgress });
    for (const [name, content] of Object.entries({
      ...modelFiles(),
      'model.safetensors': weights(200_000),
    })) {
      const size = Buffer.byteLength(content);
      expect(events.filter((event) => event.path === name).at(-1)).toEqual({
        path: name,
        done: size,
        size,
      });
    }
  });
});

describe('copySnapshot', () => {
  const test = useTestHub();
  const pull = async () => {
    test.hub.createRepo(repo);
    test.hub.addFiles(repo, modelFiles());
    return await pullModel({ ...test.options, repo });
  };
  const folders = () => readdir(path.join(test.folder, 'copies'));

  it('makes a folder of plain files, whole and alone', async () => {
    const model = await pull();
    const target = path.join(test.folder, 'copies', 'promoters');
    expect(await copySnapshot({ model, target })).toBe(target);
    expect(await hashFolder(target)).toEqual(await hashFolder(model.folder));
    const entries = await readdir(target, { recursive: true, withFileTypes: true });
    expect(entries.some((entry) => entry.isSymbolicLink())).toBe(false);
    expect(await folders()).toEqual(['promoters']);
    expect((await failure(copySnapshot({ model, target }))).message).toMatch(/something is there/);
    await mkdir(path.join(test.folder, 'copies', 'empty'));
    await copySnapshot({ model, target: path.join(test.folder, 'copies', 'empty') });
  });

  it.each([
    '../x',
    '/etc/x',
    'a/../../x',
    'a\\..\\x',
    'C:x',
    'NUL',
    'a/aux.txt',
    'com1',
    'a. ',
    'b:c',
    '',
  ])('writes nothing for a file named %j', async (name) => {
    const model = {
      repo,
      folder: test.folder,
      files: [{ path: name, size: 1, verified: true, fromCache: true } as const],
    };
    const target = path.join(test.folder, 'copies', 'bad');
    expect((await failure(copySnapshot({ model, target }))).message).toMatch(/a file named/);
    expect(await readdir(test.folder)).toEqual([]);
  });

  it('refuses names that one platform takes for the same', async () => {
    const files = ['README.md', 'readme.md'].map(
      (name) => ({ path: name, size: 1, verified: true, fromCache: true }) as const,
    );
    const target = path.join(test.folder, 'copies', 'bad');
    const error = await failure(
      copySnapshot({ model: { repo, folder: test.folder, files }, target }),
    );
    expect(error.message).toMatch(/capital letters/);
  });

  it('leaves nothing when a file changed, when it is stopped, or behind a link', async () => {
    const model = await pull();
    const target = path.join(test.folder, 'copies', 'promoters');
    const stop = new AbortController();
    const stopped = copySnapshot({
      model,
      target,
      signal: stop.signal,
      progress: () => {
        stop.abort();
      },
    });
    expect((await failure(stopped)).name).toBe('InterruptedError');
    expect(await folders()).toEqual([]);
    await writeFile(path.join(model.folder, 'config.json'), '{"model_type": "anothers"}');
    expect((await failure(copySnapshot({ model, target }))).message).toMatch(/changed since/);
    expect(await folders()).toEqual([]);
    await mkdir(path.join(test.folder, 'outside'));
    await symlink(path.join(test.folder, 'outside'), target);
    expect((await failure(copySnapshot({ model, target }))).message).toMatch(/something is there/);
    expect(await readdir(path.join(test.folder, 'outside'))).toEqual([]);
    expect(await readFile(path.join(model.folder, 'README.md'), 'utf8')).toContain('A model');
  });
});
