import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClusterTable } from '../../kernel-lib/src/datasets/cluster-table.ts';
import { streamSequenceRecords } from '../../kernel-lib/src/datasets/sequence-records.ts';
import { adjustedRandIndex } from '../../kernel-lib/src/evaluation/adjusted-rand-index.ts';
import { writeFasta } from '../../kernel-lib/src/formats/fasta-records.ts';
import { clusterByIdentity } from '../../kernel-lib/src/sequence/sequence-clusters.ts';

const run = promisify(execFile);
const isInstalled = (tool: string): boolean => spawnSync(tool, ['-h']).error === undefined;
const missing = ['mmseqs', 'cd-hit-est'].filter((tool) => !isInstalled(tool));
const title = 'clusters of the labelled maize promoters beside MMseqs2 and cd-hit-est';

// The other identity is in the golden file of test/unit/sequence, which needs no tools.
describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `${title} (skipped: ${missing.join(', ')} not installed)` : title,
  () => {
    let folder = '';
    const sequences: Uint8Array[] = [];
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'cluster-parity-'));
      const table = new URL(
        '../../notebooks/data/maize/maize_nam_promoters_tpm.tsv.gz',
        import.meta.url,
      );
      for await (const { tokens } of streamSequenceRecords(table)) {
        // cd-hit-est refuses sequences that are not longer than its words.
        if (tokens.length >= 20) sequences.push(tokens);
      }
      await writeFasta(
        path.join(folder, 'in.fa'),
        sequences.map((sequence, index) => ({ name: String(index), sequence })),
      );
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const clustersOf = async (file: string): Promise<string[]> => {
      const members = await readClusterTable(path.join(folder, file));
      const of = new Map(members.map(({ member, representative }) => [member, representative]));
      return sequences.map((_, index) => of.get(String(index)) ?? `none ${String(index)}`);
    };

    it('agrees with each at least as well as they do with each other, at identity 0.9', async () => {
      const inFile = path.join(folder, 'in.fa');
      const out = path.join(folder, 'mmseqs');
      await run('mmseqs', [
        ...['easy-cluster', inFile, out, path.join(folder, 'tmp')],
        ...['--min-seq-id', '0.9', '-v', '1'],
      ]);
      const cdHitOut = path.join(folder, 'cdhit');
      await run('cd-hit-est', [
        ...['-i', inFile, '-o', cdHitOut, '-c', '0.9', '-n', '8', '-d', '0', '-M', '0', '-T', '0'],
      ]);
      const mmseqs = await clustersOf('mmseqs_cluster.tsv');
      const cdHit = await clustersOf('cdhit.clstr');
      const { clusterIds } = await clusterByIdentity(sequences, { identity: 0.9 });
      const theirs = adjustedRandIndex(mmseqs, cdHit);
      const withMmseqs = adjustedRandIndex(clusterIds, mmseqs);
      const withCdHit = adjustedRandIndex(clusterIds, cdHit);
      const figures = `${withMmseqs.toFixed(4)} and ${withCdHit.toFixed(4)}, theirs ${theirs.toFixed(4)}`;
      expect(Math.min(withMmseqs, withCdHit), figures).toBeGreaterThanOrEqual(theirs);
    }, 300_000);
  },
);
