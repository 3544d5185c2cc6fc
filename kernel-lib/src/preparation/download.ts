import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { checkOptionNames } from '../core/check-option-names.ts';
import {
  EnvironmentError,
  InputError,
  InterruptedError,
  throwIfAborted,
  UsageError,
} from '../core/errors.ts';
import { checkFolderWritable, writeError } from '../core/file-writer.ts';
import { lockFolder } from '../core/folder-lock.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import type { FileSource } from '../formats/byte-source.ts';
import { inParallel } from '../hub/in-parallel.ts';
import { checkWholeNumber } from '../sequence/check-interval.ts';
import { downloadAddress, fileNameOf } from './download-address.ts';
import { parseChecksum, readChecksums, type Checksum } from './download-checksum.ts';
import { DownloadProgress } from './download-progress.ts';
import { DownloadRecord } from './download-record.ts';
import { transferFile } from './download-transfer.ts';
import { readLinkTable, type LinkedFile, type LinkKind, type LinkRow } from './link-table.ts';

/** How files are downloaded. */
export interface DownloadOptions extends LongWorkOptions {
  /** Rows of `readLinkTable`, or the table itself. */
  readonly links: FileSource | readonly LinkRow[];
  /** Each row gets a folder of its name in it. */
  readonly folder: string;
  /** Files at a time. Default 4. */
  readonly parallel?: number;
  /** Whether `.gz` files are written decompressed, without that ending. Default false. */
  readonly gunzip?: boolean;
  /**
   * Where the checksums of files are that the table has none of: a file or an address that lists all
   * of them, or the name of one beside each file, such as `CHECKSUMS` (Ensembl),
   * `md5checksums.txt` (RefSeq) or `{file}.md5`. Default: the size alone is compared.
   */
  readonly checksums?: string;
  /** Times that a file is tried while its connection breaks or the server is busy. Default 5. */
  readonly attempts?: number;
  /** Wait before the second attempt, in seconds; it doubles with each. Default 1. */
  readonly retrySeconds?: number;
  /** Silence in seconds after which a connection counts as broken. Default 60. */
  readonly idleSeconds?: number;
}

/** A file that is there now. */
export interface DownloadedFile {
  /** Name of its row. */
  readonly name: string;
  readonly kind: LinkKind;
  readonly address: string;
  readonly file: string;
  /** Bytes that the server sent, before decompression. */
  readonly bytes: number;
  /** SHA-256 of those bytes. */
  readonly sha256: string;
  /** What it was checked by: an algorithm, or the size alone. */
  readonly checked: string;
  /** `fetched`, `resumed` from a part that was there, or `present` already. */
  readonly state: 'fetched' | 'resumed' | 'present';
}

/** A file that could not be had. */
export interface DownloadFailure {
  readonly name: string;
  readonly kind: LinkKind;
  readonly address: string;
  readonly message: string;
}

/** What a download gave, in the order of the table. */
export interface DownloadReport {
  readonly files: readonly DownloadedFile[];
  readonly failures: readonly DownloadFailure[];
}

/** Names of the options of {@link download}. */
export const DOWNLOAD_OPTIONS = [
  'links',
  'folder',
  'parallel',
  'gunzip',
  'checksums',
  'attempts',
  'retrySeconds',
  'idleSeconds',
  'signal',
  'progress',
];

interface Task {
  readonly row: LinkRow;
  readonly link: LinkedFile;
  readonly address: URL;
  readonly file: string;
}

function checkNumber(name: string, value: number): void {
  if (value > 0 && value <= 86_400) return;
  throw new UsageError({
    where: `option ${name}`,
    found: String(value),
    expected: 'seconds above 0, up to a day',
  });
}

/** Where each file of the rows goes: under the name that its address ends with. */
function planTasks(rows: readonly LinkRow[], folder: string, gunzip: boolean): Task[] {
  return rows.flatMap((row) => {
    const used = new Set<string>();
    return row.files.map((link): Task => {
      const address = downloadAddress(link.address, `link of '${row.name}'`);
      const given = fileNameOf(address) ?? link.kind;
      const plain = gunzip ? given.replace(/\.gz$/i, '') : given;
      const name = used.has(plain.toLowerCase()) ? `${link.kind}-${plain}` : plain;
      used.add(name.toLowerCase());
      return { row, link, address, file: path.join(folder, row.name, name) };
    });
  });
}

/** The lists of checksums that were read, each once. */
class ChecksumLists {
  readonly #option: string | undefined;
  readonly #lists = new Map<string, Promise<Map<string, Checksum>>>();

  constructor(option: string | undefined) {
    this.#option = option;
  }

