import { listFiles, modelInfo, type ListFileEntry } from '@huggingface/hub';
import { InputError } from '../core/errors.ts';
import type { HubConnection } from './hub-connection.ts';
import { askHub, listFromHub, HubProtocolError } from './hub-failures.ts';
import { isCommitHash } from './repo-name.ts';
import { isSafeRepoPath } from './repo-path.ts';

/** A file of a repository at one commit, as the Hub lists it. */
export interface RepoFile {
  /** Path inside the repository, with `/` between its parts. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** SHA-1 of git's blob; for a large (LFS) file, of the pointer that git holds in its place. */
  readonly gitSha1: string;
  /** SHA-256 of the content; large files only. */
  readonly sha256?: string;
  /** The Hub's own hash of a large file in its deduplicating storage. */
  readonly xetHash?: string;
}

/** The name under which a content lies in the cache: its SHA-256 or git SHA-1, as on the Hub. */
export function contentName(file: RepoFile): string {
  return file.sha256 ?? file.gitSha1;
}

/** A repository at the commit that a revision names at the moment. */
export interface RepoState {
  readonly commit: string;
  readonly private: boolean;
}

/** More files than the Hub wants in a repository, and more pages than these need. */
const mostFiles = 200_000;
const mostPages = 10_000;

/** The fetch of a connection for one list, which does not follow its pages in circles. */
export function fetchPages({ client }: HubConnection): typeof globalThis.fetch {
  const seen = new Set<string>();
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    if (seen.has(address)) throw new HubProtocolError('a list whose pages lead in a circle');
    if (seen.size >= mostPages) {
      throw new HubProtocolError(`a list of more than ${mostPages} pages`);
    }
    seen.add(address);
    return client.fetch(input, init);
  };
}

/** Asks the Hub which commit a branch, tag or commit hash names. */
export async function readRepoState(
  connection: HubConnection,
  repo: string,
  revision: string,
): Promise<RepoState> {
  const info = await askHub(connection.settings, () =>
    modelInfo({ ...connection.client, name: repo, revision, additionalFields: ['sha'] }),
  );
  // The commit becomes a folder name, so it is not taken on trust.
  if (typeof info.sha !== 'string' || !isCommitHash(info.sha)) {
    throw new HubProtocolError(`no commit hash for ${repo} at revision '${revision}'`);
  }
  return { commit: info.sha, private: (info.private as unknown) === true };
}

/** Checks an entry that came from outside (the Hub, a listing in the cache). */
export function checkRepoFile(file: RepoFile, where: string): RepoFile {
  if (!isSafeRepoPath(file.path)) {
    throw new InputError({
      where,
      found: `a file named ${JSON.stringify(file.path)}`,
      expected: 'a path inside the repository',
      fix: 'Nothing was written: such a repository may be an attack. Tell its owner.',
    });
  }
  const good =
    Number.isSafeInteger(file.size) &&
    file.size >= 0 &&
    /^[0-9a-f]{40}$/.test(file.gitSha1) &&
    (file.sha256 === undefined || /^[0-9a-f]{64}$/.test(file.sha256));
  if (!good) {
    throw new InputError({
      where,
      found: `no usable size or hash of ${file.path}`,
      expected: 'a size in bytes and a SHA-1 or SHA-256 in hexadecimal',
    });
  }
  return file;
}

/**
 * All files of a repository at a commit, in the order of the Hub.
 *
 * @throws InputError for a file name that would leave the folder it is written to
 */
export async function listRepoFiles(
  connection: HubConnection,
  repo: string,
  commit: string,
): Promise<RepoFile[]> {
  const { settings } = connection;
  const files: RepoFile[] = [];
  const seen = new Set<string>();
  const where = `the list of files of ${repo} at ${commit.slice(0, 7)}`;
  const entries = listFromHub(
    settings,
    listFiles({
      ...connection.client,
      fetch: fetchPages(connection),
      repo,
      revision: commit,
      recursive: true,
    }),
  );
  for await (const entry of entries as AsyncIterable<Partial<ListFileEntry> | null>) {
    if (typeof entry !== 'object' || entry === null || typeof entry.type !== 'string') {
      throw new HubProtocolError("a list of files in another form than the Hub's");
    }
    if (entry.type !== 'file') continue;
    const lfs = entry.lfs ?? undefined;
    const file = checkRepoFile(
      {
        path: entry.path ?? '',
        size: lfs?.size ?? entry.size ?? Number.NaN,
        gitSha1: entry.oid ?? '',
        ...(lfs === undefined ? {} : { sha256: lfs.oid }),
        ...(typeof entry.xetHash === 'string' ? { xetHash: entry.xetHash } : {}),
      },
      where,
    );
    if (seen.has(file.path)) throw new HubProtocolError(`the file ${file.path} twice`);
    if (seen.size >= mostFiles) throw new HubProtocolError(`more than ${mostFiles} files`);
    seen.add(file.path);
    files.push(file);
  }
  for (const { path } of files) {
    // git cannot hold both, and neither can a folder.
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (seen.has(path.slice(0, at))) {
        throw new HubProtocolError(`${path.slice(0, at)} as a file and as a folder`);
      }
    }
  }
  return files;
}
