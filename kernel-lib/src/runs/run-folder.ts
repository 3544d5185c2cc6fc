import { appendFile, readFile, rename, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { UsageError } from '../core/errors.ts';
import { writeError } from '../core/file-writer.ts';
import { lockFolder, type FolderLock } from '../core/folder-lock.ts';
import { parseJson } from '../core/parse-json.ts';
import { removeLeftOvers } from '../core/temporary-file.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import type { RunResult } from './run-result.ts';
import { isSameConfig } from './schema/same-config.ts';
import type { RunConfig } from './schema/run-config.ts';

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false;
  }
}

/** The first of `FOLDER.1`, `FOLDER.2`, … that is not there. */
async function freeName(folder: string): Promise<string> {
  let number = 1;
  while (await exists(`${folder}.${String(number)}`)) number++;
  return `${folder}.${String(number)}`;
}

/** Cuts off the line that a process was writing when it was killed; the next would be glued to it. */
async function cutTornLine(file: string): Promise<void> {
  const content = await readFile(file).catch(() => undefined);
  if (content === undefined || content.length === 0) return;
  const whole = content.lastIndexOf(10) + 1;
  if (whole < content.length) await truncate(file, whole);
}

/** The folder that one run writes, and nobody else until it is closed. */
export class RunFolder {
  readonly path: string;
  readonly #lock: FolderLock;
  readonly #log: (line: string) => void;

  private constructor(folder: string, lock: FolderLock, log: (line: string) => void) {
    this.path = folder;
    this.#lock = lock;
    this.#log = log;
  }

  /** Where training writes checkpoints, logs and TensorBoard events. */
  get training(): string {
    return path.join(this.path, 'training');
  }

  get model(): string {
    return path.join(this.path, 'model');
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  /** The result of the run where it is finished already; its config must be the same. */
  static async finished(folder: string, config: RunConfig): Promise<RunResult | undefined> {
    await RunFolder.#checkSameConfig(folder, config);
    const file = path.join(folder, 'result.json');
    if (!(await exists(file))) return undefined;
    const expected = 'the result of a finished run';
    const fix = 'Remove it to have the run evaluated again.';
    return parseJson(await readFile(file, 'utf8'), file, { expected, fix }) as RunResult;
  }

  static async #checkSameConfig(folder: string, config: RunConfig): Promise<void> {
    const configFile = path.join(folder, 'config.yaml');
    if (!(await exists(configFile))) return;
    const before = await readFile(configFile, 'utf8');
    if (isSameConfig(before, config)) return;
    throw new UsageError({
      where: folder,
      found: 'a run with another config',
      expected: 'the config that the run was started with, to go on with it',
      fix: 'Compare with its config.yaml, or start a new run without --resume.',
    });
  }

  /**
   * Opens the folder of a run and locks it. A new run moves what lies there aside; a resumed one must
   * have the same config.
   *
   * @throws UsageError when another process runs in it, or the config is another one
   * @throws InputError, EnvironmentError when nothing can be written there
   */
  static async open(
    folder: string,
    config: RunConfig,
    options: { readonly resume: boolean; readonly log: (line: string) => void },
  ): Promise<RunFolder> {
    let lock = await lockFolder(folder, `run ${config.name}`);
    try {
      const configFile = path.join(folder, 'config.yaml');
      if (options.resume) {
        await RunFolder.#checkSameConfig(folder, config);
        for (const each of [folder, path.join(folder, 'model')]) await removeLeftOvers(each);
        await cutTornLine(path.join(folder, 'run.log'));
      } else if (await exists(configFile)) {
        const kept = await freeName(folder);
        await rename(folder, kept);
        await lock.release(path.join(kept, path.basename(lock.file)));
        lock = await lockFolder(folder, `run ${config.name}`);
        options.log(`The earlier run is kept as ${kept}`);
      }
      await writeFileAtomically(configFile, stringify(config));
    } catch (error) {
      await lock.release();
      throw writeError(folder, error);
    }
    return new RunFolder(folder, lock, options.log);
  }

  /** Lets others work in the folder. */
  async close(): Promise<void> {
    await this.#lock.release();
  }

  /** Adds a line to the log of the run and shows it. */
  async log(line: string): Promise<void> {
    this.#log(line);
    await this.record([line]);
  }

  /** Adds lines to the log of the run. */
  async record(lines: readonly string[]): Promise<void> {
    const time = new Date().toISOString();
    const file = this.file('run.log');
    try {
      await appendFile(file, lines.map((line) => `${time} ${line}\n`).join(''));
    } catch (error) {
      throw writeError(file, error);
    }
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await writeFileAtomically(this.file(name), `${JSON.stringify(value, null, 2)}\n`);
  }
}
