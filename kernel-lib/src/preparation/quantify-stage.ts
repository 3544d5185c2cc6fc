import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { writeError } from '../core/file-writer.ts';
import { parseJson } from '../core/parse-json.ts';
import { temporaryName } from '../core/temporary-file.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { fileError } from '../formats/file-error.ts';

/** What tells whether a file is still the one that a stage has read or written. */
export interface FileFingerprint {
  readonly name: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** A stage that was finished: what it was made from, and what it made. */
export interface StageRecord {
  readonly format: typeof FORMAT;
  /** Digest of inputs, options and tool versions. */
  readonly key: string;
  /** Figures of the stage, for example how many reads were aligned. */
  readonly values: Readonly<Record<string, number>>;
  /** The files in the folder of the stage. */
  readonly outputs: readonly FileFingerprint[];
}

const FORMAT = 'tatabox stage 1';
/** The file that makes a folder a finished stage. */
const RECORD_FILE = 'stage.json';
/** Folders that `buildStage` has not finished; see `temporaryName`. */
const TEMPORARY = /^\..+\.tmp$/;

/**
 * Size and time of a file that the user named.
 *
 * @throws InputError where there is none
 */
export async function fingerprint(file: string): Promise<FileFingerprint> {
  try {
    const found = await stat(file);
    if (!found.isFile()) {
      throw new InputError({ where: file, found: 'no file', expected: 'a file' });
    }
    return { name: path.resolve(file), size: found.size, modified: found.mtimeMs };
  } catch (error) {
    throw await fileError(file, error);
  }
}

/** A digest of all that decides what a stage makes. */
export function stageKey(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

async function outputsOf(folder: string): Promise<FileFingerprint[]> {
  const names = (await readdir(folder)).filter((name) => name !== RECORD_FILE).sort();
  return Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(path.join(folder, name));
      return { name, size, modified: mtimeMs };
    }),
  );
}

/** The record of a finished stage with this key; undefined where it has to be run. */
export async function findStage(folder: string, key: string): Promise<StageRecord | undefined> {
  try {
    const file = path.join(folder, RECORD_FILE);
    const text = await readFile(file, 'utf8');
    const record = parseJson(text, file, { expected: 'the record of a stage' }) as StageRecord;
    if (record.format !== FORMAT || record.key !== key) return undefined;
    const isWhole =
      Array.isArray(record.outputs) && Object.values(record.values).every(Number.isFinite);
    return isWhole ? record : undefined;
  } catch {
    // Absent or damaged: the stage is run again.
    return undefined;
  }
}

/** Whether the files of a finished stage are all there as it left them. */
export async function hasOutputs(folder: string, record: StageRecord): Promise<boolean> {
  const found = await outputsOf(folder).catch(() => []);
  return JSON.stringify(found) === JSON.stringify(record.outputs);
}

/** Removes the files of a finished stage that nobody needs any more; its record stays. */
export async function removeOutputs(folder: string, record: StageRecord): Promise<void> {
  for (const { name } of record.outputs) await rm(path.join(folder, name), { force: true });
}

/**
 * Runs a stage: `body` writes its files into a folder under a temporary name, which gets its own
 * name with all of them and the record, or is removed. An earlier version is replaced.
 *
 * @param body is given the temporary folder and returns the figures of the stage
 */
export async function buildStage(
  folder: string,
  key: string,
  body: (work: string) => Promise<Readonly<Record<string, number>>>,
): Promise<StageRecord> {
  const parent = path.dirname(folder);
  const work = temporaryName(folder);
  try {
    try {
      await mkdir(parent, { recursive: true });
      await mkdir(work);
    } catch (error) {
      throw writeError(folder, error);
    }
    const values = await body(work);
    const record: StageRecord = { format: FORMAT, key, values, outputs: await outputsOf(work) };
    await writeFileAtomically(
      path.join(work, RECORD_FILE),
      `${JSON.stringify(record, undefined, 2)}\n`,
    );
    await rm(folder, { recursive: true, force: true });
    await rename(work, folder);
    return record;
  } catch (error) {
    await rm(work, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Removes folders of stages that were not finished, after a process was killed. Only who holds the
 * lock of the folder may call it.
 */
export async function removeUnfinishedStages(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory() || !TEMPORARY.test(entry.name)) continue;
    await rm(path.join(folder, entry.name), { recursive: true, force: true });
  }
}
