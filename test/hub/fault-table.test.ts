/**
 * Every fault at every step of a pull and of a push. Whatever happens, the outcome is the right one
 * or an error that a user can act on, and nothing half-done is left. The snapshot is the table of
 * all outcomes, with the message of each failure.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TataboxError } from '../../kernel-lib/src/core/errors.ts';
import { pullModel } from '../../kernel-lib/src/hub/pull-model.ts';
import { pushModel } from '../../kernel-lib/src/hub/push-model.ts';
import { hashes, hashFolder, useTestHub, weights, writeFiles } from './helpers.ts';
import type { HubFault } from './loopback-server.mjs';

const files = {
  'config.json': '{"model_type": "xpresso"}\n',
  'model.safetensors': weights(20_000),
  'README.md': '---\nlicense: mit\n---\n# A model\n',
};
const always = 1000;
const json = (body: unknown): HubFault => ({ status: 200, body, times: always });

/** What can go wrong with any request; `times` left out: once. */
const faults: Readonly<Record<string, HubFault>> = {
  '401': { status: 401, body: { error: 'Invalid username or password.' }, times: always },
  '403': { status: 403, body: { error: 'Forbidden: your plan does not cover it.' }, times: always },
  '403 gated': {
    status: 403,
    headers: { 'X-Error-Code': 'GatedRepo' },
    body: { error: 'Access to the model is restricted.' },
    times: always,
  },
  '404 repository': { status: 404, headers: { 'X-Error-Code': 'RepoNotFound' }, times: always },
  '404 revision': { status: 404, headers: { 'X-Error-Code': 'RevisionNotFound' }, times: always },
  '404 file': { status: 404, headers: { 'X-Error-Code': 'EntryNotFound' }, times: always },
  '409': { status: 409, times: always },
  '412': { status: 412, times: always },
  '416': { status: 416, times: always },
  '418': { status: 418, body: '<html>I am a teapot</html>', times: always },
  '429 once': { status: 429, headers: { 'Retry-After': '0' } },
  '429 for an hour': { status: 429, headers: { 'Retry-After': '3600' }, times: always },
  '500 once': { status: 500 },
  '500': { status: 500, body: { error: 'Internal error' }, times: always },
  '502 once': { status: 502, body: '<html>Bad gateway</html>' },
  '503 once': { status: 503 },
  '503': { status: 503, times: always },
  '507': { status: 507, body: { error: 'No storage left' }, times: always },
  'cut before the header, once': { disconnect: true },
  'cut in the header, once': { cutHeader: true },
  'cut in the header': { cutHeader: true, times: always },
  'cut in the body, once': { truncateAt: 20 },
  'cut in the body': { truncateAt: 20, times: always },
  'short body, once': { shortenTo: 20 },
  'short body': { shortenTo: 20, times: always },
  'one bit flipped': { corrupt: true, times: always },
  'more than announced': {
    rewrite: (body) => Buffer.concat([body, Buffer.from('tail')]),
    times: always,
  },
  'a web page': { rewrite: () => '<html>Welcome</html>', times: always },
  'an empty object': json({}),
  'an empty list': json([]),
  null: json(null),
  'a list of null': json([null]),
  'a list of texts': json(['a', 'b']),
  'a text': json('"hello"'),
  'fields of other types': json({ sha: 7, files: 7, objects: 7, auth: 7, name: 7, commitOid: 7 }),
  'redirect loop': { status: 307, headers: { Location: '/loop' }, times: always },
  'redirect without a place': { status: 302, times: always },
};

/** Those whose outcome depends on where the damage lies, so that it is not in the table. */
const uncertain = new Set(['one bit flipped']);

/** Those that a push meets as a pull does, which need not be shown at each of its steps. */
const shownByPull = new Set(['502 once', '503 once', '503', 'a text', 'a list of texts', '416']);

/** The requests of a pull, by their paths. */
const pullSteps: Readonly<Record<string, HubFault['path']>> = {
  revision: '/revision/',
  list: '/tree/',
  'small file': /resolve.*config\.json/,
  'address of the large file': /resolve.*safetensors/,
  'large file': '_storage',
};

const pushSteps: Readonly<Record<string, Pick<HubFault, 'method' | 'path'>>> = {
  account: { path: 'whoami' },
  revision: { path: '/revision/' },
  creation: { path: 'repos/create' },
  list: { path: '/tree/' },
  preupload: { path: 'preupload' },
  'large file: question': { path: 'objects/batch' },
  'large file: part': { method: 'PUT', path: '/part/' },
  'large file: completion': { path: '/complete' },
  commit: { path: '/commit/' },
};

