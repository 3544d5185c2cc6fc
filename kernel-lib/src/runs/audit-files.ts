import {
  auditJson,
  leakageAudit,
  type AuditPart,
  type AuditRecord,
  type LeakageAudit,
  type LeakageAuditOptions,
} from '../datasets/leakage-audit.ts';
import { streamSequenceRecords, type SequenceRecordOptions } from '../datasets/sequence-records.ts';
import type { RunResult } from './run-result.ts';

async function* recordsOf(
  file: string,
  options: SequenceRecordOptions,
): AsyncGenerator<AuditRecord, void, undefined> {
  for await (const { id, tokens } of streamSequenceRecords(file, options)) {
    yield { id, sequence: tokens };
  }
}

/** Audits files; see `leakageAudit`. */
export function auditFiles(
  files: Readonly<Record<string, string>>,
  columns: SequenceRecordOptions,
  options: Omit<LeakageAuditOptions, 'parts'>,
): Promise<LeakageAudit> {
  const parts: Record<string, AuditPart> = {};
  for (const [part, file] of Object.entries(files)) parts[part] = recordsOf(file, columns);
  return leakageAudit({ ...options, parts });
}

/** What an audit prints: its table and, with `--json`, counts without the names to drop. */
export function auditResult(audit: LeakageAudit, files: readonly string[]): RunResult {
  const { drop, ...json } = auditJson(audit) as LeakageAudit;
  const dropped = Object.fromEntries(Object.entries(drop).map(([part, ids]) => [part, ids.length]));
  return { text: audit.view.toText(), json: { ...json, drop: dropped, files } };
}
