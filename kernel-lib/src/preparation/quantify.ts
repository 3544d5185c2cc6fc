import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { lockFolder } from '../core/folder-lock.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { TableView } from '../core/table-view.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { COUNTED, readFeatureCounts } from './feature-counts.ts';
import type { QuantifyOptions } from './quantify-options.ts';
import { prepareQuantification, type PreparedQuantification } from './quantify-prepare.ts';
import { annotationStage, referenceStage, SAF } from './quantify-reference.ts';
import { SampleStages } from './quantify-sample-stages.ts';
import { removeOutputs, removeUnfinishedStages } from './quantify-stage.ts';
import { StageRunner, type StageReports } from './quantify-stage-runner.ts';
import {
  QUANTIFICATION_FILES,
  writeQuantificationTables,
  type SampleCounts,
} from './quantify-tables.ts';

/** How many reads of a sample came through each step; for pairs, pairs are counted. */
export interface SampleSummary {
  readonly sample: string;
  readonly layout: 'paired' | 'single';
  readonly readsIn: number;
  /** After trimming; of pairs those with both mates. */
  readonly surviving: number;
  readonly survivingPercent: number;
  /** Overall alignment rate of HISAT2: of pairs, mates are counted one by one. */
  readonly alignedPercent: number;
  /** On a gene. */
  readonly assigned: number;
  /** Of the reads that survived trimming. */
  readonly assignedPercent: number;
}

/** What {@link quantify} gives. */
export interface Quantification {
  readonly folder: string;
  /** Absolute paths of the tables. */
  readonly files: {
    readonly counts: string;
    readonly tpm: string;
    readonly wide: string;
    readonly summary: string;
  };
  readonly genes: number;
  readonly samples: readonly SampleSummary[];
  /** What was run by this call. */
  readonly stagesRun: readonly string[];
  /** What an earlier call had finished. */
  readonly stagesKept: readonly string[];
}

/** Options of {@link executeQuantification}. */
export interface ExecuteQuantificationOptions extends LongWorkOptions {
  /** Is told what is done. */
  readonly log?: (line: string) => void;
  /** Is told what the tools say, line by line. */
  readonly toolLog?: (line: string) => void;
}

const SUMMARY_FILE = 'summary.tsv';
const SUMMARY_COLUMNS = [
  'sample',
  'layout',
  'reads_in',
  'surviving',
  'surviving_percent',
  'aligned_percent',
  'assigned',
  'assigned_percent',
] as const;

/**
 * Expression of genes from RNA-seq reads with the programs that the field uses, which have to be
 * installed: Trimmomatic cuts adapters and bad bases, HISAT2 aligns, samtools sorts, featureCounts
 * counts the primary alignments on the exons of each gene, and TPM are computed from counts and
 * lengths. On Debian and Ubuntu: `apt-get install trimmomatic hisat2 samtools subread`.
 *
 * Everything that can be wrong is found before anything is written. Each stage of each sample writes
 * a folder that is complete or absent; a second call with the same folder runs only what is missing
 * or whose inputs (size, time), options or tool versions have changed. The folder gets
 *
 * - `counts.tsv`, `tpm.tsv`, `tpm_wide.tsv` (see `writeQuantificationTables`) and `summary.tsv`;
 * - `logs/SAMPLE.log`: commands, and all that the tools said;
 * - `samples/SAMPLE/{trim,align,count}`, `reference`, `annotation`: results of the stages.
 *
 * @throws UsageError, InputError; EnvironmentError for tools that are missing, too old or fail (with
 *   the end of what they said); InterruptedError, after which the same call goes on
 * @example
 * const { samples, files } = await quantify({
 *   samples: 'samples.tsv',
 *   genome: 'genome.fa.gz',
 *   annotation: 'genes.gtf.gz',
 *   folder: 'expression',
 * });
 */
export async function quantify(options: QuantifyOptions): Promise<Quantification> {
  const { signal, progress, log, toolLog } = options;
  return executeQuantification(await prepareQuantification(options), {
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
    ...(log === undefined ? {} : { log }),
    ...(toolLog === undefined ? {} : { toolLog }),
  });
}

/** Does what {@link prepareQuantification} has checked; see {@link quantify}. */
export async function executeQuantification(
  prepared: PreparedQuantification,
  options: ExecuteQuantificationOptions = {},
): Promise<Quantification> {
  const { log = () => undefined, toolLog = () => undefined } = options;
  const { progress = () => undefined, signal } = options;
  const reports: StageReports = { log, toolLog, progress, signal };
  const lock = await lockFolder(prepared.folder, 'a quantification');
  try {
    await removeUnfinished(prepared.folder);
    return await runStages(prepared, reports);
  } finally {
    await lock.release();
  }
}

