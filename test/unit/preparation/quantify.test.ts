import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  EnvironmentError,
  InputError,
  InterruptedError,
  TataboxError,
  UsageError,
} from '../../../kernel-lib/src/core/errors.ts';
import type { QuantifyOptions } from '../../../kernel-lib/src/preparation/quantify-options.ts';
import { quantify } from '../../../kernel-lib/src/preparation/quantify.ts';
import { fakeTools, writeFakeTools } from './quantify-fake-tools.ts';

let folder: string;
const file = (name: string) => path.join(folder, name);
const read = '@r1/1\nACGT\n+\nIIII\n';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-quantify-'));
  await writeFile(file('a_1.fq'), read);
  await writeFile(file('a_2.fq'), read);
  await writeFile(file('b.fq'), read);
  await writeFile(file('genome.fa'), '>c1 first\nACGT\n>c2\nACGT\n');
  await writeFile(
    file('genes.gtf'),
    'c1\tx\texon\t1\t100\t.\t+\t.\tgene_id "g1";\nc1\tx\texon\t201\t500\t.\t-\t.\tgene_id "g2";\n',
  );
  await writeFile(
    file('samples.tsv'),
    'name\tfastq_1\tfastq_2\tcultivar\ttissue\na\ta_1.fq\ta_2.fq\tB73\troot\nb\tb.fq\t\tB73\tear\n',
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = (more: Partial<QuantifyOptions> = {}): QuantifyOptions => ({
  samples: file('samples.tsv'),
  genome: file('genome.fa'),
  annotation: file('genes.gtf'),
  folder: file('out'),
  threads: 2,
  searchPath: file('tools'),
  ...more,
});

async function failure(call: Promise<unknown>): Promise<TataboxError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TataboxError);
  return error as TataboxError;
}

const calls = async () =>
  (await readFile(file('tools/calls.txt'), 'utf8').catch(() => '')).trim().split('\n');

