import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { chooseIntervalFormat } from '../../../../extension/src/tracks/interval-format.ts';
import { checkIntervals } from '../../../../extension/src/languages/check-intervals.ts';
import { describeLine } from '../../../../extension/src/languages/describe-line.ts';
import { fastaOutline } from '../../../../extension/src/languages/fasta-outline.ts';
import { GenomeSequences } from '../../../../extension/src/languages/genome-sequences.ts';
import { markdownText } from '../../../../extension/src/languages/markdown-text.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'languages-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('problems of a text', () => {
  it('are none in the transcripts of yeast', async () => {
    const text = readFileSync('notebooks/data/yeast_R64/sacCer3_transcripts.bed', 'utf8');
    const { problems } = await checkIntervals('a.bed', text.split('\n'));
    expect(problems.filter(({ severity }) => severity === undefined)).toEqual([]);
  });

  it('mark the column that is wrong', async () => {
    const lines = ['c\t1\t5\tn\t0\t+', 'c\t2\t5\tn\tmany\t+', 'c\t9\t5\tn\t0\t+', ''];
    const { problems, count, format } = await checkIntervals('a.bed', lines);
    expect(format.format).toBe('BED6');
    expect(count).toBe(2);
    expect(problems).toMatchObject([
      { line: 2, reason: "column 5 (score): 'many'; expected a number or '.'", columns: [8, 12] },
      { line: 3, reason: expect.stringContaining('end 5 before start 9') as string },
    ]);
    expect(problems[1]?.columns).toBeUndefined();
  });

  it('say once that lines are out of order or repeated', async () => {
    const lines = ['a\t5\t9', 'a\t1\t9', 'b\t1\t2', 'a\t7\t9', 'b\t1\t2', 'b\t1\t2'];
    const { problems } = await checkIntervals('a.bed', lines);
    expect(problems.map(({ line, severity, reason }) => [line, severity, reason])).toEqual([
      [5, 'warning', 'A repeated line: the same as line 3 (1 more lines like this).'],
      [2, 'information', expect.stringContaining('start 1 after 5 (2 more lines') as string],
    ]);
    const gtf = lines.map(
      (line) => `${line.split('\t')[0]!}\ts\texon\t1\t2\t.\t+\t.\tgene_id "a";`,
    );
    const ofGtf = await checkIntervals('a.gtf', gtf);
    expect(ofGtf.problems.map(({ severity }) => severity)).toEqual(['warning']);
  });

  it('of any text are lines of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('a.bed', 'a.gtf', 'a.gff3', 'a.bedpe', 'a.narrowPeak', 'a.bedGraph'),
        fc.array(
          fc.oneof(
            fc.string({ unit: 'grapheme' }),
            fc
              .array(fc.constantFrom('chr1', '1', '20', '.', '+', 'a "b', 'a=b;c', '', '-1'), {
                maxLength: 14,
              })
              .map((cells) => cells.join('\t')),
          ),
        ),
        async (name, texts) => {
          const lines = texts.map((text) => text.replace(/[\r\n]/g, ' '));
          const { problems, format } = await checkIntervals(name, lines);
          for (const { line, reason, text } of problems) {
            expect(line >= 1 && line <= lines.length && reason !== '').toBe(true);
            expect(lines[line - 1]!.startsWith(text.replace(/…$/, ''))).toBe(true);
          }
          for (const line of lines) describeLine(format, line);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are a thousand at most, and counted', async () => {
    const lines = ['c\t1\t2', ...Array.from({ length: 3000 }, () => 'c\tx\t2')];
    const { problems, count } = await checkIntervals('a.bed', lines);
    expect([problems.length, count]).toEqual([1000, 3000]);
  });
});

