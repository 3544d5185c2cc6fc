import { createReadStream } from 'node:fs';
import { EnvironmentError, throwIfAborted } from '../core/errors.ts';
import { ContentHasher } from './content-hash.ts';
import { backOffSeconds, pause, type HubConnection } from './hub-connection.ts';
import { HubResponseError, HubSilenceError, isPassingFailure } from './hub-failures.ts';
import { activeDownload, PartialFile } from './partial-file.ts';
import { hasContent } from './repo-cache.ts';
import type { RepoFile } from './repo-files.ts';
import { encodeRepoPath } from './repo-path.ts';

/** Progress that makes a broken connection forgivable once more, and is worth keeping; bytes. */
const forgivingBytes = 1 << 20;

export interface DownloadRequest {
  readonly repo: string;
  /** A commit hash, so that all files are of one revision. */
  readonly commit: string;
  readonly file: RepoFile;
  /** Where the verified content goes. */
  readonly blobFile: string;
  readonly signal: AbortSignal;
  /** Is told of bytes that arrived, and with a negative count of bytes that were given up. */
  readonly onBytes: (count: number) => void;
}

/** Reads the next piece of an answer; silence for too long is a failure. */
async function readPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  idleSeconds: number,
): Promise<Uint8Array | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new HubSilenceError(`the download was silent for ${idleSeconds} s`));
    }, idleSeconds * 1000);
  });
  try {
    return (await Promise.race([reader.read(), silence])).value;
  } finally {
    clearTimeout(timer);
  }
}

/** Feeds what is there already to the hash and gives its length. */
async function hashExisting(file: string, size: number, hasher: ContentHasher): Promise<void> {
  if (size === 0) return;
  for await (const piece of createReadStream(file, { end: size - 1, highWaterMark: 1 << 20 })) {
    hasher.update(piece as Uint8Array);
  }
}

/** Requests the content from a position on; the connection retries until an answer begins. */
async function requestContent(
  connection: HubConnection,
  { repo, commit, file, signal }: DownloadRequest,
  from: number,
): Promise<Response> {
  try {
    return await connection.open(
      `${repo}/resolve/${commit}/${encodeRepoPath(file.path)}`,
      // Compressed answers could not be resumed by a range of the content.
      { 'Accept-Encoding': 'identity', ...(from > 0 ? { Range: `bytes=${from}-` } : {}) },
      signal,
    );
  } catch (error) {
    if (error instanceof HubResponseError && error.status === 416) {
      throw new WrongContent(`status 416 (nothing at byte ${from})`);
    }
    throw error;
  }
}

/** A length of another content, such as that of an error page, need not be read to be refused. */
function checkLength({ headers }: Response, expected: number): void {
  const announced = headers.get('content-length');
  // Of an answer that a proxy compressed after all, the length is another.
  if (announced === null || headers.has('content-encoding')) return;
  if (Number(announced) !== expected) {
    throw new WrongContent(`an answer of ${announced} bytes instead of ${expected}`);
  }
}

/**
 * One request: goes on at the end of the partial file and appends what arrives.
 *
 * @returns whether the content is whole and right now; false when the connection broke in its midst
 * @throws WrongContent when all bytes are there and the hash is another
 */
async function downloadOnce(
  connection: HubConnection,
  partial: PartialFile,
  request: DownloadRequest,
): Promise<boolean> {
  const { file, signal, onBytes } = request;
  let size = await partial.size();
  const handle = await partial.openToAppend();
  try {
    const restart = async (): Promise<void> => {
      await handle.truncate(0);
      onBytes(-size);
      size = 0;
    };
    if (size > file.size) await restart();
    let hasher = new ContentHasher(file.size);
    await hashExisting(partial.file, size, hasher);

    if (size < file.size) {
      const response = await requestContent(connection, request, size);
      checkLength(response, file.size - (response.status === 206 ? size : 0));
      const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
      if (size > 0 && (response.status !== 206 || Number(start) !== size)) {
        if (response.status === 206) throw new WrongContent('another range than was asked for');
        await restart();
        hasher = new ContentHasher(file.size);
      }
      const reader = response.body?.getReader();
      try {
        while (reader !== undefined) {
          const piece = await readPiece(reader, connection.settings.retry.idleSeconds);
          throwIfAborted(signal, `the download of ${file.path}`);
          if (piece === undefined) break;
          if (size + piece.length > file.size)
            throw new WrongContent('more bytes than the list of files says');
          hasher.update(piece);
          await handle.writeFile(piece);
          size += piece.length;
          onBytes(piece.length);
        }
      } catch (error) {
        if (signal.aborted || !isPassingFailure(error)) throw error;
        return false;
      } finally {
        await reader?.cancel().catch(() => undefined);
      }
    }
    if (size < file.size) return false;
    const { sha256, gitSha1 } = hasher.digest();
    const [found, expected] =
      file.sha256 === undefined ? [gitSha1, file.gitSha1] : [sha256, file.sha256];
    if (found !== expected) throw new WrongContent(`the hash ${found} instead of ${expected}`);
    await handle.sync();
    return true;
  } finally {
    await handle.close();
  }
}

