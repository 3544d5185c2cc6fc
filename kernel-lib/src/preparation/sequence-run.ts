import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import type { FileSource } from '../formats/byte-source.ts';
import type { EnaRun } from './ena-file-report.ts';
import { streamNamedRecords } from './quantify-samples.ts';

/** A sequencing run with what was sequenced. */
export interface SequenceRun {
  readonly accession: string;
  /** Line or variety, for example `B73`. */
  readonly cultivar: string;
  /** Tissue, for example `root`. */
  readonly tissue: string;
}

/**
 * Line and tissue of runs from the names of their submitted files, whose parts `_` separates: the
 * first is the line, the third the tissue, as in `B73_8DAS_root_R1.fastq.gz` (the maize NAM panel,
 * PRJEB35943 and PRJEB36014).
 *
 * @throws InputError naming file and line for a run without such names, or with files of two tissues
 */
export function describeRuns<Run extends EnaRun>(runs: readonly Run[]): (Run & SequenceRun)[] {
  return runs.map((run) => {
    const { where, submittedNames } = run;
    const found = new Set<string>();
    for (const name of submittedNames) {
      const [cultivar, , tissue] = name.replace(/(\.[a-z]\w*)+$/i, '').split('_');
      if (cultivar && tissue) found.add(`${cultivar}\t${tissue}`);
    }
    const [names, other] = [...found];
    if (names === undefined || other !== undefined) {
      const shown = submittedNames.slice(0, 4).join(', ').slice(0, 200);
      throw new InputError({
        where,
        found:
          names === undefined
            ? `run ${run.accession} with the submitted files '${shown}'`
            : `run ${run.accession} with files of two samples: ${shown}`,
        expected: 'names LINE_AGE_TISSUE_…, the same line and tissue in all files of a run',
        fix: 'Write line and tissue of each run into a table of runs (run_accession, cultivar, organism_part) and give that.',
      });
    }
    const [cultivar = '', tissue = ''] = names.split('\t');
    return { ...run, cultivar, tissue };
  });
}

/** Line and tissue, whatever their case: the same line is spelt IL14H and Il14H. */
const sampleKey = ({ cultivar, tissue }: SequenceRun): string =>
  `${cultivar}\t${tissue}`.toLowerCase();

/** The first run of each tissue of each line, in the order in which they are given. */
export function uniqueOrganRuns<Run extends SequenceRun>(runs: readonly Run[]): Run[] {
  const known = new Set<string>();
  return runs.filter((run) => {
    const key = sampleKey(run);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}

const COLUMNS = ['run_accession', 'cultivar', 'organism_part'] as const;

/** Writes runs with line and tissue, one a line in their order, to be read by {@link readRunOrder}. */
export async function writeRunOrder(file: string, runs: readonly SequenceRun[]): Promise<void> {
  await writeInPieces(file, async (writer) => {
    const lines = runs.map(({ accession, cultivar, tissue }) => [accession, cultivar, tissue]);
    await writer.write([COLUMNS, ...lines].map((fields) => `${fields.join('\t')}\n`).join(''));
  });
}

/**
 * Reads a table of runs: tab-separated, with the columns `run_accession`, `cultivar` and
 * `organism_part`; others are passed over. Tables go with runs by accession, never by the order of
 * files in a folder, which differs from machine to machine.
 *
 * @throws InputError naming file and line for an empty field, and a run that is given twice
 */
export async function readRunOrder(source: FileSource): Promise<SequenceRun[]> {
  const runs: SequenceRun[] = [];
  const known = new Set<string>();
  for await (const { where, values } of streamNamedRecords(source, undefined, COLUMNS)) {
    const [accession = '', cultivar = '', tissue = ''] = COLUMNS.map((name) => values.get(name));
    if (accession === '' || cultivar === '' || tissue === '' || known.has(accession)) {
      throw new InputError({
        where,
        found: known.has(accession) ? `the run ${accession} for a second time` : 'an empty field',
        expected: `each run once, with ${COLUMNS.join(', ')}`,
      });
    }
    known.add(accession);
    runs.push({ accession, cultivar, tissue });
  }
  return runs;
}

/** The words of a name, in lower case. */
function words(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function hasWords(name: readonly string[], wanted: readonly string[]): boolean {
  return name.some((_, start) => wanted.every((word, i) => name[start + i] === word));
}

/**
 * The genome of a line among several, by its name as a whole word and whatever its case: `Ki3` is in
 * `Zm-Ki3-REFERENCE-NAM-1.0.fa.gz`, but not in `Zm-Ki30-…`.
 *
 * @param genomes names or paths of genomes
 * @throws InputError where none or several have the name
 * @example
 * referenceGenomeOf('IL14H', ['Zm-Il14H-REFERENCE-NAM-1.0.fa.gz', 'Zm-Ki3-REFERENCE-NAM-1.0.fa.gz']);
 */
export function referenceGenomeOf(cultivar: string, genomes: readonly string[]): string {
  const wanted = words(cultivar);
  const found = genomes.filter(
    (genome) => wanted.length > 0 && hasWords(words(path.basename(genome)), wanted),
  );
  const [genome, other] = found;
  if (genome !== undefined && other === undefined) return genome;
  throw new InputError({
    where: `genome of '${cultivar}'`,
    found:
      genome === undefined ? 'none with this name' : `several: ${found.slice(0, 5).join(', ')}`,
    expected: 'one genome with the name of the line as a whole word',
    fix: `Given: ${genomes.slice(0, 10).join(', ')}.`,
  });
}