it('describes a line by its columns', () => {
  const line = 'chrI\t99\t200\tTATA\t7\t-';
  const described = describeLine(chooseIntervalFormat('a.bed', [line]), line);
  expect(described).toMatchObject({
    length: 101,
    record: { chrom: 'chrI', start: 99, strand: '-' },
  });
  expect(described?.cells.map(({ column, value }) => `${column.name}=${value}`)).toEqual(
    'chrom=chrI start=99 end=200 name=TATA score=7 strand=-'.split(' '),
  );
  const gtf = 'c\ts\texon\t100\t200\t.\t-\t.\tgene_id "a";';
  expect(describeLine(chooseIntervalFormat('a.gtf', [gtf]), gtf)).toMatchObject({
    length: 101,
    record: { start: 99, end: 200 },
  });
  expect(describeLine(chooseIntervalFormat('a.bed', [line]), '# note')).toBeUndefined();
});

it('shows texts from files letter by letter', () => {
  const hostile =
    '<img src=x onerror=alert(1)> [x](command:tatabox.doctor) `a` | **b** https://x.y\n# z';
  const shown = markdownText(hostile);
  expect(shown).not.toMatch(/[<>[\]()`|*\n]|https:\/\//);
  const decoded = shown.replace(/&#(\d+);/g, (_, code: string) =>
    String.fromCharCode(Number(code)),
  );
  expect(decoded).toBe(hostile.replace('\n', ' '));
  expect(markdownText('x'.repeat(1000)).length).toBeLessThan(320);
});

describe('the outline of a FASTA text', () => {
  const text = ['; a note', '>one of two', 'ACGT-NN', 'gg', '>two', 'MKLE*', '>', ''];

  it('has lengths, GC and places', () => {
    expect(fastaOutline(text, 10)).toEqual([
      {
        name: 'one',
        description: 'of two',
        line: 1,
        lastLine: 3,
        length: 8,
        gc: 4 / 6,
        isProtein: false,
      },
      { name: 'two', description: '', line: 4, lastLine: 5, length: 5, gc: 0 / 0, isProtein: true },
      { name: '', description: '', line: 6, lastLine: 7, length: 0, gc: NaN, isProtein: false },
    ]);
  });

  it('has so many records at most', () => {
    expect(fastaOutline(text, 1).map(({ name }) => name)).toEqual(['one']);
    expect(fastaOutline(['no heading', 'ACGT'], 9)).toEqual([]);
  });
});

describe('sequences of a genome', () => {
  const file = path.join(folder, 'g.fa');
  writeFileSync(file, '>chrI\nAACCGGTTAC\nGTNN\n');

  it('are read on the strand, by the name that the genome has', async () => {
    const genomes = new GenomeSequences();
    const at = { chrom: '1', start: 1, end: 9 };
    expect(await genomes.letters(file, at, 4)).toEqual({ letters: 'ACCG', chrom: 'chrI' });
    // AACCGGTTACGTNN: bases 1 to 9 are ACCGGTTA, the other strand TAACCGGT.
    expect((await genomes.letters(file, { ...at, strand: '-' }, 4)).letters).toBe('TAAC');
    await expect(genomes.letters(file, { ...at, end: 15 }, 4)).rejects.toThrow(/another assembly/);
    await expect(genomes.letters(file, { ...at, chrom: 'chrX' }, 4)).rejects.toThrow(
      /no contig|chrX/,
    );
    writeFileSync(file, '>chrI\nTTTTTTTTTT\n');
    expect((await genomes.letters(file, at, 4)).letters).toBe('TTTT');
    await genomes.close();
  });

  it('are not searched in a large file without index', async () => {
    const large = path.join(folder, 'large.fa');
    writeFileSync(large, '>chrI\n');
    truncateSync(large, 20_000_000);
    const genomes = new GenomeSequences();
    const at = { chrom: 'chrI', start: 0, end: 1 };
    await expect(genomes.letters(large, at, 4)).rejects.toThrow(/no index beside it/);
    await expect(genomes.letters(path.join(folder, 'none.fa'), at, 4)).rejects.toThrow(
      /no such file/,
    );
  });
});