/** What arrived is not what the Hub announced. */
class WrongContent extends Error {}

/** How often a download of another process is looked at, in seconds. */
const lookSeconds = 0.2;

/**
 * Waits while another process downloads the same content, as the many tasks of a cluster do that
 * start at once, as long as that makes progress.
 *
 * @returns whether the content is there
 */
async function waitForOther(
  { settings }: HubConnection,
  { blobFile, file, signal, onBytes }: DownloadRequest,
): Promise<boolean> {
  let size = 0;
  let changed = Date.now();
  let waited = false;
  for (;;) {
    const now = await activeDownload(blobFile);
    if (now === undefined || Date.now() - changed > settings.retry.idleSeconds * 1000) break;
    waited = true;
    if (now !== size) {
      onBytes(now - size);
      size = now;
      changed = Date.now();
    }
    await pause(lookSeconds, signal);
    throwIfAborted(signal, `the download of ${file.path}`);
  }
  const done = waited && (await hasContent(blobFile, file, signal));
  onBytes((done ? file.size : 0) - size);
  return done;
}

/**
 * Downloads one file into the cache: goes on where an earlier attempt stopped, checks the hash of
 * the whole content, and only then lets it appear under its final name. Of two processes that want
 * the same content, one downloads it.
 *
 * @throws EnvironmentError when the connection keeps breaking (the part that is there is kept) or
 *   the content is wrong twice
 */
export async function downloadFile(
  connection: HubConnection,
  request: DownloadRequest,
): Promise<void> {
  const { file, repo, signal, onBytes } = request;
  const { settings } = connection;
  // Looking for what others do or left takes longer than fetching a small file.
  const isSmall = file.size < forgivingBytes;
  if (!isSmall && (await waitForOther(connection, request))) return;
  const partial = isSmall
    ? PartialFile.fresh(request.blobFile)
    : await PartialFile.claim(request.blobFile);
  onBytes(await partial.size());
  try {
    let breaks = 0;
    let wrong = 0;
    for (;;) {
      const before = await partial.size();
      try {
        if (await downloadOnce(connection, partial, request)) {
          await partial.finish();
          return;
        }
      } catch (error) {
        if (!(error instanceof WrongContent)) throw error;
        onBytes(-(await partial.size()));
        await partial.discard();
        if (++wrong === 2) throw wrongTwice(error, request);
        continue;
      }
      const after = await partial.size();
      breaks = after - before >= forgivingBytes ? 1 : breaks + 1;
      if (breaks >= settings.retry.attempts) {
        throw new EnvironmentError({
          where: `the download of ${file.path} of ${repo}`,
          found: `the connection broke ${breaks} times, last after ${after} of ${file.size} bytes`,
          fix: isSmall
            ? 'Check the network, and start it again.'
            : 'What arrived is kept: start it again to go on there.',
        });
      }
      await pause(backOffSeconds(breaks, settings), signal);
      throwIfAborted(signal, `the download of ${file.path}`);
    }
  } finally {
    await (isSmall ? partial.discard() : partial.release());
  }
}

function wrongTwice(error: WrongContent, { file, repo }: DownloadRequest): EnvironmentError {
  return new EnvironmentError(
    {
      where: `the download of ${file.path} of ${repo}`,
      found: `${error.message}, twice`,
      expected: `${file.size} bytes with the hash that the Hub announces`,
      fix:
        'Nothing of it was kept. Try again; if it stays so, a proxy alters files or the Hub holds ' +
        'a damaged one.',
    },
    { cause: error },
  );
}
