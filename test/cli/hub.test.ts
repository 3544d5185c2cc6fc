import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFolder } from '../hub/helpers.ts';
import { startHubServer, type HubServer } from '../hub/loopback-server.mjs';
import { runCommand, type Ending } from './run-command.ts';
import { makeYeastSubset, WINDOW, type YeastSubset } from './yeast-subset.ts';

const repo = 'tester/tiny';
let yeast: YeastSubset;
let hub: HubServer;
let model: string;
let fasta: string;

beforeAll(async () => {
  hub = await startHubServer();
  yeast = await makeYeastSubset();
  const file = await yeast.write('tiny.tatabox.yaml', yeast.config({ training: '{ epochs: 1 }' }));
  const { json, stderr } = await runCommand(['run', file, '--json']);
  if (json?.modelFolder === undefined) throw new Error(stderr);
  model = json.modelFolder as string;
  const length = WINDOW.upstream + WINDOW.downstream;
  const sequence = yeast.contigs.get('chrVI')!.slice(50_000, 50_000 + length);
  fasta = await yeast.write('one.fa', `>one\n${sequence}\n`);
});

afterAll(async () => {
  await hub.close();
  await yeast.remove();
});

/** Runs a command as a user of the loopback Hub whose cache is in the test's folder. */
async function withHub(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ending> {
  const home = path.join(yeast.folder, 'home');
  await mkdir(home, { recursive: true });
  return runCommand(args, {
    env: {
      HF_ENDPOINT: hub.url,
      HF_TOKEN: hub.token,
      HF_HOME: path.join(home, 'hf'),
      HOME: home,
      ...env,
    },
  });
}

async function predict(reference: string, name: string): Promise<string> {
  const out = path.join(yeast.folder, name);
  const args = ['predict', reference, '--fasta', fasta, '--missing-inputs', 'mean', '--out', out];
  const { code, stderr } = await withHub(args);
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  return readFile(out, 'utf8');
}

describe('push, pull, verify, predict', () => {
  it('gives identical predictions after the way over the Hub', async () => {
    const pushed = await withHub(['push', model, repo, '--json']);
    expect(pushed.code).toBe(0);
    expect(pushed.json.url).toContain(repo);
    expect(hub.repos.get(repo)?.private).toBe(false);

    const pulled = await withHub(['pull', repo, '--json']);
    expect(pulled.code).toBe(0);
    expect(pulled.json.folder).toContain(path.join('home', 'hf', 'hub', 'models--tester--tiny'));
    expect(pulled.json.verification.largestDifference).toBeLessThanOrEqual(
      pulled.json.verification.tolerance,
    );
    const received = await hashFolder(pulled.json.folder as string);
    // The Hub adds files of its own, such as .gitattributes.
    expect(received).toMatchObject(await hashFolder(model));

    const verified = await withHub(['verify', repo, '--json']);
    expect(verified.code).toBe(0);
    expect(verified.json.folder).toBe(pulled.json.folder);
    expect(await predict(repo, 'hub.tsv')).toBe(await predict(model, 'local.tsv'));
  });

  it('sends nothing twice', async () => {
    const { code, stdout } = await withHub(['push', model, repo]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/: 0 files sent, 5 were there already\n$/);
  });

  it('makes a private repository that its owner alone pulls', async () => {
    const pushed = await withHub(['push', model, 'lab/secret', '--private', '--message', 'First']);
    expect(pushed.code).toBe(0);
    expect(hub.repos.get('lab/secret')?.private).toBe(true);
    const refused = await withHub(['pull', 'lab/secret'], { HF_TOKEN: undefined });
    // The Hub does not tell strangers that it is there.
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('lab/secret');
    expect((await withHub(['pull', 'lab/secret', '--no-verify', '--quiet'])).code).toBe(0);
  });

  it('works from the cache with --offline, and without the Hub', async () => {
    const away = { HF_ENDPOINT: 'http://127.0.0.1:1' };
    const { code, json } = await withHub(['pull', repo, '--offline', '--json'], away);
    expect(code).toBe(0);
    expect(json.folder).toContain('models--tester--tiny');
    const unknown = await withHub(['pull', 'tester/other', '--offline'], away);
    expect(unknown.code).toBe(4);
    expect(unknown.stderr).toContain('tester/other');
  });
});

/** The message with what differs between machines replaced. */
function message({ stderr }: Ending): string {
  return stderr.replaceAll(yeast.folder, 'FOLDER').replaceAll(hub.url, 'HUB');
}

describe('what goes wrong with the Hub', () => {
  it('says that the token is wrong', async () => {
    const push = await withHub(['push', model, repo, '--quiet'], { HF_TOKEN: 'hf_wrong' });
    expect(push.code).toBe(4);
    expect(message(push)).toMatchInlineSnapshot(`
      "error: push tester/tiny at HUB: the Hub refuses the access token ('Invalid credentials in Authorization header'); the token was read from HF_TOKEN. Make a token with write access at HUB/settings/tokens and set HF_TOKEN to it, or write it into FOLDER/home/hf/token.
      "
    `);
    expect(push.stderr).not.toContain('hf_wrong');
  });

  it('says that a token is needed', async () => {
    const push = await withHub(['push', model, repo, '--quiet'], { HF_TOKEN: undefined });
    expect(push.code).toBe(4);
    expect(message(push)).toMatchInlineSnapshot(`
      "error: push tester/tiny to HUB: no access token in HF_TOKEN or FOLDER/home/hf/token. Make a token with write access at HUB/settings/tokens and set HF_TOKEN to it, or write it into FOLDER/home/hf/token.
      "
    `);
  });

  it('says that there is no such repository', async () => {
    const pull = await withHub(['pull', 'tester/tinny', '--quiet']);
    expect(pull.code).not.toBe(0);
    expect(message(pull)).toMatchInlineSnapshot(`
      "error: pull tester/tinny at HUB: there is no model tester/tinny, or it is private and closed to the token from HF_TOKEN. Check the name, and that the token's account may see it.
      "
    `);
  });

  it('says that there is no network', async () => {
    const args = ['verify', 'tester/absent', '--quiet'];
    // A port that nothing listens on.
    const closed = await startHubServer();
    await closed.close();
    const verify = await withHub(args, { HF_ENDPOINT: closed.url });
    expect(verify.code).toBe(4);
    expect(message(verify).replaceAll(closed.url, 'HUB')).toMatchInlineSnapshot(`
      "error: pull tester/absent: the Hub at HUB: nothing listens there (ECONNREFUSED). Check the network and HF_ENDPOINT; with HF_HUB_OFFLINE=1 only the cache in FOLDER/home/hf/hub is used.
      "
    `);
  });

  it('says that a revision does not exist', async () => {
    const pull = await withHub(['pull', repo, '--revision', 'v9', '--quiet']);
    expect(pull.code).not.toBe(0);
    expect(message(pull)).toMatchInlineSnapshot(`
      "error: pull tester/tiny at HUB: tester/tiny has no revision 'v9'. Look for its branches and tags on HUB/tester/tiny/tree/main.
      "
    `);
  });

  it('says that a folder holds no model', async () => {
    const push = await withHub(['push', yeast.folder, repo, '--quiet']);
    expect(push.code).toBe(3);
    expect(message(push)).toMatchInlineSnapshot(`
      "error: the model folder FOLDER: config.json is missing; model.safetensors is missing; README.md is missing; expected config.json with model_type, model.safetensors and a model card in README.md. Write the folder again by saving the model.
      "
    `);
  });

  it('refuses a name that is none', async () => {
    const push = await withHub(['push', model, 'tiny', '--quiet']);
    expect(push.code).toBe(2);
    expect(message(push)).toMatchInlineSnapshot(`
      "error: the name of the repository: 'tiny'; expected 'owner/name'. Put your user name or your organization before it: 'owner/tiny'.
      "
    `);
  });
});
