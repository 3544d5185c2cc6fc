import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { clusterMembers, writeClusterTable } from '../datasets/cluster-table.ts';
import { streamSequenceRecords, type SequenceRecordOptions } from '../datasets/sequence-records.ts';
import {
  assignClusterFolds,
  foldNames,
  type ClusterFoldOptions,
} from '../datasets/tissue-expression-folds.ts';
import {
  clusterByIdentity,
  type ClusterByIdentityOptions,
  type SequenceClusters,
} from '../sequence/sequence-clusters.ts';
import type { RunResult } from './run-result.ts';

/** Names and tokens of a file's sequences. */
export interface NamedSequences {
  readonly ids: readonly string[];
  readonly sequences: readonly Uint8Array[];
}

/**
 * Reads the sequences to be grouped.
 *
 * @throws InputError for a name that occurs twice: it could not be told apart in the result
 */
export async function readNamedSequences(
  file: string,
  options: SequenceRecordOptions,
): Promise<NamedSequences> {
  const ids: string[] = [];
  const sequences: Uint8Array[] = [];
  const seen = new Set<string>();
  for await (const { id, tokens } of streamSequenceRecords(file, options)) {
    if (seen.has(id)) {
      throw new InputError({
        where: file,
        found: `the name '${id}' for the second time`,
        expected: 'a name of its own for each sequence',
        fix: 'Choose another column of names (option idColumn, --id-column).',
      });
    }
    seen.add(id);
    ids.push(id);
    sequences.push(tokens);
  }
  if (ids.length === 0) {
    throw new InputError({ where: file, found: 'no sequence', expected: 'at least one' });
  }
  return { ids, sequences };
}

/** Where the results go. */
export interface ClusterFiles {
  readonly clusters: string;
  /** Where the folds go, and how they are drawn. */
  readonly folds?: { readonly file: string; readonly options: ClusterFoldOptions };
}

/** Groups sequences and writes `representative<TAB>member`, and folds where they are asked for. */
export async function clusterToFiles(
  { ids, sequences }: NamedSequences,
  options: ClusterByIdentityOptions & LongWorkOptions,
  files: ClusterFiles,
): Promise<RunResult> {
  const clusters = await clusterByIdentity(sequences, options);
  const folds = files.folds && dealFolds(clusters, ids, files.folds.options);
  await writeClusterTable(files.clusters, clusters, ids);
  const written = [files.clusters];
  if (files.folds !== undefined && folds !== undefined) {
    const lines = ids.map((id) => `${id}\t${folds.foldOf.get(id) ?? ''}\n`);
    await writeFileAtomically(files.folds.file, `id\tfold\n${lines.join('')}`);
    written.push(files.folds.file);
  }
  const sizes = new Uint32Array(clusters.clusterCount);
  for (const cluster of clusters.clusterIds) sizes[cluster] = (sizes[cluster] ?? 0) + 1;
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  const singletons = sizes.filter((size) => size === 1).length;
  const count = (value: number): string => value.toLocaleString('en-US');
  const foldText =
    folds === undefined
      ? ''
      : `; ${Object.entries(folds.sizes)
          .map(([name, size]) => `${name} ${count(size)}`)
          .join(', ')}`;
  return {
    text: `${path.basename(files.clusters)}: ${count(ids.length)} sequences in ${count(clusters.clusterCount)} clusters (${count(singletons)} of one sequence, the largest of ${count(largest)})${foldText}`,
    json: {
      files: written,
      sequences: ids.length,
      clusters: clusters.clusterCount,
      singletons,
      largest,
      ...(folds === undefined ? {} : { folds: folds.sizes }),
    },
  };
}

/** Fold of each sequence, and how many are in each fold. */
interface DealtFolds {
  readonly foldOf: ReadonlyMap<string, string>;
  readonly sizes: Readonly<Record<string, number>>;
}

/** @throws InputError where a fold that was asked for stays empty */
function dealFolds(
  clusters: SequenceClusters,
  ids: readonly string[],
  options: ClusterFoldOptions,
): DealtFolds {
  const members = clusterMembers(clusters, ids);
  const foldOf = assignClusterFolds(
    members.map(({ representative, member }) => [representative, member] as const),
    options,
  );
  const { trainFolds = 5, trainShare } = options;
  const names = foldNames(trainFolds).slice(trainShare === 1 ? 1 : 0);
  const sizes: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  for (const fold of foldOf.values()) sizes[fold] = (sizes[fold] ?? 0) + 1;
  const empty = names.find((name) => sizes[name] === 0);
  if (empty !== undefined) {
    throw new InputError({
      where: 'folds',
      found: `no cluster left for ${empty}: ${String(clusters.clusterCount)} clusters of ${String(ids.length)} sequences`,
      expected: `at least one for each of ${String(names.length)} folds`,
      fix: 'Take fewer folds, or a higher identity.',
    });
  }
  return { foldOf, sizes };
}
