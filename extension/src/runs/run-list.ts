import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readRun, type RunSummary } from 'tatabox/runs/status/read-run.ts';
import { sortRuns } from 'tatabox/runs/status/list-runs.ts';

/** Run folders that are looked at at once. */
const AT_ONCE = 16;
/** Files whose change means news of a run. */
const TELLING = ['status.json', 'result.json', 'tatabox.lock', 'run.log'];

/** The times of the files that tell of a run; another text means that it has to be read again. */
async function stampOf(folder: string): Promise<string> {
  const times = await Promise.all(
    TELLING.map((name) =>
      stat(path.join(folder, name)).then(
        ({ mtimeMs, size }) => `${String(mtimeMs)}:${String(size)}`,
        () => '-',
      ),
    ),
  );
  return times.join(' ');
}

/**
 * The runs of a workspace. Of thousands only those are read again whose files have changed, and while
 * something runs only that.
 */
export class RunList {
  readonly #runs = new Map<string, RunSummary>();
  readonly #stamps = new Map<string, string>();

  /** The newest first, those that go on before all others. */
  get runs(): RunSummary[] {
    return sortRuns([...this.#runs.values()]);
  }

  /** The runs that go on. */
  get running(): RunSummary[] {
    return [...this.#runs.values()].filter(({ state }) => state === 'running');
  }

  get(folder: string): RunSummary | undefined {
    return this.#runs.get(path.resolve(folder));
  }

  /** Makes these folders the list: reads new and changed ones, forgets all others. */
  async replace(folders: readonly string[]): Promise<void> {
    const wanted = new Set(folders.map((folder) => path.resolve(folder)));
    for (const folder of this.#runs.keys()) if (!wanted.has(folder)) this.#forget(folder);
    await this.update([...wanted]);
  }

  /** Looks at some folders again. @returns those that there is news of */
  async update(folders: readonly string[]): Promise<string[]> {
    const changed: string[] = [];
    for (let start = 0; start < folders.length; start += AT_ONCE) {
      const found = await Promise.all(
        folders.slice(start, start + AT_ONCE).map((folder) => this.#look(path.resolve(folder))),
      );
      changed.push(...found.filter((folder) => folder !== undefined));
    }
    return changed;
  }

  async #look(folder: string): Promise<string | undefined> {
    const stamp = await stampOf(folder);
    const known = this.#runs.get(folder);
    // A process that is killed changes no file: only a look at the process tells.
    const isSettled = known !== undefined && known.state !== 'running';
    if (isSettled && this.#stamps.get(folder) === stamp) return undefined;
    const run = await readRun(folder);
    if (run === undefined) {
      this.#forget(folder);
      return known === undefined ? undefined : folder;
    }
    const isNews = this.#stamps.get(folder) !== stamp || known?.state !== run.state;
    this.#runs.set(folder, run);
    this.#stamps.set(folder, stamp);
    return isNews ? folder : undefined;
  }

  #forget(folder: string): void {
    this.#runs.delete(folder);
    this.#stamps.delete(folder);
  }
}
