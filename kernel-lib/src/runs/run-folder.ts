import { appendFile, mkdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { UsageError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import type { RunResult } from './run-result.ts';
import type { RunConfig } from './schema/run-config.ts';

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch {
    return false;
  }
}

/** The folder that one run writes. */
export class RunFolder {
  readonly path: string;
  readonly #log: (line: string) => void;

  private constructor(folder: string, log: (line: string) => void) {
    this.path = folder;
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
    return JSON.parse(await readFile(file, 'utf8')) as RunResult;
  }

  static async #checkSameConfig(folder: string, config: RunConfig): Promise<void> {
    const configFile = path.join(folder, 'config.yaml');
    if (!(await exists(configFile))) return;
    const before = await readFile(configFile, 'utf8');
    if (before === stringify(config)) return;
    throw new UsageError({
      where: folder,
      found: 'a run with another config',
      expected: 'the config that the run was started with, to go on with it',
      fix: 'Compare with its config.yaml, or start a new run without --resume.',
    });
  }

  /**
   * Opens the folder of a run. A new run moves what lies there aside; a resumed one must have the
   * same config.
   */
  static async open(
    folder: string,
    config: RunConfig,
    options: { readonly resume: boolean; readonly log: (line: string) => void },
  ): Promise<RunFolder> {
    const configFile = path.join(folder, 'config.yaml');
    if (options.resume) await RunFolder.#checkSameConfig(folder, config);
    else if (await exists(configFile)) {
      let number = 1;
      while (await exists(`${folder}.${number}`)) number++;
      await rename(folder, `${folder}.${number}`);
      options.log(`The earlier run is kept as ${folder}.${number}`);
    }
    await mkdir(folder, { recursive: true });
    await writeFileAtomically(configFile, stringify(config));
    return new RunFolder(folder, options.log);
  }

  /** Adds a line to the log of the run and shows it. */
  async log(line: string): Promise<void> {
    this.#log(line);
    await this.record([line]);
  }

  /** Adds lines to the log of the run. */
  async record(lines: readonly string[]): Promise<void> {
    const time = new Date().toISOString();
    await appendFile(this.file('run.log'), lines.map((line) => `${time} ${line}\n`).join(''));
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await writeFileAtomically(this.file(name), `${JSON.stringify(value, null, 2)}\n`);
  }
}
