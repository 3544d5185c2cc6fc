import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  EnvironmentError,
  InputError,
  InterruptedError,
} from '../../kernel-lib/src/core/errors.ts';
import { pullModel } from '../../kernel-lib/src/hub/pull-model.ts';
import { failure, hashes, hashFolder, modelFiles, useTestHub, weights } from './helpers.ts';

const repo = 'lab/promoters';
const large = weights(500_000);

describe('pullModel, when something goes wrong', () => {
  const test = useTestHub();
  const pull = (more: object = {}) => pullModel({ ...test.options, repo, ...more });
  const publish = () => {
    test.hub.createRepo(repo);
    return test.hub.addFiles(repo, { ...modelFiles(), 'model.safetensors': large });
  };
  const root = () => path.join(test.cacheFolder, 'models--lab--promoters');
  const blobs = async () => (await readdir(path.join(root(), 'blobs'))).sort();
  /** Nothing in the cache says that there is a snapshot. */
  const expectNoSnapshot = async () => {
    const there = await readdir(root());
    expect(there).not.toContain('refs');
    expect(there).not.toContain('snapshots');
    expect((await failure(pull({ offline: true }))).message).toMatch(/the model is not there/);
  };
  const expectWhole = async (folder: string) => {
    const { '.gitattributes': attributes, ...files } = await hashFolder(folder);
    expect(attributes).toBeDefined();
    expect(files).toEqual(hashes({ ...modelFiles(), 'model.safetensors': large }));
  };

  it('names a model, a revision or a file that is not there', async () => {
    const missing = await failure(pull());
    expect(missing).toBeInstanceOf(InputError);
    expect(missing.message).toMatch(/no model lab\/promoters, or it is private.*Check the name/);
    publish();
    const revision = await failure(pull({ revision: 'v2' }));
    expect(revision).toBeInstanceOf(InputError);
    expect(revision.message).toMatch(/lab\/promoters has no revision 'v2'.*tree\/main/);
    test.hub.setFault({
      path: /resolve.*config/,
      status: 404,
      headers: { 'X-Error-Code': 'EntryNotFound' },
    });
    const file = await failure(pull());
    expect(file).toBeInstanceOf(InputError);
    expect(file.message).toMatch(/has no file 'config.json'/);
    await expectNoSnapshot();
  });

  it('explains a gated model and a refused token', async () => {
    publish();
    test.hub.repos.get(repo)!.gated = true;
    const anonymous = { ...test.options.environment, HF_TOKEN: '' };
    const gated = await failure(pull({ environment: anonymous }));
    expect(gated).toBeInstanceOf(EnvironmentError);
    expect(gated.message).toMatch(/gated and this account has no access.*Ask for access.*HF_TOKEN/);

    const wrong = { ...test.options.environment, HF_TOKEN: 'hf_thisTokenIsNotKnownAnywhere' };
    const refused = await failure(pull({ environment: wrong }));
    expect(refused).toBeInstanceOf(EnvironmentError);
    expect(refused.message).toMatch(/refuses the access token.*read from HF_TOKEN/);
    expect(inspect(refused, { depth: 9 })).not.toContain('NotKnownAnywhere');
  });

  it('says what to do without a network', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const endpoint = `http://127.0.0.1:${port}`;
    const refused = await failure(pull({ endpoint }));
    expect(refused).toBeInstanceOf(EnvironmentError);
    expect(refused.message).toContain(endpoint);
    expect(refused.message).toMatch(/ECONNREFUSED.*HF_ENDPOINT.*HF_HUB_OFFLINE=1/);

    const unknown = await failure(pull({ endpoint: 'https://hub.invalid' }));
    expect(unknown).toBeInstanceOf(EnvironmentError);
    expect(unknown.message).toMatch(/https:\/\/hub\.invalid.*(ENOTFOUND|EAI_AGAIN)/);

    const proxy = { ...test.options.environment, HTTPS_PROXY: 'http://user:secret@proxy:1' };
    const behind = await failure(pull({ endpoint, environment: proxy }));
    expect(behind.message).toMatch(/HTTPS_PROXY is set, but/);
    expect(behind.message).not.toContain('secret');
  });

  it('sees that another web site answers', async () => {
    publish();
    test.hub.setFault({ path: '/api/models', rewrite: () => '<html>Welcome</html>' });
    const error = await failure(pull());
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/no JSON.*HF_ENDPOINT/);
    test.hub.setFault({ path: '/api/models', rewrite: () => '{"sha": "../../../etc"}' });
    expect((await failure(pull())).message).toMatch(/no commit hash/);
  });

  it('repeats after 5xx, a rate limit, a broken connection, and a broken list', async () => {
    publish();
    test.hub.setFault({ path: '/revision/', status: 503, times: 2 });
    test.hub.setFault({ path: '/tree/', status: 429, headers: { 'Retry-After': '0' } });
    test.hub.setFault({ path: '/tree/', truncateAt: 50 });
    test.hub.setFault({ path: /config\.json/, disconnect: true });
    await expectWhole((await pull()).folder);
  });

  it('gives up after the attempts, and at once when told to wait too long', async () => {
    publish();
    test.hub.setFault({ path: '/revision/', status: 500, times: 100 });
    const failed = await failure(pull());
    expect(failed).toBeInstanceOf(EnvironmentError);
    expect(failed.message).toMatch(/status 500.*3 times/);
    expect(test.hub.requests).toHaveLength(3);
    test.hub.clearFaults();
    test.hub.setFault({
      path: '/revision/',
      status: 429,
      headers: { RateLimit: '"api";r=0;t=90' },
    });
    const limited = await failure(pull());
    expect(limited.message).toMatch(/too many requests.*in 90 seconds/);
    expect(test.hub.requests).toHaveLength(4);
  });

  it('waits as long as Retry-After says', async () => {
    publish();
    test.hub.setFault({ path: '/revision/', status: 429, headers: { 'Retry-After': '0.3' } });
    const start = Date.now();
    await pull();
    expect(Date.now() - start).toBeGreaterThanOrEqual(290);
  });

  it('gives up a server that is silent', async () => {
    publish();
    const retry = { attempts: 2, firstDelaySeconds: 0.01, idleSeconds: 0.1 };
    test.hub.setFault({ path: '/revision/', delayMilliseconds: 400, times: 2 });
    const silent = await failure(pull({ retry }));
    expect(silent).toBeInstanceOf(EnvironmentError);
    expect(silent.message).toMatch(/no answer within 0.1 s/);
    test.hub.clearFaults();
    // Silent in the middle of a file, once: the rest comes with the next request.
    test.hub.setFault({ path: '_storage', chunkBytes: 1_000_000, chunkMilliseconds: 1000 });
    await expectWhole((await pull({ retry: { ...retry, idleSeconds: 0.3 } })).folder);
    const storage = test.hub.requests.filter((request) => request.host === 'storage');
    expect(storage.length).toBeGreaterThan(1);
  });

  it('goes on by a range after a truncated body', async () => {
    publish();
    test.hub.setFault({ path: '_storage', truncateAt: 300_000 });
    await expectWhole((await pull()).folder);
    const ranges = test.hub.requests.map((r) => r.range).filter((range) => range !== null);
    expect(ranges.some((range) => /^bytes=[1-9]\d*-$/.test(range))).toBe(true);
  });

  it('keeps what arrived when the connection keeps breaking, and goes on there', async () => {
    publish();
    test.hub.setFault({ path: '_storage', truncateAt: 100_000, times: 100 });
    const broken = await failure(pull());
    expect(broken).toBeInstanceOf(EnvironmentError);
    expect(broken.message).toMatch(/connection broke 3 times.*of 2000104 bytes.*kept/);
    await expectNoSnapshot();
    const partial = (await blobs()).filter((name) => name.endsWith('.incomplete'));
    expect(partial).toHaveLength(1);
    const { size } = await stat(path.join(root(), 'blobs', partial[0]!));
    expect(size).toBeGreaterThan(0);
    test.hub.clearFaults();
    test.hub.requests.length = 0;
    await expectWhole((await pull()).folder);
    const storage = test.hub.requests.filter((request) => request.host === 'storage');
    expect(storage).toMatchObject([{ range: `bytes=${size}-`, answered: large.length - size }]);
    expect((await blobs()).some((name) => name.includes('incomplete'))).toBe(false);
  });

  it('refuses content with a wrong hash, and keeps nothing of it', async () => {
    publish();
    for (const [name, part] of [
      ['README.md', 'README.md'],
      ['model.safetensors', '_storage'],
    ]) {
      test.hub.setFault({ path: part!, corrupt: true, times: 2 });
      const error = await failure(pull({ include: [name] }));
      expect(error).toBeInstanceOf(EnvironmentError);
      const expected = /the hash [0-9a-f]+ instead of ([0-9a-f]+), twice/.exec(error.message)?.[1];
      expect(expected).toMatch(/^[0-9a-f]{40,64}$/);
      await expectNoSnapshot();
      expect((await blobs()).filter((blob) => blob.startsWith(expected!))).toEqual([]);
    }
    test.hub.setFault({ path: '_storage', corrupt: true });
    await expectWhole((await pull()).folder);
  });

  it('throws away a partial file that is not the beginning of the content', async () => {
    publish();
    test.hub.setFault({ path: '_storage', truncateAt: 300_000, times: 100 });
    await failure(pull());
    test.hub.clearFaults();
    const [name] = (await blobs()).filter((blob) => blob.endsWith('.incomplete'));
    const partial = path.join(root(), 'blobs', name!);
    const { size } = await stat(partial);
    await writeFile(partial, Buffer.alloc(size, 1));
    await expectWhole((await pull()).folder);
    // One longer than the file cannot be gone on with either.
    await writeFile(partial.replace(/\.[^/]*$/, ''), 'damaged');
    await writeFile(partial, Buffer.alloc(large.length + 1));
    await expectWhole((await pull()).folder);
  });

  it('takes the whole body of a server that ignores ranges', async () => {
    publish();
    test.hub.setFault({ path: '_storage', truncateAt: 300_000 });
    test.hub.setFault({ path: '_storage', status: 200, body: large });
    await expectWhole((await pull()).folder);
  });

  it('downloads a damaged file of the cache again', async () => {
    publish();
    const { folder } = await pull();
    await truncate(path.join(folder, 'model.safetensors'), 1000);
    expect((await failure(pull({ offline: true }))).message).toMatch(
      /model.safetensors is missing or damaged/,
    );
    const again = await pull();
    expect(again.files.filter((file) => !file.fromCache).map((file) => file.path)).toEqual([
      'model.safetensors',
    ]);
    await expectWhole(folder);
  });

  it('stops at an interrupt and goes on later', async () => {
    publish();
    test.hub.setFault({ path: '_storage', chunkBytes: 100_000, chunkMilliseconds: 20 });
    const interrupt = new AbortController();
    let seen = 0;
    const stopped = await failure(
      pull({
        signal: interrupt.signal,
        progress: ({ done }: { done: number }) => {
          seen = done;
          if (done > 200_000) interrupt.abort();
        },
      }),
    );
    expect(stopped).toBeInstanceOf(InterruptedError);
    expect(stopped.message).toMatch(/go on where it stopped/);
    expect(seen).toBeLessThan(large.length);
    await expectNoSnapshot();
    test.hub.requests.length = 0;
    await expectWhole((await pull()).folder);
    expect(test.hub.requests.find((request) => request.host === 'storage')!.range).toMatch(
      /^bytes=[1-9]/,
    );
    await expect(pull({ signal: AbortSignal.abort() })).rejects.toBeInstanceOf(InterruptedError);
  });

  it('goes on with what a killed process left, and leaves a running one alone', async () => {
    publish();
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('exit', resolve));
    // Learn this machine's mark from a download that is under way.
    test.hub.setFault({ path: '_storage', chunkBytes: 100_000, chunkMilliseconds: 20 });
    const running = pull();
    let own: string | undefined;
    while (own === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      own = (await blobs().catch(() => [])).find((name) =>
        /^[0-9a-f]{64}\..*incomplete$/.test(name),
      );
    }
    const second = await pull({});
    await running;
    await expectWhole(second.folder);
    const [, hash, host] = /^([0-9a-f]{64})\.([0-9a-f]{8})-\d+-[0-9a-f]{8}\.incomplete$/.exec(own)!;

    const cacheFolder = path.join(test.folder, 'second');
    const folder = path.join(cacheFolder, 'models--lab--promoters', 'blobs');
    await mkdir(folder, { recursive: true });
    const left = `${hash}.${host}-${dead.pid}-00000000.incomplete`;
    await writeFile(path.join(folder, left), large.subarray(0, 700_000));
    test.hub.requests.length = 0;
    await expectWhole((await pull({ cacheFolder })).folder);
    expect(test.hub.requests.find((request) => request.host === 'storage')!.range).toBe(
      'bytes=700000-',
    );
  });

  it('refuses file names that leave the folder, before anything is written', async () => {
    publish();
    for (const name of [
      '../../evil.sh',
      '/etc/passwd',
      'a/../../b',
      'C:\\evil',
      'a\\..\\b',
      'a\0b',
      './config.json',
    ]) {
      test.hub.setFault({
        path: '/tree/',
        rewrite: (body) => body.toString().replace('"config.json"', JSON.stringify(name)),
      });
      const error = await failure(pull());
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(/expected a path inside the repository/);
    }
    test.hub.setFault({
      path: '/tree/',
      rewrite: (body) => body.toString().replace(/"oid":"[0-9a-f]{40}"/g, '"oid":"../../../x"'),
    });
    expect((await failure(pull())).message).toMatch(/no usable size or hash/);
    await expect(readdir(test.cacheFolder)).rejects.toThrow('ENOENT');
  });

  it('sends the token to the Hub only, not to the storage or to a foreign next page', async () => {
    publish();
    test.hub.setFault({
      path: '/tree/',
      headers: { Link: `<${test.hub.storageUrl}/api/models/x?cursor=1>; rel="next"` },
      status: 200,
      body: [],
    });
    await failure(pull());
    await pull();
    const seen = test.hub.requests.map(({ host, authorization }) => `${host}: ${authorization}`);
    expect(new Set(seen)).toEqual(new Set(['hub: valid', 'storage: none']));
  });

  it('says which folder cannot be written', async () => {
    publish();
    const file = path.join(test.folder, 'file');
    await writeFile(file, '');
    const error = await failure(pull({ cacheFolder: file }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/file.*HF_HUB_CACHE/);
  });

  it('refuses options that it does not know', async () => {
    expect((await failure(pull({ revison: 'main' }))).message).toMatch(/Did you mean 'revision'/);
    expect((await failure(pull({ retry: { attempt: 1 } }))).message).toMatch(/'attempts'/);
    expect((await failure(pull({ retry: { attempts: 0 } }))).message).toMatch(/at least 1/);
    expect((await failure(pull({ revision: '../x' }))).name).toBe('UsageError');
    expect((await failure(pull({ repo: 'promoters' }))).message).toMatch(/'owner\/promoters'/);
  });

  it('never shows the token', async () => {
    publish();
    const token = test.hub.token;
    const echo = { status: 400, headers: { 'X-Error-Message': `bad token ${token}` } };
    test.hub.setFault({ path: '/revision/', ...echo });
    const error = await failure(pull());
    expect(error.message).toContain('bad token hf_…');
    const result = await pull();
    expect(await readFile(path.join(root(), 'refs', 'main'), 'utf8')).toBe(result.revision);
    for (const shown of [error, result]) {
      expect(inspect(shown, { depth: 9 }) + JSON.stringify(shown)).not.toContain(token);
    }
    expect(JSON.stringify(test.hub.requests)).not.toContain(token);
  });
});
