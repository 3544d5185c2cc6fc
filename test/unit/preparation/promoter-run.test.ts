import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addDownloadCommand } from '../../../kernel-lib/src/cli/commands/download.ts';
import { addPromotersCommand } from '../../../kernel-lib/src/cli/commands/promoters.ts';
import { downloadRun } from '../../../kernel-lib/src/runs/download-run.ts';
import { extractPromotersRun } from '../../../kernel-lib/src/runs/extract-promoters-run.ts';
import { RunFolder } from '../../../kernel-lib/src/runs/run-folder.ts';
import type { RunMode } from '../../../kernel-lib/src/runs/run-mode.ts';
import type { RunResult } from '../../../kernel-lib/src/runs/run-result.ts';
import { downloadRunSchema } from '../../../kernel-lib/src/runs/schema/download-config.ts';
import { extractPromotersRunSchema } from '../../../kernel-lib/src/runs/schema/extract-promoters-config.ts';
import { DownloadServer } from './download-server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-promoter-run-'));
  await writeFile(at('g.fa'), '>chr1\nACGTACGTACGTACGTACGT\n>chr2\nttttttt\n');
  await writeFile(
    at('a.gff3'),
    '##gff-version 3\nchr1\tx\tgene\t11\t15\t.\t+\t.\tID=g1\nchr1\tx\tgene\t18\t20\t.\t-\t.\tID=g2\n',
  );
  await writeFile(at('b.gff3'), '##gff-version 3\nchr2\tx\tgene\t4\t5\t.\t+\t.\tlocus_tag=L_1\n');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});
const at = (name: string): string => path.join(folder, name);

/** What `executeRun` does with a mode, in short. */
async function run<Config extends { readonly name: string }, Prepared>(
  mode: RunMode<Config, Prepared>,
  config: Config,
  lines: string[] = [],
): Promise<RunResult> {
  const resolve = (file: string): string => path.resolve(folder, file);
  const log = (line: string): void => void lines.push(line);
  const prepared = await mode.prepare(config, { where: 'a.tatabox.yaml', resolve, log });
  const runFolder = await RunFolder.open(at('run'), config as never, { resume: false, log });
  try {
    return await mode.execute(config, prepared, {
      where: 'a.tatabox.yaml',
      resolve,
      folder: runFolder,
      resume: false,
      started: performance.now(),
    });
  } finally {
    await runFolder.close();
  }
}

describe('mode extract-promoters', () => {
  const config = {
    mode: 'extract-promoters',
    name: 'p',
    upstream: 4,
    genomes: [
      { species: 'one', genome: 'g.fa', annotation: 'a.gff3' },
      {
        species: 'two',
        genome: 'g.fa',
        annotation: 'b.gff3',
        geneId: { attribute: 'locus_tag', prefix: 'L_' },
      },
    ],
  };

  test('writes a file and a report for each species, and one table of all', async () => {
    const lines: string[] = [];
    const result = await run(extractPromotersRun, extractPromotersRunSchema.parse(config), lines);
    expect(await readFile(at('run/promoters/one.fa'), 'utf8')).toBe('>g1::chr1:6-10(+)\nGTAC\n');
    expect(await readFile(at('run/promoters.tsv'), 'utf8')).toBe(
      'species\tgene\tname\tsequence\none\tg1\tg1::chr1:6-10(+)\tGTAC\ntwo\t1\t1::chr2:0-3(+)\tTTT\n',
    );
    const report = JSON.parse(
      await readFile(at('run/promoters/one.report.json'), 'utf8'),
    ) as object;
    expect(report).toMatchObject({ genes: 2, promoters: 1, withoutUpstream: ['g2'] });
    expect(lines[0]).toBe('one: 1 promoters of 2 genes; 1 with nothing upstream (g2)');
    const { files, species } = result.json as { files: string[]; species: object[] };
    expect(files.every((file) => existsSync(file))).toBe(true);
    expect(files).toHaveLength(5);
    expect(species[1]).toMatchObject({ species: 'two', genes: 1, promoters: 1 });
  });

  test('what is wrong is found before anything is written', async () => {
    const twice = extractPromotersRunSchema.parse({
      ...config,
      genomes: [config.genomes[0], { ...config.genomes[0], species: 'ONE' }],
    });
    await expect(run(extractPromotersRun, twice)).rejects.toThrow(
      /species 'ONE' for a second time/,
    );
    const [first] = config.genomes;
    const absent = { ...config, genomes: [{ ...first, genome: 'h.fa' }] };
    await expect(run(extractPromotersRun, extractPromotersRunSchema.parse(absent))).rejects.toThrow(
      /h\.fa: no such file/,
    );
    expect(existsSync(at('run'))).toBe(false);
    expect(() => extractPromotersRunSchema.parse({ ...config, upstrem: 1 })).toThrow(/upstrem/);
  });
});

