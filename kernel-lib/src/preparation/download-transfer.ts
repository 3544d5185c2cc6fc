import { open, rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, InputError, throwIfAborted } from '../core/errors.ts';
import { writeError, writeInPieces } from '../core/file-writer.ts';
import { isGzip, streamBytes } from '../formats/read-bytes.ts';
import { shownAddress } from './download-address.ts';
import { checksumsOf, type Checksum } from './download-checksum.ts';
import { PartialDownload, type PartialState } from './download-partial.ts';
import { PassingFailure, requestDownload, type DownloadAnswer } from './download-request.ts';

/** Progress that makes a broken connection forgivable once more; bytes. */
const FORGIVING_BYTES = 1 << 20;
/** Longest wait between two attempts, in seconds. */
const LONGEST_PAUSE = 30;

/** One file to download. */
export interface Transfer {
  readonly address: URL;
  /** Where it goes. */
  readonly file: string;
  readonly checksum?: Checksum;
  /** Whether gzip data are written decompressed. */
  readonly gunzip: boolean;
  readonly attempts: number;
  /** Wait before the second attempt, in seconds; it doubles. */
  readonly retrySeconds: number;
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
  /** Is told the size where it gets known, and bytes that arrived (negative: were given up). */
  readonly onSize: (size: number | undefined) => void;
  readonly onBytes: (count: number) => void;
}

/** A file that was downloaded. */
export interface Transferred {
  /** Bytes that the server sent, before decompression. */
  readonly bytes: number;
  /** SHA-256 of those bytes. */
  readonly sha256: string;
  /** Bytes that an earlier attempt had left. */
  readonly resumedAt: number;
}

/** What arrived is not what was announced. */
class WrongContent extends Error {}

/** What `If-Range` takes: a strong ETag, else the time of the last change. */
function validatorOf({ headers }: DownloadAnswer): string | undefined {
  const { etag } = headers;
  if (etag?.startsWith('"') === true) return etag;
  return headers['last-modified'];
}

function sizeOf({ status, headers }: DownloadAnswer): number | undefined {
  const text =
    status === 200
      ? headers['content-length']
      : /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  const size = Number(text ?? NaN);
  return Number.isSafeInteger(size) ? size : undefined;
}

function stateOf(answer: DownloadAnswer, address: URL): PartialState {
  const validator = validatorOf(answer);
  const size = sizeOf(answer);
  const encoding = answer.headers['content-encoding'] ?? 'identity';
  // A .gz file with the label is what it says; another one was compressed for the way.
  const isEncoded = /gzip/i.test(encoding) && !/\.b?gz$/i.test(address.pathname);
  return {
    address: address.href,
    ...(validator === undefined ? {} : { validator }),
    ...(size === undefined ? {} : { size }),
    ...(isEncoded ? { isEncoded } : {}),
  };
}

/** Headers that ask for the rest of a part, if it can be told that it is of the same content. */
function rangeHeaders(partial: PartialDownload, checksum: Checksum | undefined) {
  const { size, state } = partial;
  const headers: Record<string, string> = {};
  if (size === 0 || state === undefined) return headers;
  // With a checksum, the end tells whether both parts belong together.
  if (state.validator === undefined && checksum === undefined) return headers;
  headers.Range = `bytes=${String(size)}-`;
  if (state.validator !== undefined) headers['If-Range'] = state.validator;
  return headers;
}

/** One request: goes on at the end of the part, or begins anew where that is not possible. */
async function transferOnce(partial: PartialDownload, transfer: Transfer): Promise<void> {
  const { address, checksum, idleSeconds, signal, onBytes, onSize } = transfer;
  const { state } = partial;
  const isWhole = partial.size > 0 && partial.size === state?.size;
  if (isWhole && (state?.validator !== undefined || checksum !== undefined)) return;
  const headers = rangeHeaders(partial, checksum);
  const answer = await requestDownload(address, { headers, idleSeconds, signal });
  try {
    const from = /^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1];
    const goesOn =
      answer.status === 206 &&
      Number(from) === partial.size &&
      (partial.state?.size ?? sizeOf(answer)) === sizeOf(answer);
    if (!goesOn) {
      const lost = partial.size;
      if (answer.status !== 200) {
        await partial.restart();
        onBytes(-lost);
        throw new WrongContent(`the answer ${String(answer.status)} instead of the rest`);
      }
      await partial.restart(stateOf(answer, address));
      onBytes(-lost);
    }
    const size = sizeOf(answer);
    onSize(size);
    for await (const piece of answer.pieces()) {
      throwIfAborted(signal, `the download of ${shownAddress(address)}`);
      await partial.append(piece);
      onBytes(piece.length);
    }
    if (size !== undefined && partial.size < size) {
      throw new PassingFailure(
        `the connection ended at byte ${String(partial.size)} of ${String(size)}`,
      );
    }
  } finally {
    answer.close();
  }
}

