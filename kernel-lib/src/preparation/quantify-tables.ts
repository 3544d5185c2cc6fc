import path from 'node:path';
import { InputError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import type { GeneCounts } from './feature-counts.ts';
import type { RnaSeqSample } from './quantify-samples.ts';
import { transcriptsPerMillion } from './tpm.ts';

/** Counts of one sample. */
export interface SampleCounts extends GeneCounts {
  readonly sample: RnaSeqSample;
}

/** Tables that {@link writeQuantificationTables} writes into a folder. */
export const QUANTIFICATION_FILES = {
  counts: 'counts.tsv',
  tpm: 'tpm.tsv',
  wide: 'tpm_wide.tsv',
} as const;

/** Lines that are joined before they are written. */
const LINES = 4096;

async function writeLines(file: string, lines: Iterable<string>): Promise<void> {
  await writeInPieces(file, async (writer) => {
    let gathered: string[] = [];
    for (const line of lines) {
      gathered.push(line);
      if (gathered.length < LINES) continue;
      await writer.write(gathered.join(''));
      gathered = [];
    }
    await writer.write(gathered.join(''));
  });
}

/** Throws where two samples were counted on different genes. */
function checkSameGenes(samples: readonly SampleCounts[]): void {
  const [first, ...others] = samples;
  for (const { sample, genes, lengths } of others) {
    const same =
      genes.length === first?.genes.length &&
      genes.every((gene, i) => gene === first.genes[i] && lengths[i] === first.lengths[i]);
    if (same) continue;
    throw new InputError({
      where: `sample ${sample.name}`,
      found: 'counts of other genes, or genes of other lengths',
      expected: `the genes of sample ${first?.sample.name ?? ''}`,
      fix: 'Count all samples with the same annotation.',
    });
  }
}

/** Samples as rows of the wide table, with what stands for names that are not given. */
function namesOf({ name, cultivar = 'unknown', tissue = name }: RnaSeqSample): [string, string] {
  return [cultivar, tissue];
}

/**
 * Writes counts and TPM of all samples:
 *
 * - `counts.tsv`: gene, length, and the counts of each sample in a column;
 * - `tpm.tsv`: sample, gene, tpm, one line for each sample and gene;
 * - `tpm_wide.tsv`: Cultivar, organism_part and a column a gene, one line a sample: the form of the
 *   expression tables of FloraBERT. Without cultivar it says `unknown`, without tissue the sample's
 *   name.
 *
 * TPM have six decimals.
 *
 * @returns TPM of each sample
 * @throws InputError where samples were counted on different genes, or one has no read on any
 */
export async function writeQuantificationTables(
  folder: string,
  samples: readonly SampleCounts[],
): Promise<Float64Array[]> {
  checkSameGenes(samples);
  const { genes = [], lengths = new Float64Array(0) } = samples[0] ?? {};
  const tpm = samples.map(({ sample, counts }) =>
    transcriptsPerMillion(counts, lengths, `sample ${sample.name}`),
  );
  const names = samples.map(({ sample }) => sample.name);
  function* countLines() {
    yield `${['gene', 'length', ...names].join('\t')}\n`;
    for (const [i, gene] of genes.entries()) {
      yield `${[gene, lengths[i], ...samples.map(({ counts }) => counts[i])].join('\t')}\n`;
    }
  }
  function* longLines() {
    yield 'sample\tgene\ttpm\n';
    for (const [s, name] of names.entries()) {
      for (const [i, gene] of genes.entries()) {
        yield `${name}\t${gene}\t${(tpm[s]?.[i] ?? NaN).toFixed(6)}\n`;
      }
    }
  }
  function* wideLines() {
    yield `${['Cultivar', 'organism_part', ...genes].join('\t')}\n`;
    for (const [s, { sample }] of samples.entries()) {
      const values = Array.from(tpm[s] ?? [], (value) => value.toFixed(6));
      yield `${[...namesOf(sample), ...values].join('\t')}\n`;
    }
  }
  await writeLines(path.join(folder, QUANTIFICATION_FILES.counts), countLines());
  await writeLines(path.join(folder, QUANTIFICATION_FILES.tpm), longLines());
  await writeLines(path.join(folder, QUANTIFICATION_FILES.wide), wideLines());
  return tpm;
}
