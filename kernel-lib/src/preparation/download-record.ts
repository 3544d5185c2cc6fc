import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../core/write-file.ts';

/** Name of the file in which a folder of downloads keeps what is in it and where it is from. */
export const DOWNLOAD_RECORD = 'downloads.json';

/** What is known of a finished file. */
export interface RecordedFile {
  readonly address: string;
  /** Bytes that the server sent, and their SHA-256. */
  readonly bytes: number;
  readonly sha256: string;
  /** Checksum that they were compared with. */
  readonly checked?: string;
  /** Size and time of change of the file on this machine. */
  readonly size: number;
  readonly modified: number;
}

function isRecorded(value: unknown): value is RecordedFile {
  const file = (value ?? {}) as Partial<Record<keyof RecordedFile, unknown>>;
  return (
    typeof file.address === 'string' &&
    typeof file.sha256 === 'string' &&
    typeof file.bytes === 'number' &&
    typeof file.size === 'number' &&
    typeof file.modified === 'number'
  );
}

/** The finished files of a folder, kept in `downloads.json`, so that they are not fetched again. */
export class DownloadRecord {
  readonly #folder: string;
  readonly #files: Map<string, RecordedFile>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, files: Map<string, RecordedFile>) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Reads the record of a folder; a damaged one counts as none, and the files are fetched again. */
  static async open(folder: string): Promise<DownloadRecord> {
    const files = new Map<string, RecordedFile>();
    try {
      const text = await readFile(path.join(folder, DOWNLOAD_RECORD), 'utf8');
      const { files: found } = JSON.parse(text) as { files?: Record<string, unknown> };
      for (const [name, file] of Object.entries(found ?? {})) {
        if (isRecorded(file)) files.set(name, file);
      }
    } catch {
      // None yet.
    }
    return new DownloadRecord(folder, files);
  }

  /** What is known of a file that is as it was left; undefined where it is not there or was changed. */
  async find(file: string): Promise<RecordedFile | undefined> {
    const recorded = this.#files.get(this.#key(file));
    const found = await stat(file).catch(() => undefined);
    if (recorded === undefined || found === undefined) return undefined;
    const isSame = found.size === recorded.size && found.mtimeMs === recorded.modified;
    return isSame ? recorded : undefined;
  }

  /** Adds a finished file; one write after the other. */
  async add(file: string, known: Omit<RecordedFile, 'size' | 'modified'>): Promise<void> {
    const { size, mtimeMs } = await stat(file);
    this.#files.set(this.#key(file), { ...known, size, modified: mtimeMs });
    const write = (): Promise<void> => {
      const files = Object.fromEntries([...this.#files].sort(([a], [b]) => (a < b ? -1 : 1)));
      const text = `${JSON.stringify({ format: 'tatabox downloads 1', files }, null, 2)}\n`;
      return writeFileAtomically(path.join(this.#folder, DOWNLOAD_RECORD), text);
    };
    this.#writing = this.#writing.then(write, write);
    await this.#writing;
  }

  #key(file: string): string {
    return path.relative(this.#folder, file).split(path.sep).join('/');
  }
}
