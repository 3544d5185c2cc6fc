import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { InputError, UsageError } from '../core/errors.ts';
import { hubEndpoint, type HubOptions } from './hub-settings.ts';
import { checkRepoName, checkRevision, isRepoName } from './repo-name.ts';

/** Where a model is: a folder on this machine, or a repository on the Hub. */
export type ModelReference =
  | { readonly kind: 'folder'; /** Absolute path. */ readonly folder: string }
  | {
      readonly kind: 'hub';
      /** `owner/name` */
      readonly repo: string;
      /** Branch, tag or commit; `main` where the reference names none. */
      readonly revision: string;
    };

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}

function hub(text: string, repo: string, revision: string | undefined): ModelReference {
  const where = `the model '${text}'`;
  return {
    kind: 'hub',
    repo: checkRepoName(repo, where),
    revision: checkRevision(revision === undefined || revision === '' ? 'main' : revision, where),
  };
}

function notAModel(text: string, kind: string): UsageError {
  return new UsageError({
    where: `the model '${text}'`,
    found: `the address of a ${kind}`,
    expected: "a model: a folder, 'owner/name', or its page on the Hub",
  });
}

/** `owner/name`, `owner/name@revision`, and after `hf://` also `models/owner/name`. */
function parseName(text: string, name: string): ModelReference {
  const at = name.indexOf('@');
  return at < 0 ? hub(text, name, undefined) : hub(text, name.slice(0, at), name.slice(at + 1));
}

function parseAddress(text: string, hosts: readonly string[]): ModelReference {
  let url: URL;
  let parts: string[];
  try {
    url = new URL(text);
    parts = url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch (error) {
    throw new UsageError(
      { where: `the model '${text}'`, found: 'an address that cannot be read' },
      { cause: error },
    );
  }
  if (!hosts.includes(url.host)) {
    throw new UsageError({
      where: `the model '${text}'`,
      found: `an address on ${url.host}`,
      expected: `one on ${hosts.join(' or ')}`,
      fix: 'For another Hub, set HF_ENDPOINT.',
    });
  }
  const [owner = '', name = '', view, ...rest] = parts;
  if (['datasets', 'spaces', 'collections', 'api'].includes(owner)) {
    throw notAModel(text, owner.replace(/s$/, ''));
  }
  if (view === undefined) return hub(text, `${owner}/${name}`, undefined);
  // What follows blob/ and resolve/ ends in a file; of it only a one-part revision can be told.
  const revision = ['blob', 'resolve', 'raw'].includes(view) ? rest[0] : rest.join('/');
  if (!['tree', 'blob', 'resolve', 'raw', 'commit'].includes(view) || revision === undefined) {
    throw notAModel(text, `page '${view}' of a model`);
  }
  return hub(text, `${owner}/${name}`, revision);
}

/**
 * Tells what a person means by a model: an existing folder, `owner/name`, `owner/name@revision`,
 * `hf://owner/name@revision`, or an address on the Hub (`https://huggingface.co/owner/name`, also
 * `…/tree/revision`). A folder that exists comes first, as in Python's `transformers`.
 *
 * @throws InputError for a path that leads to no folder; UsageError for anything else
 * @example
 * parseModelReference('lab/yeast-promoters@v2');
 * // { kind: 'hub', repo: 'lab/yeast-promoters', revision: 'v2' }
 */
export function parseModelReference(
  text: string,
  options: Pick<HubOptions, 'endpoint' | 'environment'> = {},
): ModelReference {
  if (/^https?:\/\//.test(text)) {
    const { host } = new URL(hubEndpoint(options));
    return parseAddress(text, [...new Set([host, 'huggingface.co', 'hf.co'])]);
  }
  if (text.startsWith('hf://')) {
    const name = text.slice('hf://'.length);
    const other = /^(dataset|space|bucket|kernel)s\//.exec(name)?.[1];
    if (other !== undefined) throw notAModel(text, other);
    return parseName(text, name.replace(/^models\//, ''));
  }
  const folder = path.resolve(text.replace(/^~(?=$|[/\\])/, () => homedir()));
  if (text !== '' && isFolder(folder)) return { kind: 'folder', folder };
  const [name = '', ...revision] = text.split('@');
  if (isRepoName(name) && !/^[.~/\\]/.test(text)) {
    return hub(text, name, revision.length === 0 ? undefined : revision.join('@'));
  }
  const isFile = text !== '' && statSync(folder, { throwIfNoEntry: false }) !== undefined;
  if (isFile || /^[.~/\\]|^[A-Za-z]:[\\/]/.test(text)) {
    throw new InputError({
      where: `the model '${text}'`,
      found: isFile ? 'a file' : 'no such folder',
      expected: 'a model folder',
    });
  }
  throw new UsageError({
    where: `the model '${text}'`,
    found: 'no folder of this name and no name of a model on the Hub',
    expected: "a folder, 'owner/name', 'owner/name@revision' or an address on the Hub",
  });
}
