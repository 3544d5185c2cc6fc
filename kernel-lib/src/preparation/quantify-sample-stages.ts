import { readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EnvironmentError, InputError } from '../core/errors.ts';
import { fileError } from '../formats/file-error.ts';
import { isGzip, readBytes, readRange } from '../formats/read-bytes.ts';
import type { InstalledTool } from './external-tool.ts';
import { runExternalTools, type ToolCall } from './external-tool-run.ts';
import {
  COUNTED,
  featureCountsArguments,
  parseFeatureCountsSummary,
  readFeatureCounts,
} from './feature-counts.ts';
import { ALIGNED, hisat2Arguments, parseHisat2Summary, samtoolsSortArguments } from './hisat2.ts';
import type { PreparedQuantification, PreparedSample } from './quantify-prepare.ts';
import { findStage, stageKey } from './quantify-stage.ts';
import type { Stage, StageReports } from './quantify-stage-runner.ts';
import {
  parseTrimmomaticSummary,
  TRIMMED,
  trimmingSteps,
  trimmomaticArguments,
  trimmomaticComplaint,
  UNPAIRED,
} from './trimmomatic.ts';

/** The text of a file that a tool should have written. */
async function readOutput(file: string, tool: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const known = await fileError(file, error);
    throw new EnvironmentError(
      {
        where: file,
        found: `${tool} has ended without error, but not written this file`,
        fix: `Check with the version option that the installed program is ${tool}.`,
      },
      { cause: known },
    );
  }
}

const versionOf = ({ name, version }: InstalledTool) => [name, version];

/** Reports the size of what is written into a folder twice a second. */
function watchSize(files: readonly string[], report: (bytes: number) => void): () => void {
  const timer = setInterval(() => {
    const sizes = files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    );
    void Promise.all(sizes).then((all) => {
      report(all.reduce((sum, size) => sum + size, 0));
    });
  }, 500);
  return () => {
    clearInterval(timer);
  };
}

/** The stages of one sample. */
export class SampleStages {
  readonly trim: Stage;
  readonly align: Stage;
  readonly count: Stage;
  readonly isPaired: boolean;
  readonly #prepared: PreparedQuantification;
  readonly #sample: PreparedSample;
  readonly #reports: StageReports;

  constructor(
    prepared: PreparedQuantification,
    sample: PreparedSample,
    reference: { readonly key: string; readonly saf: string | undefined },
    reports: StageReports,
  ) {
    this.#prepared = prepared;
    this.#sample = sample;
    this.#reports = reports;
    this.isPaired = sample.fastq2 !== undefined;
    const { tools, trimming, adapters, annotation, strandedness } = prepared;
    const place = (stage: string) => path.join(prepared.folder, 'samples', sample.name, stage);
    const trimmer = this.isPaired ? tools.trimmomaticPairs : tools.trimmomaticSingle;
    const trimKey = stageKey('trim', versionOf(trimmer), sample.files, trimming, adapters ?? null);
    const alignKey = stageKey(
      'align',
      trimKey,
      reference.key,
      versionOf(tools.hisat2),
      versionOf(tools.samtools),
    );
    const countKey = stageKey(
      'count',
      alignKey,
      versionOf(tools.featureCounts),
      annotation,
      strandedness,
    );
    this.trim = {
      what: `trimming ${sample.name}`,
      folder: place('trim'),
      key: trimKey,
      run: (work) => this.#trim(work),
    };
    this.align = {
      what: `aligning ${sample.name}`,
      folder: place('align'),
      key: alignKey,
      run: (work) => this.#align(work),
    };
    this.count = {
      what: `counting ${sample.name}`,
      folder: place('count'),
      key: countKey,
      run: (work) => this.#count(work, reference.saf),
    };
  }

  /** Where all that the tools say of this sample is kept. */
  get logFile(): string {
    return path.join(this.#prepared.folder, 'logs', `${this.#sample.name}.log`);
  }

  async #run(
    calls: readonly ToolCall[],
    work: string,
    what: string,
    more: {
      readonly onLine?: (line: string) => void;
      readonly onPiece?: (piece: Uint8Array) => void;
    } = {},
  ): Promise<void> {
    const { searchPath } = this.#prepared;
    const { toolLog, signal } = this.#reports;
    await runExternalTools(calls, {
      what,
      cwd: work,
      logFile: this.logFile,
      ...(searchPath === undefined ? {} : { searchPath }),
      ...(signal === undefined ? {} : { signal }),
      ...more,
      onLine: (line) => {
        if (line.trim() !== '') toolLog(line);
        more.onLine?.(line);
      },
    });
  }

