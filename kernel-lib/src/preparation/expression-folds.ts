import { InputError } from '../core/errors.ts';
import {
  assignClusterFolds,
  type ClusterFoldOptions,
} from '../datasets/tissue-expression-folds.ts';
import { sourceName, type FileSource } from '../formats/byte-source.ts';
import { streamDelimited } from '../formats/delimited-records.ts';
import { namedRecords } from './expression-cultivars.ts';

/**
 * Folds of genes or promoters: a table with the columns `gene_id` (or `gene`, `id`, `name`) and
 * `fold`.
 *
 * @throws InputError for a missing column, or two folds of one name
 */
export async function readFolds(source: FileSource): Promise<Map<string, string>> {
  const folds = new Map<string, string>();
  const wanted = [
    ['gene_id', 'gene', 'id', 'name', 'member'],
    ['fold', 'split', 'part'],
  ];
  for await (const { line, fields } of namedRecords(source, wanted)) {
    const [name = '', fold = ''] = fields;
    const before = folds.get(name);
    if (fold === '' || (before !== undefined && before !== fold)) {
      throw new InputError({
        where: `${sourceName(source)}, line ${String(line)}`,
        found:
          fold === '' ? `no fold of '${name}'` : `'${name}' in '${fold}' and in '${before ?? ''}'`,
        expected: 'one fold a name',
      });
    }
    folds.set(name, fold);
  }
  return folds;
}

/**
 * Folds from clusters of similar promoters, whole clusters together: a file of two columns without a
 * heading, representative and member, as MMseqs2 writes `_cluster.tsv`.
 *
 * @throws InputError for a line without two fields, or a member of two clusters
 */
export async function readClusterFolds(
  source: FileSource,
  options: ClusterFoldOptions = {},
): Promise<Map<string, string>> {
  const file = sourceName(source);
  const members: [string, string][] = [];
  for await (const { line, fields } of streamDelimited(source, () => '\t')) {
    const [representative = '', member = ''] = fields;
    if (fields.length !== 2 || representative === '' || member === '') {
      throw new InputError({
        where: `${file}, line ${String(line)}`,
        found: `${String(fields.length)} ${fields.length === 1 ? 'field' : 'fields'}`,
        expected: 'two names: representative and member, separated by a tab',
      });
    }
    members.push([representative, member]);
  }
  if (members.length === 0) {
    throw new InputError({ where: file, found: 'no clusters', expected: 'a member a line' });
  }
  return assignClusterFolds(members, options);
}
