/** Repositories, folders and disks of unusual size and kind. */
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  EnvironmentError,
  InputError,
  InterruptedError,
} from '../../kernel-lib/src/core/errors.ts';
import { PartialFile } from '../../kernel-lib/src/hub/partial-file.ts';
import { pullModel } from '../../kernel-lib/src/hub/pull-model.ts';
import { pushModel } from '../../kernel-lib/src/hub/push-model.ts';
import {
  failure,
  hashes,
  hashFolder,
  modelFiles,
  useTestHub,
  weights,
  writeFiles,
} from './helpers.ts';

const repo = 'lab/promoters';
const root = 'models--lab--promoters';

describe('sizes', () => {
  const test = useTestHub({ pageSize: 64 });
  const model = () => path.join(test.folder, 'model');

  it('pushes and pulls 1,000 files, in pages', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [
        `part-${i % 10}/file ${i}.txt`,
        `content ${i % 900}`,
      ]),
    );
    await writeFiles(model(), { ...modelFiles(), ...many });
    const pushed = await pushModel({ ...test.options, folder: model(), repo });
    expect(pushed.files).toHaveLength(1005);
    expect(test.hub.repos.get(repo)!.commits.size).toBe(2);
    const pulled = await pullModel({ ...test.options, repo, exclude: ['.*'] });
    expect(await hashFolder(pulled.folder)).toEqual(await hashFolder(model()));
    test.hub.requests.length = 0;
    const again = await pushModel({ ...test.options, folder: model(), repo });
    expect(again.changed).toBe(false);
    expect(test.hub.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('keeps empty files empty, whatever the Hub would store them as', async () => {
    const empty = { 'empty.txt': '', 'empty.bin': '', 'sub/empty.safetensors': '' };
    await writeFiles(model(), { ...modelFiles(), ...empty });
    await pushModel({ ...test.options, folder: model(), repo });
    const { files } = [...test.hub.repos.get(repo)!.commits.values()].at(-1)!;
    // The storage of large files takes no empty object.
    for (const name of Object.keys(empty)) expect(files.get(name)!.large).toBe(false);
    expect(test.hub.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    const pulled = await pullModel({ ...test.options, repo, exclude: ['.*'] });
    expect(await hashFolder(pulled.folder)).toEqual(hashes({ ...modelFiles(), ...empty }));

    // Another program may have made one a large file all the same.
    test.hub.addFiles(repo, { 'large.bin': '' });
    const large = await pullModel({ ...test.options, repo });
    const entry = large.files.find((file) => file.path === 'large.bin')!;
    expect(entry).toMatchObject({ size: 0, verified: true });
    expect(entry.sha256).toMatch(/^e3b0c442/);
    expect(await readFile(path.join(large.folder, 'large.bin'), 'utf8')).toBe('');
  });

  it('refuses lists that lead in a circle, or hold a file that is a folder, too', async () => {
    test.hub.createRepo(repo);
    test.hub.addFiles(repo, { ...modelFiles(), 'example.txt': 'x' });
    const commit = test.hub.repos.get(repo)!.heads.get('main')!;
    const page = `${test.hub.url}/api/models/${repo}/tree/${commit}?cursor=1`;
    const headers = { Link: `<${page}>; rel="next"` };
    test.hub.setFault({ path: '/tree/', status: 200, body: [], headers, times: 1000 });
    const circle = await failure(pullModel({ ...test.options, repo }));
    expect(circle).toBeInstanceOf(EnvironmentError);
    expect(circle.message).toMatch(/a list whose pages lead in a circle/);
    test.hub.clearFaults();
    test.hub.setFault({
      path: '/tree/',
      rewrite: (body) => body.toString().replace('"example.txt"', '"example"'),
    });
    const both = await failure(pullModel({ ...test.options, repo }));
    expect(both.message).toMatch(/example as a file and as a folder/);
  });

  it('reads no answer without end', async () => {
    test.hub.createRepo(repo);
    const endless = (async () => {
      const piece = new Uint8Array(1 << 20);
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          sent++;
          controller.enqueue(piece);
        },
      });
      const fetch = () => Promise.resolve(new Response(body));
      const error = await failure(pullModel({ ...test.options, repo, fetch }));
      return { error, sent };
    })();
    const { error, sent } = await endless;
    expect(error.message).toMatch(/an answer of more than 64 MB/);
    expect(sent).toBeLessThan(80);
  });

  it('understands Retry-After as a date', async () => {
    test.hub.createRepo(repo);
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    const past = new Date(Date.now() - 60_000).toUTCString();
    test.hub.setFault({ path: '/revision/', status: 429, headers: { 'Retry-After': past } });
    await pullModel({ ...test.options, repo });
    test.hub.setFault({ path: '/revision/', status: 503, headers: { 'Retry-After': inAnHour } });
    test.hub.requests.length = 0;
    expect((await failure(pullModel({ ...test.options, repo }))).message).toMatch(/status 503/);
    test.hub.setFault({ path: '/revision/', status: 429, headers: { 'Retry-After': inAnHour } });
    const limited = await failure(pullModel({ ...test.options, repo }));
    expect(limited.message).toMatch(/Try again in 3(?:600|59\d) seconds/);
    expect(test.hub.requests).toHaveLength(2);
  });
});

