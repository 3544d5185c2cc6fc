// Files that are read whole, as of file systems without paths, are shown as those on a disk.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { SequenceDocument } from '../../../../extension/src/fasta/sequence-document.ts';
import {
  genomeInMemory,
  genomeOnDisk,
  type GenomeFile,
} from '../../../../extension/src/host/genome-file.ts';
import { GenomeSequences } from '../../../../extension/src/languages/genome-sequences.ts';
import { modelFilesInMemory } from '../../../../extension/src/models/model-files.ts';
import { modelSummary } from '../../../../extension/src/models/model-summary.ts';
import { openModel } from '../../../../extension/src/models/open-model.ts';
import { tensorStatistics } from '../../../../extension/src/models/tensor-statistics.ts';
import { TracksGenome } from '../../../../extension/src/tracks/tracks-genome.ts';
import { TrackSource } from '../../../../extension/src/tracks/tracks-source.ts';

const root = path.join(import.meta.dirname, '../../../..');
const golden = path.join(root, 'test/unit/formats/golden');
const sample = path.join(root, 'extension/walkthrough/sample/yeast.fa.gz');
const scratch = mkdtempSync(path.join(tmpdir(), 'tatabox-whole-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

function inMemory(file: string, without: readonly string[] = []): GenomeFile {
  const isThere = (ending: string): boolean =>
    !without.includes(ending) && existsSync(file + ending);
  return genomeInMemory('memory:/g', 'g.fa.gz', {
    stamp: (ending) => Promise.resolve(isThere(ending) ? statSync(file + ending) : undefined),
    read: (ending) => Promise.resolve(new Uint8Array(readFileSync(file + ending))),
  });
}

describe('a genome in memory', () => {
  it('gives the same bases as on the disk', async () => {
    const [memory, disk] = await Promise.all(
      [inMemory(sample), genomeOnDisk(sample)].map((genome) => TracksGenome.open(genome)),
    );
    expect(memory!.contigs).toEqual(disk!.contigs);
    const { name } = disk!.contigs[0]!;
    const region = { chrom: name, start: 70_000, end: 70_300 };
    expect(await memory!.bases(region)).toBe(await disk!.bases(region));
    expect(await memory!.bases(region)).toMatch(/^[ACGT]{300}$/);
    await memory!.close();
    await disk!.close();
  });

  it('says which index is missing, and where there is no file', async () => {
    const at = { chrom: 'chrI', start: 0, end: 9 };
    const letters = (genome: GenomeFile): Promise<unknown> =>
      new GenomeSequences().letters(genome, at, 9);
    await expect(letters(inMemory(sample, ['.gzi']))).rejects.toThrow(/without \.gzi beside/);
    await expect(TracksGenome.open(inMemory(path.join(scratch, 'none')))).rejects.toThrow(
      /no such file/,
    );
  });
});

it('unpacks gzip sequences in memory where there is no disk for them', async () => {
  const text = `>a\n${'ACGT\n'.repeat(4_000_000)}`;
  const document = await SequenceDocument.open(gzipSync(text), {
    temporaryFolder: undefined,
    name: 'a.fa.gz',
  });
  expect(document.records.map(({ name, length }) => [name, length])).toEqual([['a', 16_000_000]]);
  expect(Buffer.from(await document.letters(0, 15_999_998, 16_000_000)).toString()).toBe('GT');
  await document.close();
  await expect(
    SequenceDocument.open(Buffer.from('no sequences'), {
      temporaryFolder: undefined,
      name: 'a.fa',
    }),
  ).rejects.toThrow(/^a\.fa/);
});

it('draws a bigWig file from its bytes', async () => {
  const file = path.join(golden, 'binary/signal.bw');
  const disk = await TrackSource.open(file, undefined, {});
  const memory = await TrackSource.open('signal.bw', readFileSync(file), {});
  const [{ name, length }] = disk.contigs as [{ name: string; length: number }];
  const region = { chrom: name, start: 0, end: length };
  expect(await memory.draw(region, 20)).toEqual(await disk.draw(region, 20));
  await disk.close();
  await memory.close();
});

describe('a model in memory', () => {
  const folder = path.join(golden, 'shards');
  const read: string[] = [];
  const files = modelFilesInMemory({
    names: () => Promise.resolve(readdirSync(folder)),
    size: (name) =>
      Promise.resolve(statSync(path.join(folder, name), { throwIfNoEntry: false })?.size),
    read: (name) => {
      read.push(name);
      return Promise.resolve(new Uint8Array(readFileSync(path.join(folder, name))));
    },
  });

  it('has the tensors, the summary and the figures of that on the disk', async () => {
    const name = readdirSync(folder).find((each) => each.endsWith('.safetensors'))!;
    const file = path.join(folder, name);
    const [memory, disk] = [await openModel(file, files), await openModel(file)];
    expect(memory).toEqual(disk);
    expect(memory.files.length).toBeGreaterThan(1);
    expect(await modelSummary(file, memory, files)).toEqual(await modelSummary(file, disk));
    const tensor = disk.tensors.at(-1)!;
    expect(await tensorStatistics(tensor, { folder: files })).toEqual(
      await tensorStatistics(tensor),
    );
  });

  it('does not read a text that is too large', async () => {
    read.length = 0;
    expect(await files.text('model.safetensors.index.json', 10)).toBeUndefined();
    expect(await files.text('none.json', 10)).toBeUndefined();
    expect(read).toEqual([]);
  });
});
