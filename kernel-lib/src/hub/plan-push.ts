import { readFile } from 'node:fs/promises';
import { checkOptionNames } from '../core/check-option-names.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { hashFiles } from './hash-files.ts';
import { connectToHub, type HubConnection } from './hub-connection.ts';
import { explainHubError } from './hub-errors.ts';
import { HubResponseError } from './hub-failures.ts';
import type { LeftOutFile } from './model-folder-files.ts';
import {
  checkMayWrite,
  checkVisibility,
  preparePush,
  pushOptionNames,
  type PushTarget,
} from './prepare-push.ts';
import { listRepoFiles, readRepoState, type RepoFile, type RepoState } from './repo-files.ts';
import { missingFiles } from './send-files.ts';
import { readAccount, type HubAccount } from './who-am-i.ts';

/** Options of `planPush`: those of a push that decide what it sends. */
export interface PlanPushOptions extends PushTarget, LongWorkOptions {}

/** A file that a push would look at. */
export interface PlannedFile {
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /**
   * Whether it goes to the storage for large files (LFS): as it is on the Hub, for a new file by
   * the rule that a new repository begins with. The Hub has the last word.
   */
  readonly large: boolean;
  /** Beside what the Hub has: `new`, `changed`, or `same`, which is not sent. */
  readonly state: 'new' | 'changed' | 'same';
}

/** What a push would do. */
export interface PushPlan {
  readonly repo: string;
  readonly branch: string;
  /** Whether the model is on the Hub already; otherwise the push makes it. */
  readonly exists: boolean;
  /** How the model on the Hub is; for a new one as it was asked for. */
  readonly private: boolean | undefined;
  readonly account: HubAccount;
  readonly files: readonly PlannedFile[];
  /** Files of the folder that are not published, and why. */
  readonly leftOut: readonly LeftOutFile[];
  /** Bytes that would be sent. */
  readonly sendBytes: number;
  /** The model card, `README.md`, as it would be published. */
  readonly card: string;
}

/** Endings that the `.gitattributes` of a new repository on the Hub sends to LFS. */
const largeEndings =
  /\.(7z|arrow|bin|bz2|ckpt|ftz|gz|h5|joblib|mlmodel|model|msgpack|npy|npz|onnx|ot|parquet|pb|pickle|pkl|pt|pth|rar|safetensors|tar|tflite|tgz|wasm|xz|zip|zst)$/i;
/** Above this the Hub takes a file as a large one whatever its name. */
const largeBytes = 10_000_000;

/** The branch on the Hub; undefined where the repository or the branch is still to be made. */
async function findState(
  connection: HubConnection,
  repo: string,
  revision: string,
): Promise<RepoState | undefined> {
  try {
    return await readRepoState(connection, repo, revision);
  } catch (error) {
    const code = error instanceof HubResponseError ? error.code : undefined;
    if (code === 'RepoNotFound' || code === 'RevisionNotFound') return undefined;
    throw error;
  }
}

/**
 * What `pushModel` would do with the same options: which files it would send, which it leaves out,
 * and the card. Changes nothing, here or on the Hub.
 *
 * @throws what `pushModel` throws for the same options, folder, token and network
 * @example
 * const { files, sendBytes } = await planPush({ folder: 'runs/promoters/model', repo: 'lab/promoters' });
 */
export async function planPush(options: PlanPushOptions): Promise<PushPlan> {
  checkOptionNames(options, pushOptionNames, 'planPush');
  const prepared = await preparePush(options);
  const { repo, branch, settings, content, context } = prepared;
  let said: string | undefined;
  try {
    const connection = connectToHub(settings, options.signal);
    const account = await readAccount(connection);
    said = checkMayWrite(account, settings);
    const own = await findState(connection, repo, branch);
    // A branch that is still to be made begins as main is.
    const state =
      own ?? (branch === 'main' ? undefined : await findState(connection, repo, 'main'));
    if (state !== undefined) checkVisibility(options, prepared, state);
    const listed = state === undefined ? [] : await listRepoFiles(connection, repo, state.commit);
    const there = new Map<string, RepoFile>(listed.map((file) => [file.path, file]));
    const hashed = await hashFiles(content.files, `push ${repo}`, options);
    const missing = new Set(missingFiles(there, hashed).map(({ path }) => path));
    const files = hashed.map(({ path, size }): PlannedFile => {
      const remote = there.get(path);
      const large =
        remote === undefined
          ? size > 0 && (largeEndings.test(path) || size > largeBytes)
          : remote.sha256 !== undefined;
      const change = remote === undefined ? 'new' : 'changed';
      return { path, size, large, state: missing.has(path) ? change : 'same' };
    });
    const card = content.files.find(({ path }) => path === 'README.md');
    return {
      repo,
      branch,
      exists: state !== undefined,
      private: state?.private ?? options.private,
      account,
      files,
      leftOut: content.leftOut,
      sendBytes: files.reduce((sum, { size, state: now }) => sum + (now === 'same' ? 0 : size), 0),
      card: card === undefined ? '' : await readFile(card.file, 'utf8'),
    };
  } catch (error) {
    throw explainHubError(error, { ...context, ...(said === undefined ? {} : { account: said }) });
  }
}