async function removeUnfinished(folder: string): Promise<void> {
  await removeUnfinishedStages(folder);
  const samples = path.join(folder, 'samples');
  for (const name of await readdir(samples).catch(() => [])) {
    await removeUnfinishedStages(path.join(samples, name));
  }
}

async function runStages(
  prepared: PreparedQuantification,
  reports: StageReports,
): Promise<Quantification> {
  const { samples, folder } = prepared;
  const annotating = annotationStage(prepared);
  const stagesOfAll = 2 + (annotating === undefined ? 0 : 1);
  const runner = new StageRunner(stagesOfAll + 3 * samples.length, reports);
  const referencing = referenceStage(prepared, reports);
  await runner.ensure(referencing);
  if (annotating !== undefined) await runner.ensure(annotating);
  const saf = annotating === undefined ? undefined : path.join(annotating.folder, SAF);
  const summaries: SampleSummary[] = [];
  const tables: SampleCounts[] = [];
  for (const sample of samples) {
    const stages = new SampleStages(prepared, sample, { key: referencing.key, saf }, reports);
    summaries.push(await runSample(sample.name, stages, runner, prepared.keepTrimmed));
    const table = await readFeatureCounts(path.join(stages.count.folder, COUNTED.table));
    tables.push({ sample, ...table });
  }
  await writeQuantificationTables(folder, tables);
  const summary = path.join(folder, SUMMARY_FILE);
  await writeSummary(summary, summaries);
  runner.step();
  const place = (name: string) => path.join(folder, name);
  return {
    folder,
    files: {
      counts: place(QUANTIFICATION_FILES.counts),
      tpm: place(QUANTIFICATION_FILES.tpm),
      wide: place(QUANTIFICATION_FILES.wide),
      summary,
    },
    genes: tables[0]?.genes.length ?? 0,
    samples: summaries,
    stagesRun: runner.run,
    stagesKept: runner.kept,
  };
}

async function runSample(
  name: string,
  stages: SampleStages,
  runner: StageRunner,
  keepTrimmed: boolean,
): Promise<SampleSummary> {
  const { trim, align, count } = stages;
  const isCounted = (await runner.find(count)) !== undefined;
  const isAligned = (await runner.find(align, !isCounted)) !== undefined;
  const trimmed = await runner.ensure(trim, !isAligned);
  const aligned = await runner.ensure(align, !isCounted);
  const { input = NaN, surviving = NaN } = trimmed.values;
  const { assigned = NaN } = (await runner.ensure(count)).values;
  if (!keepTrimmed) await removeOutputs(trim.folder, trimmed);
  const percent = (part: number, all: number) => Number(((100 * part) / all).toFixed(2));
  return {
    sample: name,
    layout: stages.isPaired ? 'paired' : 'single',
    readsIn: input,
    surviving,
    survivingPercent: percent(surviving, input),
    alignedPercent: percent(aligned.values['alignedShare'] ?? NaN, 1),
    assigned,
    assignedPercent: percent(assigned, surviving),
  };
}

function summaryRow(
  summary: SampleSummary,
): Record<(typeof SUMMARY_COLUMNS)[number], string | number> {
  return {
    sample: summary.sample,
    layout: summary.layout,
    reads_in: summary.readsIn,
    surviving: summary.surviving,
    surviving_percent: summary.survivingPercent,
    aligned_percent: summary.alignedPercent,
    assigned: summary.assigned,
    assigned_percent: summary.assignedPercent,
  };
}

async function writeSummary(file: string, summaries: readonly SampleSummary[]): Promise<void> {
  const lines = summaries.map((summary) => {
    const row = summaryRow(summary);
    return SUMMARY_COLUMNS.map((column) => String(row[column])).join('\t');
  });
  await writeFileAtomically(file, `${[SUMMARY_COLUMNS.join('\t'), ...lines].join('\n')}\n`);
}

/** The summary as a table for people. */
export function quantificationTable({ samples, genes }: Quantification): TableView {
  return new TableView('Reads of each sample', SUMMARY_COLUMNS, samples.map(summaryRow), {
    note: `Of pairs, pairs are counted; aligned_percent counts mates. ${genes.toLocaleString('en-US')} genes.`,
  });
}
