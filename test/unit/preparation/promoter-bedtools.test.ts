import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBed } from '../../../kernel-lib/src/formats/bed.ts';
import { extractPromoters } from '../../../kernel-lib/src/preparation/promoter-extraction.ts';
import { writePromoters } from '../../../kernel-lib/src/preparation/promoter-file.ts';

const data = path.join(import.meta.dirname, '..', '..', '..', 'notebooks', 'data', 'yeast_R64');
const hasBedtools = spawnSync('bedtools', ['--version']).status === 0;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tatabox-bedtools-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The steps of the original with bedtools, and its choice of fragments. */
async function withBedtools(genome: string, gff: string, upstream: number): Promise<string> {
  const run = (...args: string[]): string =>
    execFileSync('bedtools', args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: 'pipe' });
  const at = (name: string): string => path.join(folder, name);
  await writeFile(
    at('flank.gff3'),
    run(
      ...['flank', '-i', gff, '-g', path.join(data, 'sacCer3.fa.gz.fai')],
      ...['-l', String(upstream), '-r', '0', '-s'],
    ),
  );
  const pieces = run('subtract', '-a', at('flank.gff3'), '-b', gff);
  const chosen = new Map<string, string>();
  for (const line of pieces.trimEnd().split('\n')) {
    const fields = line.split('\t');
    const id = fields[8]?.split('=')[1] ?? '';
    const named = [...fields.slice(0, 2), id, ...fields.slice(3)].join('\t');
    // The first on the minus strand, the last on the plus strand.
    if (!chosen.has(id) || fields[6] === '+') chosen.set(id, named);
  }
  await writeFile(at('final.gff3'), `${[...chosen.values()].join('\n')}\n`);
  return run('getfasta', '-fi', genome, '-bed', at('final.gff3'), '-s', '-name+');
}

test.skipIf(!hasBedtools)(
  'all promoters of yeast equal those of bedtools (skipped where it is not installed)',
  { timeout: 60_000 },
  async () => {
    const genome = path.join(folder, 'yeast.fa');
    await writeFile(genome, gunzipSync(await readFile(path.join(data, 'sacCer3.fa.gz'))));
    const transcripts = await readBed(path.join(data, 'sacCer3_transcripts.bed'));
    const lines = transcripts.map(({ chrom, start, end, strand = '.' }, index) =>
      [chrom, 'x', 'gene', start + 1, end, '.', strand, '.', `ID=g${String(index)}`].join('\t'),
    );
    const annotation = path.join(folder, 'yeast.gff3');
    await writeFile(annotation, `##gff-version 3\n${lines.join('\n')}\n`);
    for (const upstream of [50, 1000]) {
      const { promoters, report } = await extractPromoters({
        // The other layout of the file, too.
        genome: upstream === 50 ? genome : path.join(data, 'sacCer3.fa.gz'),
        annotation,
        upstream,
      });
      const file = path.join(folder, 'promoters.fa');
      await writePromoters(file, promoters);
      const expected = await withBedtools(genome, annotation, upstream);
      expect(report.genes).toBe(6445);
      expect(promoters.length).toBeGreaterThan(5000);
      expect(report.promoters + report.withoutUpstream.length).toBe(report.genes);
      expect((await readFile(file, 'utf8')) === expected).toBe(true);
    }
  },
);

if (!hasBedtools) {
  test('bedtools is not installed, so the promoters of yeast were not compared', () => undefined);
}
