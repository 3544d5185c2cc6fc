import { isWebAddress } from '../formats/byte-source.ts';
import path from 'node:path';
import { InputError, UsageError } from '../core/errors.ts';
import type { LongWorkOptions } from '../core/progress.ts';
import { writeFileAtomically } from '../core/write-file.ts';
import { extractPromoters, type ExtractedPromoters } from '../preparation/promoter-extraction.ts';
import { combinePromoters } from '../preparation/promoter-file-combine.ts';
import { writePromoters } from '../preparation/promoter-file.ts';
import { describePromoterReport, promoterCounts } from '../preparation/promoter-report.ts';
import type { RunMode } from './run-mode.ts';
import type { ExtractPromotersRunConfig } from './schema/extract-promoters-config.ts';

/** Promoters of a genome of the config. */
interface PreparedGenome {
  readonly species: string;
  readonly extracted: ExtractedPromoters;
}

const longWork = ({ signal, progress }: LongWorkOptions): LongWorkOptions => ({
  ...(signal === undefined ? {} : { signal }),
  ...(progress === undefined ? {} : { progress }),
});

/**
 * The mode `extract-promoters`: cuts promoters out of genomes, a file for each species, with a table
 * of all and lists of the genes that have none.
 */
export const extractPromotersRun: RunMode<ExtractPromotersRunConfig, readonly PreparedGenome[]> = {
  computes: false,

  async prepare(config, checks) {
    const seen = new Set<string>();
    for (const { species } of config.genomes) {
      // Files of some disks do not tell upper from lower case.
      if (!seen.has(species.toLowerCase())) {
        seen.add(species.toLowerCase());
        continue;
      }
      throw new UsageError({
        where: `${checks.where}, genomes`,
        found: `species '${species}' for a second time`,
        expected: 'each species once, upper and lower case alike',
      });
    }
    const { upstream, minimumLength, types, subtract, missingContigs, repeatedIds } = config;
    const prepared: PreparedGenome[] = [];
    // A contig without a genome is known only when the genome was read: the promoters are cut here.
    const resolve = (file: string): string => (isWebAddress(file) ? file : checks.resolve(file));
    for (const { species, genome, annotation, geneId = config.geneId } of config.genomes) {
      const extracted = await extractPromoters({
        genome: resolve(genome),
        annotation: resolve(annotation),
        upstream,
        minimumLength,
        types,
        geneId:
          typeof geneId === 'string'
            ? geneId
            : {
                attribute: geneId.attribute,
                ...(geneId.prefix === undefined ? {} : { prefix: geneId.prefix }),
              },
        subtract,
        missingContigs,
        repeatedIds,
        ...longWork(checks),
      });
      if (extracted.promoters.length === 0) {
        throw new InputError({
          where: resolve(annotation),
          found: `no gene with a promoter among ${String(extracted.report.genes)}`,
          expected: 'genes with a strand and free bases upstream',
        });
      }
      checks.log(describePromoterReport(species, extracted.report));
      prepared.push({ species, extracted });
    }
    return prepared;
  },

  async execute(config, prepared, context) {
    const ending = config.format === 'fasta' ? 'fa' : 'tsv';
    const files: string[] = [];
    const lines: string[] = [];
    const species = [];
    for (const { species: name, extracted } of prepared) {
      const file = context.folder.file(path.join('promoters', `${name}.${ending}`));
      await writePromoters(file, extracted.promoters);
      const report = context.folder.file(path.join('promoters', `${name}.report.json`));
      await writeFileAtomically(report, `${JSON.stringify(extracted.report, null, 2)}\n`);
      files.push(file, report);
      lines.push(describePromoterReport(name, extracted.report));
      species.push({ species: name, ...promoterCounts(extracted.report) });
    }
    if (config.combine) {
      const out = context.folder.file('promoters.tsv');
      const sources = prepared.map(({ species: name }, index) => ({
        species: name,
        file: files[2 * index] ?? '',
      }));
      await combinePromoters({ sources, out, ...longWork(context) });
      files.push(out);
    }
    const seconds = (performance.now() - context.started) / 1000;
    return { text: [...lines, ...files].join('\n'), json: { files, species, seconds } };
  },
};