  async find(address: URL): Promise<Checksum | undefined> {
    if (this.#option === undefined) return undefined;
    const name = fileNameOf(address) ?? '';
    const text = this.#option.replaceAll('{file}', encodeURIComponent(name));
    const isBeside = !/^[a-z]+:\/\//i.test(text) && !/[\\/]/.test(text);
    const source = isBeside
      ? new URL(text, address).href
      : /^[a-z]+:\/\//i.test(text)
        ? downloadAddress(text, 'option checksums').href
        : text;
    let list = this.#lists.get(source);
    if (list === undefined) this.#lists.set(source, (list = readChecksums(source)));
    const checksum = (await list).get(name);
    if (checksum !== undefined) return checksum;
    throw new InputError({
      where: source,
      found: `no checksum of '${name}'`,
      fix: 'Give it in the table (gene_md5, annot_md5), or leave out the option checksums.',
    });
  }
}

/** Throws what concerns all files, and gives the message of what concerns one. */
function failureOf(error: unknown): string {
  const concernsOne =
    error instanceof InputError ||
    // A disk that is full, say, is so for every file; servers are not.
    (error instanceof EnvironmentError && /^https?:/.test(error.details.where));
  if (!concernsOne) throw error;
  return error.message;
}

/**
 * Downloads the files of a link table, several at a time, each row into a folder of its name. What is
 * there already is not fetched again; a part goes on where it stopped if the file is still the same by
 * its ETag or time, and begins anew otherwise. Size and checksum are checked before a file appears. A
 * file that cannot be had is listed, and the others go on. `downloads.json` in the folder keeps where
 * each file is from and its SHA-256.
 *
 * @throws InputError for a table that is wrong, UsageError for options and for a folder that another
 *   process downloads into, EnvironmentError where nothing can be written, InterruptedError after an
 *   abort: the same call then goes on
 *
 * @example
 * const { files, failures } = await download({
 *   links: 'ensembl_link.csv',
 *   folder: 'raw/ensembl',
 *   checksums: 'CHECKSUMS',
 * });
 */
export async function download(options: DownloadOptions): Promise<DownloadReport> {
  checkOptionNames(options, DOWNLOAD_OPTIONS, 'download');
  const { links, folder, parallel = 4, gunzip = false, checksums, signal } = options;
  const { attempts = 5, retrySeconds = 1, idleSeconds = 60 } = options;
  checkWholeNumber(parallel, 'option parallel', 1);
  checkWholeNumber(attempts, 'option attempts', 1);
  checkNumber('retrySeconds', retrySeconds);
  checkNumber('idleSeconds', idleSeconds);
  const rows: readonly LinkRow[] = Array.isArray(links)
    ? (links as readonly LinkRow[])
    : await readLinkTable(links as FileSource);
  const tasks = planTasks(rows, path.resolve(folder), gunzip);
  await checkFolderWritable(folder);
  const lock = await lockFolder(folder, 'a download');
  try {
    const record = await DownloadRecord.open(path.resolve(folder));
    const lists = new ChecksumLists(checksums);
    const progress = new DownloadProgress(options.progress, tasks.length);
    const files = new Map<Task, DownloadedFile>();
    const failures = new Map<Task, DownloadFailure>();

    const fetchOne = async (task: Task, stop: AbortSignal): Promise<DownloadedFile> => {
      const { row, link, address, file } = task;
      throwIfAborted(stop, 'the download');
      const given = link.checksum;
      const checksum =
        given === undefined
          ? await lists.find(address)
          : parseChecksumAgain(given, `link of '${row.name}'`);
      const checked = checksum === undefined ? 'size' : checksum.algorithm;
      const wanted = checksum === undefined ? undefined : `${checked} ${checksum.value}`;
      const common = { name: row.name, kind: link.kind, address: address.href, file };
      const found = await record.find(file);
      if (found?.address === address.href) {
        const isChecked =
          checksum === undefined ||
          found.checked === wanted ||
          (checksum.algorithm === 'sha256' && checksum.value === found.sha256);
        if (isChecked) {
          const { bytes, sha256 } = found;
          progress.setSize(task, bytes);
          progress.add(bytes);
          return { ...common, bytes, sha256, checked, state: 'present' };
        }
      }
      await mkdir(path.dirname(file), { recursive: true }).catch((error: unknown) => {
        throw writeError(file, error);
      });
      const { bytes, sha256, resumedAt } = await transferFile({
        address,
        file,
        ...(checksum === undefined ? {} : { checksum }),
        gunzip: gunzip && /\.gz$/i.test(address.pathname),
        attempts,
        retrySeconds,
        idleSeconds,
        signal: stop,
        onSize: (size) => {
          progress.setSize(task, size);
        },
        onBytes: (count) => {
          progress.add(count);
        },
      });
      const known = { address: address.href, bytes, sha256 };
      await record.add(file, wanted === undefined ? known : { ...known, checked: wanted });
      return { ...common, bytes, sha256, checked, state: resumedAt > 0 ? 'resumed' : 'fetched' };
    };

    await inParallel(tasks, parallel, signal, async (task, stop) => {
      try {
        files.set(task, await fetchOne(task, stop));
      } catch (error) {
        if (error instanceof InterruptedError) throw error;
        const { row, link } = task;
        const { name } = row;
        const address = link.address;
        failures.set(task, { name, kind: link.kind, address, message: failureOf(error) });
      }
      progress.finishFile();
    });
    return {
      files: tasks.flatMap((task) => files.get(task) ?? []),
      failures: tasks.flatMap((task) => failures.get(task) ?? []),
    };
  } finally {
    await lock.release();
  }
}

/** Rows may come from a caller's own list: what is no checksum is said before anything is fetched. */
function parseChecksumAgain(checksum: Checksum, where: string): Checksum {
  if (checksum.algorithm === 'sum') return checksum;
  return parseChecksum(checksum.value, where, checksum.algorithm);
}