  async #trim(work: string): Promise<Readonly<Record<string, number>>> {
    const { adapters, tools, trimming, threads } = this.#prepared;
    const { what } = this.trim;
    if (adapters !== undefined) {
      await writeFile(path.join(work, TRIMMED.adapters), await readBytes(adapters.name));
    }
    const reads = await this.#linkReads(work);
    const args = trimmomaticArguments(reads, trimming, {
      hasAdapters: adapters !== undefined,
      threads,
    });
    const outputs = this.isPaired ? TRIMMED.pairs : TRIMMED.single;
    const complaints: string[] = [];
    const unwatch = watchSize(
      outputs.map((name) => path.join(work, name)),
      (bytes) => {
        this.#reports.progress({ task: what, done: bytes, unit: 'bytes' });
      },
    );
    try {
      const tool = this.isPaired ? tools.trimmomaticPairs : tools.trimmomaticSingle;
      await this.#run([{ tool, args }], work, what, {
        onLine: (line) => {
          const complaint = trimmomaticComplaint(line);
          if (complaint !== undefined && complaints.length < 3) complaints.push(complaint);
        },
      });
    } finally {
      unwatch();
    }
    if (complaints.length > 0) throw this.#damagedReads(complaints);
    const file = path.join(work, TRIMMED.summary);
    const counts = parseTrimmomaticSummary(
      await readOutput(file, 'Trimmomatic'),
      this.isPaired,
      file,
    );
    for (const name of outputs) await requireOutput(path.join(work, name), 'Trimmomatic');
    for (const name of [TRIMMED.adapters, ...UNPAIRED, ...reads]) {
      await rm(path.join(work, name), { force: true });
    }
    if (counts.surviving === 0) {
      throw new InputError({
        where: `sample ${this.#sample.name}`,
        found: `no read left of ${String(counts.input)} after trimming`,
        expected: 'reads of good quality',
        fix: `The steps were ${trimmingSteps(trimming, adapters !== undefined).join(' ')}; see ${this.logFile}.`,
      });
    }
    return { ...counts };
  }

  /** Links to the reads with names that tell whether they are compressed: Trimmomatic goes by those. */
  async #linkReads(work: string): Promise<string[]> {
    const names: string[] = [];
    for (const [index, { name: file }] of this.#sample.files.entries()) {
      const ending = isGzip(await readRange(file, 0, 2)) ? '.fastq.gz' : '.fastq';
      const name = `reads_${String(index + 1)}${ending}`;
      await symlink(file, path.join(work, name));
      names.push(name);
    }
    return names;
  }

  #damagedReads(complaints: readonly string[]): InputError {
    return new InputError({
      where: this.#sample.files.map(({ name }) => name).join(' and '),
      found: `Trimmomatic could not read them to the end: ${complaints.join(' | ')}`,
      expected: this.isPaired
        ? 'two whole FASTQ files with the mates of each pair at the same place'
        : 'a whole FASTQ file',
      fix: `Copy or download them again. All that it said is in ${this.logFile}.`,
    });
  }

  async #align(work: string): Promise<Readonly<Record<string, number>>> {
    const { tools, threads, trimming } = this.#prepared;
    const { what } = this.align;
    const names = this.isPaired ? TRIMMED.pairs : TRIMMED.single;
    // Relative names, for HISAT2's wrapper hands them to a shell.
    const reads = names.map((name) => `../trim/${name}`);
    const aligner = hisat2Arguments('../../../reference/genome', reads, {
      threads,
      qualityOffset: trimming.qualityOffset,
    });
    let lines = 0;
    let told = 0;
    await this.#run(
      [
        { tool: tools.hisat2, args: aligner },
        { tool: tools.samtools, args: samtoolsSortArguments(threads) },
      ],
      work,
      what,
      {
        onPiece: (piece) => {
          for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++;
          if (performance.now() - told < 500) return;
          told = performance.now();
          this.#reports.progress({ task: what, done: lines, unit: 'alignments' });
        },
      },
    );
    await requireOutput(path.join(work, ALIGNED.bam), 'samtools');
    const file = path.join(work, ALIGNED.summary);
    const counts = parseHisat2Summary(await readOutput(file, 'HISAT2'), this.isPaired, file);
    const trimmed = await findStage(this.trim.folder, this.trim.key);
    const expected = trimmed?.values['surviving'];
    if (counts.input !== expected) {
      throw new EnvironmentError({
        where: what,
        found: `HISAT2 saw ${String(counts.input)} reads of ${String(expected)} that Trimmomatic wrote`,
        expected: 'the same number',
        fix: `Remove ${this.trim.folder} and start again; see ${this.logFile}.`,
      });
    }
    return { ...counts };
  }

  async #count(work: string, saf: string | undefined): Promise<Readonly<Record<string, number>>> {
    const { tools, threads, annotation, strandedness } = this.#prepared;
    const { what } = this.count;
    const args = featureCountsArguments(path.join('..', 'align', ALIGNED.bam), {
      annotation: saf ?? annotation.file.name,
      format: saf === undefined ? 'GTF' : 'SAF',
      featureType: annotation.featureType,
      geneAttribute: annotation.geneAttribute,
      strandedness,
      isPaired: this.isPaired,
      threads,
      version: tools.featureCounts.version,
    });
    await this.#run([{ tool: tools.featureCounts, args }], work, what);
    const summary = path.join(work, COUNTED.summary);
    const text = await readOutput(summary, 'featureCounts');
    const assigned = parseFeatureCountsSummary(text, summary);
    const table = await readFeatureCounts(path.join(work, COUNTED.table));
    const counted = table.counts.reduce((sum, count) => sum + count, 0);
    if (counted !== assigned) {
      throw new EnvironmentError({
        where: what,
        found: `a table with ${String(counted)} reads and a summary with ${String(assigned)}`,
        expected: 'the same number in both',
        fix: `See ${this.logFile}.`,
      });
    }
    return { assigned, genes: table.genes.length };
  }
}

async function requireOutput(file: string, tool: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > 0) return;
  throw new EnvironmentError({
    where: file,
    found: `${tool} has ended without error, but not written this file`,
    fix: `Check with the version option that the installed program is ${tool}.`,
  });
}
