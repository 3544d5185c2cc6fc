import { describe, expect, it } from 'vitest';
import { hubErrorText, isAboutToken } from '../../../../extension/src/hub/hub-error-text.ts';
import { LatestSearch } from '../../../../extension/src/hub/latest-search.ts';
import {
  failureNodes,
  nodeView,
  type ModelNode,
} from '../../../../extension/src/hub/model-nodes.ts';
import { parseSearch, searchText } from '../../../../extension/src/hub/search-query.ts';
import { ageText, countText, sizeText } from '../../../../extension/src/hub/size-text.ts';
import { TransferText } from '../../../../extension/src/hub/transfer-text.ts';
import { pushModel } from '../../../../kernel-lib/src/hub/push-model.ts';
import { pullModel } from '../../../../kernel-lib/src/hub/pull-model.ts';
import { whoAmI } from '../../../../kernel-lib/src/hub/who-am-i.ts';
import { failure, modelFiles, useTestHub, writeFiles } from '../../../hub/helpers.ts';

describe('sizes, counts and ages', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [99_400, '99 kB'],
    [999_999, '1.0 MB'],
    [1_234_567_890, '1.2 GB'],
  ])('%d bytes', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  it('are short', () => {
    expect([950, 12_345, 4_500_000].map(countText)).toEqual(['950', '12.3k', '4.5M']);
    const now = Date.parse('2026-11-22');
    const ago = (seconds: number) => ageText(new Date(now - seconds * 1000), now);
    expect([0, 60, 7200, 86_400, 90 * 86_400, 800 * 86_400].map(ago)).toEqual([
      'just now',
      '1 minute ago',
      '2 hours ago',
      '1 day ago',
      '3 months ago',
      '2 years ago',
    ]);
    expect(ago(-100)).toBe('just now');
  });
});

describe('a search', () => {
  it('is read from what is typed, and written back', () => {
    const typed = 'yeast promoter author:lab task:tabular-regression tag:dna library:any';
    expect(parseSearch(typed)).toEqual({
      text: 'yeast promoter',
      author: 'lab',
      task: 'tabular-regression',
      tags: ['dna'],
      library: null,
    });
    expect(searchText(parseSearch(typed))).toBe(typed);
    expect(parseSearch('  ')).toEqual({ text: '', tags: [], library: 'tatabox' });
    expect(searchText(parseSearch('lab/model'))).toBe('lab/model');
    expect(() => parseSearch('author:')).toThrow(/author: without a value/);
    expect(() => parseSearch('author:a&b=c')).toThrow(/'a&b=c'/);
  });
});

describe('LatestSearch', () => {
  it('asks once typing rests, and shows the answer to the last question alone', async () => {
    const asked: string[] = [];
    const aborted: string[] = [];
    const results: string[] = [];
    const busy: boolean[] = [];
    const search = new LatestSearch<string, string>({
      delayMilliseconds: 20,
      search: async (query, signal) => {
        asked.push(query);
        signal.addEventListener('abort', () => aborted.push(query));
        await new Promise((resolve) => setTimeout(resolve, 60));
        return query.toUpperCase();
      },
      onBusy: (now) => busy.push(now),
      onResult: (result) => results.push(result),
      onError: (error) => results.push(String(error)),
    });
    void search.ask('p');
    const slow = search.ask('pr');
    await new Promise((resolve) => setTimeout(resolve, 40));
    const last = search.ask('pro');
    await Promise.all([slow, last]);
    expect(asked).toEqual(['pr', 'pro']);
    expect(aborted).toEqual(['pr']);
    expect(results).toEqual(['PRO']);
    expect(busy.at(-1)).toBe(false);
  });

  it('tells of failures, not of what was stopped', async () => {
    const errors: unknown[] = [];
    const search = new LatestSearch<string, string>({
      delayMilliseconds: 0,
      search: () => Promise.reject(new Error('no network')),
      onBusy: () => undefined,
      onResult: () => undefined,
      onError: (error) => errors.push(error),
    });
    await search.ask('a');
    const stopped = search.ask('b');
    search.stop();
    await stopped;
    expect(errors).toHaveLength(1);
  });
});

