import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { numbersOf } from './run-status.ts';

/** The part of `metrics.jsonl` that is looked through, from its end. */
const TAIL_BYTES = 1 << 16;
/** Networks of an ensemble that are looked at. */
const MOST_MEMBERS = 100;

/** Figures of an epoch as they stand in `metrics.jsonl`: `epoch`, `trainLoss`, `validationLoss`, … */
export type EpochFigures = Readonly<Record<string, number>>;

/** Files `metrics.jsonl` of a training: its own, or one of each network of an ensemble. */
export async function metricsFiles(trainingFolder: string): Promise<string[]> {
  const entries = await readdir(trainingFolder, { withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory() && /^member-/.test(entry.name))
    .map(({ name }) => name)
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .slice(0, MOST_MEMBERS);
  const candidates = entries.some(({ name }) => name === 'metrics.jsonl')
    ? ['.', ...folders]
    : folders;
  return candidates.map((folder) => path.join(trainingFolder, folder, 'metrics.jsonl'));
}

async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(length),
      position: size - length,
    });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The figures of a line; undefined where it is torn or not that of an epoch. */
export function parseEpochLine(line: string): EpochFigures | undefined {
  if (!line.includes('"trainLoss"')) return undefined;
  try {
    const figures = numbersOf(JSON.parse(line));
    return figures['epoch'] === undefined ? undefined : figures;
  } catch {
    return undefined;
  }
}

/** The last epoch that a training ended; of an ensemble, that of the network that was written last. */
export async function lastEpoch(trainingFolder: string): Promise<EpochFigures | undefined> {
  const files = await Promise.all(
    (await metricsFiles(trainingFolder)).map(async (file) => {
      const modified = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => -1,
      );
      return { file, modified };
    }),
  );
  const [newest] = files.sort((one, other) => other.modified - one.modified);
  if (newest === undefined || newest.modified < 0) return undefined;
  const lines = (await tailOf(newest.file).catch(() => '')).split('\n');
  for (const line of lines.reverse()) {
    const figures = parseEpochLine(line);
    if (figures !== undefined) return figures;
  }
  return undefined;
}
