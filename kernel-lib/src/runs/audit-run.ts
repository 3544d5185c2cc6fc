import { UsageError } from '../core/errors.ts';
import { writeInPieces } from '../core/file-writer.ts';
import { auditJson } from '../datasets/leakage-audit.ts';
import { resolveAuditOptions } from '../datasets/leakage-audit-options.ts';
import { streamSequenceRecords } from '../datasets/sequence-records.ts';
import { auditFiles, auditResult } from './audit-files.ts';
import type { RunMode } from './run-mode.ts';
import type { AuditRunConfig } from './schema/audit-config.ts';

/** `mode: audit`: `audit.json` with all that was found, and `drop.tsv` with what to leave out. */
export const auditRun: RunMode<AuditRunConfig> = {
  computes: false,
  async prepare(config, { resolve, log, where }) {
    const { parts, sequenceColumn, idColumn } = config;
    checkParts(config, where);
    for (const [part, file] of Object.entries(parts)) {
      // The first record shows whether the file can be read and has the column.
      for await (const record of streamSequenceRecords(resolve(file), {
        sequenceColumn,
        idColumn,
      })) {
        log(`${part}: ${file}, first sequence '${record.id}'`);
        break;
      }
    }
  },
  async execute(config, _prepared, { folder, resolve, signal, progress }) {
    const { parts, sequenceColumn, idColumn, mode, name, output, evaluation, ...rest } = config;
    void [mode, name, output];
    const files: Record<string, string> = {};
    for (const [part, file] of Object.entries(parts)) files[part] = resolve(file);
    const audit = await auditFiles(
      files,
      { sequenceColumn, idColumn },
      {
        ...rest,
        ...(evaluation === undefined ? {} : { evaluation }),
        ...(signal === undefined ? {} : { signal }),
        ...(progress === undefined ? {} : { progress }),
      },
    );
    await folder.writeJson('audit.json', auditJson(audit));
    const dropFile = folder.file('drop.tsv');
    await writeInPieces(dropFile, async (writer) => {
      await writer.write('part\tid\n');
      for (const [part, ids] of Object.entries(audit.drop)) {
        for (const id of ids) await writer.write(`${part}\t${id}\n`);
      }
    });
    return auditResult(audit, [folder.file('audit.json'), dropFile]);
  },
};

/** Names and evaluation parts are checked before anything is written. */
function checkParts({ parts, evaluation }: AuditRunConfig, where: string): void {
  try {
    resolveAuditOptions({
      parts: Object.fromEntries(Object.keys(parts).map((part) => [part, []])),
      ...(evaluation === undefined ? {} : { evaluation }),
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError({ ...error.details, where: `${where}, parts` }, { cause: error });
  }
}
