import { listFiles, modelInfo } from '@huggingface/hub';
import { EnvironmentError, InputError } from '../core/errors.ts';
import type { HubConnection } from './hub-connection.ts';
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

function protocolFault(connection: HubConnection, found: string): EnvironmentError {
  return new EnvironmentError({
    where: `the answer of ${connection.settings.endpoint}`,
    found,
    expected: "the Hugging Face Hub's protocol",
    fix: 'Check HF_ENDPOINT: it may be the address of another web site.',
  });
}

/** Asks the Hub which commit a branch, tag or commit hash names. */
export async function readRepoState(
  connection: HubConnection,
  repo: string,
  revision: string,
): Promise<RepoState> {
  const info = await modelInfo({
    ...connection.client,
    name: repo,
    revision,
    additionalFields: ['sha'],
  });
  // The commit becomes a folder name, so it is not taken on trust.
  if (typeof info.sha !== 'string' || !isCommitHash(info.sha)) {
    throw protocolFault(connection, `no commit hash for ${repo} at revision '${revision}'`);
  }
  return { commit: info.sha, private: info.private };
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
  const files: RepoFile[] = [];
  const seen = new Set<string>();
  const where = `the list of files of ${repo} at ${commit.slice(0, 7)}`;
  const entries = listFiles({ ...connection.client, repo, revision: commit, recursive: true });
  for await (const entry of entries) {
    if (entry.type !== 'file') continue;
    const file = checkRepoFile(
      {
        path: entry.path,
        size: entry.lfs?.size ?? entry.size,
        gitSha1: entry.oid ?? '',
        ...(entry.lfs === undefined ? {} : { sha256: entry.lfs.oid }),
        ...(entry.xetHash === undefined ? {} : { xetHash: entry.xetHash }),
      },
      where,
    );
    if (seen.has(file.path)) throw protocolFault(connection, `the file ${file.path} twice`);
    seen.add(file.path);
    files.push(file);
  }
  return files;
}