describe('mode download', () => {
  test('downloads, cuts promoters, and ends with an error where something failed', async () => {
    const server = await DownloadServer.start();
    try {
      server.files.set('g.fa', { content: await readFile(at('g.fa')) });
      server.files.set('a.gff3', { content: await readFile(at('a.gff3')) });
      const heading = 'name,gene_link,annot_link\n';
      const good = `one,${server.url('g.fa')},${server.url('a.gff3')}\n`;
      await writeFile(at('links.csv'), heading + good);
      const config = downloadRunSchema.parse({
        mode: 'download',
        name: 'd',
        links: 'links.csv',
        folder: 'raw',
        promoters: { upstream: 4 },
      });
      // The promoters of a genome on a web server.
      const onTheWeb = extractPromotersRunSchema.parse({
        ...{ mode: 'extract-promoters', name: 'p', upstream: 4, combine: false, format: 'tsv' },
        genomes: [{ species: 'w', genome: server.url('g.fa'), annotation: server.url('a.gff3') }],
      });
      await run(extractPromotersRun, onTheWeb);
      expect(await readFile(at('run/promoters/w.tsv'), 'utf8')).toContain('GTAC\n');
      server.requests.length = 0;

      const { json, text } = await run(downloadRun, config);
      expect(json).toMatchObject({
        folder: at('raw'),
        failures: [],
        files: [{ kind: 'genome' }, { kind: 'annotation' }],
        promoters: [{ name: 'one', promoters: 1, file: at('raw/one/one.promoters.fa') }],
      });
      expect(text).toContain('2 files');

      await writeFile(
        at('links.csv'),
        `${heading + good}two,${server.url('x')},${server.url('y')}\n`,
      );
      const lines: string[] = [];
      await expect(run(downloadRun, config, lines)).rejects.toThrow(
        /2 failures in 2 rows:\n {2}two, genome: .*no such file \(404\)/,
      );
      expect(lines.filter((line) => line.startsWith('failed: '))).toHaveLength(2);
      expect(server.requestsOf('g.fa')).toHaveLength(1);
    } finally {
      await server.stop();
    }
  });

  test('a table that is wrong is found before anything is written', async () => {
    await writeFile(at('links.csv'), 'name,link\na,gopher://x/a\n');
    const config = downloadRunSchema.parse({ mode: 'download', name: 'd', links: 'links.csv' });
    await expect(run(downloadRun, config)).rejects.toThrow(/an address of the kind gopher:/);
    expect(existsSync(at('run'))).toBe(false);
  });
});

describe('commands', () => {
  /** Runs a command of the terminal; gives the object of `--json` and the exit code. */
  async function command(...args: string[]): Promise<{ json: unknown; code: unknown }> {
    const program = new Command('tatabox').exitOverride();
    addPromotersCommand(program);
    addDownloadCommand(program);
    for (const each of program.commands) each.exitOverride().option('--json').option('-q, --quiet');
    let text = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
      text += String(piece);
      return true;
    });
    const before = process.exitCode;
    try {
      await program.parseAsync([...args, '--json', '--quiet'], { from: 'user' });
      return { json: JSON.parse(text) as unknown, code: process.exitCode ?? 0 };
    } finally {
      write.mockRestore();
      process.exitCode = before;
    }
  }

  test('tatabox promoters', async () => {
    const files = ['--genome', at('g.fa'), '--annotation', at('a.gff3')];
    const out = ['--out', at('p.tsv'), '--report', at('r.json'), '--upstream', '4'];
    const { json, code } = await command('promoters', ...files, ...out);
    expect(json).toMatchObject({ file: at('p.tsv'), genes: 2, promoters: 1, withoutUpstream: 1 });
    expect(code).toBe(0);
    expect(await readFile(at('p.tsv'), 'utf8')).toContain('g1\tchr1\t6\t10\t+\tGTAC\n');
    expect(await readFile(at('r.json'), 'utf8')).toContain('"g2"');

    await expect(command('promoters', ...files)).rejects.toThrow(/'--out <file>' not specified/);
    await expect(command('promoters', ...files, '--out', 'p.bed')).rejects.toThrow(/known ending/);
    await expect(command('promoters', ...files, ...out, '--upstream', '-1')).rejects.toThrow(
      /option --upstream: '-1'/,
    );
    await expect(
      command('promoters', ...files, ...out, '--gene-id-prefix', 'gene:'),
    ).rejects.toThrow(/option --gene-id-prefix/);
  });

  test('tatabox combine-promoters', async () => {
    await writeFile(at('zm.promoters.fa'), '>a::c:0-2(+)\nac\n');
    await writeFile(at('x.fa'), '>b::c:0-2(+)\ngt\n');
    const { json } = await command(
      'combine-promoters',
      at('zm.promoters.fa'),
      `rice=${at('x.fa')}`,
      '--out',
      at('all.csv'),
    );
    expect(json).toMatchObject({
      promoters: 2,
      species: [{ species: 'zm' }, { species: 'rice', promoters: 1 }],
    });
  });

  test('tatabox download', async () => {
    const server = await DownloadServer.start();
    try {
      server.files.set('a.bin', { content: Buffer.from('abc') });
      await writeFile(
        at('l.csv'),
        `name,link\na,${server.url('a.bin')}\nb,${server.url('b.bin')}\n`,
      );
      const { json, code } = await command('download', at('l.csv'), '--out', at('raw'));
      expect(json).toMatchObject({
        ok: false,
        files: [{ name: 'a', bytes: 3, state: 'fetched' }],
        failures: [{ name: 'b' }],
      });
      expect(code).toBe(4);
      await expect(
        command('download', at('l.csv'), '--out', at('raw'), '--upstream', '5'),
      ).rejects.toThrow(/option --upstream: no --promoters/);
    } finally {
      await server.stop();
    }
  });
});
