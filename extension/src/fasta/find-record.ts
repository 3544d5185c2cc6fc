import { InputError } from 'tatabox/core/errors.ts';
import { nearest } from 'tatabox/core/nearest.ts';
import type { SequenceRecord } from './sequence-types.ts';

/** Names compared with one that is not there; more would take seconds for a transcriptome. */
const MOST_COMPARED = 5000;

/** Names of one chromosome as Ensembl and UCSC write it. */
function otherNames(name: string): readonly string[] {
  const bare = name.replace(/^chr/i, '');
  const mitochondrial = /^(m|mt)$/i.test(bare) ? ['chrM', 'MT', 'chrMT', 'M'] : [];
  return [bare, `chr${bare}`, ...mitochondrial];
}

/**
 * The number of the record with a name, or of the same chromosome in the other spelling (chr1, 1).
 *
 * @throws InputError where there is none, with the nearest name
 */
export function findRecord(
  records: readonly Pick<SequenceRecord, 'name'>[],
  name: string,
  file: string,
  find: (name: string) => number | undefined,
): number {
  for (const spelled of [name, ...otherNames(name)]) {
    const found = find(spelled);
    if (found !== undefined) return found;
  }
  const names = records.slice(0, MOST_COMPARED).map((record) => record.name);
  const near = nearest(name, names);
  throw new InputError({
    where: file,
    found: `no record is called '${name}'`,
    expected: near === undefined ? 'the name of a record' : `perhaps '${near}'`,
    fix: 'Choose the genome that the regions belong to with “Tatabox: Choose Genome FASTA…”.',
  });
}