describe('quantify', () => {
  it('drives the tools in order and writes the tables', async () => {
    await writeFakeTools(file('tools'));
    const result = await quantify(options());
    expect((await calls()).map((line) => line.split(' ')[0])).toEqual([
      'hisat2-build',
      'TrimmomaticPE',
      ...(await calls()).slice(2, 4).map((line) => line.split(' ')[0]),
      'featureCounts',
      'TrimmomaticSE',
      ...(await calls()).slice(6, 8).map((line) => line.split(' ')[0]),
      'featureCounts',
    ]);
    const said = (await calls()).join('\n');
    expect(said).toContain(
      'TrimmomaticPE -threads 2 -phred33 -summary summary.txt -validatePairs reads_1.fastq reads_2.fastq paired_1.fastq.gz unpaired_1.fastq.gz paired_2.fastq.gz unpaired_2.fastq.gz LEADING:3 TRAILING:3 SLIDINGWINDOW:4:15 MINLEN:36',
    );
    expect(said).not.toContain('--dta');
    expect(said).toContain('--primary -C -s 0 -p --countReadPairs -F GTF -t exon -g gene_id');
    expect(said).toContain('--primary -C -s 0 -F GTF');
    expect(await readFile(result.files.counts, 'utf8')).toBe(
      'gene\tlength\ta\tb\ng1\t100\t4\t4\ng2\t300\t2\t2\n',
    );
    expect(await readFile(result.files.wide, 'utf8')).toBe(
      'Cultivar\torganism_part\tg1\tg2\nB73\troot\t857142.857143\t142857.142857\nB73\tear\t857142.857143\t142857.142857\n',
    );
    expect(await readFile(result.files.tpm, 'utf8')).toMatch(
      /^sample\tgene\ttpm\na\tg1\t857142\.857143\n/,
    );
    expect(await readFile(result.files.summary, 'utf8')).toBe(
      'sample\tlayout\treads_in\tsurviving\tsurviving_percent\taligned_percent\tassigned\tassigned_percent\n' +
        'a\tpaired\t10\t8\t80\t75\t6\t75\nb\tsingle\t10\t8\t80\t75\t6\t75\n',
    );
  });

  it('counts pairs as older versions of featureCounts do', async () => {
    await writeFakeTools(file('tools'), {
      featureCounts: fakeTools['featureCounts']!.replace('v2.0.3', 'v2.0.1'),
    });
    await quantify(options());
    expect((await calls()).join('\n')).toContain('-s 0 -p -F GTF');
  });

  it.each([
    ['a tool', { samtools: null }, /samtools: not installed.*apt-get install samtools/s],
    [
      'several tools',
      { TrimmomaticPE: null, featureCounts: null },
      /Trimmomatic, featureCounts: not installed.*apt-get install trimmomatic subread/s,
    ],
  ])('says which package has %s that is missing', async (_what, changes, message) => {
    await writeFakeTools(file('tools'), changes);
    const error = await failure(quantify(options()));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(message);
    expect(await readdir(folder)).not.toContain('out');
  });

  it('says that a tool is too old, broken or does not answer with a version', async () => {
    const tool = (body: string) => ({ hisat2: body });
    for (const [body, message] of [
      [`echo 'hisat2-align-s version 2.0.4'`, /HISAT2 2\.0\.4; expected version 2\.1\.0/],
      [`echo 'java: not found' >&2; exit 127`, /exit code 127: java: not found/],
      ['echo rubbish', /no version/],
      ['kill -SEGV $$', /SIGSEGV/],
    ] as const) {
      await writeFakeTools(file('tools'), tool(body));
      const error = await failure(quantify(options()));
      expect(error).toBeInstanceOf(EnvironmentError);
      expect(error.message).toMatch(message);
    }
  });

  it('gives the end of what a failing tool said, and its log', async () => {
    await writeFakeTools(file('tools'), {
      hisat2: `[ "$1" = --version ] && echo 'version 2.2.1' && exit
for i in $(seq 0 99); do echo "line $i" >&2; done
echo 'Error: reads are of alien origin' >&2; exit 3`,
    });
    const error = await failure(quantify(options()));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(/aligning a: HISAT2: exit code 3: line 93 .*alien origin/);
    expect(error.message).toContain(file('out/logs/a.log'));
    const log = await readFile(file('out/logs/a.log'), 'utf8');
    expect(log).toContain('line 0\n');
    expect(log).toContain('$ ');
    expect(await readdir(file('out/samples/a'))).toEqual(['trim']);
    // The reader of a pipe that fails is named, not the writer that fails for it.
    await writeFakeTools(file('tools'), {
      hisat2: `[ "$1" = --version ] && echo 'version 2.2.1' && exit
yes`,
      samtools: `[ "$1" = --version ] && echo 'samtools 1.16' && exit
echo 'no space' >&2; exit 1`,
    });
    expect((await failure(quantify(options()))).message).toMatch(/samtools: exit code 1: no space/);
    // Also where its end is told after the writer's.
    await writeFakeTools(file('tools'), {
      hisat2: `[ "$1" = --version ] && echo 'version 2.2.1' && exit
yes`,
      samtools: `[ "$1" = --version ] && echo 'samtools 1.16' && exit
exec < /dev/null; sleep 0.3; echo 'no space' >&2; exit 1`,
    });
    expect((await failure(quantify(options()))).message).toMatch(/samtools: exit code 1: no space/);
  });

  it.each([
    [
      'Trimmomatic',
      { TrimmomaticPE: ['Both Surviving Reads: 8', 'Both Surviving Reads: many'] },
      /summary of Trimmomatic/,
    ],
    [
      'Trimmomatic without files',
      { TrimmomaticPE: ['echo reads', ': none'] },
      /not written this file/,
    ],
    [
      'Trimmomatic with none left',
      { TrimmomaticPE: ['Reads: 8', 'Reads: 0'] },
      /no read left of 10/,
    ],
    ['HISAT2', { hisat2: ['Overall', 'Rubbish'] }, /summary of HISAT2/],
    ['HISAT2 with other reads', { hisat2: [': 8', ': 7'] }, /saw 7 reads of 8/],
    ['samtools', { samtools: ['cat > aligned.bam', 'cat > /dev/null'] }, /not written this file/],
    ['featureCounts', { featureCounts: ['100\\t4', '100\\t-4'] }, /'-4'; expected a whole number/],
    [
      'featureCounts with other totals',
      { featureCounts: ['Assigned\\t6', 'Assigned\\t7'] },
      /6 reads and a summary with 7/,
    ],
    [
      'featureCounts without summary',
      { featureCounts: ['Assigned', 'Rubbish'] },
      /summary of featureCounts/,
    ],
  ])('refuses rubbish of %s', async (_what, changes, message) => {
    const changed = Object.entries(changes).map(([name, [from, to]]) => {
      const source = fakeTools[name]!;
      const body = source.replace(from!, to!);
      expect(body).not.toBe(source);
      return [name, body];
    });
    await writeFakeTools(file('tools'), Object.fromEntries(changed) as Record<string, string>);
    expect((await failure(quantify(options()))).message).toMatch(message);
    expect(await readdir(file('out'))).not.toContain('counts.tsv');
    const left = await readdir(file('out'), { recursive: true });
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('ends a tool with all that it has started when it is aborted', async () => {
    const pids = file('pids');
    await writeFakeTools(file('tools'), {
      samtools: `[ "$1" = --version ] && echo 'samtools 1.16' && exit
trap '' TERM
sleep 1000 &
echo "$$ $!" > ${pids}
wait`,
    });
    const controller = new AbortController();
    const call = quantify(options({ signal: controller.signal }));
    const running = failure(call);
    let started: number[] = [];
    while (started.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      started = (await readFile(pids, 'utf8').catch(() => ''))
        .split(' ')
        .filter(Boolean)
        .map(Number);
    }
    controller.abort();
    expect(await running).toBeInstanceOf(InterruptedError);
    for (const pid of started) {
      const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => 'gone) Z');
      expect(state).toMatch(/gone|\) Z/);
    }
    expect(await readdir(file('out/samples/a'))).toEqual(['trim']);
    await writeFakeTools(file('tools'));
    const result = await quantify(options());
    expect(result.stagesKept).toEqual(['building the index', 'trimming a']);
  });

  it('runs again what depends on a changed file, option, tool or output', async () => {
    await writeFakeTools(file('tools'));
    await quantify(options());
    const run = async (more: Partial<QuantifyOptions> = {}) =>
      (await quantify(options(more))).stagesRun;
    expect(await run()).toEqual([]);
    await utimes(file('b.fq'), new Date(), new Date(0));
    expect(await run()).toEqual(['trimming b', 'aligning b', 'counting b']);
    expect(await run({ threads: 1 })).toEqual([]);
    expect(await run({ trimming: { leading: 4 } })).toHaveLength(6);
    await writeFile(file('genes.gtf'), `${await readFile(file('genes.gtf'), 'utf8')}# new\n`);
    const strict = { trimming: { leading: 4 } };
    expect(await run(strict)).toEqual(['counting a', 'counting b']);
    await writeFile(file('out/samples/a/align/aligned.bam'), 'damaged by somebody');
    expect(await run(strict)).toEqual([]);
    await writeFile(file('out/samples/a/count/counts.txt'), 'damaged by somebody');
    expect(await run(strict)).toEqual(['aligning a', 'counting a']);
    await writeFile(file('out/samples/b/count/stage.json'), '{"format"');
    expect(await run(strict)).toEqual(['counting b']);
    await writeFakeTools(file('tools'), {
      samtools: fakeTools['samtools']!.replace('1.16.1', '1.20'),
    });
    expect(await run(strict)).toHaveLength(4);
  });

  it('removes trimmed reads on demand, and makes them again only when they are needed', async () => {
    await writeFakeTools(file('tools'));
    await quantify(options({ keepTrimmed: false }));
    expect(await readdir(file('out/samples/a/trim'))).toEqual(['stage.json']);
    expect((await quantify(options({ keepTrimmed: false }))).stagesRun).toEqual([]);
    await rm(file('out/samples/a/align'), { recursive: true });
    await rm(file('out/samples/a/count'), { recursive: true });
    expect((await quantify(options())).stagesRun).toEqual([
      'trimming a',
      'aligning a',
      'counting a',
    ]);
  });

  it('finds what is wrong before anything is written', async () => {
    await writeFakeTools(file('tools'));
    const check = async (more: Partial<QuantifyOptions>, kind: unknown, message: RegExp) => {
      const error = await failure(quantify(options(more)));
      expect(error.message).toMatch(message);
      expect(error).toBeInstanceOf(kind);
    };
    const sample = { name: 'x', fastq1: file('b.fq') };
    await check({ genome: file('none.fa') }, InputError, /no such file/);
    await check({ index: file('idx') }, UsageError, /both genome and index/);
    await check({ genome: undefined } as never, UsageError, /neither genome nor index/);
    await check({ threads: 0 }, UsageError, /option threads: 0/);
    await check({ trimming: { leading: 1.5 } }, UsageError, /trimming\.leading: 1\.5/);
    await check({ trimming: { leadin: 1 } as never }, UsageError, /Did you mean 'leading'/);
    await check({ tread: 1 } as never, UsageError, /unknown option 'tread'/);
    await check({ geneAttribute: '-o' }, UsageError, /geneAttribute/);
    await check(
      { geneAttribute: 'gene' },
      InputError,
      /no attribute 'gene' on features 'exon'.*gene_id/,
    );
    await check({ featureType: 'CDS' }, InputError, /no feature 'CDS'/);
    await check({ samples: [] }, InputError, /no sample/);
    await check(
      { samples: [sample, { ...sample, name: 'X' }] },
      InputError,
      /'X' for a second time/,
    );
    await check({ samples: [sample, { ...sample, name: 'y' }] }, InputError, /'x' has as well/);
    await check({ samples: [{ ...sample, name: '../x' }] }, InputError, /sample name '\.\.\/x'/);
    await check(
      { samples: [{ ...sample, fastq1: file('genome.fa') }] },
      InputError,
      /FASTQ with four/,
    );
    await check({ adapters: file('b.fq') }, InputError, /FASTA/);
    await writeFile(file('other.fa'), '>chr1\nACGT\n');
    await check({ genome: file('other.fa') }, InputError, /none of which is in .*other\.fa \(chr1/);
    await writeFile(file('twice.fa'), '>c1\nACGT\n>c1 again\nACGT\n');
    await check({ genome: file('twice.fa') }, InputError, /sequence 2: the name 'c1' for a second/);
    expect(await readdir(folder)).not.toContain('out');
  });
});
