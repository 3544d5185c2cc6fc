import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseMark } from 'tatabox/core/process-mark.ts';
import { writeFileAtomically } from 'tatabox/core/write-file.ts';

/** A run that this extension started; kept on disk, so that the next window knows of it. */
export interface RunLaunch {
  readonly id: string;
  /** The config's name. */
  readonly name: string;
  /** Absolute path of the config file. */
  readonly config: string;
  readonly overrides: readonly string[];
  readonly resume: boolean;
  /** The folder that the run writes. */
  readonly folder: string;
  /** What the process prints, results and messages alike. */
  readonly log: string;
  /** See `ProcessMark`. */
  readonly process: string;
  readonly startedAt: string;
  /** Whether the user was told of its end. */
  readonly told: boolean;
}

/** Launches that are kept, with their logs. */
const MOST_LAUNCHES = 100;

function parseLaunch(text: string): RunLaunch | undefined {
  try {
    const launch = JSON.parse(text) as RunLaunch;
    const texts = [launch.id, launch.name, launch.config, launch.folder, launch.log];
    const isWhole =
      [...texts, launch.startedAt, launch.process].every((each) => typeof each === 'string') &&
      Array.isArray(launch.overrides) &&
      parseMark(launch.process) !== undefined;
    return isWhole ? launch : undefined;
  } catch {
    return undefined;
  }
}

/** The runs that this extension started in a workspace: a small file and a log each. */
export class LaunchStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** All that are kept, the newest first. */
  async list(): Promise<RunLaunch[]> {
    const names = await readdir(this.folder).catch(() => []);
    const files = names.filter((name) => name.endsWith('.json')).sort();
    const launches = await Promise.all(
      files.map(async (name) => {
        const text = await readFile(path.join(this.folder, name), 'utf8').catch(() => '');
        return parseLaunch(text);
      }),
    );
    return launches.filter((launch) => launch !== undefined).reverse();
  }

  async save(launch: RunLaunch): Promise<void> {
    await writeFileAtomically(this.#file(launch.id), `${JSON.stringify(launch, null, 2)}\n`);
  }

  /** Notes that the user was told of the end of a run. */
  async markTold(launch: RunLaunch): Promise<RunLaunch> {
    const told = { ...launch, told: true };
    await this.save(told);
    return told;
  }

  /** Removes the oldest; those that the user was not told of stay. */
  async prune(): Promise<void> {
    const old = (await this.list()).slice(MOST_LAUNCHES).filter(({ told }) => told);
    for (const { id, log } of old) {
      await rm(this.#file(id), { force: true });
      if (path.dirname(log) === this.folder) await rm(log, { force: true });
    }
  }

  #file(id: string): string {
    return path.join(this.folder, `${path.basename(id)}.json`);
  }
}
