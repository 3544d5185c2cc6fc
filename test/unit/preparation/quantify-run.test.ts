import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addQuantifyCommand } from '../../../kernel-lib/src/cli/commands/quantify.ts';
import { UsageError } from '../../../kernel-lib/src/core/errors.ts';
import { readExpressionTable } from '../../../kernel-lib/src/preparation/expression-reader.ts';
import { quantifyRun } from '../../../kernel-lib/src/runs/quantify-run.ts';
import { RunFolder } from '../../../kernel-lib/src/runs/run-folder.ts';
import { quantifyRunSchema } from '../../../kernel-lib/src/runs/schema/quantify-config.ts';
import type { RunConfig } from '../../../kernel-lib/src/runs/schema/run-config.ts';
import { writeFakeTools } from './quantify-fake-tools.ts';

let folder: string;
const file = (name: string) => path.join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-quantify-run-'));
  await writeFakeTools(file('tools'));
  vi.stubEnv('PATH', file('tools'));
  await writeFile(file('a.fq'), '@r1\nACGT\n+\nIIII\n');
  await writeFile(file('genome.fa'), '>c1\nACGT\n');
  await writeFile(file('genes.gtf'), 'c1\tx\texon\t1\t100\t.\t+\t.\tgene_id "g1";\n');
  await writeFile(file('samples.tsv'), 'name\tfastq_1\tcultivar\ttissue\na\ta.fq\tB73\troot\n');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe('the mode quantify', () => {
  it.each([undefined, 'shared'])('writes tables, with the stages in %s', async (stages) => {
    const config = quantifyRunSchema.parse({
      mode: 'quantify',
      name: 'maize',
      samples: 'samples.tsv',
      genome: 'genome.fa',
      annotation: 'genes.gtf',
      ...(stages === undefined ? {} : { folder: stages }),
    });
    const resolve = (name: string) => path.resolve(folder, name);
    const lines: string[] = [];
    const where = file('maize.tatabox.yaml');
    const log = (line: string) => void lines.push(line);
    const prepared = await quantifyRun.prepare(config, { where, resolve, log });
    expect(await readdir(folder)).not.toContain('shared');
    expect(lines.join('\n')).toContain('HISAT2 2.2.1');
    const run = await RunFolder.open(file('run'), config as unknown as RunConfig, {
      resume: false,
      log,
    });
    const context = { where, resolve, folder: run, resume: false, started: 0 };
    const result = await quantifyRun.execute(config, prepared, context);
    const place = stages === undefined ? file('run/quantification') : file('shared');
    expect(result.json).toMatchObject({
      folder: place,
      genes: 2,
      files: { counts: path.join(place, 'counts.tsv') },
      samples: [{ sample: 'a', readsIn: 10, surviving: 8, assigned: 6 }],
    });
    expect(result.text).toContain('assigned_percent');
    expect(await readFile(file('run/run.log'), 'utf8')).toMatch(/trimming a\n.*aligning a\n/);
    const again = await quantifyRun.execute(config, prepared, context);
    expect(again.json).toMatchObject({ stagesRun: [] });
    await run.close();
  });

  it('has a description for every key', () => {
    for (const [name, schema] of Object.entries(quantifyRunSchema.shape)) {
      if (name !== 'mode') expect(schema.description, name).toBeTruthy();
    }
  });
});

describe('tatabox quantify', () => {
  async function call(...args: string[]): Promise<string> {
    const program = new Command('tatabox').exitOverride();
    addQuantifyCommand(program);
    for (const command of program.commands) command.option('--json').option('-q, --quiet');
    let out = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
    try {
      await program.parseAsync(['node', 'tatabox', ...args]);
    } finally {
      vi.mocked(process.stdout.write).mockRestore();
    }
    return out;
  }

  it('gives tables that the expression step reads', async () => {
    const paths = ['--genome', file('genome.fa'), '--annotation', file('genes.gtf')];
    const rest = ['--out', file('out'), '--json', '--quiet'];
    const out = await call('quantify', file('samples.tsv'), ...paths, ...rest);
    const result = JSON.parse(out) as { files: { wide: string }; stagesRun: string[] };
    expect(result.stagesRun).toHaveLength(4);
    const table = await readExpressionTable(result.files.wide, { tissues: ['root'] });
    expect(table.genes).toEqual(['g1', 'g2']);
    expect(table.tissues).toEqual(['root']);
  });

  it('says what is missing', async () => {
    await expect(call('quantify', file('samples.tsv'), '-q', '--out', 'x')).rejects.toThrow(
      UsageError,
    );
    await expect(call('quantify', file('samples.tsv'), '-q', '--threads', '0')).rejects.toThrow(
      /option --threads: '0'/,
    );
  });

  it('turns a report of the archive into tables', async () => {
    const row = ['ERR0000001', 'a.b/B73_1_root_1.fq.gz', 'a.b/ERR0000001.fastq.gz', 'a'.repeat(32)];
    const heading = 'run_accession\tsubmitted_ftp\tfastq_ftp\tfastq_md5';
    await writeFile(file('report.tsv'), `${heading}\n${row.join('\t')}\n`);
    const out = await call('ena-runs', file('report.tsv'), '--out', file('ena'));
    expect(out).toContain('1 of 1 runs, 1 files');
    expect((await readdir(file('ena'))).sort()).toEqual(['links.tsv', 'runs.tsv', 'samples.tsv']);
  });
});
