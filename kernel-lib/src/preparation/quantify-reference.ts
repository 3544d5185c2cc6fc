import { rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { runExternalTools } from './external-tool-run.ts';
import { writeSaf } from './quantify-annotation.ts';
import { writePlainFasta } from './quantify-genome.ts';
import type { PreparedQuantification } from './quantify-prepare.ts';
import { stageKey } from './quantify-stage.ts';
import type { Stage, StageReports } from './quantify-stage-runner.ts';

/** Name of the index in the folder of the reference, without `.1.ht2`. */
const INDEX = 'genome';

/** The stage that builds the HISAT2 index, or links one that is there. */
export function referenceStage(prepared: PreparedQuantification, reports: StageReports): Stage {
  const { reference, tools, threads, searchPath } = prepared;
  const folder = path.join(prepared.folder, 'reference');
  const { toolLog, progress, signal } = reports;
  if (reference.kind === 'index') {
    return {
      what: 'linking the index',
      folder,
      key: stageKey('index', reference.files),
      async run(work) {
        // HISAT2's wrapper hands names to a shell: the links have names that are ours.
        for (const { name } of reference.files) {
          const ending = name.slice(path.resolve(reference.prefix).length);
          await symlink(name, path.join(work, `${INDEX}${ending}`));
        }
        return {};
      },
    };
  }
  const what = 'building the index';
  return {
    what,
    folder,
    key: stageKey('index', reference.genome, tools.hisat2Build.version),
    async run(work) {
      const fasta = path.join(work, 'genome.fa');
      let bytes = 0;
      await writePlainFasta(reference.genome.name, fasta, {
        signal,
        onBytes: (count) => {
          bytes += count;
          progress({ task: 'reading the genome', done: bytes, unit: 'bytes' });
        },
      });
      await runExternalTools(
        [{ tool: tools.hisat2Build, args: ['-p', String(threads), 'genome.fa', INDEX] }],
        {
          what,
          cwd: work,
          logFile: path.join(prepared.folder, 'logs', 'reference.log'),
          ...(searchPath === undefined ? {} : { searchPath }),
          ...(signal === undefined ? {} : { signal }),
          onLine: (line) => {
            if (line.trim() !== '') toolLog(line);
          },
        },
      );
      await rm(fasta);
      return {};
    },
  };
}

/** The stage that writes the exons of a GFF3 as a table for featureCounts; undefined for a GTF. */
export function annotationStage(prepared: PreparedQuantification): Stage | undefined {
  const { annotation, folder } = prepared;
  if (annotation.format !== 'gff3') return undefined;
  return {
    what: 'reading the annotation',
    folder: path.join(folder, 'annotation'),
    key: stageKey('annotation', annotation.file),
    async run(work) {
      return { genes: await writeSaf(annotation.file.name, path.join(work, SAF)) };
    },
  };
}

/** Name of that table in the folder of its stage. */
export const SAF = 'exons.saf';