describe('links in the cache', () => {
  const test = useTestHub();
  const pull = (more: object = {}) => pullModel({ ...test.options, repo, ...more });
  const publish = () => {
    test.hub.createRepo(repo);
    return test.hub.addFiles(repo, modelFiles());
  };

  it('are never written through', async () => {
    const commit = publish();
    const elsewhere = path.join(test.folder, 'elsewhere');
    await mkdir(elsewhere);
    const snapshot = path.join(test.cacheFolder, root, 'snapshots', commit);
    await mkdir(snapshot, { recursive: true });
    await symlink(elsewhere, path.join(snapshot, 'example'));
    const error = await failure(pull());
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/example: a symbolic link; expected a folder of the snapshot/);
    expect(await readdir(elsewhere)).toEqual([]);
    await rm(path.join(snapshot, 'example'));
    await pull();
  });

  it('to files of the user are replaced in a snapshot, and not followed by a download', async () => {
    const commit = publish();
    const own = path.join(test.folder, 'own.txt');
    await writeFile(own, 'precious');
    const snapshot = path.join(test.cacheFolder, root, 'snapshots', commit);
    const blobs = path.join(test.cacheFolder, root, 'blobs');
    await mkdir(snapshot, { recursive: true });
    await mkdir(blobs, { recursive: true });
    await symlink(own, path.join(snapshot, 'config.json'));
    const { sha256 } = (await pull({ cacheFolder: path.join(test.folder, 'other') })).files.find(
      (file) => file.path === 'model.safetensors',
    )!;
    for (const name of [
      sha256,
      `${sha256}.incomplete`,
      `${sha256}.00000000-0-00000000.incomplete`,
    ]) {
      await symlink(own, path.join(blobs, name!));
    }
    const { folder } = await pull();
    expect(await readFile(own, 'utf8')).toBe('precious');
    expect(await readFile(path.join(folder, 'config.json'), 'utf8')).toBe(
      modelFiles()['config.json'],
    );
    expect((await lstat(path.join(blobs, sha256!))).isFile()).toBe(true);
  });

  it('that lead out of a model folder are not pushed', async () => {
    const folder = await writeFiles(path.join(test.folder, 'model'), modelFiles());
    await writeFiles(path.join(test.folder, 'secret'), { 'id_rsa.txt': 'secret' });
    await symlink('../secret', path.join(folder, 'data'));
    await symlink('../secret/id_rsa.txt', path.join(folder, 'notes.txt'));
    const { leftOut } = await pushModel({ ...test.options, folder, repo });
    expect(leftOut.map((file) => file.path)).toEqual(['data', 'notes.txt']);
    const { files } = [...test.hub.repos.get(repo)!.commits.values()].at(-1)!;
    expect([...files.keys()].sort()).toEqual(
      ['.gitattributes', ...Object.keys(modelFiles())].sort(),
    );
  });

  it('in a damaged list of the cache do no harm: it is asked for anew', async () => {
    const commit = publish();
    await pull();
    const list = path.join(test.cacheFolder, root, 'trees', `${commit}.json`);
    const whole = await readFile(list, 'utf8');
    for (const text of [
      '',
      '{}',
      'null',
      '{"format_version": 1, "files": null}',
      whole.slice(0, 99),
      '{"format_version": 1, "files": {"a": null}}',
      whole.replace(/"size": \d+/, '"size": -1'),
      whole.replace(/"blob_id": "./, '"blob_id": "x'),
    ]) {
      await writeFile(list, text);
      expect((await pull()).files).toHaveLength(6);
    }
    await writeFile(list, whole.replace('"config.json"', '"../config.json"'));
    expect(await failure(pull())).toBeInstanceOf(InputError);
  });
});