/** Checks what has arrived. @returns SHA-256 */
async function checkContent(partial: PartialDownload, transfer: Transfer): Promise<string> {
  const { address, checksum, signal } = transfer;
  const { size = partial.size } = partial.state ?? {};
  if (partial.size !== size) {
    throw new WrongContent(`${String(partial.size)} bytes instead of ${String(size)}`);
  }
  const algorithm = checksum?.algorithm ?? 'sha256';
  const [sha256 = '', found = sha256] = await checksumsOf(
    partial.file,
    algorithm === 'sha256' ? ['sha256'] : ['sha256', algorithm],
    signal,
  );
  if (checksum !== undefined && found !== checksum.value) {
    throw new WrongContent(`the ${algorithm} ${found} instead of ${checksum.value}`);
  }
  // Many servers answer with a page for people, and the status 200, where a file is gone.
  if (/\.b?gz$/i.test(address.pathname)) {
    const handle = await open(partial.file, 'r');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(80), 0, 80, 0);
    await handle.close();
    if (!isGzip(buffer)) {
      const start = buffer.subarray(0, bytesRead).toString('latin1').split('\n')[0] ?? '';
      throw new InputError({
        where: shownAddress(address),
        found: `no gzip data: the file begins with ${JSON.stringify(start.slice(0, 40))}`,
        expected: 'gzip, as the name says',
        fix: 'Open the address in a browser: it may be a page that says where the file is now.',
      });
    }
  }
  return sha256;
}

/** Gives what has arrived its final name, decompressed where that is wanted. */
async function putInPlace(partial: PartialDownload, transfer: Transfer): Promise<void> {
  const { file, gunzip, signal, address } = transfer;
  await partial.flush();
  if (!gunzip && partial.state?.isEncoded !== true) {
    await rename(partial.file, file).catch((error: unknown) => {
      throw writeError(file, error);
    });
    await partial.remove();
    return;
  }
  try {
    await writeInPieces(file, async (writer) => {
      for await (const piece of streamBytes(partial.file)) {
        throwIfAborted(signal, `decompressing ${file}`);
        await writer.write(piece);
      }
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    await partial.remove();
    throw new InputError(
      { ...error.details, where: shownAddress(address), fix: 'Start the download again.' },
      { cause: error },
    );
  }
  await partial.remove();
}

/**
 * Downloads one file: goes on where an earlier attempt stopped if the file is still the same (by its
 * ETag or time), tries again after broken connections, 429 and 5xx, checks size and checksum, and only
 * then lets the file appear.
 *
 * @throws InputError for answers such as 404 and for a wrong checksum; EnvironmentError where the
 *   connection keeps breaking (what arrived is kept) or nothing can be written; InterruptedError
 */
export async function transferFile(transfer: Transfer): Promise<Transferred> {
  const { address, file, attempts, retrySeconds, signal, onBytes, onSize } = transfer;
  const partial = await PartialDownload.open(file, address.href);
  onSize(partial.state?.size);
  onBytes(partial.size);
  let breaks = 0;
  let wrong = 0;
  try {
    for (;;) {
      throwIfAborted(signal, `the download of ${shownAddress(address)}`);
      const before = partial.size;
      try {
        await transferOnce(partial, transfer);
        const sha256 = await checkContent(partial, transfer);
        const bytes = partial.size;
        await putInPlace(partial, transfer);
        return { bytes, sha256, resumedAt: partial.kept };
      } catch (error) {
        throwIfAborted(signal, `the download of ${shownAddress(address)}`);
        let wait: number | undefined;
        if (error instanceof WrongContent) {
          onBytes(-partial.size);
          await partial.restart();
          if (++wrong === 2) throw wrongTwice(error, transfer);
          wait = 0;
        } else if (error instanceof PassingFailure) {
          breaks = partial.size - before >= FORGIVING_BYTES ? 1 : breaks + 1;
          if (breaks >= attempts) throw brokenTooOften(error, transfer, breaks, partial.size);
          wait = error.waitSeconds;
        } else throw error;
        const seconds = wait ?? Math.min(LONGEST_PAUSE, retrySeconds * 2 ** (breaks - 1));
        // Its end by an abort is seen at the beginning of the loop.
        await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
      }
    }
  } finally {
    await partial.close();
    if (partial.size === 0) await partial.remove();
  }
}

function wrongTwice(error: WrongContent, { address, checksum }: Transfer): InputError {
  return new InputError(
    {
      where: shownAddress(address),
      found: `${error.message}, twice`,
      ...(checksum === undefined ? {} : { expected: `the ${checksum.algorithm} that was given` }),
      fix: 'Nothing of it was kept. Check that the checksum is that of this version of the file.',
    },
    { cause: error },
  );
}

function brokenTooOften(
  error: PassingFailure,
  { address }: Transfer,
  breaks: number,
  size: number,
): EnvironmentError {
  return new EnvironmentError(
    {
      where: shownAddress(address),
      found: `${error.message}, ${String(breaks)} times`,
      fix:
        size > 0
          ? 'What arrived is kept: start it again to go on there.'
          : 'Check the network, and start it again later.',
    },
    { cause: error },
  );
}
