import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError, TataboxError } from '../../../kernel-lib/src/core/errors.ts';
import { readEnaFileReport } from '../../../kernel-lib/src/preparation/ena-file-report.ts';
import { prepareEnaRuns } from '../../../kernel-lib/src/preparation/ena-runs.ts';
import { readLinkTable } from '../../../kernel-lib/src/preparation/link-table.ts';
import { readRnaSeqSamples } from '../../../kernel-lib/src/preparation/quantify-samples.ts';
import {
  describeRuns,
  readRunOrder,
  referenceGenomeOf,
  uniqueOrganRuns,
  writeRunOrder,
} from '../../../kernel-lib/src/preparation/sequence-run.ts';

const md5 = (digit: string) => digit.repeat(32);
const ftp = 'ftp.sra.ebi.ac.uk/vol1';

/** A row of a report; the accessions and names are made up. */
function row(accession: string, sample: string, mates = 2): string {
  const numbers = mates === 1 ? [''] : Array.from({ length: mates }, (_, i) => `_${i + 1}`);
  const files = numbers.map((number) => `${ftp}/fastq/${accession}/${accession}${number}.fastq.gz`);
  const submitted = numbers.map((_, i) => `${ftp}/run/${accession}/${sample}_R${i + 1}.fastq.gz`);
  return [
    accession,
    submitted.join(';'),
    files.join(';'),
    files.map((_, i) => md5(String(i + 1))).join(';'),
    files.map((_, i) => String(100 + i)).join(';'),
  ].join('\t');
}
const HEADING = 'run_accession\tsubmitted_ftp\tfastq_ftp\tfastq_md5\tfastq_bytes';
const report = (...rows: string[]) => Buffer.from(`${[HEADING, ...rows].join('\n')}\n`);

const usual = report(
  row('ERR0000001', 'B73_8DAS_root_MN01'),
  row('ERR0000002', 'B73_8DAS_root_MN02'),
  row('ERR0000003', 'IL14H_V18_ear_MN03'),
  row('ERR0000004', 'Il14H_V18_EAR_MN04'),
  row('ERR0000005', 'Ki3_R1_anther_MN05', 1),
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-ena-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function message(call: () => Promise<unknown>): Promise<string> {
  const error: unknown = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as Error).message;
}