describe('a full disk', () => {
  const test = useTestHub();
  const large = weights(300_000);
  const publish = () => {
    test.hub.createRepo(repo);
    test.hub.addFiles(repo, { ...modelFiles(), 'model.safetensors': large });
  };

  it('stops a pull with a message, and what arrived is gone on with', async () => {
    publish();
    const openToAppend = vi.spyOn(PartialFile.prototype, 'openToAppend');
    openToAppend.mockImplementation(async function (this: PartialFile) {
      openToAppend.mockRestore();
      const handle = await this.openToAppend();
      let pieces = 0;
      const write = handle.writeFile.bind(handle);
      handle.writeFile = async (...args: Parameters<typeof write>) => {
        if (++pieces === 3) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        await write(...args);
      };
      return handle;
    });
    const options = { ...test.options, repo, include: ['model.safetensors'] };
    const error = await failure(pullModel(options));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/the disk is full \(ENOSPC\).*HF_HUB_CACHE/);
    test.hub.requests.length = 0;
    await pullModel(options);
    expect(test.hub.requests.find(({ host }) => host === 'storage')!.range).toMatch(/^bytes=[1-9]/);
  });

  it('is met on a real one, where this user may make one', async (context) => {
    publish();
    const disk = path.join(test.folder, 'disk');
    await mkdir(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      context.skip();
      return;
    }
    try {
      const options = { ...test.options, repo, cacheFolder: path.join(disk, 'cache') };
      await writeFile(path.join(disk, 'filler'), Buffer.alloc(1_500_000));
      const early = await failure(pullModel(options));
      expect(early).toBeInstanceOf(EnvironmentError);
      expect(early.message).toMatch(/0 MB free; expected 2 MB for the download/);
      await rm(path.join(disk, 'filler'));

      let filled: Promise<void> | undefined;
      test.hub.setFault({ path: '_storage', chunkBytes: 100_000, chunkMilliseconds: 20 });
      const fill = () => {
        filled ??= writeFile(path.join(disk, 'filler'), Buffer.alloc(4_000_000)).catch(
          () => undefined,
        );
      };
      const late = await failure(
        pullModel({ ...options, progress: ({ done }) => void (done > 200_000 && fill()) }),
      );
      await filled;
      expect(late).toBeInstanceOf(EnvironmentError);
      expect(late.message).toMatch(/the disk is full \(ENOSPC\)/);
      await rm(path.join(disk, 'filler'));
      const { folder } = await pullModel(options);
      expect(large.equals(await readFile(path.join(folder, 'model.safetensors')))).toBe(true);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe('a large upload in parts', () => {
  const test = useTestHub({ multipartBytes: 65_536 });
  const files = Object.fromEntries(
    [1, 2, 3, 4].map((n) => [`part-${n}.safetensors`, weights(50_000, n)]),
  );
  const folder = () => path.join(test.folder, 'model');
  const push = (more: object = {}) =>
    pushModel({ ...test.options, folder: folder(), repo, ...more });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 300));
  const finished = () => test.hub.requests.filter(({ path: p }) => p.endsWith('/complete')).length;
  const sent = (requests = test.hub.requests) =>
    requests.filter(({ method }) => method === 'PUT').reduce((sum, { sent: n }) => sum + n, 0);

  it('goes on after cut connections, part by part', async () => {
    await writeFiles(folder(), { ...modelFiles(), ...files });
    test.hub.setFault({ method: 'PUT', disconnect: true });
    test.hub.setFault({ method: 'PUT', skip: 5, loseAnswer: true });
    test.hub.setFault({ path: '/complete', loseAnswer: true });
    await push();
    expect(finished()).toBeGreaterThanOrEqual(5);
    const pulled = await pullModel({ ...test.options, repo, exclude: ['.*'] });
    expect(await hashFolder(pulled.folder)).toEqual(await hashFolder(folder()));
  });

  it('sends no finished file again after a break', async () => {
    await writeFiles(folder(), { ...modelFiles(), ...files });
    // Three files are finished; then the network goes.
    test.hub.setFault({ method: 'PUT', path: '/part/', skip: 12, disconnect: true, times: 1000 });
    const broken = await failure(push());
    expect(broken).toBeInstanceOf(EnvironmentError);
    expect(broken.message).toMatch(/connection broke.*push again: what arrived is not sent twice/);
    const { heads, commits } = test.hub.repos.get(repo)!;
    expect(commits.get(heads.get('main')!)!.title).toBe('initial commit');
    await settle();
    test.hub.clearFaults();
    const before = finished();
    expect(before).toBeGreaterThan(0);
    test.hub.requests.length = 0;
    await push();
    expect(finished()).toBe(5 - before);
    const size = weights(50_000).length;
    expect(sent()).toBe((5 - before) * size);
  });

  it('stops at once when interrupted, with nothing left running', async () => {
    await writeFiles(folder(), { ...modelFiles(), ...files });
    test.hub.setFault({ method: 'PUT', skip: 6, delayMilliseconds: 2000, times: 1000 });
    const interrupt = new AbortController();
    const promise = failure(push({ signal: interrupt.signal }));
    while (test.hub.requests.filter(({ method }) => method === 'PUT').length < 8) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    interrupt.abort();
    const error = await promise;
    expect(error).toBeInstanceOf(InterruptedError);
    // What was on its way already still arrives.
    await settle();
    const seen = test.hub.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(test.hub.requests).toHaveLength(seen);
  });

  it('gives up a storage that takes the bytes and never answers', async () => {
    await writeFiles(folder(), modelFiles());
    const retry = { attempts: 2, firstDelaySeconds: 0.01, idleSeconds: 0.1 };
    test.hub.setFault({ method: 'PUT', delayMilliseconds: 5000, times: 1000 });
    const error = await failure(push({ retry }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/no answer within 1 s/);
  });

  it('says so when a file changes or goes away meanwhile', async () => {
    await writeFiles(folder(), { ...modelFiles(), 'notes.txt': 'here' });
    test.hub.setFault({
      path: '/revision/',
      status: 404,
      headers: { 'X-Error-Code': 'RepoNotFound' },
      delayMilliseconds: 300,
    });
    const promise = failure(push());
    await new Promise((resolve) => setTimeout(resolve, 150));
    await rm(path.join(folder(), 'notes.txt'));
    const gone = await promise;
    expect(gone).toBeInstanceOf(InputError);
    expect(gone.message).toMatch(/notes.txt: the file went away during the work/);
  });
});
