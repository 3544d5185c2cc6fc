import { inspect } from 'node:util';
import { chmod, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  EnvironmentError,
  InputError,
  InterruptedError,
  UsageError,
} from '../../kernel-lib/src/core/errors.ts';
import { pushModel } from '../../kernel-lib/src/hub/push-model.ts';
import { failure, modelFiles, useTestHub, weights, writeFiles } from './helpers.ts';

const repo = 'lab/promoters';

describe('pushModel, when something goes wrong', () => {
  const test = useTestHub({
    users: {
      hf_readOnlyTokenOfAReader: { name: 'reader', role: 'read' },
      hf_tokenOfAStranger: { name: 'stranger' },
    },
  });
  const model = () => path.join(test.folder, 'model');
  const write = (more: Record<string, string | Uint8Array> = {}) =>
    writeFiles(model(), { ...modelFiles(), ...more });
  const push = (more: object = {}) =>
    pushModel({ ...test.options, folder: model(), repo, ...more });
  const withToken = (token: string | undefined) => ({
    environment: { ...test.options.environment, HF_TOKEN: token },
  });
  const head = () => {
    const { heads, commits } = test.hub.repos.get(repo)!;
    return commits.get(heads.get('main')!)!;
  };

  it('says everything that a folder lacks, without asking the Hub', async () => {
    const missing = await failure(push());
    expect(missing).toBeInstanceOf(InputError);
    expect(missing.message).toMatch(/no folder.*expected a model folder/);
    await writeFiles(model(), { 'README.md': '# No front matter', 'config.json': '{}' });
    const error = await failure(push());
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(
      /config.json has no 'model_type'; model.safetensors is missing; README.md has no front matter/,
    );
    await write({
      'config.json': '{"model_type": ',
      'model.safetensors': 'version https://git-lfs.github.com/spec/v1\n',
      'README.md': '---\na: [\n---\n',
    });
    expect((await failure(push())).message).toMatch(
      /config.json is no JSON; model.safetensors is no safetensors file; .*README.md is no YAML/,
    );
    await write();
    await rm(path.join(model(), 'model.safetensors'));
    await writeFile(path.join(test.folder, 'elsewhere'), weights(3));
    await symlink('../elsewhere', path.join(model(), 'model.safetensors'));
    expect((await failure(push())).message).toMatch(
      /model.safetensors is a symbolic link that leaves the folder/,
    );
    expect(test.hub.requests).toEqual([]);
  });

  it('checks the token before it does any work', async () => {
    await write();
    const none = await failure(push(withToken(undefined)));
    expect(none).toBeInstanceOf(EnvironmentError);
    expect(none.message).toMatch(/no access token in HF_TOKEN or .*token.*settings\/tokens/);

    const wrong = await failure(push(withToken('hf_thisTokenIsNotKnownAnywhere')));
    expect(wrong).toBeInstanceOf(EnvironmentError);
    expect(wrong.message).toMatch(
      /refuses the access token.*read from HF_TOKEN.*with write access at http.*settings\/tokens/,
    );
    expect(inspect(wrong, { depth: 9 })).not.toContain('NotKnownAnywhere');

    const reader = await failure(push(withToken('hf_readOnlyTokenOfAReader')));
    expect(reader.message).toMatch(
      /from HF_TOKEN: it may only read; expected a token that may wri/,
    );

    expect(test.hub.requests.every((request) => request.path === '/api/whoami-v2')).toBe(true);
    const offline = await failure(push({ offline: true }));
    expect(offline).toBeInstanceOf(EnvironmentError);
    expect(offline.message).toMatch(/offline mode/);
  });

  it('reads the token from the token file, and names it when it is wrong', async () => {
    await write();
    const home = path.join(test.folder, '.cache', 'huggingface');
    await writeFiles(home, { token: `${test.hub.token}\n` });
    await push(withToken(undefined));
    await writeFiles(home, { token: 'hf_thisTokenIsNotKnownAnywhere' });
    expect((await failure(push(withToken(undefined)))).message).toContain(
      `read from ${path.join(home, 'token')}`,
    );
    if (process.getuid?.() !== 0) {
      await chmod(path.join(home, 'token'), 0);
      expect((await failure(push(withToken(undefined)))).message).toMatch(/cannot be read/);
    }
  });

  it('says whose token it is when the owner is another', async () => {
    await write();
    const error = await failure(push(withToken('hf_tokenOfAStranger')));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/not allowed.*belongs to 'stranger' \(organizations: none\)/);
    expect(test.hub.repos.size).toBe(0);
  });

  it('takes a model that somebody makes at the same moment', async () => {
    await write();
    // The first look says that there is none, and the creation that there is one.
    test.hub.createRepo(repo);
    test.hub.setFault({
      path: '/revision/',
      status: 404,
      headers: { 'X-Error-Code': 'RepoNotFound' },
    });
    await push();
    expect(test.hub.requests.some((request) => request.status === 409)).toBe(true);
    expect(head().files.has('config.json')).toBe(true);
  });

  it('repeats after rate limits, 5xx and broken connections', async () => {
    await write();
    test.hub.setFault({ path: 'whoami', status: 429, headers: { 'Retry-After': '0' } });
    test.hub.setFault({ path: 'preupload', status: 502 });
    test.hub.setFault({ path: 'lfs/objects/batch', status: 500 });
    test.hub.setFault({ method: 'PUT', status: 503 });
    test.hub.setFault({ path: '/commit/', status: 504 });
    const { commit } = await push();
    expect(head().oid).toBe(commit);
  });

  it('stops after the attempts', async () => {
    await write();
    test.hub.setFault({ method: 'PUT', status: 503, times: 100 });
    const error = await failure(push());
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/failed with status 503.*3 times/);
    expect(test.hub.requests.filter((request) => request.method === 'PUT')).toHaveLength(3);
    expect(head().title).toBe('initial commit');
  });

  it('does not commit twice when the answer to the commit is lost', async () => {
    await write();
    test.hub.setFault({ path: '/commit/', loseAnswer: true });
    const { commit, changed } = await push();
    expect([commit, changed]).toEqual([head().oid, true]);
    expect(test.hub.repos.get(repo)!.commits.size).toBe(2);

    await write({ 'notes.txt': 'more' });
    test.hub.setFault({ path: '/commit/', loseAnswer: true });
    const error = await failure(push({ createPullRequest: true }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(test.hub.repos.get(repo)!.pullRequests).toBe(1);
  });

  it('commits on top of what somebody else pushed meanwhile, and names what both changed', async () => {
    await write();
    await push();
    await write({ 'notes.txt': 'mine', 'model.safetensors': weights(60_000) });
    test.hub.setFault({
      path: 'preupload',
      rewrite: (body) => {
        test.hub.addFiles(repo, { 'notes.txt': 'theirs', 'theirs.txt': 'also' });
        return body;
      },
    });
    test.hub.requests.length = 0;
    const { commit, replaced } = await push();
    expect(replaced).toEqual(['notes.txt']);
    expect(head().oid).toBe(commit);
    expect(head().files.get('notes.txt')!.data.toString()).toBe('mine');
    expect(head().files.get('theirs.txt')!.data.toString()).toBe('also');
    const { commits } = test.hub.repos.get(repo)!;
    const theirs = commits.get(head().parent!)!;
    expect(theirs.files.get('notes.txt')!.data.toString()).toBe('theirs');
    // What had arrived before the conflict was not sent again.
    expect(test.hub.requests.filter((request) => request.method === 'PUT')).toHaveLength(1);
  });

  it('gives up when others change the branch again and again', async () => {
    await write();
    await push();
    await write({ 'notes.txt': 'mine' });
    test.hub.setFault({ path: '/commit/', status: 412, times: 100 });
    const error = await failure(push());
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(
      /others changed main at each of 3 attempts.*Nothing of this push was written/,
    );
    expect(head().files.has('notes.txt')).toBe(false);
  });

  it('lets pushes that meet all land, one after the other', async () => {
    await write();
    await push();
    const folders = await Promise.all(
      [1, 2, 3].map((n) =>
        writeFiles(path.join(test.folder, `model-${n}`), {
          ...modelFiles(),
          [`notes-${n}.txt`]: `of ${n}`,
          [`more-${n}.safetensors`]: weights(1000, n),
        }),
      ),
    );
    const retry = { attempts: 6, firstDelaySeconds: 0.01 };
    const pushed = await Promise.all(folders.map((folder) => push({ folder, retry })));
    expect(new Set(pushed.map(({ commit }) => commit)).size).toBe(3);
    for (const n of [1, 2, 3]) {
      expect(head().files.get(`notes-${n}.txt`)!.data.toString()).toBe(`of ${n}`);
      expect(head().files.has(`more-${n}.safetensors`)).toBe(true);
    }
    expect(test.hub.requests.some((request) => request.status === 412)).toBe(true);
  });

  it('sees that the Hub lost a file', async () => {
    await write();
    test.hub.setFault({
      path: '/tree/',
      skip: 1,
      rewrite: (body) => body.toString().replace('"config.json"', '"other.json"'),
    });
    expect((await failure(push())).message).toMatch(/lacks config.json; expected all files/);
  });

  it('passes on what the Hub says about a refused commit', async () => {
    await write();
    test.hub.setFault({
      path: '/commit/',
      status: 400,
      body: { error: '"license" must be one of [mit, …]' },
    });
    const error = await failure(push());
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/"license" must be one of/);
  });

  it('stops at an interrupt without changing the branch, and goes on later', async () => {
    const parts = Object.fromEntries(
      [1, 2, 3, 4, 5, 6, 7].map((n) => [`part-${n}.safetensors`, weights(20_000, n)]),
    );
    await write(parts);
    const interrupt = new AbortController();
    test.hub.setFault({ method: 'PUT', skip: 3, delayMilliseconds: 3000, times: 100 });
    const promise = failure(push({ signal: interrupt.signal }));
    while (test.hub.requests.filter((request) => request.method === 'PUT').length < 5) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    interrupt.abort();
    const start = Date.now();
    const error = await promise;
    expect(Date.now() - start).toBeLessThan(1000);
    expect(error).toBeInstanceOf(InterruptedError);
    expect(head().title).toBe('initial commit');
    test.hub.clearFaults();
    const before = test.hub.requests.filter((request) => request.method === 'PUT').length;
    await push();
    const after = test.hub.requests.filter((request) => request.method === 'PUT').length;
    // Three were stored before the interrupt.
    expect(after - before).toBeLessThanOrEqual(8 - 3);
    expect(head().files.size).toBe(Object.keys(modelFiles()).length + 7 + 1);
    const aborted = push({ signal: AbortSignal.abort() });
    await expect(aborted).rejects.toBeInstanceOf(InterruptedError);
  });

  it('refuses options that cannot be', async () => {
    await write();
    expect((await failure(push({ privte: true }))).message).toMatch(/Did you mean 'private'/);
    expect(await failure(push({ message: ' ' }))).toBeInstanceOf(UsageError);
    expect(await failure(push({ revision: 'a'.repeat(40) }))).toBeInstanceOf(UsageError);
    expect(await failure(push({ repo: 'a/b/c' }))).toBeInstanceOf(UsageError);
    expect((await failure(push({ createPullRequest: true }))).message).toMatch(/no model lab/);
  });

  it('never shows the token', async () => {
    await write();
    const { token } = test.hub;
    test.hub.setFault({ path: 'preupload', status: 403, body: { error: `no ${token} here` } });
    const error = await failure(push());
    expect(error.message).toContain('no hf_… here');
    const result = await push();
    for (const shown of [error, result]) {
      expect(inspect(shown, { depth: 9, showHidden: true })).not.toContain(token);
      expect(JSON.stringify(shown)).not.toContain(token);
    }
  });
});
