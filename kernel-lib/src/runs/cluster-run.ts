import { readNamedSequences, clusterToFiles, type NamedSequences } from './cluster-files.ts';
import type { RunMode } from './run-mode.ts';
import type { ClusterRunConfig } from './schema/cluster-config.ts';

/** `mode: cluster`: `clusters.tsv`, and `folds.tsv` where folds are asked for. */
export const clusterRun: RunMode<ClusterRunConfig, NamedSequences> = {
  computes: false,
  async prepare(config, { resolve, log }) {
    const { input, sequenceColumn, idColumn } = config;
    const found = await readNamedSequences(resolve(input), { sequenceColumn, idColumn });
    log(`${input}: ${found.ids.length.toLocaleString('en-US')} sequences`);
    return found;
  },
  execute(config, sequences, { folder, signal, progress }) {
    const { identity, coverage, identityOver, coverageOf, strand, clustering, folds } = config;
    return clusterToFiles(
      sequences,
      {
        identity,
        coverage,
        identityOver,
        coverageOf,
        strand,
        mode: clustering,
        ...(signal === undefined ? {} : { signal }),
        ...(progress === undefined ? {} : { progress }),
      },
      {
        clusters: folder.file('clusters.tsv'),
        ...(folds === undefined
          ? {}
          : { folds: { file: folder.file('folds.tsv'), options: folds } }),
      },
    );
  },
};