describe('readEnaFileReport', () => {
  it('reads files with their checksums, at https addresses', async () => {
    const runs = await readEnaFileReport(usual);
    expect(runs).toHaveLength(5);
    expect(runs[0]!.fastq).toEqual([
      {
        address: `https://${ftp}/fastq/ERR0000001/ERR0000001_1.fastq.gz`,
        name: 'ERR0000001_1.fastq.gz',
        md5: md5('1'),
        bytes: 100,
      },
      {
        address: `https://${ftp}/fastq/ERR0000001/ERR0000001_2.fastq.gz`,
        name: 'ERR0000001_2.fastq.gz',
        md5: md5('2'),
        bytes: 101,
      },
    ]);
    expect(runs[0]!.submittedNames).toEqual([
      'B73_8DAS_root_MN01_R1.fastq.gz',
      'B73_8DAS_root_MN01_R2.fastq.gz',
    ]);
    expect(runs[4]!.fastq).toHaveLength(1);
  });

  it('takes the mates of a run that has reads without mate as well', async () => {
    const files = ['', '_1', '_2'].map((end) => `ftp://${ftp}/ERR0000001${end}.fastq.gz`);
    const text = `run_accession\tfastq_ftp\nERR0000001\t${files.join(';')}\nERR0000002\t\n`;
    const [first, second] = await readEnaFileReport(Buffer.from(text));
    expect(first!.fastq.map(({ name }) => name)).toEqual([
      'ERR0000001_1.fastq.gz',
      'ERR0000001_2.fastq.gz',
    ]);
    expect(second!.fastq).toEqual([]);
  });

  it.each([
    ['no heading', 'run\nERR0000001\n', /line 1: no column 'run_accession'/],
    ['a run twice', `run_accession\nERR0000001\nERR0000001\n`, /line 3: the run ERR0000001 for a/],
    ['no accession', 'run_accession\nrun1\n', /line 2: the run accession 'run1'/],
    [
      'a checksum too few',
      'run_accession\tfastq_ftp\tfastq_md5\nERR0000001\ta.b/c;a.b/d\tx\n',
      /1 values in fastq_md5 and 2/,
    ],
    [
      'no checksum',
      'run_accession\tfastq_ftp\tfastq_md5\nERR0000001\ta.b/c\tx\n',
      /line 2: the MD5 'x'/,
    ],
    [
      'no address',
      'run_accession\tfastq_ftp\nERR0000001\tfile:///etc/passwd\n',
      /an address such as/,
    ],
    [
      'fields missing',
      'run_accession\tfastq_ftp\nERR0000001  a.b/c\n',
      /line 2: 1 fields; expected 2/,
    ],
  ])('names file and line for %s', async (_what, text, expected) => {
    expect(await message(() => readEnaFileReport(Buffer.from(text)))).toMatch(expected);
  });

  it('reads damaged reports or says what is wrong with them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(usual.length - 1),
        fc.nat(255),
        fc.nat(usual.length),
        async (at, byte, end) => {
          const bytes = Uint8Array.from(usual);
          bytes[at] = byte;
          try {
            for (const run of describeRuns(await readEnaFileReport(bytes.subarray(0, end)))) {
              expect(run.cultivar).not.toBe('');
              for (const file of run.fastq) expect(file.address).toMatch(/^https:\/\//);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(TataboxError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('runs', () => {
  it('have line and tissue of their submitted files, and are taken once', async () => {
    const runs = describeRuns(await readEnaFileReport(usual));
    expect(runs.map(({ cultivar, tissue }) => [cultivar, tissue])).toEqual([
      ['B73', 'root'],
      ['B73', 'root'],
      ['IL14H', 'ear'],
      ['Il14H', 'EAR'],
      ['Ki3', 'anther'],
    ]);
    expect(uniqueOrganRuns(runs).map(({ accession }) => accession)).toEqual([
      'ERR0000001',
      'ERR0000003',
      'ERR0000005',
    ]);
    const short = await readEnaFileReport(report(row('ERR0000009', 'B73_8DAS')));
    expect(await message(() => Promise.resolve().then(() => describeRuns(short)))).toMatch(
      /run ERR0000009 with files of two samples: B73_8DAS_R1/,
    );
    const none = await readEnaFileReport(report(row('ERR0000009', 'B73', 1)));
    expect(await message(() => Promise.resolve().then(() => describeRuns(none)))).toMatch(
      /line 2: run ERR0000009 with the submitted files 'B73_R1/,
    );
  });

  it('are written and read again with their order', async () => {
    const file = path.join(folder, 'runs.tsv');
    const runs = [
      { accession: 'ERR0000002', cultivar: 'B73', tissue: 'root' },
      { accession: 'ERR0000001', cultivar: 'Ki3', tissue: 'ear' },
    ];
    await writeRunOrder(file, runs);
    expect(await readRunOrder(file)).toEqual(runs);
    // As tables that were edited by hand are: spaces in place of tabs.
    const text = 'run_accession\tcultivar\torganism_part\nERR0000001  B73 shoot\n';
    expect(await message(() => readRunOrder(Buffer.from(text)))).toMatch(
      /line 2: 1 fields; expected 3 as in the heading, separated by tabs/,
    );
  });

  it('find the genome of their line as a whole word', () => {
    const genomes = ['Ki11', 'Ki3', 'B73', 'Il14H', 'CML52', 'CML322', 'Ki30'].map(
      (line) => `genomes/Ki3/Zm-${line}-REFERENCE-NAM-1.0.fa.gz`,
    );
    expect(referenceGenomeOf('Ki3', genomes)).toBe(genomes[1]);
    expect(referenceGenomeOf('IL14H', genomes)).toBe(genomes[3]);
    expect(referenceGenomeOf('CML52', genomes)).toBe(genomes[4]);
    expect(() => referenceGenomeOf('CML5', genomes)).toThrow(/none with this name/);
    expect(() => referenceGenomeOf('', genomes)).toThrow(/none with this name/);
    expect(() => referenceGenomeOf('B73', ['B73_v4.fa', 'B73_v5.fa'])).toThrow(
      /several: B73_v4\.fa, B73_v5\.fa/,
    );
  });
});

describe('prepareEnaRuns', () => {
  it('writes tables that the next steps read', async () => {
    const file = path.join(folder, 'report.tsv');
    await writeFile(file, usual);
    const out = path.join(folder, 'out');
    const made = await prepareEnaRuns([file], { folder: out });
    expect(made).toMatchObject({ runsInReports: 5, runs: 3, links: 5 });
    const links = await readLinkTable(made.files.links);
    expect(links.map(({ name }) => name)).toEqual([
      'ERR0000001_1',
      'ERR0000001_2',
      'ERR0000003_1',
      'ERR0000003_2',
      'ERR0000005',
    ]);
    expect(JSON.stringify(links[1])).toContain(md5('2'));
    const samples = await readRnaSeqSamples(made.files.samples);
    expect(samples[0]).toEqual({
      name: 'ERR0000001',
      fastq1: path.join(out, 'reads', 'ERR0000001_1', 'ERR0000001_1.fastq.gz'),
      fastq2: path.join(out, 'reads', 'ERR0000001_2', 'ERR0000001_2.fastq.gz'),
      cultivar: 'B73',
      tissue: 'root',
    });
    expect(samples[2]!.fastq2).toBeUndefined();
    expect(await readFile(made.files.runs, 'utf8')).toContain('ERR0000003\tIL14H\tear\n');
    const all = await prepareEnaRuns([file], { folder: out, allRuns: true, reads: folder });
    expect(all.runs).toBe(5);
    // A table of runs says which, in which order, and what they are.
    const table = path.join(folder, 'runs.tsv');
    await writeRunOrder(table, [
      { accession: 'ERR0000005', cultivar: 'Ki3', tissue: 'pollen' },
      { accession: 'ERR0000002', cultivar: 'B73', tissue: 'root' },
    ]);
    const chosen = await prepareEnaRuns([file], { folder: out, runs: table });
    expect(chosen.runs).toBe(2);
    expect((await readRnaSeqSamples(chosen.files.samples)).map(({ tissue }) => tissue)).toEqual([
      'pollen',
      'root',
    ]);
    await writeRunOrder(table, [{ accession: 'ERR0000099', cultivar: 'Ki3', tissue: 'ear' }]);
    expect(await message(() => prepareEnaRuns([file], { folder: out, runs: table }))).toMatch(
      /run ERR0000099, which is in no report/,
    );
  });

  it('writes nothing where a run has no reads, or is in two reports', async () => {
    const out = path.join(folder, 'out');
    const empty = Buffer.from(
      'run_accession\tsubmitted_ftp\tfastq_ftp\nERR0000001\ta.b/B73_1_root_2.fq.gz\t\n',
    );
    expect(await message(() => prepareEnaRuns([empty], { folder: out }))).toMatch(
      /without fastq_ftp/,
    );
    expect(await message(() => prepareEnaRuns([usual, usual], { folder: out }))).toMatch(
      /ERR0000001, which is in bytes, line 2 as well/,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});
