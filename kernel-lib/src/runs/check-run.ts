import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { useBackend, type BackendName } from '../backend/use-backend.ts';
import { TataboxError } from '../core/errors.ts';
import { checkFolderWritable } from '../core/file-writer.ts';
import { longWorkOf, type LongWorkOptions } from '../core/progress.ts';
import { TableView } from '../core/table-view.ts';
import type { InputCheckRow } from '../datasets/compatibility-check.ts';
import { dataCard, type DataCard } from '../datasets/data-card.ts';
import { isWebAddress } from '../formats/byte-source.ts';
import { networkSize } from '../models/network-size.ts';
import { resolveArchitectureConfig } from '../models/resolve-config.ts';
import { checkRunData, loadRunData } from './promoter-data.ts';
import { runMode } from './run-modes.ts';
import type { RunConfig } from './schema/run-config.ts';
import type { TrainRunConfig } from './schema/train-config.ts';

/** Whether a run can start, and what it will need. */
export interface RunCheck {
  readonly rows: readonly InputCheckRow[];
  /** No error; there may be warnings. */
  readonly ok: boolean;
  /** Of the data, where they could be read. */
  readonly card: DataCard | undefined;
  /** What a mode without a data card tells of its data. */
  readonly found: readonly string[];
  /** The table that a person reads. */
  readonly view: TableView;
}

/** Options of {@link checkRun}. */
export interface CheckRunOptions extends LongWorkOptions {
  /** Looks for similar sequences across the split, too, which takes longer. Default true. */
  readonly nearDuplicates?: boolean;
  /** Replaces the backend of the config. */
  readonly backend?: BackendName;
}

/** Share of equal k-mers from which two sequences count as near duplicates. */
const NEAR = 0.5;

const row = (
  check: string,
  status: InputCheckRow['status'],
  found: string,
  expected: string,
  examples: readonly string[] = [],
): InputCheckRow => ({ check, status, found, expected, examples });

/** An error of a step as a row; other errors are defects. */
function errorRow(check: string, error: unknown): InputCheckRow {
  if (!(error instanceof TataboxError)) throw error;
  const { where, found, expected, fix } = error.details;
  const wanted = [expected, fix].filter((text) => text !== undefined).join('. ');
  return row(check, 'error', `${where}: ${found}`, wanted);
}

