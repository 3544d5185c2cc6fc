import type { LongWorkOptions } from '../core/progress.ts';
import {
  auditJson,
  leakageAudit,
  type AuditRecord,
  type LeakageAudit,
} from '../datasets/leakage-audit.ts';
import type { AuditPart } from '../datasets/leakage-audit-options.ts';
import { streamSequenceRecords, type SequenceRecordOptions } from '../datasets/sequence-records.ts';
import type { Sequences } from '../datasets/masked-language-dataset.ts';
import { viewHtml } from './report-page.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunAuditSettings } from './schema/audit-key.ts';

/** Sequences by number as a part of an audit. */
export function* auditPartOf(sequences: Sequences): Generator<AuditRecord> {
  for (let index = 0; index < sequences.length; index++) {
    yield { id: sequences.id(index), sequence: sequences.sequence(index) };
  }
}

/** The sequences of a file (FASTA, a table, one a line) as a part of an audit. */
export async function* auditFile(
  file: string,
  columns: SequenceRecordOptions = {},
): AsyncGenerator<AuditRecord> {
  for await (const { id, tokens } of streamSequenceRecords(file, columns)) {
    yield { id, sequence: tokens };
  }
}

/** Looks for sequences that parts of a run share; parts without a sequence are left out. */
export async function auditRunParts(
  parts: Readonly<Record<string, AuditPart>>,
  evaluation: readonly string[],
  settings: RunAuditSettings,
  longWork: LongWorkOptions,
): Promise<LeakageAudit> {
  const { identity, coverage, identityOver, coverageOf, strand, near } = settings;
  const similarity = { identity, coverage, identityOver, coverageOf, strand };
  return leakageAudit({ parts, evaluation, near, ...similarity, ...longWork });
}

/** Writes `audit.json`, and gives the section of the report. */
export async function recordAudit(
  audit: LeakageAudit | undefined,
  folder: RunFolder,
): Promise<(readonly [heading: string, body: string])[]> {
  if (audit === undefined) return [];
  await folder.writeJson('audit.json', auditJson(audit));
  return [['Shared sequences', viewHtml(audit.view)]];
}

/** The sequences whose names are not among some. */
export function sequencesWithout(sequences: Sequences, ids: readonly string[]): Sequences {
  const dropped = new Set(ids);
  const rows: number[] = [];
  for (let index = 0; index < sequences.length; index++) {
    if (!dropped.has(sequences.id(index))) rows.push(index);
  }
  return {
    length: rows.length,
    sequence: (index) => sequences.sequence(rows[index] ?? 0),
    id: (index) => sequences.id(rows[index] ?? 0),
  };
}
