import { writeInPieces } from '../core/file-writer.ts';
import { InputError, UsageError } from '../core/errors.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamLines } from '../formats/stream-lines.ts';
import type { SequenceClusters } from '../sequence/sequence-clusters.ts';

/** A sequence and the one that stands for its cluster. */
export interface ClusterMember {
  readonly representative: string;
  readonly member: string;
}

/** Lines that are put together before they are written. */
const LINES = 4096;

/** Members cluster by cluster, the representative first. */
export function clusterMembers(
  clusters: Pick<SequenceClusters, 'clusterIds' | 'representatives'>,
  ids: readonly string[],
): ClusterMember[] {
  const { clusterIds, representatives } = clusters;
  if (ids.length !== clusterIds.length) {
    throw new UsageError({
      where: 'clusterMembers, ids',
      found: `${String(ids.length)} names`,
      expected: `one for each of ${String(clusterIds.length)} sequences`,
    });
  }
  const members: number[][] = Array.from(representatives, (index) => [index]);
  for (const [index, cluster] of clusterIds.entries()) {
    if (representatives[cluster] !== index) members[cluster]?.push(index);
  }
  return members.flatMap((indices, cluster) => {
    const representative = ids[representatives[cluster] as number] as string;
    return indices.map((index) => ({ representative, member: ids[index] as string }));
  });
}

/**
 * Writes clusters as MMseqs2 does (`_cluster.tsv`): a line a sequence, `representative<TAB>member`,
 * no heading, the representative as the first of its own members.
 *
 * @throws UsageError for a name with a tab or line break
 */
export async function writeClusterTable(
  file: string,
  clusters: Pick<SequenceClusters, 'clusterIds' | 'representatives'>,
  ids: readonly string[],
): Promise<void> {
  const bad = ids.find((id) => /[\t\r\n]/.test(id) || id === '');
  if (bad !== undefined) {
    throw new UsageError({
      where: 'writeClusterTable, ids',
      found: JSON.stringify(bad),
      expected: 'names without tabs and line breaks',
    });
  }
  const members = clusterMembers(clusters, ids);
  await writeInPieces(file, async (writer) => {
    for (let start = 0; start < members.length; start += LINES) {
      const lines = members
        .slice(start, start + LINES)
        .map(({ representative, member }) => `${representative}\t${member}\n`);
      await writer.write(lines.join(''));
    }
  });
}

/**
 * Reads clusters: the `_cluster.tsv` of MMseqs2 (and of `writeClusterTable`), or the `.clstr` of
 * cd-hit, told apart by their first line; plain or gzip.
 *
 * @returns members in the order of the file
 * @throws InputError with file and line for another kind of line, a sequence in two clusters, a
 *   cluster of cd-hit without a representative, an empty file
 *
 * @example
 * const members = await readClusterTable('DB_cluster.tsv');
 */
export async function readClusterTable(source: FileSource): Promise<ClusterMember[]> {
  const file = sourceName(source);
  let reader: ClusterReader | undefined;
  for await (const { firstLine, lines } of streamLines(source)) {
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      reader ??= line.startsWith('>Cluster ') ? new CdHitReader() : new PairReader();
      reader.take(line, `${file}, line ${String(firstLine + index)}`);
    }
  }
  if (reader === undefined) {
    throw new InputError({
      where: file,
      found: 'an empty file',
      expected: 'clusters of MMseqs2 (_cluster.tsv) or cd-hit (.clstr)',
    });
  }
  return reader.finish(file);
}

interface ClusterReader {
  take(line: string, where: string): void;
  finish(file: string): ClusterMember[];
}

function addOnce(seen: Set<string>, name: string, where: string): void {
  if (seen.has(name)) {
    throw new InputError({
      where,
      found: `'${name}' for the second time`,
      expected: 'each sequence once, in one cluster',
    });
  }
  seen.add(name);
}

/** `representative<TAB>member`. */
class PairReader implements ClusterReader {
  readonly #members: ClusterMember[] = [];
  readonly #seen = new Set<string>();

  take(line: string, where: string): void {
    const fields = line.split('\t');
    const [representative, member] = fields;
    if (fields.length !== 2 || !representative || !member) {
      throw new InputError({
        where,
        found: `${String(fields.length)} field${fields.length === 1 ? '' : 's'}`,
        expected: 'representative, tab, member',
        fix: 'It must be the _cluster.tsv of MMseqs2 or the .clstr of cd-hit.',
      });
    }
    addOnce(this.#seen, member, where);
    this.#members.push({ representative, member });
  }

  finish(): ClusterMember[] {
    return this.#members;
  }
}

/** `>Cluster N`, then `0<TAB>1000nt, >name... *` or `… at +/98.00%` (cd-hit user's guide). */
class CdHitReader implements ClusterReader {
  readonly #members: ClusterMember[] = [];
  readonly #seen = new Set<string>();
  #open: string[] = [];
  #representative: string | undefined;
  #where = '';

  take(line: string, where: string): void {
    if (line.startsWith('>Cluster ')) {
      this.#close();
      this.#where = where;
      return;
    }
    const [, name, mark] = /^\d+\t\d+(?:nt|aa), >(.+)\.\.\. (\*|at .+)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new InputError({
        where,
        found: 'a line that cd-hit does not write',
        expected: 'number, length, >name... and * or at …%',
      });
    }
    addOnce(this.#seen, name, where);
    if (mark === '*') this.#representative = name;
    this.#open.push(name);
  }

  finish(): ClusterMember[] {
    this.#close();
    return this.#members;
  }

  #close(): void {
    if (this.#where === '') return;
    const representative = this.#representative;
    if (representative === undefined) {
      throw new InputError({
        where: this.#where,
        found: 'a cluster without a representative',
        expected: 'one line that ends in *',
      });
    }
    for (const member of this.#open) this.#members.push({ representative, member });
    this.#open = [];
    this.#representative = undefined;
  }
}
