import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { InputError } from 'tatabox/core/errors.ts';
import { metricsFiles } from 'tatabox/runs/status/last-epoch.ts';
import { readRun, type RunSummary } from 'tatabox/runs/status/read-run.ts';
import { fieldsOf, numbersOf } from 'tatabox/runs/status/run-status.ts';

/** Records of one kind that are kept of a training; of more, every second one is left out. */
const MOST_RECORDS = 2000;
const LONGEST_LINE = 1 << 20;
const LARGEST_TEXT = 1 << 20;
const LARGEST_RESULT = 1 << 26;

/** Figures of one training: a network of the run. */
export interface TrainingCurve {
  /** `member-2` of an ensemble; empty for the only network. */
  readonly name: string;
  /** One object an epoch, as in `metrics.jsonl`: epoch, step, trainLoss, validationLoss, … */
  readonly epochs: readonly Readonly<Record<string, number>>[];
  /** One object a logged step: epoch, step, runningLoss, learningRate. */
  readonly steps: readonly Readonly<Record<string, number>>[];
  /** Batches that were left out. */
  readonly skipped: number;
}

/** All that a page of results shows of a run. */
export interface RunDetails {
  readonly summary: RunSummary;
  /** Text of `config.yaml`. */
  readonly config: string;
  readonly curves: readonly TrainingCurve[];
  /** The object `json` of `result.json`; undefined until the run is finished. */
  readonly result: Readonly<Record<string, unknown>> | undefined;
  /** The text of the result, as the terminal shows it. */
  readonly resultText: string | undefined;
  /** The last lines of `run.log`. */
  readonly log: string;
  /** Files and folders in the run folder. */
  readonly files: readonly { readonly name: string; readonly bytes: number | undefined }[];
}

/** A list that stays short by leaving out every second record once it is full. */
class ThinnedList {
  #records: Readonly<Record<string, number>>[] = [];
  #every = 1;
  #count = 0;
  #last: Readonly<Record<string, number>> | undefined;

  add(record: Readonly<Record<string, number>>): void {
    this.#last = record;
    if (this.#count++ % this.#every !== 0) return;
    this.#records.push(record);
    if (this.#records.length < MOST_RECORDS) return;
    this.#records = this.#records.filter((_, index) => index % 2 === 0);
    this.#every *= 2;
  }

  /** The records that are left, the last one always among them. */
  get records(): readonly Readonly<Record<string, number>>[] {
    const last = this.#last;
    return last === undefined || this.#records.at(-1) === last
      ? this.#records
      : [...this.#records, last];
  }
}

/** Reads a `metrics.jsonl` line by line; torn and foreign lines are passed over. */
export async function readCurve(file: string, name: string): Promise<TrainingCurve> {
  const epochs = new ThinnedList();
  const steps = new ThinnedList();
  let skipped = 0;
  const input = createReadStream(file, { encoding: 'utf8' });
  const failed = new Promise<never>((_, reject) => input.once('error', reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Infinity });
  try {
    await Promise.race([
      failed,
      (async () => {
        for await (const line of lines) {
          if (line.length > LONGEST_LINE || !line.startsWith('{')) continue;
          const record = parsed(line);
          const figures = numbersOf(record);
          if (figures['epoch'] === undefined) continue;
          if ('skipped' in record) skipped++;
          else if ('trainLoss' in figures) epochs.add(figures);
          else if ('runningLoss' in figures) steps.add(figures);
        }
      })(),
    ]);
  } catch {
    // It vanished meanwhile: what was read is shown.
  } finally {
    lines.close();
    input.destroy();
  }
  return { name, epochs: epochs.records, steps: steps.records, skipped };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    return {};
  }
}

/** The end of a text file, from a whole line on. */
async function tailText(file: string, bytes: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, bytes);
    const read = await handle.read({ buffer: Buffer.alloc(length), position: size - length });
    const text = read.buffer.toString('utf8', 0, read.bytesRead);
    return length < size ? text.slice(text.indexOf('\n') + 1) : text;
  } catch {
    return '';
  } finally {
    await handle.close();
  }
}

async function readResult(file: string): Promise<Readonly<Record<string, unknown>>> {
  const size = await stat(file).then(
    (found) => found.size,
    () => Infinity,
  );
  if (size > LARGEST_RESULT) return {};
  return parsed(await readFile(file, 'utf8').catch(() => ''));
}

/**
 * All that a page of results shows of a run, be it finished or not.
 *
 * @throws InputError where the folder is not one of a run
 */
export async function readRunDetails(folder: string): Promise<RunDetails> {
  const summary = await readRun(folder);
  if (summary === undefined) {
    throw new InputError({
      where: folder,
      found: 'no run',
      expected: 'a run folder (config.yaml, run.log, status.json)',
    });
  }
  const file = (name: string): string => path.join(summary.folder, name);
  const training = file('training');
  const curves = [];
  for (const metrics of await metricsFiles(training)) {
    curves.push(await readCurve(metrics, path.relative(training, path.dirname(metrics))));
  }
  const { json, text } = await readResult(file('result.json'));
  const entries = await readdir(summary.folder, { withFileTypes: true }).catch(() => []);
  const files = await Promise.all(
    entries
      .filter(({ name }) => !name.endsWith('.tmp') && name !== 'tatabox.lock')
      .map(async (entry) => ({
        name: entry.name,
        bytes: entry.isFile()
          ? await stat(file(entry.name)).then(
              ({ size }) => size,
              () => undefined,
            )
          : undefined,
      })),
  );
  return {
    summary,
    config: await tailText(file('config.yaml'), LARGEST_TEXT),
    curves: curves.filter(({ epochs, steps }) => epochs.length + steps.length > 0),
    result: json === undefined ? undefined : fieldsOf(json),
    resultText: typeof text === 'string' ? text : undefined,
    log: await tailText(file('run.log'), 1 << 16),
    files,
  };
}