function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step] ?? ''}`;
}

function architectureOf(config: TrainRunConfig, outputs: readonly string[]): unknown {
  const { window, features } = config.data;
  return resolveArchitectureConfig(config.model, {
    length: window.upstream + window.downstream,
    features: features.map(({ column }) => column),
    outputs,
  });
}

/** Similar sequences on both sides of the split; equal ones are a row of the data's own check. */
function similarityRow(card: DataCard): InputCheckRow {
  const near = card.parts.reduce((sum, part) => sum + (part.nearDuplicatesAcross ?? 0), 0);
  return row(
    'similar sequences across the split',
    near > 0 ? 'warning' : 'ok',
    `${near.toLocaleString('en-US')} sequences have a similar one in another part`,
    near > 0 ? 'none: split by cluster where there are many' : 'none',
  );
}

/** Parts of the split that are missing or small. */
function splitRow(card: DataCard): InputCheckRow {
  const sizes = card.parts.map(({ part, examples }) => `${part} ${String(examples)}`).join(', ');
  const empty = ['train', 'test'].filter(
    (name) => (card.parts.find(({ part }) => part === name)?.examples ?? 0) === 0,
  );
  return row(
    'sizes of the parts',
    empty.length > 0 ? 'error' : 'ok',
    sizes,
    'examples to train on and to test on',
    empty,
  );
}

/** Memory and disk that the run needs beside what there is. */
async function machineRows(
  config: TrainRunConfig,
  folder: string,
  architecture: unknown,
  examples: number,
): Promise<InputCheckRow[]> {
  const size = networkSize(config.model.type, architecture);
  const together = Math.min(config.workers ?? config.seeds.length, config.seeds.length);
  const { upstream, downstream } = config.data.window;
  // Weights, gradients and two moments; activations and their gradients; the data as tokens.
  const memory =
    together * 4 * (4 * size.parameters + 2 * config.training.batchSize * size.activations) +
    examples * (upstream + downstream);
  const free = process.availableMemory();
  // Last and best checkpoint of each network with the optimizer's state, and the model itself.
  const disk = config.seeds.length * 4 * size.parameters * 5 + 20e6;
  const volume = await statfs(await existingFolder(folder));
  const freeDisk = volume.bavail * volume.bsize;
  return [
    row(
      'memory',
      memory > free ? 'error' : memory > free / 2 ? 'warning' : 'ok',
      `about ${bytesText(memory)} for ${String(together)} ${together === 1 ? 'network' : 'networks'} of ${size.parameters.toLocaleString('en-US')} parameters at a time`,
      `${bytesText(free)} are free${memory > free / 2 ? '; a smaller batchSize or fewer workers need less' : ''}`,
    ),
    row(
      'disk',
      disk > freeDisk ? 'error' : 'ok',
      `about ${bytesText(disk)} in ${folder}`,
      `${bytesText(freeDisk)} are free`,
    ),
  ];
}

async function existingFolder(folder: string): Promise<string> {
  try {
    await statfs(folder);
    return folder;
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? folder : existingFolder(parent);
  }
}

/**
 * All that can be known to be wrong with a run before it starts, in one table: the network, contig
 * names, bounds, order, strands, missing and repeated names, values, the parts of the split and what
 * they share, the output folder, memory and disk. Trains and writes nothing; what is wrong with the
 * files is a row, not an error.
 *
 * @param configFile the file that the config was read from; its paths start from that folder
 *
 * @example
 * const { config, file } = await readRunConfig('my.tatabox.yaml');
 * (await checkRun(config, file)).view.show();
 */
export async function checkRun(
  config: RunConfig,
  configFile: string,
  options: CheckRunOptions = {},
): Promise<RunCheck> {
  return config.mode === 'train'
    ? checkTrainRun(config, configFile, options)
    : checkOtherRun(config, configFile, options);
}

/** What a mode finds wrong before it writes anything. */
async function checkOtherRun(
  config: Exclude<RunConfig, TrainRunConfig>,
  configFile: string,
  { backend, signal, progress }: CheckRunOptions,
): Promise<RunCheck> {
  const base = path.dirname(path.resolve(configFile));
  const folder = path.resolve(base, config.output ?? path.join('runs', config.name));
  const rows: InputCheckRow[] = [];
  const found: string[] = [];
  const step = async (check: string, expected: string, work: () => Promise<string>) => {
    try {
      rows.push(row(check, 'ok', await work(), expected));
    } catch (error) {
      rows.push(errorRow(check, error));
    }
  };
  const mode = await runMode(config.mode);
  if (mode.computes) {
    await step('backend', 'one that can be started', async () => {
      const wanted = backend ?? ('backend' in config ? config.backend : undefined);
      const { name, version } = await useBackend(wanted);
      return `${name} ${version}`;
    });
  }
  await step('output folder', 'one that can be written', async () => {
    await checkFolderWritable(folder);
    return folder;
  });
  await step('config and data', `all that the mode ${config.mode} needs`, async () => {
    const prepared = await mode.prepare(config, {
      where: configFile,
      resolve: (file) => (isWebAddress(file) ? file : path.resolve(base, file)),
      log: (line) => {
        found.push(line);
      },
      ...(signal === undefined ? {} : { signal }),
      ...(progress === undefined ? {} : { progress }),
    });
    mode.release?.(prepared);
    return 'read';
  });
  return finishedCheck(config.name, rows, undefined, found);
}

/** The rows as a table, with the verdict. */
function finishedCheck(
  name: string,
  rows: readonly InputCheckRow[],
  card: DataCard | undefined,
  found: readonly string[] = [],
): RunCheck {
  const ok = rows.every(({ status }) => status !== 'error');
  return {
    rows,
    ok,
    card,
    found,
    view: new TableView(
      `Can run '${name}' start? ${ok ? 'Yes.' : 'No.'}`,
      ['check', 'status', 'found', 'expected', 'examples'],
      rows.map((each) => ({ ...each, examples: each.examples.join(', ') })),
    ),
  };
}

async function checkTrainRun(
  config: TrainRunConfig,
  configFile: string,
  options: CheckRunOptions,
): Promise<RunCheck> {
  const { nearDuplicates = true, signal, progress } = options;
  const longWork = longWorkOf({ signal, progress });
  const base = path.dirname(path.resolve(configFile));
  const folder = path.resolve(base, config.output ?? path.join('runs', config.name));
  const rows: InputCheckRow[] = [];
  try {
    const { name, version } = await useBackend(options.backend ?? config.backend);
    rows.push(row('backend', 'ok', `${name} ${version}`, 'one that can be started'));
  } catch (error) {
    rows.push(errorRow('backend', error));
  }
  try {
    architectureOf(config, [config.data.target.column]);
    rows.push(row('network', 'ok', config.model.type, 'a known network that fits the data'));
  } catch (error) {
    rows.push(errorRow('network', error));
  }
  try {
    await checkFolderWritable(folder);
  } catch (error) {
    rows.push(errorRow('output folder', error));
  }
  rows.push(...(await checkRunData(config.data, base, longWork)).rows);
  const failed = (): boolean => rows.some(({ status }) => status === 'error');
  let card: DataCard | undefined;
  if (!failed()) {
    try {
      const { data } = await loadRunData(config.data, base, longWork);
      card = await dataCard(data.dataset, {
        split: data.split,
        targetTransform: data.targetTransform,
        ...(nearDuplicates ? { nearDuplicates: { threshold: NEAR } } : {}),
        ...longWork,
      });
      const architecture = architectureOf(config, data.dataset.targetNames);
      rows.push(
        splitRow(card),
        ...(nearDuplicates ? [similarityRow(card)] : []),
        ...(await machineRows(config, folder, architecture, data.dataset.length)),
      );
    } catch (error) {
      rows.push(errorRow('dataset', error));
    }
  }
  return finishedCheck(config.name, rows, card);
}