describe('entries of the view', () => {
  const now = Date.parse('2026-11-22');
  const model = {
    repo: 'lab/<img src=x>',
    private: true,
    gated: false,
    downloads: 12_345,
    likes: 3,
    updatedAt: new Date(now - 86_400_000),
    tags: ['dna'],
  };

  it('have the context values that the menus ask for', () => {
    const mine = nodeView({ kind: 'mine', repo: model.repo, model }, now);
    expect(mine).toMatchObject({
      label: 'lab/<img src=x>',
      description: 'private  ↓ 12.3k  ♥ 3  1 day ago',
      icon: 'lock',
      contextValue: 'tatabox.model.mine',
    });
    expect(nodeView({ kind: 'hub', repo: 'a/b', model }, now).contextValue).toBe(
      'tatabox.model.hub',
    );
    const revision = {
      commit: 'c'.repeat(40),
      names: [],
      folder: '/c',
      fileCount: 1,
      size: 5,
      pulledAt: new Date(now),
    };
    const cached = {
      repo: 'a/b',
      folder: '/c',
      size: 2e6,
      unfinishedSize: 1e6,
      lastUsed: undefined,
      revisions: [revision, revision],
    };
    const view = nodeView({ kind: 'cached', repo: 'a/b', model: cached }, now);
    expect(view).toMatchObject({
      description: '2.0 MB  2 revisions  1.0 MB unfinished',
      contextValue: 'tatabox.model.cached',
      children: 'collapsed',
    });
    const node: ModelNode = { kind: 'revision', repo: 'a/b', revision };
    expect(nodeView(node, now)).toMatchObject({
      label: 'ccccccc',
      description: '5 bytes  1 file  just now',
    });
    expect(nodeView({ kind: 'group', group: 'cache', note: '' }).label).toBe('Local Cache');
  });

  it('tell of failures with what can be done', () => {
    const nodes = failureNodes('the Hub: no network. Check it.', true);
    expect(nodes.map((node) => nodeView(node).label)).toEqual([
      'the Hub: no network.',
      'Sign In…',
      'Retry',
    ]);
    const [short] = failureNodes('the Hub: no network. Check it.', false, 'no network');
    expect(nodeView(short!).label).toBe('no network');
    expect(nodeView(nodes[0]!).tooltip).toBe('the Hub: no network. Check it.');
  });
});

describe('what is shown of a transfer', () => {
  it('is bytes of the whole and of each file', () => {
    const text = new TransferText();
    expect([text.text, text.fraction]).toEqual(['asking the Hub…', undefined]);
    text.progress({
      task: 'pull a/b',
      done: 2_000_000,
      total: 8_000_000,
      unit: 'bytes',
      rate: 1e6,
    });
    text.file({ path: 'a.bin', done: 1, size: 4 });
    text.file({ path: 'b.bin', done: 10, size: 10 });
    expect(text.text).toBe('2.0 MB of 8.0 MB, 1.0 MB/s — a.bin 25 %');
    expect(text.fraction).toBe(0.25);
    for (const path of ['c', 'd', 'e']) text.file({ path, done: 0, size: 100 });
    expect(text.text).toMatch(/ — c 0 %, d 0 % and 2 more$/);
    text.retry({ reason: 'rate-limit', waitSeconds: 11.2, attempt: 2, attempts: 5 });
    expect(text.text).toBe('the Hub asks for patience: attempt 2 of 5 in 12 s');
    text.progress({ task: 'copy a/b', done: 0, total: 0, unit: 'bytes' });
    expect([text.text, text.fraction]).toEqual(['copying 0 bytes of 0 bytes', undefined]);
  });
});

describe('messages of the library', () => {
  const reader = `hf_${'r'.repeat(20)}`;
  const test = useTestHub({ users: { [reader]: { name: 'lab', role: 'read' } } });

  it('name cures of VS Code, and never the token', async () => {
    const environment = { HF_ENDPOINT: test.hub.url, HOME: test.folder };
    const wrong = `hf_${'w'.repeat(20)}`;
    const asked = { environment, retry: { attempts: 1 } };
    const folder = await writeFiles(test.folder, modelFiles());
    const push = { ...asked, folder, repo: 'lab/model' };
    const refused = await failure(whoAmI({ ...asked, token: wrong }));
    expect(hubErrorText(refused)).toMatch(
      /VS Code's secret storage.*sign in with it \(Tatabox: Sign In/,
    );
    expect(hubErrorText(refused, { signingIn: true })).toMatch(
      /from this box.*and paste it here\.$/,
    );
    const readOnly = await failure(pushModel({ ...push, token: reader }));
    expect(hubErrorText(readOnly)).toMatch(/it may only read.*write access.*Tatabox: Sign In/);
    const none = await failure(pushModel(push));
    for (const error of [refused, readOnly, none]) {
      expect(isAboutToken(error)).toBe(true);
      expect(hubErrorText(error)).not.toMatch(/set HF_TOKEN|option 'token'/);
      for (const token of [wrong, reader]) expect(hubErrorText(error)).not.toContain(token);
    }
    const damaged = await failure(whoAmI({ ...asked, token: 'nonsense' }));
    expect(hubErrorText(damaged)).toMatch(/in VS Code's secret storage: .*and sign in again\.$/);
    expect(hubErrorText(damaged)).not.toContain('nonsense');
    await test.hub.close();
    const offline = await failure(pullModel({ ...asked, repo: 'lab/model', token: wrong }));
    expect(hubErrorText(offline)).toMatch(/the setting tatabox\.hub\.endpoint/);
    expect(isAboutToken(offline)).toBe(false);
  });
});
