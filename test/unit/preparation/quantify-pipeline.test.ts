import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError, InterruptedError } from '../../../kernel-lib/src/core/errors.ts';
import { quantify, type Quantification } from '../../../kernel-lib/src/preparation/quantify.ts';
import {
  absentTools,
  adapterFasta,
  chooseGenes,
  gff3,
  gtf,
  readChromosome,
  simulateReads,
  type SimulatedGene,
} from './quantify-simulation.ts';

const absent = absentTools();
const isRequired = process.env['TATABOX_RNASEQ_TESTS'] === 'required';
if (absent.length > 0 && !isRequired) {
  console.warn(`RNA-seq tests skipped: ${absent.join(', ')} not installed`);
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (f: (i: number) => number) => a.reduce((sum, _, i) => sum + f(i), 0);
  return (
    dot((i) => (a[i]! - ma) * (b[i]! - mb)) /
    Math.sqrt(dot((i) => (a[i]! - ma) ** 2) * dot((i) => (b[i]! - mb) ** 2))
  );
}

async function table(file: string): Promise<string[][]> {
  const text = await readFile(file, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

it.runIf(isRequired)('has the tools that this machine must have', () => {
  expect(absent).toEqual([]);
});

describe.skipIf(absent.length > 0)('quantify with the real tools', () => {
  let folder: string;
  let genes: SimulatedGene[];
  let clean: number[];
  let faulty: number[];
  let file: (name: string) => string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tatabox quantify $(x) '));
    file = (name) => path.join(folder, name);
    const chromosome = await readChromosome();
    genes = await chooseGenes(chromosome);
    await writeFile(
      file('chrI genome.fa'),
      `>chrI yeast\r\n${chromosome.replace(/.{60}/g, '$&\r\n')}\r\n`,
    );
    await writeFile(file('genes.gtf'), gtf(genes));
    await writeFile(file('genes.gff3'), gff3(genes));
    await writeFile(file('adapt:ers.fa'), adapterFasta());
    const reads = (name: string): [string, string] => [
      file(`${name} 1.fq.gz`),
      file(`${name}_2.fq.gz`),
    ];
    const size = { fragments: 8000 };
    clean = await simulateReads(chromosome, genes, reads('clean'), {
      ...size,
      seed: 1,
      errors: 0,
      short: 0,
    });
    faulty = await simulateReads(chromosome, genes, reads('faulty'), {
      ...size,
      seed: 2,
      errors: 0.01,
      short: 0.2,
    });
    await writeFile(
      file('samples.tsv'),
      [
        'name\tfastq_1\tfastq_2\ttissue\tcultivar',
        'clean\tclean 1.fq.gz\tclean_2.fq.gz\troot\tS288C',
        'faulty\tfaulty 1.fq.gz\tfaulty_2.fq.gz\tbud\tS288C',
        'single\tclean_2.fq.gz.copy\t\t\t',
        '',
      ].join('\n'),
    );
    await writeFile(file('clean_2.fq.gz.copy'), await readFile(file('clean_2.fq.gz')));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const options = (out: string) => ({
    samples: file('samples.tsv'),
    genome: file('chrI genome.fa'),
    annotation: file('genes.gtf'),
    adapters: file('adapt:ers.fa'),
    trimming: { keepBothMates: true },
    folder: file(out),
    threads: 2,
  });
  let reference: Quantification;
  const contents = (folder: string) =>
    Promise.all(
      ['counts.tsv', 'tpm.tsv', 'tpm_wide.tsv', 'summary.tsv'].map((name) =>
        readFile(path.join(folder, name), 'utf8'),
      ),
    );

  it('gives the simulated counts, lengths and TPM', async () => {
    const lines: string[] = [];
    const tasks = new Set<string>();
    reference = await quantify({
      ...options('out put'),
      toolLog: (line) => lines.push(line),
      progress: ({ task }) => tasks.add(task),
    });
    const [heading, ...rows] = await table(reference.files.counts);
    expect(heading).toEqual(['gene', 'length', 'clean', 'faulty', 'single']);
    const byGene = new Map(rows.map(([gene, ...row]) => [gene!, row.map(Number)]));
    const column = (index: number) => genes.map(({ id }) => byGene.get(id)![index]!);
    expect(genes.length).toBeGreaterThan(40);
    expect(genes.filter(({ exons }) => exons.length === 2).length).toBeGreaterThan(5);
    expect(column(0)).toEqual(genes.map(({ length }) => length));
    // Reads without errors: every pair on its gene.
    expect(column(1)).toEqual(clean);
    // 1 % errors, adapters in a fifth of the fragments: at most 4 % of a gene and 2 % of all missing.
    const faultyCounts = column(2);
    const missing = faulty.map((count, i) => count - faultyCounts[i]!);
    expect(missing.every((count, i) => count >= 0 && count <= 3 + 0.04 * faulty[i]!)).toBe(true);
    expect(missing.reduce((a, b) => a + b)).toBeLessThan(0.02 * 8000);
    // Single reads: second mates alone can end in an intron's first bases.
    expect(column(3).reduce((sum, count, i) => sum + Math.abs(count - clean[i]!), 0)).toBeLessThan(
      20,
    );

    const rates = faulty.map((count, i) => count / genes[i]!.length);
    const total = rates.reduce((a, b) => a + b);
    const truth = rates.map((rate) => (1e6 * rate) / total);
    const [wideHeading, ...wide] = await table(reference.files.wide);
    expect(wideHeading!.slice(0, 2)).toEqual(['Cultivar', 'organism_part']);
    expect(wide.map((row) => row.slice(0, 2))).toEqual([
      ['S288C', 'root'],
      ['S288C', 'bud'],
      ['unknown', 'single'],
    ]);
    const tpm = genes.map(({ id }) => Number(wide[1]![wideHeading!.indexOf(id)]));
    expect(pearson(tpm, truth)).toBeGreaterThan(0.999);
    expect(pearson(tpm.map(Math.log1p), truth.map(Math.log1p))).toBeGreaterThan(0.999);
    expect(tpm.reduce((a, b) => a + b)).toBeCloseTo(1e6, 3);

    const [first, second, third] = reference.samples;
    expect(first).toMatchObject({
      layout: 'paired',
      surviving: first!.readsIn,
      assignedPercent: 100,
    });
    expect(second!.survivingPercent).toBeGreaterThan(99);
    expect(third!.layout).toBe('single');
    expect(reference.stagesRun).toHaveLength(10);
    expect([...tasks]).toContain('quantification');
    expect(lines.some((line) => line.includes('Completed successfully'))).toBe(true);
    expect(await readFile(path.join(reference.folder, 'logs', 'clean.log'), 'utf8')).toMatch(
      /\$ .*hisat2 .* \| .*samtools sort/,
    );
    expect(await readdir(reference.folder)).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/tmp$|lock$/)]),
    );
  });

  it('runs nothing again, and only what a change concerns', async () => {
    const before = await contents(reference.folder);
    const again = await quantify(options('out put'));
    expect(again.stagesRun).toEqual([]);
    expect(again.stagesKept).toHaveLength(10);
    const other = await quantify({ ...options('out put'), strandedness: 'forward' });
    expect(other.stagesRun).toEqual(['counting clean', 'counting faulty', 'counting single']);
    // Half of the fragments are on the other strand.
    expect(other.samples[0]!.assignedPercent).toBeGreaterThan(40);
    expect(other.samples[0]!.assignedPercent).toBeLessThan(60);
    const back = await quantify({ ...options('out put'), keepTrimmed: false });
    expect(back.stagesRun).toHaveLength(3);
    expect(await contents(reference.folder)).toEqual(before);
    const without = await quantify(options('out put'));
    expect(without.stagesRun).toEqual([]);
  });

  it('counts alike with a GFF3 and a ready index', async () => {
    const { genome, ...rest } = options('gff3');
    const result = await quantify({
      ...rest,
      annotation: file('genes.gff3'),
      index: path.join(reference.folder, 'reference', 'genome'),
      samples: [{ name: 'clean', fastq1: file('clean 1.fq.gz'), fastq2: file('clean_2.fq.gz') }],
    });
    void genome;
    const [, ...rows] = await table(result.files.counts);
    const counts = new Map(rows.map(([gene, , count]) => [gene, Number(count)]));
    expect(genes.map(({ id }) => counts.get(id))).toEqual(clean);
  });

  it('goes on after an abort, and after the process was killed, with the same result', async () => {
    const controller = new AbortController();
    const interrupted = quantify({
      ...options('stopped'),
      signal: controller.signal,
      log: (line) => {
        if (line === 'aligning clean') setTimeout(() => controller.abort(), 100);
      },
    });
    await expect(interrupted).rejects.toBeInstanceOf(InterruptedError);
    // A second process goes on, and is killed in the middle of the next sample.
    const script = file('quantify.mjs');
    await build({
      stdin: {
        contents: `import { quantify } from './kernel-lib/src/preparation/quantify.ts';
          await quantify({ ...${JSON.stringify(options('stopped'))}, log: console.log });`,
        resolveDir: fileURLToPath(new URL('../../..', import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
    });
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('aligning faulty')) child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(child.signalCode).toBe('SIGKILL');
    expect(said).not.toMatch(/^(building the index|trimming clean)$/m);
    const result = await quantify(options('stopped'));
    expect(result.stagesKept).toEqual([
      'building the index',
      'trimming clean',
      'aligning clean',
      'counting clean',
      'trimming faulty',
    ]);
    expect(await contents(result.folder)).toEqual(await contents(reference.folder));
    const parts = await readdir(path.join(result.folder, 'samples', 'faulty'));
    expect(parts.sort()).toEqual(['align', 'count', 'trim']);
  });

  it('finds damaged reads although Trimmomatic reports success', async () => {
    const whole = await readFile(file('clean_2.fq.gz'));
    await writeFile(file('cut_2.fq.gz'), whole.subarray(0, whole.length / 2));
    const pairs = gunzipSync(whole).toString().split('\n');
    await writeFile(file('short_2.fq'), pairs.slice(0, 4 * 100).join('\n') + '\n');
    for (const [name, found] of [
      ['cut_2.fq.gz', /EOFException/],
      ['short_2.fq', /No more reverse reads/],
    ] as const) {
      const call = quantify({
        ...options('damaged'),
        samples: [{ name: 'damaged', fastq1: file('clean 1.fq.gz'), fastq2: file(name) }],
      });
      const error = await call.then(undefined, (reason: unknown) => reason);
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).toMatch(found);
      expect(await readdir(path.join(file('damaged'), 'samples', 'damaged'))).toEqual([]);
    }
  });
});