describe('every fault at every step', () => {
  const test = useTestHub({ multipartBytes: 40_000 });
  const retry = { attempts: 2, firstDelaySeconds: 0.001, idleSeconds: 10 };

  /** The outcome in a word, after the checks that hold for every failure. */
  const outcome = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
      return 'fine';
    } catch (error) {
      expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(test.hub.token);
      if (!(error instanceof TataboxError)) return `RAW ${inspect(error)}`;
      const message = error.message
        .replaceAll(test.hub.url, 'HUB')
        .replaceAll(test.folder, 'FOLDER')
        .replace(/the hash [0-9a-f]+ instead of [0-9a-f]+/, 'the hash … instead of …')
        .replace(/\b[0-9a-f]{7,64}\b/g, 'HASH');
      return `exit ${error.exitCode}: ${message}`;
    }
  };

  it('ends a pull whole, or with a message and nothing that looks whole', async () => {
    const table: Record<string, string> = {};
    let count = 0;
    for (const [step, place] of Object.entries(pullSteps)) {
      for (const [name, fault] of Object.entries(faults)) {
        const repo = `lab/model-${++count}`;
        test.hub.createRepo(repo);
        test.hub.addFiles(repo, files);
        test.hub.setFault({ ...fault, path: place });
        if (name === 'redirect loop') {
          test.hub.setFault({ ...fault, path: '/loop' });
        }
        const more = { ...test.options, retry, repo, exclude: ['.*'] };
        let folder = '';
        const ended = await outcome(
          pullModel(more).then((pulled) => {
            folder = pulled.folder;
          }),
        );
        test.hub.clearFaults();
        if (uncertain.has(name)) expect(ended).toMatch(/^(fine|exit [345]:)/);
        else table[`${step}, ${name}`] = ended.replaceAll(repo, 'lab/model');
        if (ended === 'fine') {
          expect(await hashFolder(folder), `${step}, ${name}`).toEqual(hashes(files));
        } else {
          const root = path.join(test.cacheFolder, `models--lab--model-${count}`);
          const there = await readdir(root).catch(() => []);
          expect(there, `${step}, ${name}`).not.toContain('snapshots');
          expect(there).not.toContain('refs');
          // Nothing is in the way of the next pull.
          const again = await pullModel(more);
          expect(await hashFolder(again.folder)).toEqual(hashes(files));
        }
      }
    }
    expect(Object.values(table).filter((ended) => !/^(fine|exit [345]:)/.test(ended))).toEqual([]);
    expect(table).toMatchSnapshot();
  });

  it('ends a push whole, or with a message and the branch as it was', async () => {
    const folder = await writeFiles(path.join(test.folder, 'model'), files);
    const table: Record<string, string> = {};
    let count = 0;
    for (const [step, place] of Object.entries(pushSteps)) {
      for (const [name, fault] of Object.entries(faults)) {
        if (shownByPull.has(name)) continue;
        const repo = `lab/model-${++count}`;
        // Contents that are there already would not be sent.
        const content = { 'model.safetensors': weights(20_000, count) };
        await writeFiles(folder, content);
        test.hub.setFault({ ...fault, ...place });
        if (name === 'redirect loop') {
          test.hub.setFault({ ...fault, path: '/loop' });
        }
        const more = { ...test.options, retry, repo, folder };
        const ended = await outcome(pushModel(more));
        test.hub.clearFaults();
        if (uncertain.has(name)) expect(ended).toMatch(/^(fine|exit [345]:)/);
        else table[`${step}, ${name}`] = ended.replaceAll(repo, 'lab/model');
        // A push that failed in its last step may have landed, but whole.
        const written = test.hub.repos.get(repo);
        const head = written?.commits.get(written.heads.get('main')!);
        const names = [...(head?.files.keys() ?? [])].filter((file) => !file.startsWith('.'));
        const whole = Object.keys(files).sort();
        if (ended === 'fine') expect(names.sort(), `${step}, ${name}`).toEqual(whole);
        else expect([0, 3], `${step}, ${name}`).toContain(names.length);
        if (ended !== 'fine' && /large|commit/.test(step)) {
          await pushModel(more);
          const again = test.hub.repos.get(repo)!;
          expect(again.commits.size, `${step}, ${name}`).toBe(2);
        }
      }
    }
    expect(Object.values(table).filter((ended) => !/^(fine|exit [345]:)/.test(ended))).toEqual([]);
    expect(table).toMatchSnapshot();
  });
});
